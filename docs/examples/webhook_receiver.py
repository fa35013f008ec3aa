"""A receiver of webhooks: prints what the hub sends, each message once.

HUB_ORIGIN is the name of the hub, HUB_WEBHOOK_KEYS the keys of your subscription (one, or two with
a space between them while one is replaced), HUB_STATE the file that remembers what was dealt with,
LISTEN the port on this machine. A hub sends over https only: TLS_FILE holds your private key and
its certificate (PEM); leave it out where a proxy before this program ends TLS.
"""

from __future__ import annotations

import os
import ssl
import sys
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from hub.client import Message, Misconfigured, Receiver, Webhooks
from hub.client.webhooks import MOST_BYTES


def file_it(message: Message) -> None:
    """Where your own system keeps the alert. If it raises, the hub tries again later."""
    alert = message.alert
    if alert is None:
        print(message.id, "is a test" if message.is_test else message.type, flush=True)
    else:
        print(alert.alert_id, alert.revision, alert.status, alert.title or "", flush=True)


class Requests(BaseHTTPRequestHandler):
    timeout = 10  # seconds of silence in the middle of a request

    def do_POST(self) -> None:
        size = self.headers.get("content-length", "")
        # One byte more than is read says that it is too large.
        body = self.rfile.read(min(int(size), MOST_BYTES + 1)) if size.isdecimal() else b""
        answer = receiver.answer(self.command, self.headers, body, file_it)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    do_OPTIONS = do_POST

    def log_message(self, *_told: object) -> None:
        """An address may hold a token: nothing is logged."""


if __name__ == "__main__":
    webhooks = Webhooks(os.environ["HUB_WEBHOOK_KEYS"].split(), [os.environ["HUB_ORIGIN"]])
    try:
        receiver = Receiver(webhooks, Path(os.environ["HUB_STATE"]))
    except Misconfigured as wrong:
        sys.exit(str(wrong))
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ["LISTEN"])), Requests)
    if "TLS_FILE" in os.environ:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(os.environ["TLS_FILE"])
        # Not while it accepts: who connects and says nothing would keep all others out.
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    print(f"listens on port {server.server_port}", file=sys.stderr, flush=True)
    with suppress(KeyboardInterrupt):
        server.serve_forever()
