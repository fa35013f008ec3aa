"""Dead letters: every byte stays, but the digits of a BSN."""

from __future__ import annotations

import base64
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.refusals import Refused, Slug, Violation
from hub.streams.intake import judge
from hub.wire.avro import Schemas, avro_data_of, written
from hub.wire.bsn import holds_bsn
from hub.wire.cloudevents import Envelope, decode
from hub.wire.dead_letters import letter, without_bsn
from hub.wire.kafka_records import decode_record
from tests.wire.parties import ADMISSION, ROOT, event
from tests.wire.samples import full

SCHEMAS = Schemas.load(ROOT / "schemas" / "avro")
BSN = "111222333"
NAMED = full("aanspreekpunt-assigned")
AVRO = written(NAMED.type, avro_data_of(NAMED) | {"name": BSN}, SCHEMAS)
CONFLUENT = written(NAMED.type, avro_data_of(NAMED) | {"name": BSN}, SCHEMAS, 7)
JSON = event(NAMED.type, {"name": BSN})
HIDDEN = msgspec.json.encode(
    {name: it for name, it in json.loads(JSON).items() if name != "data"}
    | {"datacontenttype": "application/avro", "data_base64": base64.b64encode(AVRO).decode()}
)
FOUND = Refused(Slug.BSN_FOUND, "There is one.", (Violation("data.name", "no BSN"),))
OTHER = Refused(Slug.MALFORMED, "It is not whole.")


def lost(before: bytes, after: bytes) -> set[int]:
    """The bytes that became `*`, all of them digits; every other byte is where it was."""
    gone = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert {new for _, new in gone} <= {ord("*")}
    assert {old for old, _ in gone} <= set(b"0123456789")
    assert BSN.encode() not in after
    return {old for old, _ in gone}


@given(
    st.lists(st.tuples(st.text(), st.binary())), st.none() | st.binary(), st.none() | st.binary()
)
def test_no_other_dead_letter_loses_a_byte(
    headers: list[tuple[str, bytes]], key: bytes | None, value: bytes | None
) -> None:
    kept = letter(headers, key, value, OTHER)
    told = [("reason", b"malformed"), ("detail", b"It is not whole.")]
    assert kept == ([*headers, *told], key, value)


def test_what_is_wrong_with_each_field_is_kept_with_it() -> None:
    headers = dict(letter({"reason": b"mine"}, None, b"x", FOUND).headers)
    assert headers["reason"] == b"bsn-found"
    assert json.loads(headers["violations"]) == [{"path": "data.name", "expected": "no BSN"}]


@pytest.mark.parametrize("value", [AVRO, CONFLUENT, JSON], ids=["Avro", "Confluent", "JSON"])
def test_the_digits_of_a_bsn_go_and_nothing_else(value: bytes) -> None:
    kept = letter({"ce_id": b"a" + BSN.encode()}, BSN.encode(), value, FOUND)
    assert kept.value is not None
    assert lost(value, kept.value) >= set(BSN.encode())
    assert kept.key == b"*********"
    assert dict(kept.headers)["ce_id"] == b"a*********"


def test_digits_that_base64_hides_go_too() -> None:
    before = decode_record({"content-type": b"application/cloudevents+json"}, HIDDEN, SCHEMAS)
    assert isinstance(before, Envelope)
    refused = judge(before, ADMISSION, None, None)
    assert isinstance(refused, Refused)
    assert refused.slug is Slug.BSN_FOUND
    after = decode(without_bsn(HIDDEN))
    assert isinstance(after, Envelope)
    assert lost(AVRO, after.raw) >= set(BSN.encode())


def test_digits_in_the_name_of_a_header_go_too() -> None:
    assert letter({f"ce_{BSN}": b"x"}, None, b"", FOUND).headers[0] == ("ce_*********", b"x")


@given(st.binary())
def test_whatever_it_is_no_bsn_is_left(value: bytes) -> None:
    for raw in (value, BSN.encode() + b" " + value, b"\xc3\x01" + value + BSN.encode()):
        assert not holds_bsn(without_bsn(raw).decode("latin-1"))
