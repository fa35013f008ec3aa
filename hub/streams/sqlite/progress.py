"""How far a stream goes, and how long its oldest record waits for a shard."""

from __future__ import annotations

import sqlite3
from typing import Final

from hub.domain.time import Instant
from hub.streams.seam import Position, StreamName
from hub.streams.sqlite.records import find_stream, read_after
from hub.streams.sqlite.runtime import cursor_of

_NUMBERED: Final = "numbered_by"


def last_of(connection: sqlite3.Connection, stream: StreamName) -> Position:
    """The position of the last record that was appended; 0 for none."""
    found = find_stream(connection, stream)
    return 0 if found is None else found.last


def oldest_unprocessed(
    connection: sqlite3.Connection, shard: str, stream: StreamName
) -> Instant | None:
    """When the oldest record that the shard has not processed was appended; None if it has all."""
    waiting = read_after(connection, stream, cursor_of(connection, shard, stream), 1)
    return waiting[0].appended_at if waiting else None


def claimed_by(connection: sqlite3.Connection) -> str | None:
    """The fingerprint of the key that sealed this database; None for a new one."""
    row = connection.execute("SELECT value FROM meta WHERE name = 'key'").fetchone()
    return None if row is None else row[0]


def numbered_by(connection: sqlite3.Connection) -> str:
    """Of which hub positions are, if it is not the first of this database: one that was restored
    and may have fewer than parties have seen counts anew."""
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (_NUMBERED,)).fetchone()
    return "" if row is None else row[0]


def number_anew(connection: sqlite3.Connection, name: str) -> None:
    """From here on positions are of a hub of this name; to be called inside a transaction."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_NUMBERED, name))
