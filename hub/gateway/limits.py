"""What a party may ask of this process: how often, how much at once, and how much of its memory.

A call is weighed before it is answered and an event when it was read, so a batch of a thousand is
no cheaper than a thousand events. What cannot be done now is declined with when it can; nothing
waits in a queue, for a queue is memory that somebody else fills. Each process counts for itself.
Who has no key that is in force is counted by address in `hub.gateway.attempts`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from msgspec import Struct
from starlette.requests import Request

from hub.clocks import seconds
from hub.gateway.attempts import Attempts
from hub.gateway.problems import Declined, Trouble
from hub.gateway.quota import Quota, spend

CALLS: Final = "calls"
EVENTS: Final = "events"
WINDOW_SECONDS: Final = 60

_SCOPE: Final = "seintje.work"
_SOON: Final = 1.0


class Most(Struct, frozen=True, kw_only=True):
    """How much at most. `body_bytes` of all bodies that are being read or worked on, of which one
    party has a quarter; a body may take `body_seconds`, and one more for each `body_rate` bytes."""

    calls_a_minute: int = 12_000
    events_a_minute: int = 120_000
    attempts_a_minute: int = 200
    at_once: int = 512
    at_once_of_party: int = 64
    body_bytes: int = 64 << 20
    body_seconds: float = 10.0
    body_rate: int = 64 << 10


class Limits:
    """What the parties are doing now and did lately; in memory, and bounded by who they are."""

    def __init__(self, most: Most | None = None, clock: Callable[[], float] = seconds) -> None:
        self.most = most or Most()
        self.clock = clock
        self.attempts = Attempts(self.most.attempts_a_minute, clock)
        self.quotas: Final = {
            CALLS: Quota(self.most.calls_a_minute, WINDOW_SECONDS),
            EVENTS: Quota(self.most.events_a_minute, WINDOW_SECONDS),
        }
        self._whole_at: dict[tuple[str, str], float] = {}
        self._at_once: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()

    @contextmanager
    def working(self, party: str, request: Request) -> Iterator[Work]:
        """One call of a party, for as long as it is worked on. Declined for one too many."""
        work = Work(self, party)
        if self._at_once.total() >= self.most.at_once:
            raise work.declined(Trouble.UNAVAILABLE, _SOON)
        if self._at_once[party] >= self.most.at_once_of_party:
            raise work.declined(Trouble.TOO_MANY_AT_ONCE, _SOON)
        work.spend(CALLS, 1)
        self._at_once[party] += 1
        request.scope[_SCOPE] = work
        try:
            yield work
        finally:
            self._at_once[party] -= 1
            self._bytes[party] -= work.bytes

    def spend(self, party: str, policy: str, units: int) -> tuple[int, float | None]:
        """What is left of a quota of the party, and how long it must wait if it was too much."""
        was = self._whole_at.get((party, policy), -math.inf)
        spent = spend(self.quotas[policy], was, units, self.clock())
        self._whole_at[party, policy] = spent.whole_at
        return spent.left, spent.wait

    def hold(self, party: str, size: int) -> bool:
        """Whether so many bytes more of a body of the party can be held; if so they are."""
        if self._bytes.total() + size > self.most.body_bytes:
            return False
        if self._bytes[party] + size > self.most.body_bytes // 4:
            return False
        self._bytes[party] += size
        return True


class Work:
    """A call that is worked on: what it holds, and what its party hears of its quotas."""

    def __init__(self, limits: Limits, party: str) -> None:
        self.limits = limits
        self.bytes = 0
        self._party = party
        self._left: dict[str, _Left] = {}

    def spend(self, policy: str, units: int) -> None:
        """Declined when there is not so much left."""
        left, wait = self.limits.spend(self._party, policy, units)
        self._left[policy] = _Left(left, wait)
        if wait is not None:
            raise self.declined(Trouble.TOO_MANY_CALLS, min(wait, WINDOW_SECONDS))

    def hold(self, size: int) -> None:
        """Of a body so many bytes more, until the call was answered. Declined for too many."""
        if not self.limits.hold(self._party, size):
            raise self.declined(Trouble.UNAVAILABLE, _SOON)
        self.bytes += size

    @property
    def headers(self) -> dict[str, str]:
        """The quotas that were asked, in the words of the draft on RateLimit headers (version 10);
        a unit of `events` is an event, which its list of units does not have."""
        policies = ((name, self.limits.quotas[name]) for name in self._left)
        told = (f'"{name}";q={it.units};w={it.seconds}' for name, it in policies)
        left = (it.told(name, self.limits.quotas[name]) for name, it in self._left.items())
        if not self._left:
            return {}
        return {"RateLimit-Policy": ", ".join(told), "RateLimit": ", ".join(left)}

    def declined(self, trouble: Trouble, after: float) -> Declined:
        """Not now, but `after` so many seconds."""
        later = {"Retry-After": str(max(1, math.ceil(after)))}
        return Declined(trouble, headers={**later, **self.headers})


class _Left(NamedTuple):
    """What is left of a quota; `wait` as `Spent` has it."""

    units: int
    wait: float | None

    def told(self, name: str, quota: Quota) -> str:
        if self.units == quota.units:
            return f'"{name}";r={self.units}'
        more = quota.each if self.wait is None else min(self.wait, quota.seconds)
        return f'"{name}";r={self.units};t={max(1, math.ceil(more))}'


def work_of(request: Request) -> Work:
    """The work that this request is."""
    work: Work = request.scope[_SCOPE]
    return work
