"""What can go wrong outside a fact, and what the caller must do.

SeintjeError
├─ Unavailable(retry_after)   try again: disk full, database busy, hub not reachable
│  └─ NoAnswer(failure)       whom we called over HTTP gave no answer, and how that went
├─ ShardLost                  drop the shard, restore, go on
│  ├─ Fenced                  another owner has taken it
│  └─ OutcomeUnknown          the commit may or may not have happened
├─ Misconfigured(where, do)   stop at start and say what to do
│  ├─ AddressRefused          a party gave an address that is not called: tell that party
│  └─ Untrusted               whom we called has a certificate that is not trusted
└─ Bug                        an invariant is broken: stop loudly, never retry

A refusal of a fact is no error: see `hub.domain.refusals`.
"""

from __future__ import annotations

from enum import StrEnum


class SeintjeError(Exception):
    """Root of everything that this project raises."""


class Unavailable(SeintjeError):
    """Something outside is away for a while; the same call may succeed after `retry_after` s."""

    def __init__(self, what: str, retry_after: float = 1.0) -> None:
        super().__init__(what)
        self.retry_after = retry_after


class Failure(StrEnum):
    """Why no answer came of a call."""

    UNREACHABLE = "no connection"
    TIMED_OUT = "not in time"
    BROKEN_OFF = "broken off"
    NO_HTTP = "no answer of HTTP"


class NoAnswer(Unavailable):
    """Whom we called gave no answer."""

    def __init__(self, what: str, failure: Failure) -> None:
        super().__init__(what)
        self.failure = failure


class ShardLost(SeintjeError):
    """This process no longer owns the shard: forget its state and take it anew."""


class Fenced(ShardLost):
    """Another process took the shard over."""


class OutcomeUnknown(ShardLost):
    """A commit ended without an answer: only a restore tells whether it happened."""


class Misconfigured(SeintjeError):
    """A setting or file is wrong: `where` it stands and what to `do`."""

    def __init__(self, where: str, do: str) -> None:
        super().__init__(f"{where}: {do}")
        self.where = where
        self.do = do


class AddressRefused(Misconfigured):
    """An address that a party gave is not called. Nothing of ours stops for it. What a name leads
    to may change, so what waits for that party can be tried again later."""


class Untrusted(Misconfigured):
    """Whom we called has a certificate that is not trusted."""


class Bug(SeintjeError):
    """An invariant of this program is broken."""


class Tampered(Bug):
    """Sealed bytes do not open: they were altered, moved to another key, or sealed by another."""
