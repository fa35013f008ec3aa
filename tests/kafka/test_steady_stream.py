"""In a stream that never stops deadlines are told all the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import NewTopic

from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.ends import Ends
from hub.streams.kafka.names import Names
from hub.streams.kafka.shard import KafkaShard, Place, Ways
from hub.streams.seam import Effects
from tests.contract.runtimes import closing_admin


class Growing(Ends):
    """Whenever it is asked where a partition ends, one more record has come."""

    def __init__(self, brokers: Brokers, producer: AIOKafkaProducer) -> None:
        super().__init__(brokers)
        self._producer = producer

    async def last(self, place: TopicPartition) -> int:
        await self._producer.send_and_wait(place.topic, b"1")
        return await super().last(place)


@pytest.fixture
async def shard(kafka: Connection, kafka_names: Names) -> AsyncIterator[KafkaShard]:
    brokers = Brokers(kafka, kafka_names, 6)
    topics = [kafka_names.topic("facts"), kafka_names.changelog("toy")]
    async with AsyncExitStack() as undo:
        async with closing_admin(brokers) as admin:
            await admin.create_topics([NewTopic(topic, 1, 1) for topic in topics])
        producer = await undo.enter_async_context(
            AIOKafkaProducer(**brokers.connection.for_aiokafka())
        )
        ends = await undo.enter_async_context(aclosing(Growing(brokers, producer)))
        await ends.start()
        shard = await KafkaShard.take(brokers, Place("toy", "facts", 0), Ways(ends))
        undo.push_async_callback(shard.close)
        yield shard


async def test_who_keeps_up_with_a_steady_stream_has_caught_up(shard: KafkaShard) -> None:
    found = []
    for _ in range(8):
        batch = await shard.read(1000, 0.0)
        found.append(batch.caught_up)
        await shard.commit(batch, Effects({}, []))
    assert True in found
