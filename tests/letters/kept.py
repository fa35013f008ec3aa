"""Dead letters in the data directory of a hub in one process, put there by a test."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from hub.clocks import SystemClock
from hub.compose.key_source import KEY_FILE
from hub.keys import Keys
from hub.reading import model
from hub.reading.model import Projection
from hub.streams.entries import entry_of
from hub.streams.seam import Emit, Record
from hub.streams.sqlite.opening import connect_to_read
from hub.streams.sqlite.records import read_after
from hub.streams.sqlite.runtime import SqliteLog
from hub.streams.sqlite.store import SqliteStore
from hub.wire.state import PartyOf
from tests.letters.desks import letters_of
from tests.streams.world import PARTIES, Event, event, facts_of

FIRST: Final = 3  # how many go before the hub must have dealt with them


def put(data: Path, letters: Sequence[Emit]) -> Keys:
    """Put them into the directory of a hub that does not run; the key of that hub."""

    async def write() -> None:
        with SqliteStore.open(data, SystemClock()) as store:
            await store.transact(model.prepare)
            log = SqliteLog(store, Projection(PartyOf(PARTIES.find_by_source)))
            await log.append("dead-letters", letters)

    asyncio.run(write())
    return Keys.load_or_create(data / KEY_FILE)


def kept(data: Path, *events: Event, reason: str = "processing-error") -> None:
    """Put these facts among the dead letters."""
    keys = put(data, [])
    put(data, letters_of([entry_of(it, keys).emit for it in facts_of(events)], reason))


def records(data: Path, stream: str) -> list[Record]:
    """Everything on a stream."""
    connection = connect_to_read(data / "seintje.db")
    try:
        return read_after(connection, stream, 0, 1_000_000)
    finally:
        connection.close()


def household(number: int, id_: str | None = None) -> Event:
    """A household of its own, by the lease that begins it."""
    lease = {"scheme": "lease", "issuer": "corporatie-maas", "value": f"H-{number}"}
    address = {"scheme": "address", "issuer": "bag", "value": f"09882{number:011d}"}
    own: dict[str, Any] = {
        "startDate": "2024-01-08",
        "targetGroup": "vergunninghouder",
        "temporary": False,
    }
    name = id_ or f"lease-{number}"
    return event("lease-signed", name, "2023-12-20", lease, address, **own)
