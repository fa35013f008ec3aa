"""Disclosures per household: who was told which fields, why and when (agreement document, Sharing).

Found by the handle that the deployment itself has of a household, for an inzage request. No values.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from hub.domain.time import Instant
from hub.reading.counts import add
from hub.streams.revisions import Disclosure
from hub.streams.seam import Emit, Position

Entries = Sequence[tuple[Emit, Position, Instant]]

TABLES: Final = (
    "CREATE TABLE read_disclosure (position INTEGER PRIMARY KEY, household TEXT NOT NULL,"
    " at INTEGER NOT NULL, disclosure BLOB NOT NULL)",
    "CREATE INDEX read_disclosure_of_household ON read_disclosure (household, position)",
)

_decode: Final = msgspec.json.Decoder(Disclosure).decode


class Disclosed(Struct, frozen=True):
    """A disclosure and its place in the stream."""

    position: Position
    disclosure: Disclosure


def put(connection: sqlite3.Connection, entries: Entries) -> None:
    """Views were written, or shown."""
    connection.executemany(
        "INSERT INTO read_disclosure VALUES (?, ?, ?, ?)",
        [(position, emit.key.decode(), at, emit.value) for emit, position, at in entries],
    )
    add(connection, "disclosures", [""] * len(entries))


def of_household(
    connection: sqlite3.Connection, household: str, *, after: Position = 0, limit: int = 1000
) -> list[Disclosed]:
    """What was disclosed of a household, oldest first."""
    rows = connection.execute(
        "SELECT position, disclosure FROM read_disclosure"
        " WHERE household = ? AND position > ? ORDER BY position LIMIT ?",
        (household, after, limit),
    )
    return [Disclosed(position, _decode(told)) for position, told in rows.fetchall()]


def trim(connection: sqlite3.Connection, before: Instant, limit: int) -> int:
    """Forget those of before this instant."""
    oldest = "SELECT position FROM read_disclosure WHERE at < ? ORDER BY position LIMIT ?"
    return connection.execute(
        f"DELETE FROM read_disclosure WHERE position IN ({oldest})", (before, limit)
    ).rowcount
