"""The doors that the other side calls: one for events, one by which a receiver consents later.

Who calls is proven first, then the form is judged, and what is answered with 202 is on disk. What
an event says is not looked at here. Nothing of a request is logged.
"""

from __future__ import annotations

import asyncio
import hmac
import math
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.gemeente import cloudevents_reading as reading
from connectors.gemeente.cloudevents_consent import ALLOWED_RATE, ORIGIN, Handshake
from connectors.gemeente.cloudevents_pace import Pace
from connectors.gemeente.cloudevents_reading import Arrived, NotTaken
from connectors.gemeente.cloudevents_settings import Receive
from connectors.seam import Site
from hub.errors import Unavailable

EVENTS: Final = "/cloudevents"
CONSENT: Final = "/cloudevents/consent"

_ALLOW: Final = {"Allow": "POST, OPTIONS"}
_PRIVATE: Final = {"Cache-Control": "private"}
_NOT_KEPT: Final = {"Cache-Control": "no-store"}
_ANY: Final = "*"
_BODY_S: Final = 20.0
_FULL_S: Final = 60.0
_TITLES: Final[Mapping[int, str]] = {
    400: "Not a CloudEvent",
    401: "Who is this?",
    403: "This sender is not expected",
    408: "Too slow",
    413: "Too large",
    415: "Not a form that is read here",
    429: "Too many",
    503: "Cannot be kept now",
}


class Door:
    """Where events come in."""

    def __init__(self, receive: Receive, site: Site) -> None:
        self._receive = receive
        self._site = site
        self._origins = {it.lower() for it in receive.origins}
        self._pace = Pace()
        self._opened_at = site.now()

    @property
    def route(self) -> Route:
        return Route(EVENTS, self.answer, methods=["POST", "OPTIONS"])

    async def answer(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return self._consent(request)
        if not self._is_known(request):
            # RFC 6750, 3: how to do better.
            return _problem(401, "show the token that was agreed", {"WWW-Authenticate": "Bearer"})
        origin = request.headers.get(ORIGIN)
        if origin is not None and not self._is_expected(origin):
            return _problem(403, "its origin is not one that may send")
        wait = self._pace.wait(self._receive.rate, self._site.now())
        if wait is None and self._site.inbox.waiting() >= self._receive.most_waiting:
            wait = _FULL_S
        if wait is not None:
            return _problem(429, "send it again later", _later(wait))
        self._pace.took(self._site.now())
        return await self._taken(request)

    def _consent(self, request: Request) -> Response:
        """The answer to the handshake (web hooks, 4.2). Who is not named gets no reason."""
        origins = request.headers.getlist(ORIGIN)
        if not origins:
            return Response(status_code=200, headers=_ALLOW)
        if len(origins) > 1 or not self._is_expected(origins[0]):
            return Response(status_code=403)
        rate = _ANY if self._receive.rate is None else str(self._receive.rate)
        allowed = {"WebHook-Allowed-Origin": origins[0], "WebHook-Allowed-Rate": rate}
        return Response(status_code=200, headers={**_ALLOW, **allowed})

    async def _taken(self, request: Request) -> Response:
        fields = dict(request.headers)
        wrong = reading.not_understood(fields)
        if wrong is not None:
            return _problem(wrong.status, wrong.told, {"Accept": reading.ACCEPTED})
        body = await _body(request, reading.most_bytes(reading.media_of(fields)))
        if isinstance(body, NotTaken):
            return _problem(body.status, body.told)
        found = reading.read(fields, body)
        if isinstance(found, NotTaken):
            return _problem(found.status, found.told)
        try:
            # A repeat is known until a restart: after a mapping was mended it is wanted again.
            self._site.inbox.put(f"{self._opened_at}-{found.name}", found.body)
        except Unavailable as error:
            return _problem(503, "send it again later", _later(error.retry_after))
        return _accepted(found)

    def _is_known(self, request: Request) -> bool:
        return self._has_token(request) or self._has_certificate(request)

    def _has_token(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        shown = token.strip() if scheme.lower() == "bearer" else ""
        if not shown and self._receive.token_in_address:
            shown = request.query_params.get("access_token", "")
        good = [it.reveal() for it in self._receive.token_files]
        # Each is compared whole, so that the time tells nothing of how much was right.
        return any([hmac.compare_digest(shown.encode(), it.encode()) for it in good])

    def _has_certificate(self, request: Request) -> bool:
        proxied = self._receive.certificate
        if proxied is None or request.client is None or request.client.host not in proxied.proxies:
            return False
        shown = request.headers.getlist(proxied.header)
        # Two are one that a stranger wrote and one that the proxy did.
        return len(shown) == 1 and shown[0] in proxied.values

    def _is_expected(self, origin: str) -> bool:
        return bool({origin.strip().lower(), _ANY} & self._origins)


class ConsentDoor:
    """Where a receiver says later that it wants events (web hooks, 4.1.3): GET from a browser is
    enough."""

    def __init__(self, handshake: Handshake, site: Site) -> None:
        self._handshake = handshake
        self._site = site

    @property
    def route(self) -> Route:
        return Route(CONSENT, self.answer, methods=["GET", "POST"])

    async def answer(self, request: Request) -> Response:
        # HEAD is no GET that somebody meant: a program that follows links sends it.
        if request.method == "HEAD":
            return Response(status_code=405, headers={"Allow": "GET, POST"})
        key = request.query_params.get("key", "")
        rate = request.headers.get(ALLOWED_RATE)
        if not self._handshake.granted(key, rate, self._site.now()):
            return _problem(403, "nobody was asked with this key, or it was used")
        self._site.say("the receiver consents to events")
        return Response("Seintje heeft uw toestemming genoteerd.\n", 200, _NOT_KEPT, "text/plain")


def _accepted(found: Arrived) -> Response:
    """Kept, and not read yet (web hooks, 2.2); of a batch also what in it cannot be read."""
    if not found.unread:
        return Response(status_code=202, headers=_PRIVATE)
    body = msgspec.json.encode({"unread": found.unread})
    return Response(body, 202, _PRIVATE, "application/json")


async def _body(request: Request, most: int) -> bytes | NotTaken:
    try:
        read = await asyncio.wait_for(_bounded(request, most), _BODY_S)
    except TimeoutError:
        return NotTaken(408, f"it did not come within {_BODY_S:.0f} seconds")
    if read is None:
        return NotTaken(413, f"at most {most} bytes")
    return read or NotTaken(400, "there is no body")


async def _bounded(request: Request, most: int) -> bytes | None:
    """The body; None if it is larger, and no more of it is read then."""
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > most:
            return None
    return bytes(read)


def _later(seconds: float) -> dict[str, str]:
    return {"Retry-After": str(max(1, math.ceil(seconds)))}


def _problem(status: int, detail: str, headers: Mapping[str, str] = {}) -> Response:
    told: dict[str, Any] = {"status": status, "title": _TITLES[status], "detail": detail}
    body = msgspec.json.encode({"type": "about:blank", **told})
    return Response(body, status, dict(headers), "application/problem+json")
