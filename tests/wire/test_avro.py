"""Avro: the official library and an old peer read what the hub writes, and the hub reads them.

avro-python3 has the import name of avro, so it runs as a process of its own (`make avro-peer`).
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import avro.io
import avro.schema
import pytest

from hub.domain.facts import CATALOGUE, Fact
from hub.domain.refusals import Refused, Slug
from hub.errors import Misconfigured
from hub.streams.intake import judge
from hub.wire import avro as hub_avro
from hub.wire.avro import SINGLE_OBJECT, Schemas, as_json, avro_data_of, encode, unknown_codes
from hub.wire.cloudevents import Envelope
from tests.wire.parties import ADMISSION, ROOT
from tests.wire.peer import read_by_peer
from tests.wire.samples import bare, full

SCHEMAS = Schemas.load(ROOT / "schemas" / "avro")
FACTS = [make(name) for make in (full, bare) for name in CATALOGUE]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def envelope(fact: Fact, raw: bytes) -> Envelope:
    return Envelope(fact.id, fact.source, fact.type, raw, "avro", False)


def official(fact_type: str) -> avro.schema.Schema:
    return avro.schema.parse(SCHEMAS.by_name[fact_type].text)


def with_calendar(fact: Fact, record: dict[str, Any]) -> dict[str, Any]:
    """A record as the official library has it: dates and times instead of numbers, all fields."""
    fields = json.loads(SCHEMAS.by_name[fact.type].text)["fields"]
    found = {field["name"]: record.get(field["name"]) for field in fields}
    for field in fields:
        kinds = field["type"] if isinstance(field["type"], list) else [field["type"]]
        logical = [kind.get("logicalType") for kind in kinds if isinstance(kind, dict)]
        value = found[field["name"]]
        if value is not None and "date" in logical:
            found[field["name"]] = (EPOCH + timedelta(days=value)).date()
        if value is not None and "timestamp-millis" in logical:
            found[field["name"]] = EPOCH + timedelta(milliseconds=value)
    return found


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.type)
def test_the_official_library_reads_every_byte_that_the_hub_writes(fact: Fact) -> None:
    raw = encode(fact, SCHEMAS)
    body = io.BytesIO(raw[10:])
    record = avro.io.DatumReader(official(fact.type)).read(avro.io.BinaryDecoder(body))
    assert body.read() == b""
    assert record == with_calendar(fact, avro_data_of(fact))


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.type)
def test_the_hub_reads_every_byte_that_the_official_library_writes(fact: Fact) -> None:
    buffer = io.BytesIO()
    record = with_calendar(fact, avro_data_of(fact))
    avro.io.DatumWriter(official(fact.type)).write(record, avro.io.BinaryEncoder(buffer))
    body = buffer.getvalue()
    assert encode(fact, SCHEMAS)[10:] == body
    framed = SINGLE_OBJECT + SCHEMAS.by_name[fact.type].fingerprint + body
    plain = as_json(envelope(fact, framed), SCHEMAS)
    assert isinstance(plain, Envelope)
    assert judge(plain, ADMISSION, None, None) == fact


def test_a_peer_on_avro_python3_reads_every_byte_that_the_hub_writes() -> None:
    bodies = [(SCHEMAS.by_name[it.type].text, encode(it, SCHEMAS)[10:]) for it in FACTS]
    read = read_by_peer(bodies)
    for fact, found in zip(FACTS, read, strict=True):
        record = {name: value for name, value in found.items() if value is not None}
        assert record == json.loads(json.dumps(avro_data_of(fact)))


def test_the_fingerprint_is_the_one_of_the_specification() -> None:
    # Apache Avro for Java 1.12.0 writes this header for the schema "int".
    assert hub_avro.fingerprint_of('"int"').hex() == "8f5c393f1ad57572"


def changed(raw: bytes) -> Callable[[Fact], bytes]:
    return lambda fact: raw


@pytest.mark.parametrize(
    ("make", "slug"),
    [
        pytest.param(changed(b""), Slug.MALFORMED, id="nothing"),
        pytest.param(changed(b"{}"), Slug.MALFORMED, id="JSON"),
        pytest.param(changed(b"\xc3\x01\x00"), Slug.MALFORMED, id="half a header"),
        pytest.param(changed(b"\x00\x00"), Slug.MALFORMED, id="half a schema id"),
        pytest.param(changed(b"\xc3\x01" + b"x" * 8), Slug.SCHEMA_VIOLATION, id="no such schema"),
        pytest.param(changed(b"\x00\x00\x00\x00\x07"), Slug.SCHEMA_VIOLATION, id="no registry"),
        pytest.param(lambda fact: encode(fact, SCHEMAS)[:-1], Slug.MALFORMED, id="cut off"),
        pytest.param(lambda fact: encode(fact, SCHEMAS) + b"x", Slug.MALFORMED, id="bytes left"),
        pytest.param(
            lambda fact: encode(full("rent-paid"), SCHEMAS),
            Slug.SCHEMA_VIOLATION,
            id="the schema of another type",
        ),
        pytest.param(
            lambda fact: encode(fact, SCHEMAS)[:10] + b"\xff" * 9 + b"\x01",
            Slug.MALFORMED,
            id="a length without end",
        ),
    ],
)  # fmt: skip
def test_bytes_that_are_not_avro_of_the_type_are_refused(
    make: Callable[[Fact], bytes], slug: Slug
) -> None:
    fact = full("lease-signed")
    answer = as_json(envelope(fact, make(fact)), SCHEMAS)
    assert isinstance(answer, Refused)
    assert answer.slug == slug


@pytest.mark.parametrize("name", ["occurredAt", "startDate"])
def test_a_number_beyond_the_calendar_is_a_violation_of_its_field(name: str) -> None:
    fact = full("lease-signed")
    late = 2**62 if name == "occurredAt" else 2**30
    raw = hub_avro.written(fact.type, avro_data_of(fact) | {name: late}, SCHEMAS)
    plain = as_json(envelope(fact, raw), SCHEMAS)
    assert isinstance(plain, Envelope)
    answer = judge(plain, ADMISSION, None, None)
    assert isinstance(answer, Refused)
    assert [violation.path for violation in answer.violations] == [f"data.{name}"]


def test_a_bsn_in_avro_is_found() -> None:
    fact = full("aanspreekpunt-assigned")
    raw = hub_avro.written(fact.type, avro_data_of(fact) | {"name": "111222333"}, SCHEMAS)
    plain = as_json(envelope(fact, raw), SCHEMAS)
    assert isinstance(plain, Envelope)
    answer = judge(plain, ADMISSION, None, None)
    assert isinstance(answer, Refused)
    assert answer.slug == Slug.BSN_FOUND


def test_a_later_schema_out_of_a_registry_is_read_without_its_new_field() -> None:
    fact = full("rent-paid")
    tree = json.loads(SCHEMAS.by_name["rent-paid"].text)
    tree["fields"].append({"name": "method", "type": ["null", "string"], "default": None})
    later = json.dumps(tree)
    buffer = io.BytesIO()
    record = with_calendar(fact, avro_data_of(fact)) | {"method": "transfer"}
    writer = avro.io.DatumWriter(avro.schema.parse(later))
    writer.write(record, avro.io.BinaryEncoder(buffer))
    raw = b"\x00" + (9).to_bytes(4, "big") + buffer.getvalue()
    plain = as_json(envelope(fact, raw), SCHEMAS, {9: later}.get)
    assert isinstance(plain, Envelope)
    assert judge(plain, ADMISSION, None, None) == fact


@pytest.mark.parametrize("text", ["", "7", '"nonsense"', '{"type":"record"}', '"string"', "[]"])
def test_a_registry_that_answers_nonsense_breaks_nothing(text: str) -> None:
    answer = as_json(envelope(full("rent-paid"), b"\x00\x00\x00\x00\x09x"), SCHEMAS, {9: text}.get)
    assert isinstance(answer, Refused)
    assert answer.slug == Slug.SCHEMA_VIOLATION


def test_a_code_in_no_list_is_counted_by_its_field() -> None:
    assert unknown_codes(full("damage-reported"), SCHEMAS) == ()
    odd = full("damage-reported")
    changed_own = type(odd.own)("meteorite", "resident")
    assert unknown_codes(_with_own(odd, changed_own), SCHEMAS) == ("category",)


def _with_own(fact: Fact, own: Any) -> Fact:
    return Fact(fact.type, fact.source, fact.id, fact.at, fact.party, own, fact.gemeente)


def test_a_file_that_is_no_schema_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "rent-paid.v1.avsc").write_text("{")
    with pytest.raises(Misconfigured, match=r"rent-paid\.v1\.avsc"):
        Schemas.load(tmp_path)
