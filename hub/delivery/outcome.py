"""What the answer to a webhook means (interfaces, Webhooks).

Every attempt ends in one `Reason`, and a table says what follows from it: it is done, the
subscription waits with everything behind it and tries again, this one revision is put aside, or
the receiver wants no more. A status is all that is looked at, with `Retry-After` where the receiver
may say when; the body of an answer is never read here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

from hub.domain.time import Instant

LONGEST_RETRY_AFTER_MS: Final = 24 * 3_600_000

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS: Final = re.compile(r"[0-9]{1,12}")
_LONGEST_DATE: Final = 64  # characters; a date in any of the three formats is far shorter


class Ruling(StrEnum):
    """What follows from an answer."""

    DONE = "done"
    RETRY = "retry"
    PARK = "park"
    DISABLE = "disable"


class Reason(StrEnum):
    """How an attempt ended. Published: shown with attempts, a label of the metric. Add, never
    rename."""

    DELIVERED = "delivered"
    GONE = "gone"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    SERVER_ERROR = "server-error"
    REDIRECTED = "redirected"
    REJECTED = "rejected"
    NO_SUCH_ANSWER = "no-such-answer"
    # Without an answer:
    TIMED_OUT = "timed-out"
    UNREACHABLE = "unreachable"
    BROKEN_OFF = "broken-off"
    UNTRUSTED = "untrusted"
    ADDRESS_NOT_ALLOWED = "address-not-allowed"
    # Without having asked: the receiver wants a token, and there is none to be had.
    NO_TOKEN = "no-token"


RULINGS: Final[Mapping[Reason, Ruling]] = {
    Reason.DELIVERED: Ruling.DONE,
    Reason.GONE: Ruling.DISABLE,
    Reason.THROTTLED: Ruling.RETRY,
    Reason.UNAVAILABLE: Ruling.RETRY,
    Reason.SERVER_ERROR: Ruling.RETRY,
    # To follow one would send a household to where nobody consented.
    Reason.REDIRECTED: Ruling.PARK,
    Reason.REJECTED: Ruling.PARK,
    # What is no answer of HTTP says nothing about the revision, so it is not put aside.
    Reason.NO_SUCH_ANSWER: Ruling.RETRY,
    Reason.TIMED_OUT: Ruling.RETRY,
    Reason.UNREACHABLE: Ruling.RETRY,
    Reason.BROKEN_OFF: Ruling.RETRY,
    # These two may be mended by whoever runs the receiver: a certificate, a name in the DNS.
    Reason.UNTRUSTED: Ruling.RETRY,
    Reason.ADDRESS_NOT_ALLOWED: Ruling.RETRY,
    Reason.NO_TOKEN: Ruling.RETRY,
}
assert RULINGS.keys() == set(Reason)

# What the shell may say of an attempt to which no answer came.
FAILURES: Final = frozenset(
    {
        Reason.NO_SUCH_ANSWER,
        Reason.TIMED_OUT,
        Reason.UNREACHABLE,
        Reason.BROKEN_OFF,
        Reason.UNTRUSTED,
        Reason.ADDRESS_NOT_ALLOWED,
        Reason.NO_TOKEN,
    }
)

_OWN_REASON: Final[Mapping[int, Reason]] = {
    410: Reason.GONE,
    429: Reason.THROTTLED,
    503: Reason.UNAVAILABLE,
}
_OF_CLASS: Final[Mapping[int, Reason]] = {
    2: Reason.DELIVERED,
    3: Reason.REDIRECTED,
    4: Reason.REJECTED,
    5: Reason.SERVER_ERROR,
}
_MAY_SAY_WHEN: Final = frozenset({Reason.THROTTLED, Reason.UNAVAILABLE})


class Outcome(Struct, frozen=True):
    """How one attempt ended. `status` is None if no answer came; `retry_after_ms` if the receiver
    did not say when, and never more than a day."""

    reason: Reason
    status: int | None = None
    retry_after_ms: int | None = None

    @property
    def ruling(self) -> Ruling:
        return RULINGS[self.reason]


def answered(status: int, retry_after: str | None, now: Instant) -> Outcome:
    """What a status means; `retry_after` is the header of that name, if there was one."""
    reason = _OWN_REASON.get(status) or _OF_CLASS.get(status // 100, Reason.NO_SUCH_ANSWER)
    if reason not in _MAY_SAY_WHEN or retry_after is None:
        return Outcome(reason, status)
    return Outcome(reason, status, read_retry_after(retry_after, now))


def read_retry_after(text: str, now: Instant) -> int | None:
    """Seconds, or a date in one of the formats of HTTP (RFC 9110, 10.2.3), as milliseconds from
    `now`, between nothing and a day; None if it is neither."""
    text = text.strip()
    if _SECONDS.fullmatch(text):
        return min(int(text) * 1000, LONGEST_RETRY_AFTER_MS)
    if len(text) > _LONGEST_DATE:
        return None
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:  # one of the old formats, or `-0000`: HTTP knows UTC only
            moment = moment.replace(tzinfo=UTC)
        at = int((moment - _EPOCH).total_seconds()) * 1000
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return max(0, min(at - now, LONGEST_RETRY_AFTER_MS))
