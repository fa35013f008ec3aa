"""Dead letters, listed. Their bytes stay in the stream only: they may be personal data, and what
stands in one place is erased in one place."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from hub.domain.time import Instant
from hub.reading.counts import add
from hub.streams.seam import Emit, Position

Entries = Sequence[tuple[Emit, Position, Instant]]

TABLES: Final = (
    "CREATE TABLE read_dead_letter (position INTEGER PRIMARY KEY, reason TEXT NOT NULL,"
    " place TEXT NOT NULL, size INTEGER NOT NULL, at INTEGER NOT NULL)",
)


class DeadLetter(Struct, frozen=True):
    """Where it stands in its stream, why, of which gemeente or region, how many bytes, when."""

    position: Position
    reason: str
    place: str
    size_bytes: int
    at: Instant


def put(connection: sqlite3.Connection, entries: Entries) -> None:
    """Records were given up."""
    letters = [_letter(*entry) for entry in entries]
    connection.executemany(
        "INSERT INTO read_dead_letter VALUES (?, ?, ?, ?, ?)",
        [(it.position, it.reason, it.place, it.size_bytes, it.at) for it in letters],
    )
    add(connection, "dead-letters", [letter.reason for letter in letters])


def newest(
    connection: sqlite3.Connection, *, before: Position | None = None, limit: int = 50
) -> list[DeadLetter]:
    """The newest first, from before a position."""
    rows = connection.execute(
        "SELECT * FROM read_dead_letter WHERE position < ? ORDER BY position DESC LIMIT ?",
        ((1 << 62) if before is None else before, limit),
    )
    return [DeadLetter(*row) for row in rows.fetchall()]


def find(connection: sqlite3.Connection, position: Position) -> DeadLetter | None:
    """The one at a position."""
    row = connection.execute(
        "SELECT * FROM read_dead_letter WHERE position = ?", (position,)
    ).fetchone()
    return None if row is None else DeadLetter(*row)


def trim(connection: sqlite3.Connection, before: Instant, limit: int) -> int:
    """Forget those of before this instant."""
    oldest = "SELECT position FROM read_dead_letter WHERE at < ? ORDER BY position LIMIT ?"
    return connection.execute(
        f"DELETE FROM read_dead_letter WHERE position IN ({oldest})", (before, limit)
    ).rowcount


def _letter(emit: Emit, position: Position, at: Instant) -> DeadLetter:
    reason = emit.headers.get("reason", b"").decode("ascii", "replace")
    place = emit.key.decode("utf-8", "replace")
    return DeadLetter(position, reason, place, len(emit.value or b""), at)
