"""The programs of docs/kafka.md, run as they stand there, on a real Kafka."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from hub.domain.facts import Fact
from hub.streams.intake import judge
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.names import Names
from hub.wire import alert_views
from hub.wire.alert_views import Address
from hub.wire.avro import Schemas
from hub.wire.cloudevents import Envelope
from hub.wire.kafka_records import decode_record
from tests.wire.parties import ADMISSION, ROOT
from tests.wire.views import example

pytestmark = pytest.mark.slow

SCHEMAS = Schemas.load(ROOT / "schemas" / "avro")
PAGE: Final = (ROOT / "docs" / "kafka.md").read_text("utf-8")
PUBLISH_JSON, PUBLISH_AVRO, READ = re.findall(r"^```python\n(.*?)^```", PAGE, re.M | re.S)
WITHIN: Final = 60


def program(text: str, kafka: Connection, names: Names) -> list[str]:
    """A program of the page for this broker, with names of our own."""
    for there, here in (
        ("127.0.0.1:9092", kafka.brokers),
        ('"seintje.', f'"{names.prefix}.'),
        ('"group.id": "', f'"group.id": "{names.prefix}'),
    ):
        assert there in text or "group.id" in there
        text = text.replace(there, here)
    return [sys.executable, "-c", text]


def create(kafka: Connection, topic: str) -> None:
    admin = AdminClient(kafka.for_admin())  # kept: without it nobody waits for the answer
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(WITHIN)


async def only_record(kafka: Connection, topic: str) -> tuple[Sequence[tuple[str, bytes]], bytes]:
    async with AIOKafkaConsumer(
        topic, auto_offset_reset="earliest", **kafka.for_aiokafka()
    ) as consumer:
        record = await asyncio.wait_for(consumer.getone(), WITHIN)
        return record.headers, record.value


@pytest.mark.parametrize(
    ("text", "party", "said"),
    [
        pytest.param(PUBLISH_JSON, "gemeente-weert", "intake-completed", id="as JSON"),
        pytest.param(PUBLISH_AVRO, "corporatie-maas", "rent-paid", id="as Avro"),
    ],
)
async def test_what_the_page_publishes_is_a_fact(
    text: str, party: str, said: str, kafka: Connection, kafka_names: Names
) -> None:
    topic = kafka_names.topic(f"in/{party}")
    create(kafka, topic)
    await asyncio.to_thread(
        subprocess.run, program(text, kafka, kafka_names), cwd=ROOT, check=True, timeout=WITHIN
    )
    headers, value = await only_record(kafka, topic)
    answer = decode_record(headers, value, SCHEMAS)
    assert isinstance(answer, Envelope)
    fact = judge(answer, ADMISSION, ADMISSION.parties.by_id[party], None)
    assert isinstance(fact, Fact)
    assert fact.type == said


@asynccontextmanager
async def reading(command: Sequence[str]) -> AsyncIterator[asyncio.StreamReader]:
    """What a program prints; it is ended with the block."""
    running = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert running.stdout is not None
        yield running.stdout
    finally:
        running.terminate()
        await running.wait()


async def test_what_the_page_reads_is_each_revision_in_order(
    kafka: Connection, kafka_names: Names
) -> None:
    topic = kafka_names.topic("out/gemeente-weert")
    create(kafka, topic)
    async with AIOKafkaProducer(**kafka.for_aiokafka()) as producer:
        for revision in (1, 2, 3):
            view = example(revision=revision, evidence=({"type": "rent-missed", "persons": 3},))
            sent = alert_views.written(view, Address("gemeente-weert", 0), SCHEMAS)
            await producer.send_and_wait(topic, sent.value, b"a-1", headers=sent.headers)
    async with reading(program(READ, kafka, kafka_names)) as printed:
        for revision in (1, 2, 3):
            line = await asyncio.wait_for(printed.readline(), WITHIN)
            assert line.decode().rstrip() == f"a-1 {revision} open Huur blijft uit"
            line = await asyncio.wait_for(printed.readline(), WITHIN)
            assert line.decode().rstrip() == "  rent-missed {'persons': 3}"
