"""How large the state of each shard is: counted now and then, never while somebody waits for it.

Keeping count with each change would read what was there before it, which costs a twentieth of all
writing; counting reads the table once, without the values themselves, in a thread that reads.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, NamedTuple

from hub.clocks import seconds
from hub.errors import Unavailable
from hub.streams.sqlite.store import SqliteStore

EVERY_SECONDS: Final = 60.0
_SHARE: Final = 100  # of the time at most the hundredth part is spent on counting


class Size(NamedTuple):
    """Keys, and the bytes of keys and values."""

    entries: int
    size_bytes: int


class Sizes:
    """The sizes as they were last counted."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self._by_shard: Mapping[str, Size] = {}
        self.are_known = False  # whether anything was counted yet

    def of(self, shard: str) -> Size:
        """The size of the state of a shard."""
        return self._by_shard.get(shard, Size(0, 0))

    async def keep(self) -> None:
        """Count until cancelled."""
        while True:
            begun = seconds()
            with suppress(Unavailable):  # it is for the next time
                self._by_shard, self.are_known = await self._store.query(sizes), True
            await asyncio.sleep(max(EVERY_SECONDS, _SHARE * (seconds() - begun)))


def sizes(connection: sqlite3.Connection) -> dict[str, Size]:
    """The size of the state of each shard that ever wrote something."""
    rows = connection.execute(
        "SELECT shard, count(*), sum(length(key) + length(value))"
        " FROM place JOIN state ON state.place = place.id GROUP BY shard"
    )
    return {shard: Size(entries, size_bytes) for shard, entries, size_bytes in rows.fetchall()}
