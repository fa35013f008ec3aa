"""How far a stream goes, and how long its oldest record waits for a shard."""

from __future__ import annotations

import sqlite3

from hub.domain.time import Instant
from hub.streams.seam import Position, StreamName
from hub.streams.sqlite.records import find_stream, read_after
from hub.streams.sqlite.runtime import cursor_of


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
