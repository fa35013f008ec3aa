"""Where partitions begin and end, asked of the brokers at this moment.

Over a connection of its own: on the one of a consumer the question waits for the fetch before it,
and that waits half a second for something to come.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.faults import gently, reaching, wholly


class Ends:
    """Asks for any partition; one for a process is enough. To be started, and closed."""

    def __init__(self, brokers: Brokers) -> None:
        self._brokers = brokers
        self._consumer: AIOKafkaConsumer | None = None
        self._admin: AIOKafkaAdminClient | None = None  # knows of topics that no one reads here

    async def start(self) -> None:
        consumer, admin = self._brokers.reading(), self._brokers.admin()
        self._consumer, self._admin = consumer, admin
        with reaching():
            await wholly(consumer.start)
            await wholly(admin.start)

    async def aclose(self) -> None:
        if self._consumer is not None:
            await gently(self._consumer.stop)
        if self._admin is not None:
            await gently(self._admin.close)

    async def first(self, place: TopicPartition) -> int:
        """The offset of the first record that is still kept, or will be the first."""
        return (await self.firsts([place]))[place]

    async def last(self, place: TopicPartition) -> int:
        """The offset after the last that was committed."""
        return (await self.lasts([place]))[place]

    async def firsts(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        """`first` of each, in one question."""
        assert self._consumer is not None, "was not started"
        with reaching():
            return dict(await self._consumer.beginning_offsets(list(places)))

    async def lasts(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        """`last` of each, in one question."""
        assert self._consumer is not None, "was not started"
        with reaching():
            return dict(await self._consumer.end_offsets(list(places)))

    async def of_topics(self, topics: Iterable[str]) -> dict[TopicPartition, int]:
        """The offset after the last that was committed, of every partition of these topics; of
        those that there are."""
        assert self._consumer is not None, "was not started"
        assert self._admin is not None
        wanted = frozenset(topics)
        with reaching():
            # All topics: asking for one that is missing would make it, where brokers allow that.
            places = [
                TopicPartition(topic["topic"], it["partition"])
                for topic in await self._admin.describe_topics()
                if topic["topic"] in wanted
                for it in topic["partitions"]
            ]
            found: dict[TopicPartition, int] = await self._consumer.end_offsets(places)
            return found
