"""What is removed, now and then, of what was kept long enough."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import Final

import structlog

from hub.clocks import SystemClock
from hub.errors import Unavailable
from hub.reading import model
from hub.reading.followed import Followed
from hub.streams.seam import Clock
from hub.streams.sqlite.store import SqliteStore

_EVERY_SECONDS: Final = 3600.0

_log = structlog.get_logger("seintje.hub")


async def keep_house(store: SqliteStore, clock: Clock) -> None:
    """Of a hub in one process; until cancelled."""
    while True:
        try:
            now = clock.now()
            await store.trim(now)
            while await store.transact(partial(model.trim, now=now, limit=1000)):
                pass
        except Unavailable as away:
            _log.warning("housekeeping put off", retry_after=away.retry_after)
        await asyncio.sleep(_EVERY_SECONDS)


async def keep_followed(followed: Followed, clock: Clock) -> None:
    """Of the read model of a gateway; until cancelled."""
    system = SystemClock()  # that of the topics; a virtual one may be far from it
    while True:
        with suppress(Unavailable):  # it is for the next time
            await followed.trim(min(clock.now(), system.now()))
        await asyncio.sleep(_EVERY_SECONDS)
