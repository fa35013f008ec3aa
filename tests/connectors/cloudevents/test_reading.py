"""Bytes of a stranger at the door, and what was kept of them: nothing raises, whatever they are."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connectors.gemeente.cloudevents_mapping import EventMappings
from connectors.gemeente.cloudevents_reading import (
    BATCH,
    SINGLE,
    Arrived,
    NotTaken,
    events_of,
    not_understood,
    read,
)
from connectors.gemeente.cloudevents_source import entries_of
from connectors.seam import Record, Unmapped

MAPPINGS = EventMappings.parse(
    b"""
events:
  t:
    key: [k]
    facts:
      - type: rent-missed
        only: {k: ["1", a]}
        paths: {a: amountDue, b: dueDate, c: period, "@time": occurredAt}
""",
    "mapping.yaml",
)

text = st.text(st.characters(codec="utf-8"), max_size=12)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
data = st.dictionaries(st.sampled_from("abcdk"), values, max_size=5) | values
attributes = st.dictionaries(
    st.sampled_from(
        ["specversion", "id", "source", "type", "time", "subject", "datacontenttype", "other"]
    ),
    st.sampled_from(["1.0", "t", "nl.seintje.rent-missed.v1", "2026-03-01T10:00:00Z"]) | values,
)
events = st.builds(lambda them, it: {**them, "data": it}, attributes, data)
whole = st.builds(
    lambda it, id_, type_: {"specversion": "1.0", "id": id_, "source": "s", "type": type_, **it},
    st.fixed_dictionaries({"data": data}),
    text.filter(bool),
    st.sampled_from(["t", "other", "nl.seintje.rent-missed.v1"]),
)
bodies = (
    st.binary(max_size=60)
    | (events | whole).map(lambda it: json.dumps(it).encode())
    | st.lists(events | whole, max_size=4).map(lambda it: json.dumps(it).encode())
)
header = st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=20)
fields = st.dictionaries(
    st.sampled_from(["ce-id", "ce-source", "ce-type", "ce-specversion", "ce-x", "ce-time"]),
    header | st.sampled_from(["1.0", "t"]),
)
media = st.sampled_from([SINGLE, BATCH, "application/json", "application/x+json"])


@given(fields, media, bodies)
def test_whatever_comes_is_kept_or_refused(them: dict[str, str], kind: str, body: bytes) -> None:
    found = read({**them, "content-type": kind}, body)
    if isinstance(found, NotTaken):
        assert found.status in (400, 413, 415)
    else:
        for raw in events_of(found.body):
            assert all(
                isinstance(it, Record | Unmapped)
                for it in entries_of(raw, MAPPINGS, lambda *_: False)
            )


@given(st.dictionaries(st.sampled_from(["content-type", "content-encoding"]), header))
def test_whatever_the_media_type_it_is_understood_or_not(them: dict[str, str]) -> None:
    found = not_understood(them)
    assert found is None or found.status == 415


@given(whole)
def test_what_is_kept_of_an_event_is_one_entry_at_most(event: dict[str, Any]) -> None:
    raw = json.dumps(event).encode()
    found = read({"content-type": SINGLE}, raw)
    assert isinstance(found, Arrived)
    assert len(list(entries_of(raw, MAPPINGS, lambda *_: False))) == 1


@given(st.lists(whole, min_size=1, max_size=4))
def test_a_batch_holds_its_events_byte_for_byte(events: list[dict[str, Any]]) -> None:
    raws = [json.dumps(it).encode() for it in events]
    found = read({"content-type": BATCH}, b"[" + b",".join(raws) + b"]")
    assert isinstance(found, Arrived)
    assert events_of(found.body) == raws
