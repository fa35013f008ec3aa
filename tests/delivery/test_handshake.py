"""Consent of a receiver: what is asked, and which answers are consent."""

from __future__ import annotations

from typing import Final

import pytest

from hub.delivery.handshake import ASKED_RATE, Consent, Judgement, NoConsent, judged
from hub.delivery.request import handshake

ORIGIN: Final = "hub.example.nl"
BOTH: Final = {"WebHook-Allowed-Origin": ORIGIN, "WebHook-Allowed-Rate": "120"}


def test_the_question_names_the_sender_and_how_much_it_will_send() -> None:
    request = handshake("https://receiver.example/hook", ORIGIN, ASKED_RATE)
    assert (request.method, request.url, request.body) == (
        "OPTIONS",
        "https://receiver.example/hook",
        b"",
    )
    assert request.headers == {
        "webhook-request-origin": ORIGIN,
        "webhook-request-rate": str(ASKED_RATE),
    }


@pytest.mark.parametrize(
    ("status", "headers", "judgement"),
    [
        pytest.param(200, BOTH, Consent(120), id="one origin and a rate"),
        pytest.param(204, BOTH, Consent(120), id="no content"),
        pytest.param(
            200, BOTH | {"WebHook-Allowed-Origin": "*"}, Consent(120), id="whatever origin"
        ),
        pytest.param(200, BOTH | {"WebHook-Allowed-Rate": "*"}, Consent(None), id="without limit"),
        pytest.param(
            200, {name.lower(): f" {it} " for name, it in BOTH.items()}, Consent(120), id="spelling"
        ),
        pytest.param(
            200, BOTH | {"WebHook-Allowed-Origin": ORIGIN.upper()}, Consent(120), id="capitals"
        ),
        pytest.param(None, {}, NoConsent.NO_ANSWER, id="no answer"),
        pytest.param(200, {}, NoConsent.ORIGIN_MISSING, id="success alone is no consent"),
        pytest.param(405, BOTH, NoConsent.NOT_SUCCESSFUL, id="an error with headers"),
        pytest.param(301, BOTH, NoConsent.NOT_SUCCESSFUL, id="somewhere else"),
        pytest.param(
            200, BOTH | {"WebHook-Allowed-Origin": ""}, NoConsent.ORIGIN_MISSING, id="empty origin"
        ),
        pytest.param(
            200,
            BOTH | {"WebHook-Allowed-Origin": "other.example"},
            NoConsent.OTHER_ORIGIN,
            id="another origin",
        ),
        pytest.param(
            200,
            BOTH | {"WebHook-Allowed-Origin": "*.example.nl"},
            NoConsent.OTHER_ORIGIN,
            id="a pattern",
        ),
        pytest.param(
            200,
            BOTH | {"WebHook-Allowed-Origin": f"{ORIGIN}, other.example"},
            NoConsent.OTHER_ORIGIN,
            id="a list",
        ),
        pytest.param(200, {"WebHook-Allowed-Origin": ORIGIN}, NoConsent.RATE_MISSING, id="no rate"),
        *(
            pytest.param(
                200, BOTH | {"WebHook-Allowed-Rate": rate}, NoConsent.BAD_RATE, id=f"rate {rate}"
            )
            for rate in ("0", "-1", "1.5", "many", "1" * 12)
        ),
    ],
)
def test_an_answer_is_judged(
    status: int | None, headers: dict[str, str], judgement: Judgement
) -> None:
    assert judged(status, headers, ORIGIN) == judgement
