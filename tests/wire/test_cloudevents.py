"""Envelopes: the three modes of CloudEvents, and everything that is none."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import pytest

from hub.domain.refusals import Refused, Slug
from hub.wire.cloudevents import (
    MAX_EVENT_BYTES,
    Envelope,
    decode,
    decode_batch,
    decode_binary,
    http_attributes,
)
from tests.wire.parties import INTAKE, event, judged

GOOD = event("intake-completed", INTAKE)
DATA = msgspec.json.encode(INTAKE)
SOURCE = "urn:nld:oin:00000099000000988000:systeem:primair"
DEEP = b"[" * 20_000 + b"]" * 20_000


def refused(answer: object) -> Refused:
    assert isinstance(answer, Refused), answer
    return answer


def envelope(answer: object) -> Envelope:
    assert isinstance(answer, Envelope), answer
    return answer


def test_a_structured_event_gives_its_attributes_and_its_data() -> None:
    found = envelope(decode(event("intake-completed", INTAKE, time="2026-02-16T10:00:00+01:00")))
    assert (found.id, found.source, found.type) == ("e-1", SOURCE, "intake-completed")
    assert (found.time, found.form, found.raw) == (
        "2026-02-16T10:00:00+01:00",
        "json",
        DATA,
    )


@pytest.mark.parametrize(
    "extra",
    [
        pytest.param({"dataschema": "https://example.nl/s"}, id="dataschema"),
        pytest.param({"datacontenttype": "application/json; charset=utf-8"}, id="a charset"),
        pytest.param({"datacontenttype": "application/vnd.x+json"}, id="a kind of JSON"),
        pytest.param({"time": None, "subject": None}, id="null where it is optional"),
    ],
)
def test_what_cloudevents_allows_is_taken(extra: dict[str, Any]) -> None:
    assert envelope(decode(event("intake-completed", INTAKE, **extra))).dropped == 0


def test_unknown_extension_attributes_are_dropped_and_counted() -> None:
    found = envelope(
        decode(
            event("intake-completed", INTAKE, traceparent="00-1", partitionkey="x", sequence="7")
        )
    )
    assert found.dropped == 2
    assert found.raw == DATA
    assert found.trace == "00-1"


def test_where_an_event_was_made_goes_along_and_is_no_reason_to_refuse_it() -> None:
    for traceparent in ("00-ab-cd-01", "", None, 7, ["x"], "0" * 5000):
        found = envelope(decode(event("intake-completed", INTAKE, traceparent=traceparent)))
        assert found.trace == (traceparent if isinstance(traceparent, str) else "")
        assert found.dropped == 0


def test_data_in_base64_is_the_same_data() -> None:
    raw = msgspec.json.decode(GOOD)
    del raw["data"]
    raw["data_base64"] = base64.b64encode(DATA).decode()
    assert envelope(decode(msgspec.json.encode(raw))).raw == DATA


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff\xfe", id="no UTF-8"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"7", id="a number"),
        pytest.param(GOOD + b"x", id="more behind it"),
        pytest.param(GOOD[:-1], id="cut off"),
        pytest.param(b"\xef\xbb\xbf" + GOOD, id="a byte order mark"),
        pytest.param(GOOD.replace(b'"id":', b'"id":"x","id":'), id="an attribute twice"),
        pytest.param(
            GOOD.replace(b'"id":', b'"\\u0069d":"x","id":'), id="an attribute twice, once escaped"
        ),
        pytest.param(GOOD.replace(b'"e-1"', b"NaN"), id="not a number"),
        pytest.param(GOOD.replace(b'"e-1"', b'"\\ud800"'), id="half a surrogate pair"),
        pytest.param(GOOD.replace(b'"e-1"', b"1" + b"0" * 5000), id="a number without end"),
        pytest.param(b'{"data":' + DEEP + b"}", id="nested without end in data"),
        pytest.param(b'{"x":' + DEEP + b"}", id="nested without end in an extension"),
        pytest.param(DEEP, id="nested without end"),
    ],
)
def test_bytes_that_are_no_json_object_are_malformed(raw: bytes) -> None:
    assert refused(decode(raw)).slug == Slug.MALFORMED


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b'{"gemeente":"0988","gemeente":"0957"}', id="a field twice"),
        pytest.param(b'{"references":[{"issuer":"bag","issuer":"x"}]}', id="one inside twice"),
        pytest.param(b'{"gemeente":"\xff"}', id="no UTF-8"),
        pytest.param(b'{"gemeente":Infinity}', id="infinity"),
    ],
)  # fmt: skip
def test_data_that_is_no_json_is_malformed(data: bytes) -> None:
    assert refused(judged(GOOD.replace(DATA, data))).slug == Slug.MALFORMED


def test_a_field_that_stands_twice_with_the_same_value_is_malformed_too() -> None:
    twice = GOOD.replace(b'"gemeente":"0988"', b'"gemeente":"0988","gemeente":"0988"')
    assert refused(judged(twice)).slug == Slug.MALFORMED


@pytest.mark.parametrize(
    ("attributes", "where"),
    [
        pytest.param({"specversion": "0.3"}, ["specversion"], id="another version"),
        pytest.param({"id": ""}, ["id"], id="an empty id"),
        pytest.param({"id": 7}, ["id"], id="a number as id"),
        pytest.param({"id": "x" * 201}, ["id"], id="an endless id"),
        pytest.param({"time": "2026-02-16"}, ["time"], id="a date as time"),
        pytest.param({"time": "2026-02-16T10:00:00"}, ["time"], id="a time without offset"),
        pytest.param({"time": "2026-13-16T10:00:00Z"}, ["time"], id="a month that is none"),
        pytest.param({"datacontenttype": "text/xml"}, ["datacontenttype"], id="XML"),
        pytest.param({"data_base64": "e30="}, ["data_base64"], id="data twice"),
        pytest.param({"source": None, "type": None}, ["source", "type"], id="two at once"),
    ],
)
def test_attributes_that_are_none_are_named(attributes: dict[str, Any], where: list[str]) -> None:
    answer = refused(decode(event("intake-completed", INTAKE, **attributes)))
    assert answer.slug == Slug.MALFORMED
    assert [violation.path for violation in answer.violations] == where


def test_an_attribute_that_is_missing_is_named() -> None:
    raw = {"specversion": "1.0", "type": "nl.seintje.intake-completed.v1", "data": {}}
    answer = refused(decode(msgspec.json.encode(raw)))
    assert [violation.path for violation in answer.violations] == ["id", "source"]


@pytest.mark.parametrize(
    ("size", "slug"), [(MAX_EVENT_BYTES, None), (MAX_EVENT_BYTES + 1, "too-large")]
)
def test_an_event_is_64_kib_at_most(size: int, slug: str | None) -> None:
    raw = GOOD.ljust(size)
    answer = decode(raw)
    assert (answer.slug if isinstance(answer, Refused) else None) == slug


@pytest.mark.parametrize("depth", [40, 500, *range(900, 1001, 10), 30_000])
@pytest.mark.parametrize("name", ["note", "gemeente", "references"])
def test_nesting_of_any_depth_is_refused(depth: int, name: str) -> None:
    deep = b'"%s":' % name.encode() + b"[" * depth + b'"111222333"' + b"]" * depth
    in_data = GOOD.replace(b'"occurredAt"', deep + b',"occurredAt"')
    beside_it = GOOD.replace(b'"id"', deep + b',"id"')
    assert refused(judged(in_data)).slug == Slug.MALFORMED
    assert refused(judged(beside_it)).slug == Slug.MALFORMED


def test_each_event_of_a_batch_is_judged_by_itself() -> None:
    large = event("intake-completed", INTAKE | {"x": "y" * MAX_EVENT_BYTES})
    found = decode_batch(b"[" + b",".join([GOOD, b"7", large, b'{"id":1}', GOOD]) + b"]")
    assert isinstance(found, list)
    assert [it.position for it in found] == [0, 1, 2, 3, 4]
    slugs = [it.answer.slug if isinstance(it.answer, Refused) else "ok" for it in found]
    assert slugs == ["ok", "malformed", "too-large", "malformed", "ok"]


@pytest.mark.parametrize("raw", [b"", b"{}", b"[1,", b"null", GOOD, DEEP], ids=lambda raw: raw[:9])
def test_a_batch_that_is_no_array_is_malformed_as_a_whole(raw: bytes) -> None:
    assert refused(decode_batch(raw)).slug == Slug.MALFORMED


def test_a_batch_may_be_empty() -> None:
    assert decode_batch(b" [] ") == []


HEADERS = {
    "ce-specversion": "1.0",
    "ce-id": "e-%31",
    "ce-source": SOURCE,
    "ce-type": "nl.seintje.intake-completed.v1",
    "ce-partitionkey": "00-1",
    "content-type": "application/json",
    "authorization": "secret",
}


def test_binary_mode_over_http_takes_attributes_from_headers() -> None:
    found = envelope(decode_binary(http_attributes(HEADERS), DATA))
    assert (found.id, found.source, found.type) == ("e-1", SOURCE, "intake-completed")
    assert (found.raw, found.form, found.dropped) == (DATA, "json", 1)


@pytest.mark.parametrize(
    ("headers", "body", "slug"),
    [
        pytest.param({}, DATA, "malformed", id="no headers"),
        pytest.param(HEADERS | {"ce-id": ""}, DATA, "malformed", id="an empty id"),
        pytest.param(HEADERS | {"content-type": "text/plain"}, DATA, "malformed", id="text"),
        pytest.param(HEADERS, b"x" * (MAX_EVENT_BYTES + 1), "too-large", id="too much"),
    ],
)
def test_binary_mode_refuses(headers: dict[str, str], body: bytes, slug: str) -> None:
    assert refused(decode_binary(http_attributes(headers), body)).slug == slug


def test_nine_digits_make_an_event_suspect_wherever_they_are() -> None:
    assert not envelope(decode(GOOD)).suspect
    assert envelope(decode(GOOD.replace(b"e-1", b"111222333"))).suspect
    assert envelope(decode_binary(http_attributes(HEADERS | {"ce-id": "111222333"}), DATA)).suspect
    assert envelope(decode_binary(http_attributes(HEADERS), b'{"x":"111222333"}')).suspect
