"""A hub on Kafka that is at rest, read whole: the state of every partition, and every stream.

Taking a partition over fences whoever had it. Whether anybody wrote in the meantime is seen by
where topics end, before and after.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from msgspec import Struct

from hub.errors import Misconfigured
from hub.streams.kafka.at_rest import PROCESSORS
from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.ends import Ends
from hub.streams.kafka.faults import gently, reaching, wholly
from hub.streams.kafka.shard import KafkaShard, Place, Ways, record_of
from hub.streams.kafka.state import KafkaState
from hub.streams.seam import Record, StreamName

_SHARDS_AT_ONCE: Final = 8
_RECORDS: Final = 5000


class Page(Struct, frozen=True):
    """Some records of one partition, in order."""

    stream: StreamName
    partition: int
    records: Sequence[Record]


class Still(Struct, frozen=True):
    """Where every partition of these streams begins and ends."""

    streams: Mapping[TopicPartition, StreamName]
    first: Mapping[TopicPartition, int]
    end: dict[TopicPartition, int]


async def states_of(
    brokers: Brokers, ends: Ends, partitions: int
) -> Mapping[StreamName, Sequence[KafkaState]]:
    """The state of each partition, by the stream that it reads.

    Misconfigured: topics are missing, access is denied, an import was cut off, or change log and
    group do not fit together.
    """
    ways, gate = Ways(ends), asyncio.Semaphore(_SHARDS_AT_ONCE)

    async def one(place: Place) -> KafkaState:
        async with gate:
            shard = await KafkaShard.take(brokers, place, ways)
            await shard.close()
            return shard.kept

    return {
        stream: await asyncio.gather(
            *(one(Place(processor, stream, number)) for number in range(partitions))
        )
        for stream, processor in PROCESSORS.items()
    }


async def still(brokers: Brokers, ends: Ends, streams: Sequence[StreamName]) -> Still:
    """Where these streams begin and end now."""
    by_topic = {brokers.names.topic(stream): stream for stream in streams}
    end = await ends.of_topics(by_topic)
    stream_of = {place: by_topic[place.topic] for place in end}
    return Still(stream_of, await ends.firsts(end), end)


async def require_still(ends: Ends, before: Mapping[TopicPartition, int]) -> None:
    """Misconfigured if anything was written after these partitions ended there."""
    now = await ends.of_topics({place.topic for place in before})
    for place, end in before.items():
        if now.get(place) != end:
            told = "it was written to meanwhile; stop all workers and gateways, and do it again"
            raise Misconfigured(f"topic {place.topic}", told)


async def pages_of(brokers: Brokers, there: Still) -> AsyncIterator[Page]:
    """All records up to where the partitions ended."""
    left = {place for place, end in there.end.items() if there.first[place] < end}
    if not left:
        return
    consumer = brokers.reading()
    try:
        with reaching():
            await wholly(consumer.start)
            consumer.assign(list(left))
            for place in left:
                consumer.seek(place, there.first[place])
        while left:
            for page in await _pages(consumer, there, left):
                yield page
    finally:
        await gently(consumer.stop)


async def _pages(
    consumer: AIOKafkaConsumer, there: Still, left: set[TopicPartition]
) -> Sequence[Page]:
    """What there is now of the partitions that are left; those that were read to their end are
    left no more."""
    with reaching():
        found = await consumer.getmany(*left, timeout_ms=1000, max_records=_RECORDS)
        for place in list(left):
            if await consumer.position(place) >= there.end[place]:
                left.remove(place)
                consumer.pause(place)
    return [
        Page(there.streams[place], place.partition, [record_of(it) for it in records])
        for place, records in found.items()
    ]
