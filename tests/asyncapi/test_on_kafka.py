"""Records that were on a real Kafka are as the AsyncAPI document says."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
from typing import Final

import fastavro
import pytest
from aiokafka import AIOKafkaProducer

from hub.streams.kafka.connection import Connection
from hub.streams.kafka.names import Names
from hub.wire import alert_views
from hub.wire.alert_views import Address
from tests.asyncapi.test_document import DOCUMENT, MESSAGES, SCHEMAS, avro_of, errors, texts
from tests.house.sources import ROOT
from tests.kafka.test_page import (
    PUBLISH_AVRO,
    PUBLISH_JSON,
    WITHIN,
    create,
    only_record,
    program,
)
from tests.wire.views import example

pytestmark = pytest.mark.slow

WEERT: Final = "gemeente-weert"


def topic_of(channel: str, party: str, names: Names) -> str:
    """The topic of a channel, as the document has it, under another prefix."""
    address: str = DOCUMENT["channels"][channel]["address"]
    return address.replace("{party}", party).replace("seintje.", f"{names.prefix}.", 1)


@pytest.mark.parametrize(
    ("text", "party", "message"),
    [(PUBLISH_JSON, WEERT, "FactInJson"), (PUBLISH_AVRO, "corporatie-maas", "RentPaid")],
)
async def test_what_a_party_publishes(
    text: str, party: str, message: str, kafka: Connection, kafka_names: Names
) -> None:
    topic = topic_of("in", party, kafka_names)
    create(kafka, topic)
    command = program(text, kafka, kafka_names)
    await asyncio.to_thread(subprocess.run, command, cwd=ROOT, check=True, timeout=WITHIN)
    headers, value = await only_record(kafka, topic)
    told = MESSAGES[message]
    assert errors(told["headers"], texts(dict(headers))) == []
    if message == "FactInJson":
        assert errors(told["payload"], json.loads(value)) == []
    else:
        assert fastavro.schemaless_reader(io.BytesIO(value[10:]), avro_of(told), None)


async def test_what_a_party_is_told(kafka: Connection, kafka_names: Names) -> None:
    topic = topic_of("out", WEERT, kafka_names)
    create(kafka, topic)
    view = example(alert_id="al-" + "a2" * 13)
    sent = alert_views.written(view, Address(WEERT, 0), SCHEMAS)
    async with AIOKafkaProducer(**kafka.for_aiokafka()) as producer:
        await producer.send_and_wait(topic, sent.value, b"a-1", headers=sent.headers)
    headers, value = await only_record(kafka, topic)
    told = MESSAGES["AlertView"]
    assert errors(told["headers"], texts(dict(headers))) == []
    assert fastavro.schemaless_reader(io.BytesIO(value[10:]), avro_of(told), None)
