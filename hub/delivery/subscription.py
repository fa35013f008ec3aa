"""A subscription: where a party wants its revisions sent, and how far that has come.

    unverified               → active      the receiver consented
    active                   → failing     it cannot take a revision: wait, with all behind it
                             → paused      the party asked, or it refused 20 in a row
    failing                  → active      it took one
                             → failing     it still cannot
                             → paused      it could not for 75 hours; or as active
    paused                   → active      the party resumed it; the revisions were kept
    active, failing, paused  → disabled    the receiver is gone (410)
    any                      → unverified  it has another address, or is to be asked once more

Decided here, sent and stored elsewhere; `now` and the jitter are handed in. Revisions go one at a
time, in the order of the party's stream. The cursor moves past a revision when it was delivered,
put aside (`parked`) or not wanted, and never otherwise, so whatever dies in between is told again,
under the same webhook id. Recovering reads the same stream a second time beside it (`Lane`): the
two take turns, and neither moves the cursor of the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from hub.delivery.backoff import is_early, retry_at
from hub.delivery.handshake import Consent
from hub.delivery.outcome import Outcome, Reason, Ruling, refused_in_a_row
from hub.delivery.revision import Ahead, Filter, Revision
from hub.domain.time import BEGINNING, NEVER, Instant
from hub.errors import Bug
from hub.streams.seam import Cursor, Position

MOST_ATTEMPTS: Final = 50
MOST_PARKED: Final = 100
# After so many refusals and no delivery it is the receiver that is wrong, not each of them.
MOST_REFUSED: Final = 20

_MINUTE_MS: Final = 60_000


class Life(StrEnum):
    """The life of a subscription."""

    UNVERIFIED = "unverified"
    ACTIVE = "active"
    FAILING = "failing"
    PAUSED = "paused"
    DISABLED = "disabled"


NEXT: Final[Mapping[Life, frozenset[Life]]] = {
    Life.UNVERIFIED: frozenset({Life.UNVERIFIED, Life.ACTIVE}),
    Life.ACTIVE: frozenset({Life.FAILING, Life.PAUSED, Life.DISABLED, Life.UNVERIFIED}),
    Life.FAILING: frozenset(
        {Life.FAILING, Life.ACTIVE, Life.PAUSED, Life.DISABLED, Life.UNVERIFIED}
    ),
    # The answer that it is gone may come after the party paused it.
    Life.PAUSED: frozenset({Life.ACTIVE, Life.DISABLED, Life.UNVERIFIED}),
    Life.DISABLED: frozenset({Life.UNVERIFIED}),
}
assert NEXT.keys() == set(Life)

SENDING: Final = frozenset({Life.ACTIVE, Life.FAILING})


class Why(StrEnum):
    """Why a subscription is paused or disabled. Published: add, never rename."""

    ASKED = "asked"
    FAILED_TOO_LONG = "failed-too-long"
    REFUSED_TOO_OFTEN = "refused-too-often"
    GONE = "gone"


_MAY_STOP: Final[Mapping[Life, frozenset[Why]]] = {
    Life.PAUSED: frozenset({Why.ASKED, Why.FAILED_TOO_LONG, Why.REFUSED_TOO_OFTEN}),
    Life.DISABLED: frozenset({Why.GONE}),
}


class Lane(StrEnum):
    """Why something is sent: it is new, it is recovered, or it is a test."""

    LIVE = "live"
    RECOVERY = "recovery"
    TEST = "test"


_OTHER: Final = {Lane.LIVE: Lane.RECOVERY, Lane.RECOVERY: Lane.LIVE}


class Streak(Struct, frozen=True):
    """Failures in a row: since when, and how many."""

    since: Instant
    failures: int


class Stretch(Struct, frozen=True):
    """A part of the stream: after a cursor, up to and including `until`."""

    after: Cursor
    until: Cursor


class Attempt(Struct, frozen=True, rename="camel"):
    """One attempt, as the party may see it."""

    at: Instant
    webhook_id: str
    lane: Lane
    reason: Reason
    status: int | None


class Parked(Struct, frozen=True, rename="camel"):
    """A revision that was put aside: where it stands, and what the receiver said to it."""

    at: Instant
    webhook_id: str
    position: Position
    reason: Reason
    status: int | None


class Subscription(Struct, frozen=True, kw_only=True, rename="camel"):
    """All there is to know of one. It holds no secret: those lie elsewhere, sealed.

    `cursor` is in the party's stream: what lies after it is still to be sent. `turn` is the lane
    that goes first, `rate` how many a minute the receiver consented to. Of attempts and parked
    revisions the newest are kept; a parked one is a dead letter as well, which stays.
    """

    id: str
    party: str
    endpoint: str
    cursor: Cursor
    wants: Filter = Filter()
    life: Life = Life.UNVERIFIED
    why: Why | None = None
    streak: Streak | None = None
    not_before: Instant = BEGINNING
    rate: int | None = None
    recovery: Stretch | None = None
    turn: Lane = Lane.LIVE
    attempts: tuple[Attempt, ...] = ()
    parked: tuple[Parked, ...] = ()

    def __post_init__(self) -> None:
        if (self.life is Life.FAILING) != (self.streak is not None):
            raise Bug(f"a subscription is {self.life}, and its streak of failures says otherwise")
        allowed = _MAY_STOP.get(self.life)
        if self.why not in allowed if allowed else self.why is not None:
            raise Bug(f"a subscription is {self.life}, and why says otherwise")

    def __repr__(self) -> str:
        # Not the endpoint: an address may hold a token.
        return f"Subscription({self.id!r}, {self.life.value}, {self.cursor})"


class Lanes(Struct, frozen=True):
    """What was read after the cursor of each lane; the recovery's is None if there is none."""

    live: Ahead
    recovery: Ahead | None = None


class Send(Struct, frozen=True):
    """What to send now, and where. `after` is the cursor of its lane when that was decided."""

    revision: Revision
    endpoint: str
    lane: Lane
    after: Cursor

    def __repr__(self) -> str:
        return f"Send({self.revision!r}, {self.lane.value})"


class Waits(StrEnum):
    """Why nothing is to be sent now."""

    NOT_SENDING = "unverified, paused or disabled"
    READ_ON = "nothing in what was read is wanted, but more may follow it"
    NOTHING_NEW = "nothing follows"
    LATER = "the receiver is not to be asked before then"


class Wake(Struct, frozen=True):
    """When to look again: at an instant, or (NEVER) when something comes or the party acts."""

    at: Instant
    why: Waits


class NotNow(Struct, frozen=True):
    """That what was asked makes no sense for a subscription that is `life`."""

    life: Life


# ---- What to do ----------------------------------------------------------------------------------


def passed_over(subscription: Subscription, lanes: Lanes) -> Subscription:
    """Past what was read and is not wanted, up to the first revision that is."""
    live = _before_wanted(subscription, lanes.live, Stretch(subscription.cursor, NEVER))
    moved = replace(subscription, cursor=live)
    recovery = subscription.recovery
    if recovery is None or lanes.recovery is None:
        return moved
    return _recovered(moved, _before_wanted(subscription, lanes.recovery, recovery))


def next_for(subscription: Subscription, lanes: Lanes, now: Instant) -> Send | Wake:
    """The one thing to send now, or when to look again; of what `passed_over` gave."""
    if subscription.life not in SENDING:
        return Wake(NEVER, Waits.NOT_SENDING)
    early = is_early(subscription.not_before, now, is_failing=subscription.life is Life.FAILING)
    for lane in (subscription.turn, _OTHER[subscription.turn]):
        send = _first(subscription, lanes, lane)
        if send is not None and early:
            return Wake(subscription.not_before, Waits.LATER)
        if send is not None:
            return send
    # A recovery whose end was compacted away rests until something follows it: an empty reading
    # may as well be that of a reader which is behind.
    is_unread = subscription.recovery is not None and lanes.recovery is None
    read = [lanes.live] if lanes.recovery is None else [lanes.live, lanes.recovery]
    if is_unread or any(ahead.read_to is not None for ahead in read):
        return Wake(now, Waits.READ_ON)
    return Wake(NEVER, Waits.NOTHING_NEW)


def after(
    subscription: Subscription, sent: Send, outcome: Outcome, now: Instant, jitter: float
) -> Subscription:
    """The subscription once an attempt has ended.

    Before it is stored, a revision whose ruling is `park` must lie with the dead letters.
    `subscription` is the one of now: if the party paused it meanwhile, what was delivered counts;
    if it has another address or is not to be sent to, the answer is only noted.
    """
    noted = _noted(subscription, sent.revision.webhook_id, sent.lane, outcome, now)
    is_closed = subscription.life in (Life.UNVERIFIED, Life.DISABLED)
    if is_closed or sent.endpoint != subscription.endpoint:
        return noted
    spaced = replace(noted, not_before=now + _spacing(noted))
    match outcome.ruling:
        case Ruling.DONE | Ruling.PARK:
            return _stopped(_advanced(_kept(spaced, sent, outcome, now), sent))
        case Ruling.DISABLE:
            return _moved(spaced, Life.DISABLED, why=Why.GONE)
        case Ruling.RETRY:
            return _failed(spaced, outcome, now, jitter)


def after_test(
    subscription: Subscription, webhook_id: str, outcome: Outcome, now: Instant
) -> Subscription:
    """The subscription once a test has ended: it is among the attempts, and nothing else."""
    return _noted(subscription, webhook_id, Lane.TEST, outcome, now)


# ---- What a party may ask ------------------------------------------------------------------------


def verified(subscription: Subscription, consent: Consent) -> Subscription | NotNow:
    """The receiver consented: begin, or go on where it was."""
    if subscription.life is not Life.UNVERIFIED:
        return NotNow(subscription.life)
    return replace(_moved(subscription, Life.ACTIVE), rate=consent.rate, not_before=BEGINNING)


def to_verify(subscription: Subscription, endpoint: str) -> Subscription:
    """At another address, or at the same once more: nothing is sent before it consents."""
    return replace(_moved(subscription, Life.UNVERIFIED), endpoint=endpoint)


def pause(subscription: Subscription) -> Subscription | NotNow:
    """Send nothing and keep everything."""
    if subscription.life not in SENDING:
        return NotNow(subscription.life)
    return _moved(subscription, Life.PAUSED, why=Why.ASKED)


def resume(subscription: Subscription) -> Subscription | NotNow:
    """Go on where it stopped, at once and with 75 hours of patience again."""
    if subscription.life is not Life.PAUSED:
        return NotNow(subscription.life)
    return replace(_moved(subscription, Life.ACTIVE), not_before=BEGINNING)


def recover(subscription: Subscription, since: Cursor, until: Cursor | None = None) -> Subscription:
    """Send once more what lies after `since`, up to `until` or to where the live cursor is.

    What lies after that comes by itself. If a recovery is under way, one stretch becomes of the
    two, with all that lies between them: what is told twice is better than what is not told.
    """
    end = subscription.cursor if until is None else min(until, subscription.cursor)
    if since >= end:
        return subscription
    under_way = subscription.recovery
    if under_way is not None:
        since, end = min(since, under_way.after), max(end, under_way.until)
    return replace(subscription, recovery=Stretch(since, end))


# ---- Within --------------------------------------------------------------------------------------


def _first(subscription: Subscription, lanes: Lanes, lane: Lane) -> Send | None:
    within, ahead = Stretch(subscription.cursor, NEVER), lanes.live
    if lane is Lane.RECOVERY:
        if subscription.recovery is None or lanes.recovery is None:
            return None
        within, ahead = subscription.recovery, lanes.recovery
    found = _wanted(subscription, ahead, within)
    if found is None:
        return None
    return Send(found, subscription.endpoint, lane, within.after)


def _wanted(subscription: Subscription, ahead: Ahead, within: Stretch) -> Revision | None:
    if ahead.after > within.after:
        raise Bug("what lies between the cursor and where it was read would be skipped")
    for revision in ahead.revisions:
        if within.after < revision.at <= within.until and subscription.wants.wants(revision):
            return revision
    return None


def _before_wanted(subscription: Subscription, ahead: Ahead, within: Stretch) -> Cursor:
    """The cursor before the first revision that is wanted, or after all that was read."""
    found = _wanted(subscription, ahead, within)
    passed = [it.at for it in ahead.revisions if found is None or it.at < found.at]
    read_to = ahead.read_to if found is None else max(passed, default=None)
    return within.after if read_to is None else max(within.after, read_to)


def _recovered(subscription: Subscription, to: Cursor) -> Subscription:
    """The recovery has come as far as `to`; at its end there is none any more."""
    recovery = subscription.recovery
    if recovery is None:
        return subscription
    left = None if to >= recovery.until else Stretch(to, recovery.until)
    return replace(subscription, recovery=left)


def _advanced(subscription: Subscription, sent: Send) -> Subscription:
    """The receiver has it, or never will: what comes after it is next, of the other lane first.

    If a recovery was begun anew meanwhile, it stays where it was moved to: the revision is told
    again, and nothing between the two is skipped.
    """
    going = _moved(subscription, Life.ACTIVE) if subscription.life is Life.FAILING else subscription
    turned = replace(going, turn=_OTHER[sent.lane])
    if sent.lane is Lane.LIVE:
        # Further on already, if the party meanwhile no longer wants what was sent.
        return replace(turned, cursor=max(turned.cursor, sent.revision.at))
    recovery = turned.recovery
    if recovery is None or recovery.after != sent.after:
        return turned
    return _recovered(turned, sent.revision.at)


def _stopped(subscription: Subscription) -> Subscription:
    """Paused, if nothing was delivered for many refusals. What is wrong with all of them (a path, a
    token) would put aside everything that comes, and the party would have to ask for it again."""
    newest = (it.reason for it in reversed(subscription.attempts) if it.lane is not Lane.TEST)
    if refused_in_a_row(newest) < MOST_REFUSED or subscription.life not in SENDING:
        return subscription
    return _moved(subscription, Life.PAUSED, why=Why.REFUSED_TOO_OFTEN)


def _failed(
    subscription: Subscription, outcome: Outcome, now: Instant, jitter: float
) -> Subscription:
    """It stays where it is and waits, or has waited long enough."""
    if subscription.life not in SENDING:
        return subscription
    before = subscription.streak or Streak(now, 0)
    streak = Streak(before.since, before.failures + 1)
    again = retry_at(streak.since, streak.failures, outcome, now, jitter)
    if again is None:
        return _moved(subscription, Life.PAUSED, why=Why.FAILED_TOO_LONG)
    not_before = max(again, subscription.not_before)
    return replace(_moved(subscription, Life.FAILING, streak=streak), not_before=not_before)


def _kept(subscription: Subscription, sent: Send, outcome: Outcome, now: Instant) -> Subscription:
    """With the revision among the parked ones if it was refused, and not if it was taken."""
    revision = sent.revision
    parked = tuple(it for it in subscription.parked if it.webhook_id != revision.webhook_id)
    if outcome.ruling is Ruling.PARK:
        told = Parked(now, revision.webhook_id, revision.at, outcome.reason, outcome.status)
        parked = (*parked, told)[-MOST_PARKED:]
    return replace(subscription, parked=parked)


def _noted(
    subscription: Subscription, webhook_id: str, lane: Lane, outcome: Outcome, now: Instant
) -> Subscription:
    attempt = Attempt(now, webhook_id, lane, outcome.reason, outcome.status)
    return replace(subscription, attempts=(*subscription.attempts, attempt)[-MOST_ATTEMPTS:])


def _spacing(subscription: Subscription) -> int:
    """Milliseconds between two attempts, by the rate that the receiver consented to."""
    return 0 if subscription.rate is None else -(-_MINUTE_MS // subscription.rate)


def _moved(
    subscription: Subscription,
    life: Life,
    *,
    why: Why | None = None,
    streak: Streak | None = None,
) -> Subscription:
    """The only door from one life to another."""
    if life not in NEXT[subscription.life]:
        raise Bug(f"a subscription went from {subscription.life} to {life}")
    return replace(subscription, life=life, why=why, streak=streak)
