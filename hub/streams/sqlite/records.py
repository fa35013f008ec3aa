"""Streams as rows: append, read on, find a cursor, trim. Plain SQL on a connection.

A record is row stream * 2^44 + position. Positions of a stream have no gaps: only the oldest are
ever removed. That makes looking up a time a search by halves, without an index.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from hub.domain.time import BEGINNING, Instant
from hub.streams.seam import Cursor, Emit, Headers, Position, Record, StreamName

_SHIFT: Final = 44
_MASK: Final = (1 << _SHIFT) - 1
_HEADERS: Final = msgspec.msgpack.Decoder(dict[str, bytes])


class Stored(NamedTuple):
    """Where and when an emit was appended."""

    position: Position
    appended_at: Instant


class Stream(NamedTuple):
    """What is known of a stream: the row before its first record, and its end."""

    row: int
    last: Position
    appended_at: Instant


def append(connection: sqlite3.Connection, emits: Sequence[Emit], now: Instant) -> list[Stored]:
    """Append each emit to its stream; to be called inside a transaction."""
    streams: dict[StreamName, Stream] = {}
    stored: list[Stored] = []
    rows: list[tuple[object, ...]] = []
    for emit in emits:
        stream = streams.get(emit.stream) or _stream_for(connection, emit.stream)
        # Time never goes back within a stream, so that a cursor can be found by it.
        at = Stored(stream.last + 1, max(stream.appended_at, now))
        streams[emit.stream] = Stream(stream.row, *at)
        stored.append(at)
        rows.append((stream.row + at[0], emit.key, emit.value, _packed(emit.headers), at[1]))
    connection.executemany("INSERT INTO record VALUES (?, ?, ?, ?, ?)", rows)
    connection.executemany(
        "UPDATE stream SET last = ?, appended_at = ? WHERE id = ?",
        [(stream.last, stream.appended_at, stream.row >> _SHIFT) for stream in streams.values()],
    )
    return stored


def lasts(connection: sqlite3.Connection) -> dict[StreamName, Position]:
    """The position of the last record of each stream."""
    return dict(connection.execute("SELECT name, last FROM stream").fetchall())


def read_after(
    connection: sqlite3.Connection, name: StreamName, position: Position, limit: int
) -> list[Record]:
    """At most `limit` records after `position`, in order."""
    stream = find_stream(connection, name)
    if stream is None:
        return []
    rows = connection.execute(
        "SELECT id, key, value, headers, appended_at FROM record"
        " WHERE id > ? AND id <= ? ORDER BY id LIMIT ?",
        (stream.row + position, stream.row + stream.last, limit),
    )
    return [
        Record(row & _MASK, key, value, _HEADERS.decode(headers) if headers else {}, at)
        for row, key, value, headers, at in rows.fetchall()
    ]


def cursor_at(connection: sqlite3.Connection, name: StreamName, since: Instant) -> Cursor:
    """The position before the first record that was appended at or after `since`."""
    stream = find_stream(connection, name)
    if stream is None:
        return 0
    first = _first_row(connection, stream)
    rows = range(first, stream.row + stream.last + 1)
    return (
        first + bisect_left(rows, since, key=lambda row: _appended_at(connection, row)) - 1 & _MASK
    )


def trim(connection: sqlite3.Connection, name: StreamName, until: Position, limit: int) -> int:
    """Remove the oldest records up to `until`, at most `limit`; how many that were."""
    stream = find_stream(connection, name)
    if stream is None:
        return 0
    first = _first_row(connection, stream)
    end = min(first + limit - 1, stream.row + min(until, stream.last))
    return connection.execute("DELETE FROM record WHERE id BETWEEN ? AND ?", (first, end)).rowcount


def find_stream(connection: sqlite3.Connection, name: StreamName) -> Stream | None:
    found = connection.execute(
        "SELECT id, last, appended_at FROM stream WHERE name = ?", (name,)
    ).fetchone()
    return Stream(found[0] << _SHIFT, found[1], found[2]) if found else None


def _stream_for(connection: sqlite3.Connection, name: StreamName) -> Stream:
    """The stream of this name, made when it is not there."""
    found = find_stream(connection, name)
    if found is not None:
        return found
    made = connection.execute("INSERT INTO stream VALUES (NULL, ?, 0, ?)", (name, BEGINNING))
    assert made.lastrowid is not None
    return Stream(made.lastrowid << _SHIFT, 0, BEGINNING)


def _first_row(connection: sqlite3.Connection, stream: Stream) -> int:
    """The row of the first record that is still kept, or the one after the last."""
    (row,) = connection.execute(
        "SELECT min(id) FROM record WHERE id > ? AND id <= ?",
        (stream.row, stream.row + stream.last),
    ).fetchone()
    return stream.row + stream.last + 1 if row is None else row


def _appended_at(connection: sqlite3.Connection, row: int) -> Instant:
    at: Instant
    (at,) = connection.execute("SELECT appended_at FROM record WHERE id = ?", (row,)).fetchone()
    return at


def _packed(headers: Headers) -> bytes | None:
    return msgspec.msgpack.encode(dict(headers)) if headers else None
