"""What a hub has on Kafka: its topics record by record, and the state of its shards.

Looks only: takes part in no group and fences nobody. The state of a shard is read back from its
change log, as whoever takes it over would.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from msgspec import Struct

from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.ends import Ends
from hub.streams.kafka.faults import gently, patiently
from hub.streams.kafka.state import KafkaState


class Standing(Struct, frozen=True):
    """How far a shard has come: by its change log, by its group, and where its input ends."""

    shard: str
    cursor: int | None
    committed: int | None
    end: int

    @property
    def is_at_end(self) -> bool:
        return self.end == (self.committed or 0)


class Contents:
    """Made by `looking`."""

    def __init__(self, brokers: Brokers, consumer: AIOKafkaConsumer, ends: Ends) -> None:
        self._brokers = brokers
        self._consumer = consumer
        self._ends = ends

    async def records(self, topics: Iterable[str]) -> dict[str, list[Any]]:
        """What was committed, by topic; of one partition in order."""
        found: dict[str, list[Any]] = {topic: [] for topic in topics}
        for place, records in (await self._read(found)).items():
            found[place.topic] += records
        return found

    async def states(self, processor: str) -> dict[int, KafkaState]:
        """The state of each partition of a processor."""
        found: dict[int, KafkaState] = {}
        read = await self._read([self._brokers.names.changelog(processor)])
        for place, records in read.items():
            found[place.partition] = state = KafkaState()
            state.restore((it.key, it.value) for it in records)
        return found

    async def standings(self, processor: str, topic: str) -> list[Standing]:
        """How far each partition of a processor has come in a topic."""
        states = await self.states(processor)
        committed = await self.committed(processor)
        ends = await self._ends.of_topics([topic])
        return [
            Standing(
                f"{processor}-{place.partition}",
                states[place.partition].cursor,
                committed.get(place),
                end,
            )
            for place, end in ends.items()
        ]

    async def committed(self, processor: str) -> dict[TopicPartition, int]:
        """Up to where a group has read."""
        async with self._brokers.asking() as admin:
            group = self._brokers.names.group(processor)
            found = await patiently(partial(admin.list_consumer_group_offsets, group))
        return {place: it.offset for place, it in found.items() if it.offset >= 0}

    async def ends(self, topics: Iterable[str]) -> dict[TopicPartition, int]:
        """Where these topics end."""
        return await self._ends.of_topics(topics)

    async def _read(self, topics: Iterable[str]) -> Mapping[TopicPartition, Sequence[Any]]:
        ends = await self._ends.of_topics(topics)
        found: dict[TopicPartition, list[Any]] = {place: [] for place in ends}
        if not ends:
            return found
        consumer = self._consumer
        consumer.assign(list(ends))
        await consumer.seek_to_beginning(*ends)
        while left := [it for it, end in ends.items() if await consumer.position(it) < end]:
            for place, records in (await consumer.getmany(*left, timeout_ms=500)).items():
                found[place] += records
        return found


@asynccontextmanager
async def looking(brokers: Brokers) -> AsyncIterator[Contents]:
    """A look at the hub of these names."""
    consumer, ends = _consumer(brokers), Ends(brokers)
    try:
        await consumer.start()
        await ends.start()
        yield Contents(brokers, consumer, ends)
    finally:
        await gently(consumer.stop)
        await ends.aclose()


def _consumer(brokers: Brokers) -> AIOKafkaConsumer:
    """Reads many partitions over one connection: no fetch of one waits long for more to come."""
    return AIOKafkaConsumer(
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="none",
        fetch_max_wait_ms=20,
        **brokers.connection.for_aiokafka(),
    )
