"""Whatever comes in, the answer is an event, a fact or a refusal, and never an exception."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.facts import CATALOGUE, Fact
from hub.domain.refusals import Refused
from hub.streams.intake import judge
from hub.wire import alert_views
from hub.wire.avro import SINGLE_OBJECT, Schemas, as_json, encode
from hub.wire.bsn import masked, masked_binary
from hub.wire.cloudevents import (
    Envelope,
    decode,
    decode_batch,
    decode_binary,
    http_attributes,
)
from hub.wire.kafka_records import decode_record
from hub.wire.writing import event_of
from tests.wire.parties import ADMISSION, NOW, ROOT, event
from tests.wire.samples import full

SCHEMAS = Schemas.load(ROOT / "schemas" / "avro")
TYPES = sorted(CATALOGUE)
SAMPLES = {name: msgspec.json.decode(event_of(full(name), logged_at=0)) for name in TYPES}
FIELDS = sorted({field for sample in SAMPLES.values() for field in sample["data"]})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def is_answered(answer: Envelope | Refused) -> bool:
    if isinstance(answer, Envelope):
        answer = as_json(answer, SCHEMAS, {1: SCHEMAS.by_name["rent-paid"].text}.get)
    if isinstance(answer, Envelope):
        return isinstance(judge(answer, ADMISSION, None, NOW), Fact | Refused)
    return isinstance(answer, Refused)


@given(st.binary())
def test_any_bytes(raw: bytes) -> None:
    assert is_answered(decode(raw))
    batch = decode_batch(raw)
    assert isinstance(batch, Refused) or all(is_answered(it.answer) for it in batch)
    assert len(masked_binary(raw)) == len(raw)
    masked(raw)


@given(JSON)
def test_any_json(value: Any) -> None:
    assert is_answered(decode(msgspec.json.encode(value)))
    batch = decode_batch(msgspec.json.encode([value, value]))
    assert isinstance(batch, list)


@given(st.sampled_from(TYPES), JSON)
def test_any_json_as_data(fact_type: str, value: Any) -> None:
    assert is_answered(decode(event(fact_type, value)))


@given(st.sampled_from(TYPES), st.data())
def test_any_value_in_any_field(fact_type: str, data: st.DataObject) -> None:
    sample = SAMPLES[fact_type]
    field = data.draw(st.sampled_from(sorted(sample["data"])))
    changed = sample | {"data": sample["data"] | {field: data.draw(JSON)}}
    assert is_answered(decode(msgspec.json.encode(changed)))


@given(st.sampled_from(TYPES), st.data())
def test_any_byte_changed_or_cut(fact_type: str, data: st.DataObject) -> None:
    raw = bytearray(event_of(full(fact_type), logged_at=0))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    assert is_answered(decode(bytes(raw)))


@given(st.sampled_from(TYPES), st.data())
def test_any_byte_of_avro_changed_or_cut(fact_type: str, data: st.DataObject) -> None:
    fact = full(fact_type)
    raw = bytearray(encode(fact, SCHEMAS))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place : place + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    assert is_answered(Envelope("e", fact.source, fact_type, bytes(raw), "avro", False))


@given(st.sampled_from(TYPES), st.binary())
def test_any_bytes_behind_the_header_of_a_schema(fact_type: str, body: bytes) -> None:
    raw = SINGLE_OBJECT + SCHEMAS.by_name[fact_type].fingerprint + body
    assert is_answered(Envelope("e", "urn:x", fact_type, raw, "avro", False))
    confluent = b"\x00\x00\x00\x00\x01" + body
    assert is_answered(Envelope("e", "urn:x", "rent-paid", confluent, "avro", False))


HEADER_NAMES = st.sampled_from(
    ["ce-id", "ce-source", "ce-type", "ce-specversion", "ce-time", "ce-x", "content-type"]
)


@given(st.dictionaries(HEADER_NAMES, st.text(max_size=40)), st.binary())
def test_any_headers(headers: dict[str, str], body: bytes) -> None:
    usual = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "s"}
    usual["ce-type"] = "nl.seintje.rent-paid.v1"
    assert is_answered(decode_binary(http_attributes(usual | headers), body))


KAFKA_NAMES = HEADER_NAMES.map(lambda name: name.replace("ce-", "ce_"))
USUAL: dict[str, bytes | None] = {
    "ce_specversion": b"1.0",
    "ce_id": b"1",
    "ce_source": b"s",
    "ce_type": b"nl.seintje.rent-paid.v1",
}
VIEW_HEADER = SINGLE_OBJECT + SCHEMAS.by_name[alert_views.SCHEMA].fingerprint
RENT_PAID = encode(full("rent-paid"), SCHEMAS)
MEDIA = st.sampled_from(
    [
        b"application/json",
        b"application/avro",
        b"application/cloudevents+json",
        b"application/cloudevents-batch+json",
        b"\xff",
    ]
)


def registry(schema_id: int) -> str | None:
    return {1: SCHEMAS.by_name["rent-paid"].text, 2: "7", 3: "{"}.get(schema_id)


def is_judged(answer: Envelope | Refused) -> bool:
    """An event out of a record has JSON data already."""
    return isinstance(answer, Refused) or (answer.form == "json" and is_answered(answer))


@given(
    st.lists(st.tuples(KAFKA_NAMES, st.none() | MEDIA | st.binary(max_size=40))),
    st.none() | st.binary(),
)
def test_any_kafka_record(headers: list[tuple[str, bytes | None]], value: bytes | None) -> None:
    assert is_judged(decode_record(headers, value, SCHEMAS, registry))


@given(
    st.dictionaries(KAFKA_NAMES, st.none() | MEDIA | st.binary(max_size=40), max_size=2),
    st.binary() | st.binary().map(lambda body: RENT_PAID[:10] + body),
)
def test_any_kafka_record_with_most_of_its_headers(
    headers: dict[str, bytes | None], value: bytes
) -> None:
    assert is_judged(decode_record(USUAL | headers, value, SCHEMAS, registry))


@given(st.integers(0, 4), st.binary())
def test_any_bytes_behind_any_schema_id(schema_id: int, body: bytes) -> None:
    value = b"\x00" + schema_id.to_bytes(4, "big") + body
    assert is_judged(decode_record(USUAL, value, SCHEMAS, registry))


@given(st.data())
def test_any_structured_kafka_record_changed_or_cut(data: st.DataObject) -> None:
    value = bytearray(event_of(full("rent-paid"), logged_at=0))
    place = data.draw(st.integers(0, len(value) - 1))
    value[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    headers = {"content-type": b"application/cloudevents+json; charset=utf-8"}
    assert is_judged(decode_record(headers, bytes(value), SCHEMAS))


@given(st.binary() | st.binary().map(lambda body: VIEW_HEADER + body))
def test_any_bytes_as_a_view(value: bytes) -> None:
    assert isinstance(alert_views.read(value, SCHEMAS, registry), bytes | Refused)
