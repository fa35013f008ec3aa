"""The section `webhooks` of the document is what receivers are sent."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest

from hub.delivery import request
from hub.delivery.event import CONTENT_TYPE, event_of, event_of_test, id_of_test
from hub.delivery.handshake import ALLOWED_ORIGIN, ALLOWED_RATE, ASKED_RATE
from hub.delivery.revision import revision_of
from hub.delivery.signatures import Message, Secret
from hub.gateway.openapi import examples
from hub.streams.seam import Record
from tests.delivery.subscribing import NOW
from tests.gateway.contract import DOCUMENT, Contract

JUDGE: Final = Contract()
TOLD: Final[dict[str, Any]] = DOCUMENT["webhooks"]
MEDIA: Final = CONTENT_TYPE.partition(";")[0]
HERE: Final = "https://receiver.example/"


def content(name: str) -> dict[str, Any]:
    found: dict[str, Any] = TOLD[name]["post"]["requestBody"]["content"][MEDIA]
    return found


def events() -> dict[str, bytes]:
    """What is sent, by its name in the document."""
    view = msgspec.json.encode(examples.ALERT)
    id_ = "sb-" + "a" * 26
    return {
        "alert": event_of(revision_of(Record(3, b"", view, {}, NOW)), "gemeente-weert"),
        "test": event_of_test(id_, "gemeente-weert", NOW),
    }


@pytest.mark.parametrize("name", ["alert", "test"])
def test_what_is_sent_is_what_is_described(name: str) -> None:
    sent = msgspec.json.decode(events()[name])
    assert JUDGE.errors(content(name)["schema"], sent) == []
    example = content(name)["example"]
    assert JUDGE.errors(content(name)["schema"], example) == []
    assert example.keys() == sent.keys()
    for field in sent:
        less = {key: it for key, it in sent.items() if key != field}
        assert JUDGE.errors(content(name)["schema"], less) != []


def test_the_example_of_a_test_has_an_id_as_tests_have() -> None:
    assert examples.TEST_ASKED["webhookId"] == id_of_test(examples.SUBSCRIPTION["id"], NOW)


def headers(told: dict[str, Any]) -> set[str]:
    return {it["name"].lower() for it in told["parameters"]}


def test_the_headers_are_those_that_are_sent() -> None:
    sent = request.delivery(HERE, Message("al-1_1", NOW, b"{}"), [Secret(b"s" * 32)], "hub.example")
    for name in ("alert", "test"):
        assert headers(TOLD[name]["post"]) == sent.headers.keys() - {"content-type"}
    asked = request.handshake(HERE, "hub.example", ASKED_RATE)
    told = TOLD["handshake"]["options"]
    assert headers(told) == asked.headers.keys()
    consent = {name.lower() for name in told["responses"]["2XX"]["headers"]}
    assert consent == {ALLOWED_ORIGIN, ALLOWED_RATE}
