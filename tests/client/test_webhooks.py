"""What a receiver answers to the handshake, and what it reads in a webhook."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest
from hypothesis import given, settings

from hub.client import Alert, Message, Misconfigured, Unproven, Unread, Webhooks
from hub.client.webhooks import MOST_BYTES, refusal
from hub.delivery.handshake import Consent, Judgement, NoConsent, judged
from hub.delivery.request import Request
from tests.client.sending import (
    ALERT,
    AT_S,
    ORIGIN,
    PAIR,
    SECRET,
    changed,
    handshake,
    sent,
    sent_body,
    sent_test,
    viewed,
)
from tests.wire.views import any_view

KEY: Final = SECRET.text
HOOKS: Final = Webhooks([KEY], [ORIGIN])
EVENT: Final = b'{"specversion":"1.0","id":"1","source":"s","type":"t","time":"t","data":%b}'


def read(sending: Request, now: float = AT_S) -> Message | Unproven | Unread:
    return HOOKS.read(sending.headers, sending.body, now)


def heard_by_the_hub(hooks: Webhooks, sending: Request, origin: str = ORIGIN) -> Judgement:
    answer = hooks.consent(sending.headers)
    return judged(answer.status, answer.headers, origin)


@pytest.mark.parametrize(
    ("origins", "rate", "origin", "judgement"),
    [
        pytest.param([ORIGIN], 120, ORIGIN, Consent(120), id="who is named"),
        pytest.param([ORIGIN], None, ORIGIN, Consent(None), id="as many as there are"),
        pytest.param([ORIGIN.upper()], 1, ORIGIN, Consent(1), id="in capitals"),
        pytest.param(["a.nl", ORIGIN], 1, ORIGIN, Consent(1), id="one of several"),
        pytest.param(["*"], 1, ORIGIN, Consent(1), id="anybody"),
        pytest.param(["example.nl"], 1, ORIGIN, NoConsent.NOT_SUCCESSFUL, id="a part of the name"),
        pytest.param([ORIGIN], 1, "*", NoConsent.NOT_SUCCESSFUL, id="all of them"),
    ],
)
def test_the_hub_hears_consent_from_who_names_it(
    origins: list[str], rate: int | None, origin: str, judgement: Judgement
) -> None:
    hooks = Webhooks([KEY], origins, rate)
    assert heard_by_the_hub(hooks, handshake(origin), origin) == judgement


def test_who_is_not_welcome_is_not_told_who_is() -> None:
    answer = HOOKS.consent(handshake("other.nl").headers)
    assert (answer.status, answer.body) == (403, b"")
    assert ORIGIN not in str(answer.headers)


def test_who_asks_for_methods_only_hears_methods_and_no_consent() -> None:
    answer = HOOKS.consent({"Host": "receiver.example.nl"})
    assert (answer.status, answer.headers["allow"]) == (200, "POST, OPTIONS")
    assert judged(answer.status, answer.headers, ORIGIN) is NoConsent.ORIGIN_MISSING


def test_a_revision_is_read_as_the_alert_that_a_follower_gets() -> None:
    found = read(sent())
    assert isinstance(found, Message)
    assert (found.id, found.source) == (f"{ALERT}_1", "urn:seintje:hub:out:gemeente-weert")
    assert found.alert == msgspec.json.decode(viewed(), type=Alert)
    assert found.alert is not None
    assert (found.alert.status, found.alert.title) == ("open", "Huur blijft uit")
    assert not found.is_test


@settings(deadline=None)
@given(any_view)
def test_whatever_is_sent_of_an_alert_is_read(view: bytes) -> None:
    body = EVENT.replace(b'"t","time"', b'"nl.seintje.alert-view.v1","time"') % view
    found = read(sent_body(body))
    assert isinstance(found, Message)
    assert found.alert == msgspec.json.decode(view, type=Alert)


def test_a_test_is_read_as_one() -> None:
    found = read(sent_test())
    assert isinstance(found, Message)
    assert found.is_test
    assert found.alert is None


def test_what_a_newer_hub_sends_is_read_and_has_no_alert() -> None:
    found = read(sent_body(EVENT % b"[]"))
    assert isinstance(found, Message)
    assert (found.type, found.alert, found.is_test) == ("t", None, False)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="no JSON"),
        pytest.param(b"\xff\xfe", id="no UTF-8"),
        pytest.param(EVENT.replace(b'"s"', b'"\xff"') % b"{}", id="no UTF-8 in a text"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(EVENT % b"[" * 9_999, id="deep in the data"),
        pytest.param(b"[]", id="no object"),
        pytest.param(EVENT.replace(b"1.0", b"2.0") % b"{}", id="another version"),
        pytest.param(EVENT.replace(b'"source":"s",', b"") % b"{}", id="without a source"),
        pytest.param(EVENT.replace(b'"t"', b'"nl.seintje.alert-view.v1"') % b"{}", id="no view"),
    ],
)
def test_what_is_signed_and_no_event_is_refused(body: bytes) -> None:
    assert read(sent_body(body)) is Unread.NO_EVENT


def test_what_is_not_signed_is_not_looked_at() -> None:
    assert read(sent_body(b"{", PAIR)) is Unproven.UNSIGNED
    assert read(changed(sent(), b"{")) is Unproven.FORGED


def test_a_body_that_is_too_large_is_refused_before_anything_is_calculated() -> None:
    assert read(sent_body(b" " * (MOST_BYTES + 1))) is Unread.TOO_LARGE
    assert read(sent_body(b" " * MOST_BYTES)) is Unread.NO_EVENT


@pytest.mark.parametrize("why", [*Unproven, *Unread])
def test_each_refusal_has_an_answer_that_says_why(why: Unproven | Unread) -> None:
    answer = refusal(why)
    assert answer.status in (400, 401, 413)
    assert answer.body.decode() == f"{why}\n"
    assert answer.headers["content-length"] == str(len(answer.body))
    assert ("www-authenticate" in answer.headers) == (answer.status == 401)


@pytest.mark.parametrize(
    ("setting", "wrong"),
    [
        ("keys", {"keys": []}),
        ("keys", {"keys": KEY}),
        ("keys", {"keys": ["whsec_"]}),
        ("origins", {"origins": []}),
        ("origins", {"origins": ORIGIN}),
        ("rate", {"rate": 0}),
    ],
)
def test_what_can_be_no_receiver_is_told_at_once(setting: str, wrong: dict[str, Any]) -> None:
    given: dict[str, Any] = {"keys": [KEY], "origins": [ORIGIN]}
    with pytest.raises(Misconfigured, match=f"^{setting}: ") as caught:
        Webhooks(**(given | wrong))
    assert KEY not in str(caught.value)


def test_nothing_of_a_household_stands_in_a_repr() -> None:
    assert repr(read(sent())) == f"Message('{ALERT}_1', 'nl.seintje.alert-view.v1')"
