"""Shard, log and outbox over a `MemoryStore`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from hub.domain.time import Instant
from hub.errors import Fenced
from hub.streams.memory.store import MemoryStore
from hub.streams.seam import (
    Batch,
    Cursor,
    Effects,
    Emit,
    Position,
    Record,
    State,
    StreamName,
    Table,
)


class MemoryState:
    """The tables of one shard."""

    def __init__(self, store: MemoryStore, shard: str) -> None:
        self._tables = store.tables
        self._shard = shard

    def get(self, table: Table, key: bytes) -> bytes | None:
        return self._tables[self._shard, table].values.get(key)

    def scan(self, table: Table, prefix: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        return self._tables[self._shard, table].scan(prefix)


class MemoryShard:
    """A shard called `name` that reads `stream`. Who opens it anew fences the former owner."""

    def __init__(self, store: MemoryStore, name: str, stream: StreamName) -> None:
        self._store = store
        self._name = name
        self._stream = stream
        self._state = MemoryState(store, name)
        store.cursors.setdefault((name, stream), 0)
        store.owners[name] = self
        store.bell.ring(stream)  # a former owner that waits hears that it is fenced

    @property
    def state(self) -> State:
        return self._state

    async def read(self, limit: int, wait: float | None) -> Batch:
        async def look() -> Sequence[Record]:
            await asyncio.sleep(0)  # others get their turn also when there is always something
            self._check_owner()
            position = self._store.cursors[self._name, self._stream]
            return self._store.streams[self._stream].after(position, limit + 1)

        return Batch.of(await self._store.bell.first(self._stream, wait, look), limit, self._stream)

    async def commit(self, batch: Batch | None, effects: Effects) -> None:
        self._check_owner()
        for (table, key), value in effects.changes.items():
            self._store.tables[self._name, table].put(key, value)
        if batch is not None and batch.records:
            self._store.cursors[self._name, self._stream] = batch.records[-1].at
        self._store.append(effects.emits)

    async def close(self) -> None:
        if self._store.owners.get(self._name) is self:
            del self._store.owners[self._name]
            self._store.bell.ring(self._stream)

    def _check_owner(self) -> None:
        if self._store.owners.get(self._name) is not self:
            raise Fenced(f"shard {self._name} is no longer ours")


class MemoryLog:
    """The way in. Durable as long as the process lives."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def append(self, stream: StreamName, records: Sequence[Emit]) -> Sequence[Position]:
        assert all(record.stream == stream for record in records), "a record of another stream"
        return self._store.append(records)


class MemoryOutbox:
    """What was emitted."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def read(
        self, stream: StreamName, after: Cursor | None, limit: int, wait: float
    ) -> Sequence[Record]:
        async def look() -> Sequence[Record]:
            await asyncio.sleep(0)
            return self._store.streams[stream].after(after or 0, limit)

        return await self._store.bell.first(stream, wait, look)

    async def cursor_at(self, stream: StreamName, since: Instant) -> Cursor:
        return self._store.streams[stream].cursor_at(since)
