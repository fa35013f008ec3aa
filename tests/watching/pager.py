"""Who is told by Alertmanager: a server on loopback that keeps what it hears, by receiver."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from msgspec import Struct

WITHIN_S: Final = 90.0


class Heard(Struct, frozen=True):
    """One alert as it was told: by whom it is heard, `firing` or `resolved`, and its texts."""

    receiver: str
    status: str
    labels: dict[str, str]
    annotations: dict[str, str]

    @property
    def name(self) -> str:
        return self.labels["alertname"]


class Pager:
    """What was heard so far, in order."""

    def __init__(self) -> None:
        self.url = ""
        self.heard: list[Heard] = []
        self._changed = threading.Condition()

    def take(self, receiver: str, told: dict[str, Any]) -> None:
        found = [
            Heard(receiver, it["status"], it["labels"], it["annotations"]) for it in told["alerts"]
        ]
        with self._changed:
            self.heard += found
            self._changed.notify_all()

    def fires(self, name: str, receiver: str, labels: Mapping[str, str], since: int = 0) -> Heard:
        """Wait until it is told that this fires, after the first `since` that were heard.
        AssertionError with what was heard if it does not come."""
        return self._hears("firing", (name, receiver), labels, since)

    def clears(self, name: str, receiver: str, labels: Mapping[str, str], since: int = 0) -> Heard:
        """Wait until it is told that this is over."""
        return self._hears("resolved", (name, receiver), labels, since)

    def _hears(
        self, status: str, who: tuple[str, str], labels: Mapping[str, str], since: int
    ) -> Heard:
        def is_it(it: Heard) -> bool:
            same = labels.items() <= it.labels.items()
            return (it.status, it.name, it.receiver) == (status, *who) and same

        return self._wait_for(is_it, since, f"{who} {status} {dict(labels)}")

    def mark(self) -> int:
        """How much was heard so far."""
        with self._changed:
            return len(self.heard)

    def names(self, since: int = 0) -> set[str]:
        """The alerts that fired."""
        with self._changed:
            return {it.name for it in self.heard[since:] if it.status == "firing"}

    def _wait_for(self, is_it: Callable[[Heard], bool], since: int, what: str) -> Heard:
        until = time.monotonic() + WITHIN_S
        with self._changed:
            while True:
                found = next(filter(is_it, self.heard[since:]), None)
                if found is not None:
                    return found
                left = until - time.monotonic()
                told = [(it.receiver, it.status, it.labels) for it in self.heard[since:]]
                assert left > 0, f"{what} was not heard; {told}"
                self._changed.wait(left)


@contextmanager
def pager() -> Iterator[Pager]:
    """One that listens as long as the block runs."""
    found = Pager()

    class Desk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            found.take(self.path.strip("/"), json.loads(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    serving = threading.Thread(target=server.serve_forever, args=(0.05,))
    serving.start()
    try:
        yield found
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
