"""Whether a receiver wants webhooks, judged before it gets any (CloudEvents, HTTP 1.1 Web Hooks for
Event Delivery 1.0.2, 4.2; the NL GOV profile asks for the same).

It keeps somebody from having the hub call a system that never asked for it. It does not prove who
the receiver is. Consent is in the headers, so an answer that merely succeeds is none; and an answer
that does not succeed is none either, whatever headers a proxy puts on every page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeAlias

from msgspec import Struct

ALLOWED_ORIGIN: Final = "webhook-allowed-origin"
ALLOWED_RATE: Final = "webhook-allowed-rate"
ASKED_RATE: Final = 600  # a minute; a party hears far less than this, but after an outage at once

_EVERYBODY: Final = "*"
_UNLIMITED: Final = "*"
_RATE: Final = re.compile(r"[0-9]{1,9}")


class NoConsent(StrEnum):
    """Why an answer is no consent; the first that applies. Published: add, never rename."""

    NO_TOKEN = "no-token"
    NO_ANSWER = "no-answer"
    NOT_SUCCESSFUL = "not-successful"
    ORIGIN_MISSING = "origin-missing"
    OTHER_ORIGIN = "other-origin"
    RATE_MISSING = "rate-missing"
    BAD_RATE = "bad-rate"


class Consent(Struct, frozen=True):
    """That webhooks are welcome, so many a minute; None is as many as there are."""

    rate: int | None


Judgement: TypeAlias = Consent | NoConsent


def judged(status: int | None, headers: Mapping[str, str], origin: str) -> Judgement:
    """Whether the answer to the handshake is consent; `status` None: there was none.

    Names of headers in any case.
    """
    found = {name.lower(): value.strip() for name, value in headers.items()}
    if status is None:
        return NoConsent.NO_ANSWER
    if status // 100 != 2:
        return NoConsent.NOT_SUCCESSFUL
    allowed = found.get(ALLOWED_ORIGIN, "")
    if not allowed:
        return NoConsent.ORIGIN_MISSING
    # A name in the DNS is the same in capitals. No list: the standard knows one name, or all.
    if allowed != _EVERYBODY and allowed.lower() != origin.lower():
        return NoConsent.OTHER_ORIGIN
    return _with_rate(found.get(ALLOWED_RATE, ""))


def _with_rate(rate: str) -> Judgement:
    if not rate:
        return NoConsent.RATE_MISSING  # it must be there, for the handshake names one
    if rate == _UNLIMITED:
        return Consent(None)
    if not _RATE.fullmatch(rate) or int(rate) == 0:
        return NoConsent.BAD_RATE
    return Consent(int(rate))
