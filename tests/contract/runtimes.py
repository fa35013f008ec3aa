"""The runtimes, each behind the same few calls, and what one of them may lack.

A new runtime adds a class here and its name to `RUNTIMES`; the suite is the same for all.
"""

from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path
from typing import Final, Protocol

import pytest

from hub.domain.time import Instant
from hub.streams.memory.runtime import MemoryLog, MemoryOutbox, MemoryShard
from hub.streams.memory.store import MemoryStore
from hub.streams.seam import Emit, FactLog, Outbox, Shard, StreamName
from hub.streams.sqlite.runtime import SqliteLog, SqliteOutbox, SqliteShard
from hub.streams.sqlite.store import SqliteStore

START: Final[Instant] = 1_764_000_000_000

# Sees the emits of a commit inside its transaction.
Witness = Callable[[Sequence[Emit]], None]


class Feature(Enum):
    """What a runtime may lack. Each is explained in docs/parity.md."""

    PROJECTS = "a view is kept in the transaction of the commit"
    OUTLIVES_KILL = "what was acknowledged is there after kill -9"


def needs(runtime: "Runtime", feature: Feature) -> None:
    """Skip the test for a runtime that lacks this."""
    if feature not in runtime.features:
        pytest.skip(f"lacking: {feature.value} (docs/parity.md)")


class ManualClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> Instant:
        return self.at


class Runtime(Protocol):
    """Opened; `reopen` is what a restart of the process does."""

    features: frozenset[Feature]
    clock: ManualClock

    @property
    def log(self) -> FactLog: ...

    @property
    def outbox(self) -> Outbox: ...

    def shard(self, name: str, stream: StreamName, witness: Witness | None = None) -> Shard: ...

    async def trim(self) -> int: ...

    def reopen(self) -> None: ...

    def close(self) -> None: ...


class InMemory:
    """A restart forgets the shards; the store lives on, as a disk would."""

    features: frozenset[Feature] = frozenset()

    def __init__(self, directory: Path) -> None:
        self.clock = ManualClock()
        self._store = MemoryStore(self.clock)

    @property
    def log(self) -> FactLog:
        return MemoryLog(self._store)

    @property
    def outbox(self) -> Outbox:
        return MemoryOutbox(self._store)

    def shard(self, name: str, stream: StreamName, witness: Witness | None = None) -> Shard:
        assert witness is None, Feature.PROJECTS
        return MemoryShard(self._store, name, stream)

    async def trim(self) -> int:
        return self._store.trim(self.clock.now())

    def reopen(self) -> None:
        self._store.owners.clear()

    def close(self) -> None:
        pass


class OnSqlite:
    """A file in a directory of the test."""

    features: frozenset[Feature] = frozenset(Feature)

    def __init__(self, directory: Path) -> None:
        self.clock = ManualClock()
        self._data = directory / "data"
        self._store = SqliteStore.open(self._data, self.clock)

    @property
    def log(self) -> FactLog:
        return SqliteLog(self._store)

    @property
    def outbox(self) -> Outbox:
        return SqliteOutbox(self._store)

    def shard(self, name: str, stream: StreamName, witness: Witness | None = None) -> Shard:
        if witness is None:
            return SqliteShard(self._store, name, stream)
        return SqliteShard(
            self._store, name, stream, lambda _, emitted: witness([emit for emit, _, _ in emitted])
        )

    async def trim(self) -> int:
        return await self._store.trim(self.clock.now())

    def reopen(self) -> None:
        self._store.close()
        self._store = SqliteStore.open(self._data, self.clock)

    def close(self) -> None:
        self._store.close()


RUNTIMES: Final[dict[str, Callable[[Path], Runtime]]] = {"memory": InMemory, "sqlite": OnSqlite}
