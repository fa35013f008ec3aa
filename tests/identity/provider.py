"""An OpenID provider over TLS, as a process of its own: what its libraries warn of is not ours.

`python -m tests.identity.provider FILE`, a certificate with its key; prints the port.
"""

from __future__ import annotations

import importlib
import ssl
import sys

import werkzeug.serving


def serve(certificate: str) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    application = importlib.import_module("oidc_provider_mock").app()  # it has no types
    server = werkzeug.serving.make_server("127.0.0.1", 0, application, ssl_context=tls)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve(sys.argv[1])
