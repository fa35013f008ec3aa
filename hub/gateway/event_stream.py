"""Alerts as server-sent events (HTML standard, 9.2): what changes, as it changes.

`GET /v1/alerts` with `Accept: text/event-stream` is the list that is followed by a cursor, without
asking again: the same filter, the same views, and the id of an event is the cursor behind it. The
next page is read when the one before was written, so what a slow reader has not read waits in the
read model and not in memory. Before each event it is asked again whether the party may have it.

A stream ends when what proved its party is no longer in force, when the hub stops, and when the
positions are no longer those of the hub that it began with. Who follows asks again with the last id
that it has, and hears what to do then.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from functools import partial
from typing import Final

from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from hub.domain.acts import Status
from hub.domain.parties import Party
from hub.domain.refusals import Violation
from hub.errors import Unavailable
from hub.gateway import cursors, query
from hub.gateway.alerts import get_alerts as get_list
from hub.gateway.alerts import next_told
from hub.gateway.auth import caller_of, is_still
from hub.gateway.gateway import Gateway
from hub.gateway.problems import ALWAYS, Declined, Trouble
from hub.reading import alerts
from hub.reading.alerts import Placed, Wanted
from hub.streams.seam import Position
from hub.wire.negotiation import liked_best

MEDIA_TYPE: Final = "text/event-stream"
PARAMETERS: Final = frozenset({"cursor", "status"})
AT_ONCE: Final = 50

# nginx would keep what is sent until it has a buffer full.
_HEADERS: Final = {**ALWAYS, "Content-Type": MEDIA_TYPE, "X-Accel-Buffering": "no"}
_RETRY: Final = b"retry: 5000\n\n"  # milliseconds until who lost the stream asks again
_HEARTBEAT: Final = b":\n\n"


async def get_alerts(gateway: Gateway, party: Party, request: Request) -> Response:
    """The list of the party, or a stream of it for who likes that best."""
    liked = liked_best(",".join(request.headers.getlist("accept")))
    if liked[:1] != [MEDIA_TYPE]:
        return await get_list(gateway, party, request)
    query.check_parameters(request, PARAMETERS)
    wanted = Wanted(
        party=party.id,
        statuses=query.several(request, "status", tuple(Status)),
        after=_after(gateway, request),
        limit=AT_ONCE,
    )
    if request.method == "HEAD":
        return Response(headers=_HEADERS)
    return _EventStream(gateway, _Following(gateway, request, wanted))


class _EventStream(StreamingResponse):
    """The response; one of those of its party until it has ended, however it does."""

    def __init__(self, gateway: Gateway, following: _Following) -> None:
        self._told = following.told()
        super().__init__(self._told, headers=_HEADERS)
        self._gateway = gateway
        self._party = following.wanted.party
        gateway.open_streams.open(self._party)
        gateway.metrics.streams(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with aclosing(self._told):
                await super().__call__(scope, receive, send)
        finally:
            self._gateway.open_streams.close(self._party)
            self._gateway.metrics.streams(-1)


class _Following:
    """A party that follows, and from where: `wanted.after` is behind what was read for it."""

    def __init__(self, gateway: Gateway, request: Request, wanted: Wanted) -> None:
        self.wanted = wanted
        self._gateway = gateway
        self._caller = caller_of(request)
        self._numbered_by = gateway.numbered_by()
        self._heard: Position = 0  # up to where we know that the party was told something
        self._due = 0.0  # when a heartbeat is, by the loop

    async def told(self) -> AsyncGenerator[bytes, None]:
        """The stream, a piece at a time; it ends when the party may hear no more, or must ask
        again."""
        yield _RETRY
        self._put_off()
        with suppress(Declined, Unavailable):
            while True:
                for it in (page := self._page()):
                    self._check()
                    yield self._event(it)
                if not await self._is_more(page):
                    yield _HEARTBEAT

    def _page(self) -> Sequence[Placed]:
        """What changed after what was read before, as much as we take at once."""
        ask, party, after = self._gateway.reading.ask, self.wanted.party, self.wanted.after or 0
        # Read before the page: what comes in between is looked for twice rather than never.
        last = ask(partial(alerts.last_position, party=party))
        page = ask(partial(alerts.page, wanted=self.wanted))
        # If it is not full, whatever else stands before the last one is not wanted.
        reached = [it.position for it in page] + ([last] if len(page) < AT_ONCE else [])
        self.wanted = replace(self.wanted, after=max(after, *reached))
        return page

    async def _is_more(self, page: Sequence[Placed]) -> bool:
        """Whether there is, or may be, something to tell before a heartbeat is due."""
        await asyncio.sleep(0)  # a quick reader with much to read lets others have their turn
        self._check()
        if page:
            self._put_off()
        if len(page) == AT_ONCE:
            return True
        self._heard = max(self._heard, self.wanted.after or 0)
        left = self._due - asyncio.get_running_loop().time()
        party = self.wanted.party
        told = await next_told(self._gateway, party, self._heard, left) if left > 0 else None
        self._check()
        if told is None:
            self._put_off()
            return False
        # A place that the read model has forgotten wakes us once, not again and again.
        self._heard = told
        return True

    def _put_off(self) -> None:
        """Something was written, or is about to be: a heartbeat is due so long after it."""
        silence = self._gateway.open_streams.heartbeat_seconds
        self._due = asyncio.get_running_loop().time() + silence

    def _check(self) -> None:
        """Declined: what proved the party is no longer in force. Unavailable: it must ask again,
        elsewhere or later."""
        if self._gateway.stopping.is_set():
            raise Unavailable("the hub stops")
        if self._gateway.numbered_by() != self._numbered_by:
            raise Unavailable("positions are those of another hub")
        if not is_still(self._gateway, self._caller):
            raise Declined(Trouble.UNAUTHENTICATED)

    def _event(self, placed: Placed) -> bytes:
        # A view is JSON without line ends, so it is one line of data.
        cursor = cursors.after(self._gateway, placed.position).encode()
        return b"id: %b\nevent: alert\ndata: %b\n\n" % (cursor, placed.view)


def _after(gateway: Gateway, request: Request) -> Position:
    """From where: what came last, or the cursor, or the beginning."""
    sent = request.headers.get("last-event-id")
    # The header first: a browser that comes back sends the address as it was, cursor and all.
    where, text = (
        ("Last-Event-ID", sent) if sent else ("query.cursor", query.text(request, "cursor"))
    )
    if text is None:
        return 0
    order, position = cursors.read(gateway, text) or ("", None)
    if order != "cursor":
        expected = "the id of an event, or a cursor that follows"
        raise Declined(Trouble.INVALID_PARAMETER, Violation(where, expected))
    return position or 0
