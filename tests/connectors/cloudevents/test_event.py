"""An alert as an event of the NL GOV profile, in both modes."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from connectors.gemeente.cloudevents_event import (
    Event,
    Message,
    Place,
    event_of,
    id_of,
    message_of,
)
from tests.connectors.cloudevents.stage import SOURCE, alert
from tests.systems.cloudevents import SCHEMA

PLACE = Place("al-aaaaaaaaaaaaaaaaaaaaaaaaaa.2", 17, "2026-03-01T10:00:00.000Z")
ATTRIBUTES = {
    "specversion": "1.0",
    "id": "al-aaaaaaaaaaaaaaaaaaaaaaaaaa.2",
    "source": SOURCE,
    "type": "nl.seintje.alert-view.v1",
    "subject": "al-aaaaaaaaaaaaaaaaaaaaaaaaaa",
    "time": "2026-03-01T10:00:00.000Z",
    "sequence": "000000000017",
    "datacontenttype": "application/json",
}


def structured() -> Message:
    return message_of(event_of(alert(revision=2), SOURCE, PLACE), "structured")


def test_a_structured_event_has_its_attributes_and_the_view_in_the_body() -> None:
    message = structured()
    event = json.loads(message.body)
    data: dict[str, Any] = event.pop("data")
    assert event == ATTRIBUTES
    assert message.headers == {"content-type": "application/cloudevents+json; charset=utf-8"}
    assert data["alertId"] == "al-aaaaaaaaaaaaaaaaaaaaaaaaaa"
    assert data["references"] == [
        {"scheme": "dossier", "issuer": "gemeente-weert", "value": "D-1042"}
    ]


def test_what_a_view_does_not_have_is_no_field() -> None:
    data = json.loads(structured().body)["data"]
    assert "aanspreekpunt" not in data
    assert None not in data.values()


def test_it_is_an_event_by_the_schema_of_cloudevents() -> None:
    jsonschema.Draft7Validator(SCHEMA).validate(json.loads(structured().body))


def test_a_binary_event_has_its_attributes_in_headers_and_the_view_alone_in_the_body() -> None:
    message = message_of(event_of(alert(revision=2), SOURCE, PLACE), "binary")
    expected = {f"ce-{name}": it for name, it in ATTRIBUTES.items() if name != "datacontenttype"}
    assert message.headers == {"content-type": "application/json", **expected}
    assert json.loads(message.body) == json.loads(structured().body)["data"]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        pytest.param(
            "Euro € 😀", "Euro%20%E2%82%AC%20%F0%9F%98%80", id="the example of the binding"
        ),
        pytest.param('a"b%c', "a%22b%25c", id="quotation mark and percent sign"),
        pytest.param("urn:nld:x_y~z!'()*", "urn:nld:x_y~z!'()*", id="what is printable stays"),
    ],
)
def test_a_header_is_percent_encoded_where_it_must(value: str, written: str) -> None:
    message = message_of(Event({"subject": value, "datacontenttype": "text/x"}, b"{}"), "binary")
    assert message.headers["ce-subject"] == written


def test_nothing_about_the_household_is_in_an_attribute() -> None:
    one = alert(revision=2)
    other = alert(revision=2, household="hh-9", gemeente="0935", references=[], title="Anders")
    assert event_of(one, SOURCE, PLACE).attributes == event_of(other, SOURCE, PLACE).attributes


def test_sequences_sort_as_text_in_the_order_of_their_numbers() -> None:
    found = [
        event_of(alert(), SOURCE, Place("x", number, "t")).attributes["sequence"]
        for number in (1, 9, 10, 99, 100, 1_000_000)
    ]
    assert found == sorted(found)
    assert len({len(it) for it in found}) == 1


def test_a_revision_has_an_id_of_its_own() -> None:
    assert id_of(alert(revision=2)) != id_of(alert(revision=3)) != id_of(alert("b", revision=3))


@pytest.mark.parametrize("mode", ["structured", "binary"])
def test_an_event_above_64_kib_is_too_large(mode: Any) -> None:
    small = message_of(event_of(alert(message="x" * 64_000), SOURCE, PLACE), mode)
    large = message_of(event_of(alert(message="x" * 65_500), SOURCE, PLACE), mode)
    assert (small.is_too_large, large.is_too_large) == (False, True)
