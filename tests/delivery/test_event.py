"""What a receiver gets: the event is the one of the out topic, and its signature holds."""

from __future__ import annotations

import json
from typing import Final

import msgspec
import pytest

from hub.delivery import event
from hub.delivery.request import delivery
from hub.delivery.revision import Filter, revision_of
from hub.delivery.signatures import Message, Secret
from hub.domain.time import format_instant
from hub.errors import Bug
from hub.streams.revisions import Reduced
from hub.streams.seam import Record
from hub.wire.alert_views import Address, written
from hub.wire.avro import Schemas
from hub.wire.cloudevents import Envelope, decode
from tests.delivery.proving import judged
from tests.wire.parties import ROOT
from tests.wire.views import emitted, example

AT: Final = 1_772_000_000_123
PARTY: Final = "corporatie-maas"
ALERT: Final = "al-" + "a2" * 13
SECRET: Final = Secret(b"s" * 32)
ERASED: Final = Reduced(ALERT, 4, "erased", "rent-arrears", "high", None, "erased", listed=False)


def record_of(view: bytes, at: int = 7) -> Record:
    return Record(at, ALERT.encode(), view, {}, AT)


def event_of(view: bytes, party: str = PARTY) -> bytes:
    return event.event_of(revision_of(record_of(view)), party)


def test_the_attributes_are_those_of_the_record_on_the_out_topic() -> None:
    schemas = Schemas.load(ROOT / "schemas" / "avro")
    view = example(alert_id=ALERT)
    found = json.loads(event_of(view))
    headers = dict(written(view, Address(PARTY, AT), schemas).headers)
    # Data in JSON has no Avro schema, and a type of its own.
    del headers["ce_dataschema"], headers["content-type"]
    on_topic = {name.removeprefix("ce_"): value.decode() for name, value in headers.items()}
    assert {name: found[name] for name in on_topic} == on_topic
    assert found.keys() - on_topic.keys() == {"datacontenttype", "data"}


def test_the_data_is_the_view_byte_for_byte() -> None:
    for party, view, _ in emitted():
        whole = event_of(view, party)
        assert whole.endswith(b'"data":' + view + b"}")
        assert isinstance(decode(whole), Envelope)


def test_no_attribute_says_which_household_it_is_about() -> None:
    for party, view, _ in emitted():
        found = json.loads(event_of(view, party))
        told = found.pop("data")
        attributes = json.dumps(found)
        named = [it["value"] for it in told.get("references", ())]
        for hidden in filter(None, (told["household"], told.get("title"), told["rule"], *named)):
            assert hidden not in attributes


def test_the_last_revision_of_what_may_not_be_shown_is_sent_too() -> None:
    found = json.loads(event_of(msgspec.json.encode(ERASED)))
    assert found["id"] == f"{ALERT}.4"
    assert found["data"]["status"] == "erased"


def test_a_record_that_is_no_view_is_a_bug_that_does_not_quote_it() -> None:
    with pytest.raises(Bug) as caught:
        revision_of(record_of(b'{"alertId": "L-1001"}'))
    assert "L-1001" not in str(caught.value)


def test_a_test_event_is_about_nobody() -> None:
    found = json.loads(event.event_of_test("sub-1", PARTY, AT))
    assert found["type"] == "nl.seintje.webhook-test.v1"
    assert found["time"] == format_instant(AT)
    assert found["data"] == {"subscription": "sub-1"}
    assert isinstance(decode(event.event_of_test("sub-1", PARTY, AT)), Envelope)


def test_a_delivery_is_signed_over_the_bytes_that_are_sent() -> None:
    revision = revision_of(record_of(example(alert_id=ALERT)))
    message = Message(revision.webhook_id, AT, event.event_of(revision, PARTY))
    request = delivery("https://receiver.example/hook", message, [SECRET], "hub.example.nl")
    assert request.method == "POST"
    assert request.headers["content-type"].startswith("application/cloudevents+json")
    assert request.headers["webhook-request-origin"] == "hub.example.nl"
    assert request.headers["webhook-id"] == f"{ALERT}_3"
    assert judged(request.headers, request.body, SECRET.text, AT) is None


def test_neither_view_nor_address_stands_in_a_repr() -> None:
    revision = revision_of(record_of(example(alert_id=ALERT)))
    message = Message(revision.webhook_id, AT, event.event_of(revision, PARTY))
    request = delivery("https://receiver.example/?access_token=t0k3n", message, [SECRET], "o")
    for told in (repr(revision), repr(request)):
        assert "L-1" not in told
        assert "t0k3n" not in told


@pytest.mark.parametrize(
    ("wants", "is_wanted"),
    [
        pytest.param(Filter(), True, id="everything"),
        pytest.param(Filter(gemeenten=frozenset({"0988", "0957"})), True, id="of its gemeente"),
        pytest.param(Filter(gemeenten=frozenset({"0957"})), False, id="of another gemeente"),
        pytest.param(Filter(rules=frozenset({"rent-arrears"})), True, id="its rule"),
        pytest.param(Filter(rules=frozenset({"nuisance"})), False, id="another rule"),
        pytest.param(Filter(severities=frozenset({"high"})), True, id="as severe"),
        pytest.param(Filter(severities=frozenset({"critical"})), False, id="more severe"),
        pytest.param(Filter(statuses=frozenset({"open"})), True, id="its status"),
        pytest.param(Filter(statuses=frozenset({"resolved"})), False, id="another status"),
        pytest.param(
            Filter(frozenset({"0988"}), statuses=frozenset({"resolved"})), False, id="one of two"
        ),
    ],
)
def test_a_filter_leaves_out(wants: Filter, is_wanted: bool) -> None:
    assert wants.wants(revision_of(record_of(example()))) is is_wanted


def test_what_takes_an_alert_off_the_list_passes_every_filter_but_the_rule() -> None:
    erased = revision_of(record_of(msgspec.json.encode(ERASED)))
    others = frozenset({"other"})
    assert Filter(gemeenten=others, severities=others, statuses=others).wants(erased)
    assert not Filter(rules=others).wants(erased)
