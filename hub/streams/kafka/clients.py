"""The two clients of a shard on Kafka: the one that commits, and the one that reads its input.

Starting the first fences whoever had the shard before, and ends its transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from msgspec import Struct

from hub.errors import Misconfigured
from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.faults import gently, reaching, wholly

_START_SECONDS: Final = 60.0


class Clients(Struct):
    """Both, started, and how they are closed."""

    producer: AIOKafkaProducer
    consumer: AIOKafkaConsumer
    closing: AsyncExitStack

    @classmethod
    async def start(
        cls,
        brokers: Brokers,
        transactional_id: str,
        needed: Iterable[TopicPartition],
        undo: AsyncExitStack,
    ) -> Clients:
        """Misconfigured: a partition that is needed is not there. Unavailable: try again."""
        producer, consumer = brokers.transactional(transactional_id), brokers.reading()
        for client in (producer, consumer):
            undo.push_async_callback(partial(gently, client.stop))
        with reaching():
            async with asyncio.timeout(_START_SECONDS):
                await wholly(producer.start)
                await wholly(consumer.start)
                for place in needed:
                    await _require(producer, place)
        return cls(producer, consumer, undo)


async def _require(producer: AIOKafkaProducer, place: TopicPartition) -> None:
    partitions = await producer.partitions_for(place.topic)
    if place.partition not in partitions:
        told = f"there is no partition {place.partition}; run: seintje topics check"
        raise Misconfigured(f"topic {place.topic}", told)
