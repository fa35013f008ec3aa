"""Our schemas in a real registry: taken, held to FULL_TRANSITIVE, and read by their ids."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import msgspec
import pytest

from hub.domain.facts import CATALOGUE
from hub.domain.refusals import Refused, Slug
from hub.errors import Misconfigured
from hub.settings import Settings
from hub.streams.kafka.registry import Registry, registry_of
from hub.wire import alert_views
from hub.wire.alert_views import Address
from hub.wire.avro import Schema, Schemas, encode_confluent
from hub.wire.cloudevents import Envelope
from hub.wire.kafka_records import decode_record
from tests.streams.world import StillClock
from tests.wire.parties import ROOT
from tests.wire.samples import full
from tests.wire.views import example

pytestmark = pytest.mark.slow

SCHEMAS = Schemas.load(ROOT / "schemas" / "avro")


@asynccontextmanager
async def client(url: str) -> AsyncIterator[Registry]:
    found = registry_of(Settings(registry_url=url), StillClock(0))
    assert found is not None
    try:
        yield found
    finally:
        await found.close()


def changed(schema: Schema, **changes: Any) -> Schema:
    """The schema as another hub might have it."""
    return msgspec.structs.replace(schema, text=json.dumps(json.loads(schema.text) | changes))


async def test_every_schema_is_taken_and_has_one_id_however_often_it_is_published(
    registry: str,
) -> None:
    async with client(registry) as there:
        await there.check()
        first = await there.publish(SCHEMAS.by_name.values())
        assert await there.publish(SCHEMAS.by_name.values()) == first
    assert sorted(first) == sorted(SCHEMAS.by_name)


async def test_facts_are_read_by_the_ids_that_the_registry_gave(registry: str) -> None:
    async with client(registry) as publisher:
        ids = await publisher.publish(SCHEMAS.by_name[name] for name in CATALOGUE)
    async with client(registry) as reader:
        for name in CATALOGUE:
            fact = full(name)
            value = encode_confluent(fact, SCHEMAS, ids[name])
            headers = {
                "ce_specversion": b"1.0",
                "ce_id": fact.id.encode(),
                "ce_source": fact.source.encode(),
                "ce_type": f"nl.seintje.{name}.v1".encode(),
            }
            decode = partial(decode_record, headers, value, SCHEMAS)
            assert isinstance(await reader.ask(decode), Envelope)


async def test_a_view_is_read_by_the_id_that_the_registry_gave(registry: str) -> None:
    async with client(registry) as there:
        ids = await there.publish([SCHEMAS.by_name[alert_views.SCHEMA]])
        address = Address("corporatie-maas", 0, ids[alert_views.SCHEMA])
        sent = alert_views.written(example(), address, SCHEMAS)
        assert await there.ask(partial(alert_views.read, sent.value, SCHEMAS)) == example()


async def test_an_id_that_is_not_there_is_a_refusal(registry: str) -> None:
    async with client(registry) as there:
        answer = await there.ask(partial(alert_views.read, b"\x00\x7f\xff\xff\xff", SCHEMAS))
    assert isinstance(answer, Refused)
    assert answer.slug == Slug.SCHEMA_VIOLATION


async def test_a_schema_that_does_not_fit_the_earlier_ones_is_not_taken(registry: str) -> None:
    schema = changed(SCHEMAS.by_name["rent-paid"], name="NotCompatible")
    fields = json.loads(schema.text)["fields"]
    required = {"name": "added", "type": "string"}
    optional = {"name": "added", "type": ["null", "string"], "default": None}
    async with client(registry) as there:
        await there.publish([schema])
        with pytest.raises(Misconfigured, match=r"nl\.seintje\.NotCompatible .* rent-paid"):
            await there.publish([changed(schema, fields=[*fields, required])])
        await there.publish([changed(schema, fields=[*fields, optional])])


async def test_another_address_of_the_same_server_is_no_registry(registry: str) -> None:
    async with client(registry.replace("/ccompat", "/nowhere")) as there:
        with pytest.raises(Misconfigured, match="SEINTJE_REGISTRY_URL: what answers there is no"):
            await there.check()
