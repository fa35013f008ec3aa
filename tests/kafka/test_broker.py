"""A real broker: it answers, and keeps what it was given through whatever happens to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from hub.streams.kafka.connection import Connection
from hub.streams.kafka.names import Names
from tests.kafka.broker import Broker


def make_topic(kafka: Connection, topic: str) -> None:
    admin = AdminClient(kafka.for_admin())
    [made] = admin.create_topics([NewTopic(topic, 1)]).values()
    made.result(30)


@asynccontextmanager
async def producing(kafka: Connection) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(**kafka.for_aiokafka(), acks="all")
    try:
        await producer.start()
        yield producer
    finally:
        await producer.stop()  # also one that could not start holds connections


async def write(kafka: Connection, topic: str, value: bytes) -> None:
    async with producing(kafka) as producer:
        await producer.send_and_wait(topic, value)


async def read(kafka: Connection, topic: str, count: int) -> list[bytes]:
    async with AIOKafkaConsumer(
        **kafka.for_aiokafka(), enable_auto_commit=False, auto_offset_reset="earliest"
    ) as consumer:
        consumer.assign([TopicPartition(topic, 0)])
        return [(await consumer.getone()).value for _ in range(count)]


async def test_what_is_written_can_be_read(kafka: Connection, kafka_names: Names) -> None:
    topic = f"{kafka_names.prefix}.a"
    make_topic(kafka, topic)
    await write(kafka, topic, b"1")
    assert await read(kafka, topic, 1) == [b"1"]


def test_reading_makes_no_topic(kafka: Connection, kafka_names: Names) -> None:
    topic = f"{kafka_names.prefix}.nobody-made-it"
    admin = AdminClient(kafka.for_admin())
    admin.list_topics(topic, timeout=30)
    assert topic not in admin.list_topics(timeout=30).topics


@pytest.mark.slow
async def test_a_broker_keeps_what_it_had_through_kill_and_restart(own_broker: Broker) -> None:
    kafka = own_broker.connection
    make_topic(kafka, "a")
    await write(kafka, "a", b"before the kill")
    own_broker.kill()
    assert not own_broker.running
    own_broker.start()
    await write(kafka, "a", b"before the stop")
    own_broker.stop()
    own_broker.start()
    assert await read(kafka, "a", 2) == [b"before the kill", b"before the stop"]


@pytest.mark.slow
def test_a_frozen_broker_says_nothing_until_it_is_thawed(own_broker: Broker) -> None:
    own_broker.freeze()
    asked = AdminClient(own_broker.connection.for_admin())
    with pytest.raises(Exception, match=r"_TIMED_OUT|_TRANSPORT"):
        asked.list_topics(timeout=0.5)
    own_broker.thaw()
    assert asked.list_topics(timeout=30).brokers
