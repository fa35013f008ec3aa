"""The runtimes, each behind the same few calls, and what one of them may lack.

A new runtime adds a class here and its name to `RUNTIMES`; the suite is the same for all.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from enum import Enum
from pathlib import Path
from typing import Final, Protocol

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from hub.domain.time import Instant
from hub.streams.kafka.brokers import MESSAGE_BYTES, Brokers, at
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.ends import Ends
from hub.streams.kafka.names import Names
from hub.streams.kafka.shard import KafkaShard, Place, Ways
from hub.streams.kafka.streams import KafkaLog, KafkaOutbox
from hub.streams.memory.runtime import MemoryLog, MemoryOutbox, MemoryShard
from hub.streams.memory.store import MemoryStore
from hub.streams.seam import Cursor, Emit, FactLog, Outbox, Record, Shard, StreamName
from hub.streams.sqlite.runtime import SqliteLog, SqliteOutbox, SqliteShard
from hub.streams.sqlite.store import SqliteStore

START: Final[Instant] = 1_764_000_000_000

# Sees the emits of a commit inside its transaction.
Witness = Callable[[Sequence[Emit]], None]


class Feature(Enum):
    """What a runtime may lack. Each is explained in docs/parity.md."""

    PROJECTS = "a view is kept in the transaction of the commit"
    OUTLIVES_KILL = "what was acknowledged is there after kill -9"
    NUMBERS_ALL = "positions have no gaps"
    APPENDS_WHOLE = "what is appended in one call lies together, or not at all"
    KEEPS_OUR_TIME = "a record has the time of the hub's clock"
    HEARS_OF_FENCING = "a former owner hears of it when it reads"
    TRIMS = "the hub removes what was kept long enough"


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
    """Started; `reopen` is what a restart of the process does."""

    features: frozenset[Feature]
    clock: ManualClock

    @property
    def log(self) -> FactLog: ...

    @property
    def outbox(self) -> Outbox: ...

    async def start(self) -> None: ...

    async def shard(
        self, name: str, stream: StreamName, witness: Witness | None = None
    ) -> Shard: ...

    async def trim(self) -> int: ...

    async def reopen(self) -> None: ...

    async def close(self) -> None: ...


class InMemory:
    """A restart forgets the shards; the store lives on, as a disk would."""

    features: frozenset[Feature] = frozenset(Feature) - {Feature.PROJECTS, Feature.OUTLIVES_KILL}

    def __init__(self, directory: Path) -> None:
        self.clock = ManualClock()
        self._store = MemoryStore(self.clock)

    async def start(self) -> None:
        pass

    @property
    def log(self) -> FactLog:
        return MemoryLog(self._store)

    @property
    def outbox(self) -> Outbox:
        return MemoryOutbox(self._store)

    async def shard(self, name: str, stream: StreamName, witness: Witness | None = None) -> Shard:
        assert witness is None, Feature.PROJECTS
        return MemoryShard(self._store, name, stream)

    async def trim(self) -> int:
        return self._store.trim(self.clock.now())

    async def reopen(self) -> None:
        self._store.owners.clear()

    async def close(self) -> None:
        pass


class OnSqlite:
    """A file in a directory of the test."""

    features: frozenset[Feature] = frozenset(Feature)

    def __init__(self, directory: Path) -> None:
        self.clock = ManualClock()
        self._data = directory / "data"
        self._store = SqliteStore.open(self._data, self.clock)

    async def start(self) -> None:
        pass

    @property
    def log(self) -> FactLog:
        return SqliteLog(self._store)

    @property
    def outbox(self) -> Outbox:
        return SqliteOutbox(self._store)

    async def shard(self, name: str, stream: StreamName, witness: Witness | None = None) -> Shard:
        if witness is None:
            return SqliteShard(self._store, name, stream)
        return SqliteShard(
            self._store, name, stream, lambda _, emitted: witness([emit for emit, _, _ in emitted])
        )

    async def trim(self) -> int:
        return await self._store.trim(self.clock.now())

    async def reopen(self) -> None:
        self._store.close()
        self._store = SqliteStore.open(self._data, self.clock)

    async def close(self) -> None:
        self._store.close()


class PatientOutbox:
    """Of Kafka: reads when what was committed can be seen, which is a moment later there."""

    def __init__(self, brokers: Brokers) -> None:
        self.brokers = brokers
        self._outbox = KafkaOutbox(brokers)

    async def read(
        self, stream: StreamName, after: Cursor | None, limit: int, wait: float
    ) -> Sequence[Record]:
        topic = at(self.brokers.names.topic(stream), 0)
        async with (
            closing(self.brokers, "read_committed") as committed,
            closing(self.brokers, "read_uncommitted") as all_there,
        ):
            while topic.topic in await committed.topics():
                ends = [await it.end_offsets([topic]) for it in (committed, all_there)]
                if ends[0] == ends[1]:
                    break
        return await self._outbox.read(stream, after, limit, wait)

    async def cursor_at(self, stream: StreamName, since: Instant) -> Cursor:
        return await self._outbox.cursor_at(stream, since)


@asynccontextmanager
async def closing(brokers: Brokers, isolation: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer that sees this much."""
    kafka = brokers.connection.for_aiokafka()
    consumer = AIOKafkaConsumer(isolation_level=isolation, **kafka)
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


class OnKafka:
    """Topics on a broker. `directory` holds where that is, and what its topics begin with."""

    features: frozenset[Feature] = frozenset({Feature.OUTLIVES_KILL})
    STREAMS = (
        *("facts", "region-facts", "another", "counted", "rung", "frozen", "out", "dead-letters"),
        *("receipts", "disclosures", "ops", "out/0", "out/1", "out/delftwonen", "out/other"),
        *("out/gemeente-weert", "out/corporatie-maas", "out/begeleider-onderdak", "settings"),
        *("household-views", "held", "in/gemeente-weert"),
    )
    SHARDS = ("toy", "correlate", "region", "one", "other", "fast", "slow")

    def __init__(self, directory: Path) -> None:
        self.clock = ManualClock()
        address, prefix = (directory / "kafka").read_text("utf-8").split()
        self.brokers = Brokers(Connection(address, "PLAINTEXT"), Names(prefix), 6)
        self._open: list[KafkaShard | KafkaLog | Ends] = []
        self._ends: Ends
        self.outbox: Outbox = PatientOutbox(self.brokers)
        self.log: FactLog

    async def start(self) -> None:
        """Make the topics."""
        names = self.brokers.names
        topics = [*map(names.topic, self.STREAMS), *map(names.changelog, self.SHARDS)]
        async with closing_admin(self.brokers) as admin:
            settings = {"max.message.bytes": str(MESSAGE_BYTES)}
            await admin.create_topics(
                [NewTopic(topic, 1, 1, topic_configs=settings) for topic in topics]
            )
        await self.reopen()

    async def shard(self, name: str, stream: StreamName, witness: Witness | None = None) -> Shard:
        assert witness is None, Feature.PROJECTS
        shard = await KafkaShard.take(self.brokers, Place(name, stream, 0), Ways(self._ends))
        self._open.append(shard)
        return shard

    async def trim(self) -> int:
        raise AssertionError(Feature.TRIMS)

    async def reopen(self) -> None:
        await self.close()
        log, ends = KafkaLog(self.brokers), Ends(self.brokers)
        self._open += [log, ends]
        await log.start()
        await ends.start()
        self.log, self._ends = log, ends

    async def close(self) -> None:
        for it in self._open:
            await (it.aclose() if isinstance(it, Ends) else it.close())
        self._open.clear()


@asynccontextmanager
async def closing_admin(brokers: Brokers) -> AsyncIterator[AIOKafkaAdminClient]:
    """A client for what only administrators do."""
    admin = brokers.admin()
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


RUNTIMES: Final[dict[str, Callable[[Path], Runtime]]] = {
    "memory": InMemory,
    "sqlite": OnSqlite,
    "kafka": OnKafka,
}
