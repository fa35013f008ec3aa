"""Alerts of one's own party: the list, and following what changes.

Without a cursor the newest come first, and `older` leads to the rest. With a cursor come the alerts
that changed after it, in order, each as it is now; that includes those that left the list, for a
follower must hear of them. The cursor says which of the two it continues.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Final

from msgspec import UNSET, Raw, Struct, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from hub.domain.acts import Status
from hub.domain.parties import Party
from hub.gateway import cursors, query
from hub.gateway.gateway import Gateway
from hub.gateway.problems import Answer, Declined, Trouble
from hub.reading import alerts
from hub.reading.alerts import Placed, Wanted
from hub.streams.revisions import OUT
from hub.streams.seam import Position

PARAMETERS: Final = frozenset({"cursor", "status", "limit", "order", "wait"})
LONGEST_WAIT_SECONDS: Final = 30
MOST: Final = 500
USUAL: Final = 50
ORDERS: Final = ("newest", "cursor")


class Page(Struct, frozen=True, rename="camel"):
    """Alerts, where to follow them from, and where older ones begin."""

    alerts: Sequence[Raw]
    cursor: str
    older: str | UnsetType = UNSET


async def get_alerts(gateway: Gateway, party: Party, request: Request) -> Response:
    """The list of the party."""
    wanted = _wanted(gateway, party, request)
    wait = query.number(request, "wait", 0, LONGEST_WAIT_SECONDS) or 0
    # Read before the page: what comes in between is told twice rather than never.
    last = gateway.reading.ask(partial(alerts.last_position, party=party.id))
    found: Sequence[Placed] = gateway.reading.ask(partial(alerts.page, wanted=wanted))
    if not found and wait:
        found = await _first(gateway, wanted, wanted.after or last, wait)
        last = max([last, *(it.position for it in found)])
    views = [Raw(it.view) for it in found]
    if wanted.after is not None:
        position = found[-1].position if found else wanted.after
        return Answer(Page(views, cursors.after(gateway, position)))
    is_full = len(found) == wanted.limit
    older = cursors.before(gateway, found[-1].position) if is_full else UNSET
    return Answer(Page(views, cursors.after(gateway, last), older))


async def get_alert(gateway: Gateway, party: Party, request: Request) -> Response:
    """One alert; 404 for whoever was not told of it."""
    return Answer(view_of(gateway, party, request.path_params["alert_id"]))


def view_of(gateway: Gateway, party: Party, alert_id: str) -> bytes:
    """The view that the party has of an alert."""
    view = gateway.reading.ask(partial(alerts.find, party=party.id, alert_id=alert_id))
    if view is None:
        raise Declined(Trouble.NOT_FOUND)
    return view


def _wanted(gateway: Gateway, party: Party, request: Request) -> Wanted:
    order = query.choice(request, "order", ORDERS)
    continued, position = _continued(gateway, request)
    if continued is not None and order not in (None, continued):
        raise query.invalid("order", f"{continued}, for that is what the cursor continues")
    order = order or continued or "newest"
    follows = order == "cursor"
    return Wanted(
        party=party.id,
        statuses=query.several(request, "status", tuple(Status)),
        limit=query.number(request, "limit", 1, MOST) or USUAL,
        after=position or 0 if follows else None,
        before=None if follows else position,
        is_listed=None if follows else True,
    )


async def _first(
    gateway: Gateway, wanted: Wanted, after: Position, wait: float
) -> Sequence[Placed]:
    """What is wanted as soon as there is something, or nothing after `wait` seconds."""
    loop = asyncio.get_running_loop()
    end = loop.time() + wait
    found: Sequence[Placed] = ()
    while not found and not gateway.stopping.is_set():
        left = end - loop.time()
        told = await next_told(gateway, wanted.party, after, left) if left > 0 else None
        if told is None:
            return ()
        after = told
        found = gateway.reading.ask(partial(alerts.page, wanted=wanted))
    return found


async def next_told(gateway: Gateway, party: str, after: Position, wait: float) -> Position | None:
    """Where the party was next told something; None if it was not within `wait` seconds, or the hub
    stops."""
    read = asyncio.ensure_future(gateway.outbox.read(OUT + party, after, 1, wait))
    stop = asyncio.ensure_future(gateway.stopping.wait())
    try:
        await asyncio.wait({read, stop}, return_when=asyncio.FIRST_COMPLETED)
        records = read.result() if read.done() else ()
    finally:
        read.cancel()
        stop.cancel()
    return records[0].at if records else None


def _continued(gateway: Gateway, request: Request) -> tuple[str | None, Position | None]:
    """The order that the cursor continues, and from where."""
    cursor = query.text(request, "cursor")
    if cursor is None:
        return None, None
    found = cursors.read(gateway, cursor)
    if found is None:
        raise query.invalid("cursor", "a cursor out of an earlier answer")
    return found
