"""The callback of an abonnement: what Open Notificaties calls when a zaak changed.

It proves itself with the very `Authorization` that was registered with the abonnement. What it
tells is kept before it is answered: 204 means that it is on disk. Only the address of the zaak is
kept, and nothing is fetched here: whoever knows the secret could name any.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable
from hashlib import sha256
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.gemeente.zgw_shapes import Notificatie
from connectors.seam import Inbox
from connectors.secret import Secret
from hub.domain.time import Instant
from hub.errors import Unavailable

PATH: Final = "/zgw/notificaties"
KANAAL: Final = "zaken"

_MOST_BYTES: Final = 1 << 16
_BODY_S: Final = 20.0
_LONGEST_URL: Final = 1000  # of the standard
# More than these wait for a Zaken API that is away: Open Notificaties tries again, and a sweep
# finds the rest.
_MOST_WAITING: Final = 100_000
_FULL_S: Final = 60


class Callback:
    """Answers notifications. `auth`: the whole header, as it stands in the abonnement. `patience`:
    in how many seconds a body must be there."""

    def __init__(
        self, auth: Secret, inbox: Inbox, now: Callable[[], Instant], patience: float = _BODY_S
    ) -> None:
        self._auth = auth
        self._inbox = inbox
        self._now = now
        self._patience = patience

    @property
    def routes(self) -> tuple[BaseRoute, ...]:
        return (Route(PATH, self.answer, methods=["POST"]),)

    async def answer(self, request: Request) -> Response:
        """204: kept, or nothing that we are to hear of. 401, 400, 408, 413, 503: it is not."""
        told = request.headers.get("authorization", "").encode("latin-1")
        if not hmac.compare_digest(told, self._auth.reveal().encode()):
            return _problem(401, "the Authorization is not that of the abonnement")
        try:
            body = await asyncio.wait_for(_body(request), self._patience)
        except TimeoutError:
            return _problem(408, "the notification did not come in time; send it again")
        if body is None:
            return _problem(413, f"a notification has at most {_MOST_BYTES} bytes")
        try:
            notificatie = msgspec.json.decode(body, type=Notificatie)
        except (ValueError, RecursionError):
            return _problem(400, "this is no notification of the Notificaties API 1.0")
        if notificatie.kanaal == KANAAL:  # another one is `test`, when an abonnement is registered
            return self._kept(notificatie.hoofd_object[:_LONGEST_URL].encode(), body)
        return Response(status_code=204)

    def _kept(self, zaak: bytes, body: bytes) -> Response:
        # By its arrival: the same words may tell of a second change in the same second, and a zaak
        # that is read once too often does no harm.
        name = f"{self._now()}-{sha256(body).hexdigest()[:32]}"
        try:
            if self._inbox.waiting() >= _MOST_WAITING:
                raise Unavailable("too much is waiting", _FULL_S)
            self._inbox.put(name, zaak)
        except Unavailable as away:
            wait = str(max(1, round(away.retry_after)))
            return _problem(503, "it could not be kept; send it again", {"retry-after": wait})
        return Response(status_code=204)


async def _body(request: Request) -> bytes | None:
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > _MOST_BYTES:
            return None
    return bytes(found)


def _problem(status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    body = {"type": "about:blank", "status": status, "detail": detail}
    return JSONResponse(body, status, headers, media_type="application/problem+json")
