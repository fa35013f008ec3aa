"""What was set, by key: the last value of each key in the stream `settings`, but for API keys.

On Kafka the table is filled from the stream. In a hub in one process it is the record itself, and
there is no stream. Each value has a position, which only grows; of one key the highest counts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from hub.domain.time import Instant
from hub.streams.seam import Emit, Position

Entries = Sequence[tuple[Emit, Position, Instant]]

SETTINGS: Final = "settings"

_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS setting (position INTEGER PRIMARY KEY AUTOINCREMENT,"
    " key TEXT NOT NULL UNIQUE, value BLOB NOT NULL)"
)


class Setting(Struct, frozen=True):
    """A value, under which key and where it stands."""

    position: Position
    key: str
    value: bytes


def prepare(connection: sqlite3.Connection) -> None:
    """Make the table where there is none; to be called inside a transaction."""
    connection.execute(_TABLE)


def change(connection: sqlite3.Connection, key: str, value: bytes | None) -> None:
    """Set a value after all others, or take it away; where the table is the record itself."""
    connection.execute("DELETE FROM setting WHERE key = ?", (key,))
    if value is not None:
        connection.execute("INSERT INTO setting (key, value) VALUES (?, ?)", (key, value))


def put(connection: sqlite3.Connection, entries: Entries, kinds: Iterable[str]) -> None:
    """Settings were changed: those among them whose keys begin with one of these kinds.

    What this process appended may come here before what others appended earlier, so an older value
    does not replace a newer one.
    """
    beginnings = tuple(kinds)
    for emit, position, _ in entries:
        key = emit.key.decode()
        if not key.startswith(beginnings):
            continue
        connection.execute("DELETE FROM setting WHERE key = ? AND position <= ?", (key, position))
        if emit.value is not None:
            row = (position, key, emit.value)
            connection.execute("INSERT OR IGNORE INTO setting VALUES (?, ?, ?)", row)


def find(connection: sqlite3.Connection, key: str) -> bytes | None:
    """The value under this key."""
    row = connection.execute("SELECT value FROM setting WHERE key = ?", (key,)).fetchone()
    return None if row is None else row[0]


def beginning_with(connection: sqlite3.Connection, *starts: str) -> list[Setting]:
    """All whose key begins in one of these ways, in the order in which they were set; as they were
    at one moment."""
    asked = " OR ".join(["key >= ? AND key < ?"] * len(starts))
    rows = connection.execute(
        f"SELECT position, key, value FROM setting WHERE {asked} ORDER BY position",
        [bound for start in starts for bound in (start, start + "\uffff")],
    )
    return [Setting(*row) for row in rows.fetchall()]


def extent(connection: sqlite3.Connection) -> tuple[int, Position]:
    """How many there are, and the position of the last one: whatever is changed changes one of
    these."""
    found = connection.execute("SELECT count(*), max(position) FROM setting").fetchone()
    return found[0], found[1] or 0


def after(connection: sqlite3.Connection, position: Position) -> list[Setting]:
    """All that were set after this position, in order."""
    rows = connection.execute(
        "SELECT position, key, value FROM setting WHERE position > ? ORDER BY position", (position,)
    )
    return [Setting(*row) for row in rows.fetchall()]


def keys(connection: sqlite3.Connection) -> set[str]:
    """The keys of all."""
    return {key for (key,) in connection.execute("SELECT key FROM setting").fetchall()}
