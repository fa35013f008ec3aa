"""Views on out topics: what comes back is what was emitted, and others can read it too."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import avro.io
import avro.schema
import fastavro
import msgspec
import pytest
from hypothesis import given, settings

from hub.domain.refusals import Refused, Slug
from hub.domain.sharing import View
from hub.streams.revisions import Reduced
from hub.wire import alert_views
from hub.wire.alert_views import Address, read, written
from hub.wire.avro import Schemas
from hub.wire.kafka_records import decode_record
from tests.wire.parties import ROOT
from tests.wire.peer import read_by_peer
from tests.wire.views import MOMENT, any_view, emitted, example

SCHEMAS = Schemas.load(ROOT / "schemas" / "avro")
SCHEMA = SCHEMAS.by_name[alert_views.SCHEMA]
OFFICIAL = avro.schema.parse(SCHEMA.text)
AT = 1_772_000_000_000
TO = Address("corporatie-maas", AT)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def value_of(view: bytes, schema_id: int | None = None) -> bytes:
    return written(view, Address("corporatie-maas", AT, schema_id), SCHEMAS).value


def read_officially(body: bytes) -> dict[str, Any]:
    buffer = io.BytesIO(body)
    found = avro.io.DatumReader(OFFICIAL).read(avro.io.BinaryDecoder(buffer))
    assert buffer.read() == b""
    assert isinstance(found, dict)
    return found


def written_officially(record: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    avro.io.DatumWriter(OFFICIAL).write(record, avro.io.BinaryEncoder(buffer))
    return buffer.getvalue()


def without_calendar(value: Any) -> Any:
    """A record of the official library with numbers for its times."""
    if isinstance(value, datetime):
        return (value - EPOCH) // timedelta(milliseconds=1)
    if isinstance(value, dict):
        return {name: without_calendar(it) for name, it in value.items()}
    return [without_calendar(it) for it in value] if isinstance(value, list) else value


def read_plainly(body: bytes) -> Any:
    return fastavro.schemaless_reader(io.BytesIO(body), SCHEMA.parsed, None)


@given(any_view)
def test_any_view_comes_back_as_it_was_emitted(view: bytes) -> None:
    assert read(value_of(view), SCHEMAS) == view
    assert read(value_of(view, 9), SCHEMAS, {9: SCHEMA.text}.get) == view


@settings(max_examples=50)
@given(any_view)
def test_any_view_is_the_same_to_the_official_library(view: bytes) -> None:
    body = value_of(view)[10:]
    found = read_officially(body)
    assert without_calendar(found) == read_plainly(body)
    # The order in a map is nobody's; everything else is the same byte for byte.
    anew = written_officially(found)
    assert len(anew) == len(body)
    again = read(value_of(view)[:10] + anew, SCHEMAS)
    assert isinstance(again, bytes)
    assert json.loads(again) == json.loads(view)


def test_what_is_emitted_for_a_region_is_read_by_everybody_and_comes_back() -> None:
    statuses = set()
    for party, view, _headers in emitted():
        value = written(view, Address(party, AT), SCHEMAS).value
        assert read(value, SCHEMAS) == view
        assert read(value[:10] + written_officially(read_officially(value[10:])), SCHEMAS) == view
        statuses.add((json.loads(view)["status"], b'"title"' in view))
    # open and ended ones, and some of which nothing is left
    assert {("open", True), ("resolved", True), ("withdrawn", False)} <= statuses


def test_a_peer_on_avro_python3_reads_every_view_of_a_region() -> None:
    bodies = [value_of(view)[10:] for _party, view, _headers in emitted()]
    found = read_by_peer([(SCHEMA.text, body) for body in bodies])
    assert found == [read_plainly(body) for body in bodies]


def test_each_revision_has_an_identity_of_its_own_and_the_headers_of_a_cloudevent() -> None:
    identities = set()
    for party, view, _headers in emitted():
        told = json.loads(view)
        headers = dict(written(view, Address(party, AT), SCHEMAS).headers)
        assert headers == {
            "ce_specversion": b"1.0",
            "ce_id": f"{told['alertId']}.{told['revision']}".encode(),
            "ce_source": f"urn:seintje:hub:out:{party}".encode(),
            "ce_type": b"nl.seintje.alert-view.v1",
            "ce_time": b"2026-02-25T06:13:20.000Z",
            "ce_subject": told["alertId"].encode(),
            "ce_dataschema": b"urn:seintje:schema:fingerprint:" + SCHEMA.fingerprint.hex().encode(),
            "content-type": b"application/avro",
        }
        identity = (headers["ce_source"], headers["ce_id"])
        assert identity not in identities
        identities.add(identity)


def test_no_header_says_more_than_which_alert_it_is() -> None:
    view = example(evidence=[{"type": "rent-missed", "amountDue": 65_000}])
    headers = written(view, TO, SCHEMAS).headers
    shown = b" ".join(value for _name, value in headers)
    for said in (b"L-1", b"arrears", b"Huur", b"0988", b"65000", b"high"):
        assert said not in shown


def test_with_a_registry_the_schema_is_named_by_its_id() -> None:
    sent = written(example(), Address("gemeente-weert", AT, 7), SCHEMAS)
    assert sent.value[:5] == b"\x00\x00\x00\x00\x07"
    assert dict(sent.headers)["ce_dataschema"] == b"urn:seintje:schema:id:7"


def test_the_schema_has_every_field_of_a_view_and_none_besides() -> None:
    names = [field["name"] for field in json.loads(SCHEMA.text)["fields"]]
    assert sorted(names) == sorted(View.__struct_encode_fields__)
    assert Reduced.__struct_encode_fields__ == alert_views.REDUCED
    parts = {field["name"]: field["type"] for field in json.loads(SCHEMA.text)["fields"]}
    own = [field["name"] for field in parts["aanspreekpunt"][1]["fields"]]
    assert own == ["name", "organisation", "phone", "email"]


def test_what_is_left_of_a_view_holds_nothing_but_that() -> None:
    last = Reduced("a", 4, "erased", "rent-arrears", "high", None, "ended")
    body = value_of(msgspec.json.encode(last))[10:]
    said = {name: value for name, value in read_officially(body).items() if value not in (None, [])}
    assert said == {
        "alertId": "a",
        "revision": 4,
        "status": "erased",
        "rule": "rent-arrears",
        "severity": "high",
        "translations": {},
        "listed": False,
        "announced": True,
        "notice": "ended",
    }


def test_a_field_that_is_shared_before_the_date_comes_back_behind_it() -> None:
    view = example(evidence=[{"type": "t", "period": "2026-01", "occurredAt": MOMENT}])
    found = read(value_of(view), SCHEMAS)
    assert isinstance(found, bytes)
    assert json.loads(found) == json.loads(view)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xc3\x01" + SCHEMA.fingerprint, id="no data"),
        pytest.param(b"{}", id="JSON"),
    ],
)
def test_what_is_no_view_is_refused(value: bytes) -> None:
    answer = read(value, SCHEMAS)
    assert isinstance(answer, Refused)
    assert answer.slug == Slug.MALFORMED


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"raisedAt": 2**62}, id="an instant beyond the calendar"),
        pytest.param({"evidence": [{"type": "t", "fields": {"x": "{"}}]}, id="no JSON in a field"),
    ],
)
def test_a_view_that_cannot_be_json_is_refused(changed: dict[str, Any]) -> None:
    record = read_plainly(value_of(example())[10:]) | changed
    out = bytearray(b"\xc3\x01" + SCHEMA.fingerprint)
    SCHEMAS.writers[alert_views.SCHEMA](record, out)
    answer = read(bytes(out), SCHEMAS)
    assert isinstance(answer, Refused)
    assert answer.slug == Slug.MALFORMED


def test_a_view_that_is_sent_back_in_is_no_fact() -> None:
    sent = written(example(), TO, SCHEMAS)
    answer = decode_record(sent.headers, sent.value, SCHEMAS)
    assert isinstance(answer, Refused)
    assert answer.slug == Slug.UNKNOWN_TYPE
