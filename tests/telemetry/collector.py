"""A collector of traces on loopback: takes OTLP over HTTP, and can fail as collectors do.

It reads what comes with the messages of OpenTelemetry themselves, so that what it understands any
collector does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from msgspec import Struct
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

PATIENCE_SECONDS: Final = 60.0


class Told(Struct, frozen=True):
    """A span as a collector sees it; ids in hex, `parent` empty if it is the first of its trace."""

    name: str
    kind: str
    trace_id: str
    span_id: str
    parent: str
    links: frozenset[tuple[str, str]]
    tells: Mapping[str, Any]
    role: str
    failed: bool
    began_ns: int
    ended_ns: int


class Collector:
    """What came so far; `status` is what it answers, None: nothing until it is closed."""

    def __init__(self) -> None:
        self.status: int | None = 200
        self.spans: list[Told] = []
        self.bodies: list[bytes] = []
        self.headers: list[Mapping[str, str]] = []
        self.closed = threading.Event()
        self._changed = threading.Condition()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def take(self, path: str, headers: Mapping[str, str], body: bytes) -> int | None:
        with self._changed:
            self.headers.append(headers)
            if self.status == 200:
                assert path == "/v1/traces"
                self.bodies.append(body)
                self.spans += spans_in(body)
            self._changed.notify_all()
        return self.status

    def wait_for(self, is_so: Callable[[Sequence[Told]], bool]) -> list[Told]:
        """All spans, as soon as it is so of them."""
        with self._changed:
            found = self._changed.wait_for(lambda: is_so(self.spans), PATIENCE_SECONDS)
            names = [f"{it.role}: {it.name}" for it in self.spans]
            assert found, f"in vain; there are {names}"
            return list(self.spans)

    def asked(self, times: int) -> None:
        """Wait until somebody has sent something so often."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.headers) >= times, PATIENCE_SECONDS)


def spans_in(body: bytes) -> Iterator[Told]:
    request = ExportTraceServiceRequest()
    request.ParseFromString(body)
    for resource in request.resource_spans:
        role = _values(resource.resource.attributes).get("seintje.role", "")
        for scope in resource.scope_spans:
            for it in scope.spans:
                yield Told(
                    name=it.name,
                    kind=it.SpanKind.Name(it.kind).removeprefix("SPAN_KIND_").lower(),
                    trace_id=it.trace_id.hex(),
                    span_id=it.span_id.hex(),
                    parent=it.parent_span_id.hex(),
                    links=frozenset((at.trace_id.hex(), at.span_id.hex()) for at in it.links),
                    tells=_values(it.attributes),
                    role=role,
                    failed=it.status.code == 2,
                    began_ns=it.start_time_unix_nano,
                    ended_ns=it.end_time_unix_nano,
                )


def _values(attributes: Sequence[KeyValue]) -> dict[str, Any]:
    return {it.key: getattr(it.value, str(it.value.WhichOneof("value"))) for it in attributes}


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector that listens while the block runs."""
    found = Collector()

    class Takes(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status = found.take(self.path, dict(self.headers.items()), body)
            if status is None:
                found.closed.wait(PATIENCE_SECONDS)
                return
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Takes)
    server.daemon_threads = True
    found.port = server.server_port
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    serving.start()
    try:
        yield found
    finally:
        found.closed.set()
        server.shutdown()
        server.server_close()
        serving.join()


def drawn(spans: Sequence[Told], trace_id: str) -> str:
    """One trace as a tree, as docs/traces.md shows it."""
    of_it = sorted((it for it in spans if it.trace_id == trace_id), key=lambda it: it.began_ns)
    here = {it.span_id for it in of_it}
    first = min(it.began_ns for it in of_it)
    lines: list[str] = []

    def draw(parent: str, depth: int) -> None:
        for it in of_it:
            if it.parent == parent or (depth == 0 and it.parent not in here):
                after, took = (it.began_ns - first) / 1e6, (it.ended_ns - it.began_ns) / 1e6
                name = "  " * depth + it.name
                lines.append(f"{name:<28} {it.role:<8} at {after:6.1f} ms, took {took:6.1f} ms")
                draw(it.span_id, depth + 1)

    draw("", 0)
    return "\n".join(lines)
