"""A real broker: it answers, keeps what it was given, and never outlives who holds it."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from hub.streams.kafka.connection import Connection
from hub.streams.kafka.names import Names
from tests.kafka.broker import Broker
from tests.kafka.program import Hold, NotStarted, Program


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


SLEEPS = ["sh", "-c", "echo up; exec sleep 600"]


def ended(pid: int) -> bool:
    """Waits until the process is gone; False when it is still there after ten seconds."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watched], [], [], 10)[0])
    finally:
        os.close(watched)


def test_a_program_ends_with_the_last_who_holds_it(tmp_path: Path) -> None:
    code = f"""
from pathlib import Path
from tests.kafka.program import Program
it = Program(Path({str(tmp_path)!r}), {SLEEPS!r}, "up")
it.start()
print(it.pid, flush=True)
input()
"""
    starter = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        held = Hold(tmp_path)
        starter.kill()
    os.kill(pid, 0)  # the starter was killed, and we hold it
    held.let_go()
    assert ended(pid)
    with pytest.raises(ProcessLookupError):
        Hold(tmp_path)


def test_a_frozen_program_is_ended_too(tmp_path: Path) -> None:
    it = Program(tmp_path, SLEEPS, "up")
    it.start()
    it.freeze()
    it.let_go()
    assert not it.running
    assert ended(it.pid)


def test_a_program_that_ends_before_it_is_ready_tells_its_log(tmp_path: Path) -> None:
    it = Program(tmp_path, ["sh", "-c", "echo no such setting; exit 3"], "up")
    with pytest.raises(NotStarted, match="no such setting"):
        it.start()
    assert not it.running
