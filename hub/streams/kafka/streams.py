"""The way in and the way out of the streams on Kafka, for who is no shard.

A log appends durably and repeats without doubling; records of one call may come to lie on several
partitions, each in order. An outbox reads one partition from a cursor: what parties are told has
only one. Positions count from one, like everywhere; on Kafka they have gaps, where transactions
ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.structs import RecordMetadata

from hub.clocks import seconds
from hub.domain.time import Instant
from hub.streams.kafka.brokers import Brokers, at
from hub.streams.kafka.faults import gently, reaching, wholly
from hub.streams.kafka.shard import record_of
from hub.streams.partitions import partition_of
from hub.streams.seam import Cursor, Emit, Position, Record, StreamName

_APPEND_SECONDS = 20.0


class KafkaLog:
    """Appends to topics. To be started, and closed."""

    def __init__(self, brokers: Brokers) -> None:
        self._brokers = brokers
        self._producer: AIOKafkaProducer | None = None

    async def start(self) -> None:
        producer = self._brokers.appending()
        try:
            with reaching():
                await wholly(producer.start)
        except BaseException:
            await gently(producer.stop)
            raise
        self._producer = producer

    async def append(self, stream: StreamName, records: Sequence[Emit]) -> Sequence[Position]:
        """`Unavailable`: try again. Some may be there already: on Kafka a call is not whole."""
        assert all(record.stream == stream for record in records), "a record of another stream"
        assert self._producer is not None, "the log was not started"
        topic = self._brokers.names.topic(stream)
        with reaching():
            async with asyncio.timeout(_APPEND_SECONDS):
                count = len(await self._producer.partitions_for(topic))
                sent = [
                    await self._producer.send(
                        topic,
                        it.value,
                        key=it.key,
                        partition=partition_of(it.key, count),
                        headers=list(it.headers.items()),
                    )
                    for it in records
                ]
                placed: list[RecordMetadata] = await asyncio.gather(*sent)
        return [it.offset + 1 for it in placed]

    async def close(self) -> None:
        if self._producer is not None:
            await gently(self._producer.stop)


class KafkaOutbox:
    """Reads what was emitted, partition 0 of each stream."""

    def __init__(self, brokers: Brokers) -> None:
        self._brokers = brokers

    async def read(
        self, stream: StreamName, after: Cursor | None, limit: int, wait: float
    ) -> Sequence[Record]:
        async with self._reading(stream) as (consumer, place):
            if place is None:
                return ()
            # Before the first fetch: over the same connection the answers would wait for it.
            first = (await consumer.beginning_offsets([place]))[place]
            end = (await consumer.end_offsets([place]))[place]
            consumer.assign([place])
            consumer.seek(place, max(after or 0, first))
            found: list[Record] = []
            until = seconds() + wait
            while len(found) < limit:
                there = await consumer.position(place) < end
                left = 1.0 if there else until - seconds()
                if not there and (found or left <= 0):
                    break
                polled = await consumer.getmany(
                    place, timeout_ms=int(left * 1000), max_records=limit - len(found)
                )
                found += [record_of(it) for it in polled.get(place, ())]
            return found

    async def cursor_at(self, stream: StreamName, since: Instant) -> Cursor:
        async with self._reading(stream) as (consumer, place):
            if place is None:
                return 0
            found = (await consumer.offsets_for_times({place: max(since, 0)}))[place]
            if found is None:
                return int((await consumer.end_offsets([place]))[place])
            return int(found.offset)

    @asynccontextmanager
    async def _reading(
        self, stream: StreamName
    ) -> AsyncIterator[tuple[AIOKafkaConsumer, TopicPartition | None]]:
        """A consumer of the stream; without a place where there is no such topic."""
        consumer = self._brokers.reading()
        place = at(self._brokers.names.topic(stream), 0)
        try:
            with reaching():
                await wholly(consumer.start)
                if place.topic not in await consumer.topics():
                    yield consumer, None
                    return
                yield consumer, place
        finally:
            await gently(consumer.stop)
