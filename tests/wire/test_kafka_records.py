"""Records of an `in` topic: both modes, both framings, and everything that is none of them."""

from __future__ import annotations

import base64
import json

import msgspec
import pytest

from hub.domain.facts import CATALOGUE, Fact
from hub.domain.refusals import Refused, Slug
from hub.streams.intake import judge
from hub.wire.avro import Schemas, encode, encode_confluent
from hub.wire.cloudevents import MAX_EVENT_BYTES, Envelope
from hub.wire.kafka_records import decode_record
from hub.wire.writing import data_of, event_of
from tests.wire.parties import ADMISSION, ROOT
from tests.wire.samples import full

SCHEMAS = Schemas.load(ROOT / "schemas" / "avro")
REGISTRY = {n: SCHEMAS.by_name[name].text for n, name in enumerate(sorted(CATALOGUE), start=1)}
ID_OF = {name: n for n, name in enumerate(sorted(CATALOGUE), start=1)}
STRUCTURED = {"content-type": b"application/cloudevents+json"}

PAID = full("rent-paid")
AVRO = encode(PAID, SCHEMAS)
DATA = msgspec.json.encode(data_of(PAID))


def headers_of(fact: Fact) -> dict[str, bytes | None]:
    return {
        "ce_specversion": b"1.0",
        "ce_id": fact.id.encode(),
        "ce_source": fact.source.encode(),
        "ce_type": f"nl.seintje.{fact.type}.v1".encode(),
        "ce_time": b"2026-03-01T10:00:00Z",
    }


HEADERS = headers_of(PAID)


def fact_in(answer: Envelope | Refused) -> object:
    assert isinstance(answer, Envelope), answer
    assert answer.form == "json"
    return judge(answer, ADMISSION, None, None)


def refused(answer: Envelope | Refused) -> Refused:
    assert isinstance(answer, Refused), answer
    return answer


@pytest.mark.parametrize("fact_type", CATALOGUE)
def test_every_fact_is_read_in_both_modes_and_in_both_framings(fact_type: str) -> None:
    fact = full(fact_type)
    headers = headers_of(fact)
    as_json = headers | {"content-type": b"application/json"}
    confluent = encode_confluent(fact, SCHEMAS, ID_OF[fact_type])
    structured = event_of(fact, logged_at=0)
    for sent, value in (
        (headers, encode(fact, SCHEMAS)),
        (headers, confluent),
        (as_json, msgspec.json.encode(data_of(fact))),
        (STRUCTURED, structured),
    ):
        assert fact_in(decode_record(sent, value, SCHEMAS, REGISTRY.get)) == fact


def test_headers_come_as_pairs_or_as_a_mapping() -> None:
    pairs = [*HEADERS.items(), ("trace", b"\xff"), ("trace", b"\xff")]
    assert fact_in(decode_record(pairs, AVRO, SCHEMAS)) == PAID
    assert fact_in(decode_record(HEADERS, AVRO, SCHEMAS)) == PAID


def test_optional_attributes_are_kept_and_unknown_ones_counted() -> None:
    more = {"ce_subject": b"s", "ce_dataschema": b"urn:x", "ce_sequence": b"7", "ce_none": None}
    found = decode_record(HEADERS | more, AVRO, SCHEMAS)
    assert isinstance(found, Envelope)
    assert (found.subject, found.time, found.dropped) == ("s", "2026-03-01T10:00:00Z", 1)


def test_in_structured_mode_headers_say_nothing() -> None:
    told = STRUCTURED | {"ce_id": b"another"}
    value = event_of(PAID, logged_at=0)
    assert fact_in(decode_record(told, value, SCHEMAS)) == PAID
    with_charset = {"content-type": b"application/cloudevents+json; charset=utf-8"}
    assert fact_in(decode_record(with_charset, value, SCHEMAS)) == PAID


def test_a_structured_event_may_hold_avro() -> None:
    event = json.loads(event_of(PAID, logged_at=0)) | {"datacontenttype": "application/avro"}
    del event["data"]
    for raw in (AVRO, encode_confluent(PAID, SCHEMAS, ID_OF["rent-paid"])):
        event["data_base64"] = base64.b64encode(raw).decode()
        value = msgspec.json.encode(event)
        assert fact_in(decode_record(STRUCTURED, value, SCHEMAS, REGISTRY.get)) == PAID


@pytest.mark.parametrize(
    ("changed", "value", "slug"),
    [
        pytest.param({}, None, Slug.MALFORMED, id="a tombstone"),
        pytest.param({}, b"", Slug.MALFORMED, id="no bytes"),
        pytest.param({}, AVRO[:-1], Slug.MALFORMED, id="Avro that is cut off"),
        pytest.param({}, AVRO + b"x", Slug.MALFORMED, id="bytes behind the data"),
        pytest.param({}, DATA, Slug.MALFORMED, id="JSON that is called Avro"),
        pytest.param(
            {}, b"\xc3\x01" + b"x" * 8 + AVRO[10:], Slug.SCHEMA_VIOLATION, id="no such fingerprint"
        ),
        pytest.param(
            {}, b"\x00\x00\x00\x27\x0f" + AVRO[10:], Slug.SCHEMA_VIOLATION, id="no such schema id"
        ),
        pytest.param({"ce_id": None}, AVRO, Slug.MALFORMED, id="no id"),
        pytest.param({"ce_source": b""}, AVRO, Slug.MALFORMED, id="an empty source"),
        pytest.param({"ce_specversion": b"0.3"}, AVRO, Slug.MALFORMED, id="another version"),
        pytest.param({"ce_id": b"\xff"}, AVRO, Slug.MALFORMED, id="an id that is no UTF-8"),
        pytest.param({"ce_x": b"\xff"}, AVRO, Slug.MALFORMED, id="an extension that is no UTF-8"),
        pytest.param(
            {"ce_type": b"nl.seintje.rent-paid.v2"}, AVRO, Slug.UNKNOWN_TYPE, id="no such type"
        ),
        pytest.param(
            {"ce_type": b"nl.seintje.rent-missed.v1"},
            AVRO,
            Slug.SCHEMA_VIOLATION,
            id="the schema of another type",
        ),
        pytest.param({"content-type": b"text/plain"}, AVRO, Slug.MALFORMED, id="text"),
        pytest.param({"content-type": b"\xff"}, AVRO, Slug.MALFORMED, id="no content type at all"),
        pytest.param(
            {"content-type": b"application/cloudevents-batch+json"},
            b"[]",
            Slug.MALFORMED,
            id="a batch",
        ),
        pytest.param(
            {"content-type": b"application/cloudevents+json"},
            AVRO,
            Slug.MALFORMED,
            id="no structured event",
        ),
        pytest.param({}, b"x" * (MAX_EVENT_BYTES + 1), Slug.TOO_LARGE, id="too much"),
        pytest.param(
            STRUCTURED,
            event_of(PAID, logged_at=0).ljust(MAX_EVENT_BYTES + 1),
            Slug.TOO_LARGE,
            id="too much, structured",
        ),
    ],
)
def test_what_is_no_event_is_refused(
    changed: dict[str, bytes | None], value: bytes | None, slug: Slug
) -> None:
    assert refused(decode_record(HEADERS | changed, value, SCHEMAS, REGISTRY.get)).slug == slug


def test_every_header_that_is_wrong_is_named_but_not_by_what_a_stranger_wrote() -> None:
    pairs = [
        *HEADERS.items(),
        ("ce_id", b"another"),
        ("ce_time", b"\xff"),
        ("ce_111222333", b"\xff"),
        ("content-type", b"application/avro"),
        ("content-type", b"application/json"),
    ]
    answer = refused(decode_record(pairs, AVRO, SCHEMAS))
    assert answer.slug == Slug.MALFORMED
    assert {(it.path, it.expected) for it in answer.violations} == {
        ("time", "UTF-8"),
        ("*", "UTF-8"),
        ("id", "once"),
        ("time", "once"),
        ("datacontenttype", "once"),
    }


def test_attributes_that_are_missing_are_named() -> None:
    answer = refused(decode_record([], AVRO, SCHEMAS))
    assert [it.path for it in answer.violations] == ["specversion", "id", "source", "type"]


def test_nine_digits_make_a_record_suspect_wherever_they_are() -> None:
    in_the_id = decode_record(HEADERS | {"ce_id": b"111222333"}, AVRO, SCHEMAS)
    assert isinstance(in_the_id, Envelope)
    assert in_the_id.suspect
    answer = judge(in_the_id, ADMISSION, None, None)
    assert isinstance(answer, Refused)
    assert answer.slug == Slug.BSN_FOUND
