"""Shard, log and outbox over a `SqliteStore`."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from typing import TypeAlias

from hub.domain.time import Instant
from hub.errors import Fenced
from hub.streams.ending import to_the_end
from hub.streams.seam import (
    Batch,
    Cursor,
    Effects,
    Emit,
    Position,
    Record,
    State,
    StreamName,
)
from hub.streams.sqlite.records import Stored, append, cursor_at, read_after
from hub.streams.sqlite.state import SqliteState, write_changes
from hub.streams.sqlite.store import SqliteStore

# What was appended, where and when: for whoever keeps a view of it in the same transaction.
Projected: TypeAlias = tuple[Emit, Position, Instant]
Project: TypeAlias = Callable[[sqlite3.Connection, Sequence[Projected]], None]


class SqliteShard:
    """A shard called `name` that reads `stream`. Who opens it anew fences the former owner.

    `project` sees the emits of a commit inside its transaction; what it raises undoes the commit.
    """

    def __init__(
        self, store: SqliteStore, name: str, stream: StreamName, project: Project | None = None
    ) -> None:
        self._store = store
        self._name = name
        self._stream = stream
        self._project = project
        self._state = SqliteState(store.near, name)
        self._position = cursor_of(store.near, name, stream)
        store.owners[name] = self
        store.bell.ring(stream)  # a former owner that waits hears that it is fenced

    @property
    def state(self) -> State:
        return self._state

    async def read(self, limit: int, wait: float | None) -> Batch:
        async def look() -> Sequence[Record]:
            self._check_ours()
            return await self._store.query(
                lambda it: read_after(it, self._stream, self._position, limit + 1)
            )

        return Batch.of(await self._store.bell.first(self._stream, wait, look), limit, self._stream)

    async def commit(self, batch: Batch | None, effects: Effects) -> None:
        self._check_ours()
        position = batch.records[-1].at if batch and batch.records else self._position
        now = self._store.clock.now()
        streams = dict.fromkeys(emit.stream for emit in effects.emits)
        fault, was_cancelled = await to_the_end(
            self._store.append_in(lambda it: self._write(it, effects, position, now), streams)
        )
        if fault is None:
            self._position = position
            self._state.remember(effects.changes)
        if was_cancelled:
            raise asyncio.CancelledError
        if fault is not None:
            raise fault

    async def close(self) -> None:
        if self._store.owners.get(self._name) is self:
            del self._store.owners[self._name]
            self._store.bell.ring(self._stream)

    def _check_ours(self) -> None:
        if self._store.owners.get(self._name) is not self:
            raise Fenced(f"shard {self._name} is no longer ours")

    def _write(
        self, connection: sqlite3.Connection, effects: Effects, position: Position, now: Instant
    ) -> None:
        """The whole commit; runs in the thread that writes, inside a transaction."""
        if self._store.owners.get(self._name) is not self:
            raise Fenced(f"shard {self._name} is no longer ours")
        if cursor_of(connection, self._name, self._stream) != self._position:
            raise Fenced(f"somebody else moved the cursor of shard {self._name}")
        write_changes(connection, self._name, effects.changes)
        move_cursor(connection, self._name, self._stream, position)
        self._store.note(self._name, self._stream, position, effects.changes)
        stored = append(connection, effects.emits, now)
        if self._project is not None and stored:
            emitted = zip(effects.emits, stored, strict=True)
            self._project(connection, [(emit, *where) for emit, where in emitted])


class SqliteLog:
    """The way in. What is appended at the same time is committed together.

    `project` sees what is appended inside its transaction; what it raises undoes the append.
    """

    def __init__(self, store: SqliteStore, project: Project | None = None) -> None:
        self._store = store
        self._project = project

    async def append(self, stream: StreamName, records: Sequence[Emit]) -> Sequence[Position]:
        assert all(record.stream == stream for record in records), "a record of another stream"
        now = self._store.clock.now()
        stored = await self._store.append_in(lambda it: self._append(it, records, now), [stream])
        return [where.position for where in stored]

    def _append(
        self, connection: sqlite3.Connection, records: Sequence[Emit], now: Instant
    ) -> Sequence[Stored]:
        """Runs in the thread that writes, inside a transaction."""
        stored = append(connection, records, now)
        if self._project is not None and stored:
            appended = zip(records, stored, strict=True)
            self._project(connection, [(emit, *where) for emit, where in appended])
        return stored


class SqliteOutbox:
    """What was emitted."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    async def read(
        self, stream: StreamName, after: Cursor | None, limit: int, wait: float
    ) -> Sequence[Record]:
        async def look() -> Sequence[Record]:
            return await self._store.query(lambda it: read_after(it, stream, after or 0, limit))

        return await self._store.bell.first(stream, wait, look)

    async def cursor_at(self, stream: StreamName, since: Instant) -> Cursor:
        return await self._store.query(lambda it: cursor_at(it, stream, since))


def cursor_of(connection: sqlite3.Connection, name: str, stream: StreamName) -> Position:
    """The last position of the stream that the shard has processed; 0 for none."""
    found = connection.execute(
        "SELECT position FROM cursor WHERE shard = ? AND stream = ?", (name, stream)
    ).fetchone()
    return found[0] if found else 0


def move_cursor(
    connection: sqlite3.Connection, name: str, stream: StreamName, position: Position
) -> None:
    """The shard has processed the stream up to there; to be called inside a transaction."""
    connection.execute(
        "INSERT INTO cursor VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET position = excluded.position",
        (name, stream, position),
    )
