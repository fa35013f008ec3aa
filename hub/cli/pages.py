"""The pages that every process of a hub has: whether it is ready, whether it lives, its metrics."""

from __future__ import annotations

import asyncio
from email.utils import parsedate_to_datetime
from typing import Final

import msgspec
from msgspec import Struct

from hub.cli.exposition import Exposition
from hub.clocks import SystemClock
from hub.domain.time import Instant
from hub.errors import SeintjeError
from hub.outbound import Answer, GivenBy, Limits, Outbound, Peer

_HALF_SECOND_MS: Final = 500  # a Date has whole seconds


class Health(msgspec.Struct):
    status: str = ""
    reasons: list[str] = []


class Pages(Struct, frozen=True):
    """What a process said. `away`: why it said nothing; None: it is there. `skew_ms`: by how much
    its clock is before ours, where it tells its time."""

    url: str
    at: Instant
    away: str | None = None
    ready: Health | None = None
    health: Health | None = None
    figures: Exposition | None = None
    skew_ms: int | None = None


async def look_at(url: str, seconds: float) -> Pages:
    """What is there now; never raises for what is wrong with the other side."""
    clock = SystemClock()
    try:
        peer = Peer("--at", url, GivenBy.OPERATOR)
        async with Outbound(peer, Limits(connect=seconds, whole=seconds)) as out:
            before = clock.now()
            ready = await out.call("GET", "/readyz")
            after = clock.now()
            health = await out.call("GET", "/healthz")
            metrics = await out.call("GET", "/metrics")
        return Pages(
            url,
            after,
            None,
            _health(ready),
            _health(health),
            Exposition(metrics.body.decode()) if metrics.status == 200 else None,
            skew_of(ready, before, after),
        )
    except SeintjeError as error:
        return Pages(url, clock.now(), str(error).removeprefix("--at: "))
    except (ValueError, msgspec.MsgspecError):
        return Pages(url, clock.now(), f"{url}: what answers there is no process of Seintje")


def looked_at(url: str, seconds: float) -> Pages:
    return asyncio.run(look_at(url, seconds))


def skew_of(answer: Answer, before: Instant, after: Instant) -> int | None:
    """By how many milliseconds the clock of who answered is before ours (behind it: below 0); None
    if it does not tell its time. Right to half a second, and half the time that it took."""
    told = answer.headers.get("date", "")
    try:
        at = parsedate_to_datetime(told)
    except ValueError:
        return None
    theirs = int(at.timestamp() * 1000) + _HALF_SECOND_MS
    return theirs - (before + after) // 2


def _health(answer: Answer) -> Health:
    if answer.status not in (200, 503):
        raise ValueError
    return msgspec.json.decode(answer.body, type=Health)
