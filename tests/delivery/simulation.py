"""Subscriptions in made-up time: receivers that misbehave in a given order and then behave, a hub
that dies, and parties that look after their subscription.

After its script a receiver takes everything, so that whatever is lost is lost for good.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from random import Random
from typing import Final, NamedTuple, TypeAlias

from msgspec import Struct

from hub.delivery.handshake import Consent
from hub.delivery.outcome import Outcome, Ruling
from hub.delivery.subscription import (
    Lane,
    Life,
    Send,
    Subscription,
    after,
    recover,
    resume,
    to_verify,
    verified,
)
from hub.domain.time import NEVER, Instant
from hub.streams.seam import Cursor, Position, Record
from tests.delivery.subscribing import (
    DOWN,
    HANGS,
    HOUR_MS,
    NOW,
    SECOND_MS,
    TAKEN,
    decided,
    must,
)

PARTY_WAKES_MS: Final = 3 * HOUR_MS  # after it was mailed that something is wrong
TIMEOUT_MS: Final = 20 * SECOND_MS
RESTART_MS: Final = SECOND_MS
PAGE: Final = 4  # records that are read at once


class Dies(Struct, frozen=True):
    """The hub dies: after the receiver took it, or before it heard of it."""

    is_taken: bool


class DownFor(Struct, frozen=True):
    """From this attempt on the receiver cannot be reached for so many hours."""

    hours: int


Step: TypeAlias = Outcome | Dies | DownFor


class Attempted(NamedTuple):
    """One attempt. `outcome` None: the hub died, and nobody knows."""

    at: Instant
    position: Position
    webhook_id: str
    lane: Lane
    is_received: bool
    outcome: Outcome | None


class Asked(NamedTuple):
    """At an instant the party asks to recover everything since a cursor."""

    at: Instant
    since: Cursor


class Site:
    """One subscription with its receiver, and all that happened to them."""

    def __init__(
        self,
        subscription: Subscription,
        script: Sequence[Step],
        asks: Sequence[Asked] = (),
        seed: int = 0,
    ) -> None:
        self.subscription = subscription
        self.attempts: list[Attempted] = []
        self.dead_letters: list[tuple[Position, str]] = []
        self.acted_at: list[Instant] = []
        self._script = list(script)
        self._asks = sorted(asks)
        self._down_until = NOW
        self._random = Random(seed)

    def turn(self, stream: Sequence[Record], now: Instant) -> Instant:
        """One thing, and when to come back; NEVER when all that is left is to wait."""
        if self._asks and self._asks[0].at <= now:
            self.subscription = recover(self.subscription, self._asks.pop(0).since)
            return now
        known = [record for record in stream if record.appended_at <= now]
        self.subscription, todo = decided(self.subscription, known, now, PAGE)
        if isinstance(todo, Send):
            return self._attempt(todo, now)
        if self.subscription.life in (Life.PAUSED, Life.DISABLED):
            return self._look_after(now)
        to_come = [it.appended_at for it in stream if it.appended_at > now]
        return min([todo.at, *to_come[:1], *(it.at for it in self._asks[:1])])

    def _attempt(self, send: Send, now: Instant) -> Instant:
        step = self._answer(now)
        died = isinstance(step, Dies)
        outcome = None if isinstance(step, Dies) else step
        is_received = step.is_taken if isinstance(step, Dies) else step == TAKEN
        revision = send.revision
        self.attempts.append(
            Attempted(now, revision.at, revision.webhook_id, send.lane, is_received, outcome)
        )
        if died or outcome is None:
            return now + RESTART_MS  # as it was stored before
        ended = now + (TIMEOUT_MS if outcome == HANGS else 0)
        if outcome.ruling is Ruling.PARK:
            self.dead_letters.append((revision.at, outcome.reason.value))
        self.subscription = after(self.subscription, send, outcome, ended, self._random.random())
        return ended

    def _answer(self, now: Instant) -> Outcome | Dies:
        if now < self._down_until:
            return DOWN
        step = self._script.pop(0) if self._script else TAKEN
        if isinstance(step, DownFor):
            self._down_until = now + step.hours * HOUR_MS
            return DOWN
        return step

    def _look_after(self, now: Instant) -> Instant:
        """The party does what it takes, some hours after it was told."""
        later = now + PARTY_WAKES_MS
        self.acted_at.append(later)
        if self.subscription.life is Life.PAUSED:
            self.subscription = must(resume(self.subscription))
        else:
            asked = to_verify(self.subscription, self.subscription.endpoint)
            self.subscription = must(verified(asked, Consent(self.subscription.rate)))
        return later


def run(sites: Sequence[Site], stream: Sequence[Record], start: Instant = NOW) -> None:
    """Until every subscription has nothing left to do. Whoever is due first goes first."""
    due = [(start, index) for index in range(len(sites))]
    turns = 0
    while due:
        now, index = heapq.heappop(due)
        turns += 1
        assert turns < 100_000, "it does not come to rest"
        again = sites[index].turn(stream, now)
        assert again >= now
        if again < NEVER:
            heapq.heappush(due, (again, index))
