"""Words for tests of subscriptions: a stream of revisions, and one that is subscribed to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from hub.delivery.handshake import Consent
from hub.delivery.outcome import Outcome, Reason, answered
from hub.delivery.revision import Ahead
from hub.delivery.subscription import (
    Lanes,
    Send,
    Subscription,
    Wake,
    next_for,
    passed_over,
    verified,
)
from hub.domain.time import Instant
from hub.streams.seam import Cursor, Record

NOW: Final[Instant] = 1_772_000_000_000
SECOND_MS: Final = 1000
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS

TAKEN: Final = Outcome(Reason.DELIVERED, 204)
BROKEN: Final = Outcome(Reason.SERVER_ERROR, 500)
DOWN: Final = Outcome(Reason.UNREACHABLE)
HANGS: Final = Outcome(Reason.TIMED_OUT)
RESETS: Final = Outcome(Reason.BROKEN_OFF)
REJECTS: Final = Outcome(Reason.REJECTED, 404)
REDIRECTS: Final = Outcome(Reason.REDIRECTED, 301)
GONE: Final = Outcome(Reason.GONE, 410)


def busy(seconds: int) -> Outcome:
    """429 with Retry-After."""
    return answered(429, str(seconds), NOW)


def told(at: int, *, gemeente: str = "0988", alert: str = "", when: Instant = NOW) -> Record:
    """A record of the stream: each position an alert of its own, unless it is named."""
    view = {
        "alertId": alert or f"al-{at}",
        "revision": at,
        "status": "open",
        "rule": "rent-arrears",
        "severity": "high",
        "gemeente": gemeente,
    }
    return Record(at, b"", msgspec.json.encode(view), {}, when)


def subscribed(cursor: Cursor = 0, rate: int | None = None) -> Subscription:
    """An active subscription to all of the stream."""
    new = Subscription(
        id="sub-1", party="corporatie-maas", endpoint="https://receiver.example/", cursor=cursor
    )
    return must(verified(new, Consent(rate)))


def must(found: object) -> Subscription:
    """What was asked, which could be done."""
    assert isinstance(found, Subscription)
    return found


def after_cursor(cursor: Cursor, stream: Iterable[Record], limit: int = 1000) -> Ahead:
    """What an outbox would read."""
    return Ahead.of(cursor, [record for record in stream if record.at > cursor][:limit])


def lanes_of(subscription: Subscription, stream: Iterable[Record], limit: int = 1000) -> Lanes:
    """What is read for a subscription."""
    stream = list(stream)
    recovery = subscription.recovery
    return Lanes(
        after_cursor(subscription.cursor, stream, limit),
        None if recovery is None else after_cursor(recovery.after, stream, limit),
    )


def decided(
    subscription: Subscription, stream: Iterable[Record], now: Instant, limit: int = 1000
) -> tuple[Subscription, Send | Wake]:
    """The subscription past what it does not want, and what it is to do."""
    lanes = lanes_of(subscription, stream, limit)
    passed = passed_over(subscription, lanes)
    return passed, next_for(passed, lanes, now)


def sending(
    subscription: Subscription, stream: Iterable[Record], now: Instant
) -> tuple[Subscription, Send]:
    """The same, where something is to be sent."""
    passed, todo = decided(subscription, stream, now)
    assert isinstance(todo, Send)
    return passed, todo
