"""Which partitions of a topic are ours: a member of the group of a processor, and nothing else.

It reads nothing. Each partition has a shard with connections of its own, for over one consumer a
partition that has something would wait for the others that have not. What counts for who may write
is the producer of a shard, which fences; the group only says whose turn it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from msgspec import Struct

from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.faults import gently, reaching, wholly

_POLL_MS: Final = 1000

# Told the partitions that are ours from now on, or were until now.
Told = Callable[[frozenset[int]], Awaitable[None]]


class Member(Struct, frozen=True):
    """Who takes part: `address` is where its pages are, for whoever looks for the owner of a
    partition; `instance` a name that stays over a restart, or None."""

    address: str
    instance: str | None = None


class Membership:
    """Takes part in the group of a processor until cancelled."""

    def __init__(self, brokers: Brokers, processor: str, topic: str, member: Member) -> None:
        instance = None if member.instance is None else f"{member.instance}-{processor}"
        self._topic = topic
        self._consumer: Callable[[], AIOKafkaConsumer] = lambda: brokers.member(
            brokers.names.group(processor),
            member.address,
            group_instance_id=instance,
            # A partition stays where its state is, if it can.
            partition_assignment_strategy=(StickyPartitionAssignor,),
        )

    async def take_part(self, given: Told, taken: Told) -> None:
        """Say `given` and `taken` as the group decides; runs until cancelled.

        `taken` is waited for before others get the partitions. Raises `Unavailable` or
        `Misconfigured`; what was given is taken first.
        """
        consumer = self._consumer()
        try:
            with reaching():
                consumer.subscribe([self._topic], listener=_Listener(consumer, given, taken))
                await wholly(consumer.start)
                while True:
                    # All is paused; asking says that we live, and hears of what is wrong.
                    await consumer.getmany(timeout_ms=_POLL_MS)
        finally:
            await asyncio.shield(gently(consumer.stop))


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    def __init__(self, consumer: AIOKafkaConsumer, given: Told, taken: Told) -> None:
        self._consumer = consumer
        self._given = given
        self._taken = taken

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        await self._taken(frozenset(it.partition for it in revoked))

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        places = list(assigned)
        self._consumer.pause(*places)
        await self._given(frozenset(it.partition for it in places))
