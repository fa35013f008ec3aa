"""Connections to the gateway, before there is a request to answer.

A connection may wait for a while, the head of a request must be there soon, and both are bounded:
so many connections, so many bytes, so many seconds. When there is no room for another one, whoever
has waited the longest without a request goes. What is no HTTP is told so as a problem. A hub that
stops answers what it began, and nothing else.

Underneath is uvicorn's protocol, which has none of these bounds; it is told what comes and what
goes, and its parser still says what is a request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import msgspec
import uvicorn
from msgspec import Struct
from starlette.requests import Request
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from hub.gateway.problems import ALWAYS, Declined, Trouble, declined, trouble_of
from hub.wire.problems import MEDIA_TYPE

_VERSIONS: Final = ("1.0", "1.1")
_LINGER_SECONDS: Final = 2.0
# A body in chunks of a byte each has five around each.
_BESIDE_A_BYTE: Final = 8
_CLOSE: Final = {"Connection": "close"}
_LATER: Final = {"Retry-After": "1"}


class Doors(Struct, frozen=True, kw_only=True):
    """What connections may be like. `idle_seconds` between requests; the head of one is there
    within `head_seconds` of its first byte, and what is left of a body that was declined goes by
    within as many."""

    connections: int = 2000
    head_bytes: int = 32 << 10
    headers: int = 100
    idle_seconds: float = 30.0
    head_seconds: float = 10.0


class Guarded(uvicorn.Config):
    """The settings of the server, with its doors. `stopping` says whether it takes no more;
    `told` hears why a connection was declined."""

    doors: Doors = Doors()
    stopping: Callable[[], bool] = staticmethod(lambda: False)
    told: Callable[[Trouble], None] = staticmethod(lambda _trouble: None)


class Connection(HttpToolsProtocol):
    """One connection."""

    def __init__(self, config: Guarded, **others: Any) -> None:
        super().__init__(config, **others)
        self._usual = self.app
        self._config = config
        self._doors = config.doors
        # What came of the message and is not its body, and its body; as far as it came in pieces.
        self._beside = self._body_bytes = 0
        self._is_in_head = False
        self._is_turned_away = False
        self._is_whole = True  # all of the last message has come
        self._deadline: asyncio.TimerHandle | None = None
        self._unsent = 0
        # Of all connections those that nothing is done for, the longest waiting first.
        self._waiting: dict[Connection, None] = vars(self.server_state).setdefault("waiting", {})

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        if len(self.connections) > self._doors.connections and not self._make_room():
            self._turn_away(Trouble.UNAVAILABLE)
            return
        self._wait(self._doors.idle_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_turned_away or self.transport.is_closing():
            return
        super().data_received(data)
        if self._is_in_head or not self._is_whole:
            self._beside += len(data)
            if self._beside > self._doors.head_bytes + _BESIDE_A_BYTE * self._body_bytes:
                self._turn_away(Trouble.HEADERS_TOO_LARGE)

    def send_400_response(self, msg: str) -> None:
        self._turn_away(Trouble.MALFORMED_REQUEST)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_in_head, self._is_whole = True, False
        self._beside = self._body_bytes = 0
        if not self._is_working():
            self._put_off(self._doors.head_seconds)

    def on_header(self, name: bytes, value: bytes) -> None:
        # What stands behind the body is no header (RFC 9110, 6.5.1): whoever is in front of us and
        # takes away what a party may not say of itself does not see it.
        if self._is_in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        self._leave()
        trouble = self._trouble()
        self.app = self._usual if trouble is None else partial(_decline, trouble)
        if trouble is not None:
            self._config.told(trouble)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._is_whole = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing() or self._is_working():
            return
        self._wait(self._doors.idle_seconds if self._is_whole else self._doors.head_seconds)

    def _trouble(self) -> Trouble | None:
        """Why this request is not answered; None if it is."""
        if self._config.stopping():
            return Trouble.UNAVAILABLE
        # One host, or it is two requests for whoever reads another one (RFC 9112, 3.2).
        hosts = sum(name == b"host" for name, _ in self.headers)
        version = self.parser.get_http_version()
        if version not in _VERSIONS or hosts > 1 or hosts < (version == "1.1"):
            return Trouble.MALFORMED_REQUEST
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self._doors.head_bytes or len(self.headers) > self._doors.headers:
            return Trouble.HEADERS_TOO_LARGE
        return None

    def _is_working(self) -> bool:
        cycle: RequestResponseCycle | None = (
            self.cycle
        )  # its own type leaves out that there is none
        return cycle is not None and not cycle.response_complete

    def _wait(self, most: float) -> None:
        self._waiting[self] = None
        self._put_off(most)

    def _leave(self) -> None:
        self._waiting.pop(self, None)
        if self._deadline is not None:
            self._deadline.cancel()

    def _put_off(self, seconds: float) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._unsent = self.transport.get_write_buffer_size()
        self._deadline = self.loop.call_later(seconds, self._over, seconds)

    def _over(self, seconds: float) -> None:
        """The time is over, unless an answer is still being read."""
        unsent = self.transport.get_write_buffer_size()
        if self._is_working():
            return
        if 0 < unsent < self._unsent:
            self._put_off(seconds)
        elif self._is_in_head and not self._is_turned_away:
            self._turn_away(Trouble.TOO_SLOW)
        else:
            self.transport.abort() if unsent else self.transport.close()

    def _make_room(self) -> bool:
        """Let go of who has waited the longest; False if nobody waits."""
        oldest = next(iter(self._waiting), None)
        if oldest is None:
            return False
        oldest._leave()
        oldest.transport.abort()
        return True

    def _turn_away(self, trouble: Trouble) -> None:
        """Answer without a request, and close."""
        self._config.told(trouble)
        self._leave()
        if self._is_working():
            self.cycle.disconnected = True  # who works on it hears that nobody waits
            self.cycle.message_event.set()
            if self.cycle.response_started:  # what is said now would stand amidst an answer
                self.transport.abort()
                return
        self._is_turned_away = True
        self.transport.write(_raw(trouble))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        # Closed with something unread, the answer would be lost on its way (RFC 9112, 9.6).
        self.flow.resume_reading()
        self._wait(min(_LINGER_SECONDS, self._doors.head_seconds))


async def _decline(trouble: Trouble, scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope, receive)
    await declined(request, Declined(trouble, headers=_headers(trouble)))(scope, receive, send)


def _headers(trouble: Trouble) -> dict[str, str]:
    return _CLOSE | (_LATER if trouble is Trouble.UNAVAILABLE else {})


def _raw(trouble: Trouble) -> bytes:
    """An answer to what could not be read, in English."""
    details = trouble_of(trouble, "en")
    body = msgspec.json.encode(details)
    headers = {**ALWAYS, **_headers(trouble), "Content-Type": MEDIA_TYPE}
    lines = [f"HTTP/1.1 {details.status} {_PHRASES[details.status]}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


_PHRASES: Final = {
    400: "Bad Request",
    408: "Request Timeout",
    431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}
