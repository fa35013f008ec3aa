"""Where partitions begin and end, asked of the brokers at this moment.

Over a connection of its own: on the one of a consumer the question waits for the fetch before it,
and that waits half a second for something to come.
"""

from __future__ import annotations

from collections.abc import Iterable

from aiokafka import AIOKafkaConsumer, TopicPartition

from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.faults import gently, reaching


class Ends:
    """Asks for any partition; one for a process is enough. To be started, and closed."""

    def __init__(self, brokers: Brokers) -> None:
        self._brokers = brokers
        self._consumer: AIOKafkaConsumer | None = None

    async def start(self) -> None:
        consumer = self._brokers.reading()
        self._consumer = consumer
        with reaching():
            await consumer.start()

    async def aclose(self) -> None:
        if self._consumer is not None:
            await gently(self._consumer.stop)

    async def first(self, place: TopicPartition) -> int:
        """The offset of the first record that is still kept, or will be the first."""
        assert self._consumer is not None, "was not started"
        with reaching():
            return int((await self._consumer.beginning_offsets([place]))[place])

    async def last(self, place: TopicPartition) -> int:
        """The offset after the last that was committed."""
        assert self._consumer is not None, "was not started"
        with reaching():
            return int((await self._consumer.end_offsets([place]))[place])

    async def of_topics(self, topics: Iterable[str]) -> dict[TopicPartition, int]:
        """The offset after the last that was committed, of every partition of these topics."""
        assert self._consumer is not None, "was not started"
        with reaching():
            there = await self._consumer.topics()
            places = [
                TopicPartition(topic, number)
                for topic in topics
                if topic in there
                for number in self._consumer.partitions_for_topic(topic) or ()
            ]
            found: dict[TopicPartition, int] = await self._consumer.end_offsets(places)
            return found
