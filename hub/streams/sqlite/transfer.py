"""State and streams of a data directory as entries, and entries as those of another.

Positions stay what they were, so that the cursors of parties do. Of what a shard reads only what it
has not processed moves, and its cursor stands before that.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

import msgspec

from hub.errors import Bug
from hub.keys import Keys
from hub.streams.seam import Emit, StreamName
from hub.streams.sqlite.records import find_stream, read_after
from hub.streams.sqlite.runtime import Project, cursor_of
from hub.streams.sqlite.state import SqliteState, write_changes
from hub.streams.transfer import (
    LASTING,
    TABLES,
    Appended,
    Entry,
    Row,
    Stretch,
    pieces_of,
    rows_of,
)

PAGE: Final = 1000

# Shard by the stream that it reads.
Shards: TypeAlias = Mapping[StreamName, str]


def state_in(
    connection: sqlite3.Connection, shards: Shards, keys: Keys, onto: Keys | None
) -> Iterator[Row]:
    """The state of each shard; see `rows_of`."""
    for stream, shard in shards.items():
        tables = {row[0] for row in connection.execute(_TABLES_OF, (shard,)).fetchall()}
        if tables - TABLES:
            raise Bug(f"a table of shard {shard} does not move along: {sorted(tables - TABLES)}")
        yield from rows_of(stream, [SqliteState(connection, shard)], keys, onto)


def streams_in(connection: sqlite3.Connection, shards: Shards) -> Iterator[Stretch | Appended]:
    """Every stream with the records it holds, those that shards read last."""
    found = connection.execute("SELECT name, last, appended_at FROM stream ORDER BY id").fetchall()
    for name, last, appended_at in sorted(found, key=lambda row: row[0] in shards):
        if name in shards:
            after = cursor_of(connection, shards[name], name)
        else:
            oldest = read_after(connection, name, 0, 1)
            after = oldest[0].at - 1 if oldest else last
        yield Stretch(name, after, last, appended_at)
        if name in LASTING:
            continue
        while records := read_after(connection, name, after, PAGE):
            for it in records:
                yield Appended(name, it.at, it.key, it.value, dict(it.headers), it.appended_at)
            after = records[-1].at


def count_in(connection: sqlite3.Connection) -> int:
    """About how many entries there are."""
    (found,) = connection.execute(
        "SELECT (SELECT count(*) FROM state) + (SELECT count(*) FROM record)"
    ).fetchone()
    return int(found)


def restore(
    connection: sqlite3.Connection, entries: Sequence[Entry], shards: Shards, project: Project
) -> None:
    """Put entries in, in the order they came out; to be called inside a transaction.

    `project` sees the records. What is neither state nor stream is left alone.
    """
    rows = [entry for entry in entries if isinstance(entry, Row)]
    for piece in pieces_of(rows, dict.fromkeys(shards, 1)):
        write_changes(connection, shards[piece.stream], piece.effects.changes)
    for stretch in (entry for entry in entries if isinstance(entry, Stretch)):
        _begin(connection, stretch, shards)
    records = [entry for entry in entries if isinstance(entry, Appended)]
    connection.executemany("INSERT INTO record VALUES (?, ?, ?, ?, ?)", _rows(connection, records))
    if records:
        project(connection, [(_emit(it), it.at, it.appended_at) for it in records])


def _begin(connection: sqlite3.Connection, stretch: Stretch, shards: Shards) -> None:
    name = stretch.stream
    row = (name, stretch.last, stretch.appended_at)
    connection.execute("INSERT INTO stream VALUES (NULL, ?, ?, ?)", row)
    if name in shards:
        cursor = (shards[name], name, stretch.after)
        connection.execute("INSERT INTO cursor VALUES (?, ?, ?)", cursor)


def _rows(
    connection: sqlite3.Connection, records: Iterable[Appended]
) -> Iterator[tuple[object, ...]]:
    firsts: dict[StreamName, int] = {}
    for it in records:
        if it.stream not in firsts:
            stream = find_stream(connection, it.stream)
            if stream is None:
                raise Bug("a record of a stream that was not told of")
            firsts[it.stream] = stream.row
        headers = msgspec.msgpack.encode(it.headers) if it.headers else None
        yield firsts[it.stream] + it.at, it.key, it.value, headers, it.appended_at


def _emit(it: Appended) -> Emit:
    return Emit(it.stream, it.key, it.value, it.headers)


_TABLES_OF: Final = "SELECT name FROM place WHERE shard = ?"
