"""What ends a finding, and what parties' acts make of it (agreement document, Status).

An act counts only from a party that the rule tells, and from its own instant or the instant the
alert was raised, whichever is later; at or after the end it changes nothing. It never makes a
finding empty: it may end it at the instant it was raised.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from hub.domain.agreement import Part
from hub.domain.facts import Fact
from hub.domain.time import Instant


class Status(StrEnum):
    """The life of an alert, weakest first; a stronger one hides a weaker."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    AGREED = "agreed"
    RESOLVED = "resolved"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"


LIVING: Final = frozenset({Status.OPEN, Status.ACKNOWLEDGED, Status.AGREED})


class Resolution(StrEnum):
    """Why a finding ended; of several ends at one instant the first in this list."""

    CONDITION = "condition"
    APPROACH = "approach"
    EXPIRED = "expired"
    SCOPE_ENDED = "scope-ended"
    CLOSED = "closed"


class End(NamedTuple):
    """One thing that would end a finding."""

    at: Instant
    why: Resolution


class Act(NamedTuple):
    """An act with the instant from which it counts for one finding."""

    at: Instant
    fact: Fact


_STRENGTH: Final = {resolution: n for n, resolution in enumerate(Resolution)}


def first_of(ends: Iterable[End]) -> End:
    """The end that comes first; at one instant the first in the list of resolutions."""
    return min(ends, key=lambda end: (end.at, _STRENGTH[end.why]))


def acts_on(acts: Iterable[Fact], tells: Mapping[str, Part], raised_at: Instant) -> tuple[Act, ...]:
    """The acts that count for a finding, in order of the instant from which they do."""
    counted = [Act(max(f.at, raised_at), f) for f in acts if f.party in tells]
    return tuple(sorted(counted, key=lambda act: (act.at, act.fact.key)))


def ends_by_acts(
    acts: Sequence[Act], tells: Mapping[str, Part], *, approach_resolves: bool
) -> list[End]:
    """The ends that acts bring about: an approach where the rule says so, a closure by a party
    that acts."""
    ends = []
    for act in acts:
        if act.fact.type == "approach-agreed" and approach_resolves:
            ends.append(End(act.at, Resolution.APPROACH))
        elif act.fact.type == "alert-closed" and tells[act.fact.party] == "acts":
            ends.append(End(act.at, Resolution.CLOSED))
    return ends


def acts_until(acts: Iterable[Act], tells: Mapping[str, Part], end: End) -> tuple[Act, ...]:
    """The acts that change something: those before the end, and those that are the end."""
    return tuple(
        act
        for act in acts
        if act.at < end.at or end in ends_by_acts((act,), tells, approach_resolves=True)
    )


def status_at(acts: Iterable[Act], end: End | None, at: Instant) -> Status:
    """The status at `at` of a finding that ends as `end` says."""
    if end is not None and end.at <= at:
        return Status.CLOSED if end.why is Resolution.CLOSED else Status.RESOLVED
    done = {act.fact.type for act in acts if act.at <= at}
    if "approach-agreed" in done:
        return Status.AGREED
    return Status.ACKNOWLEDGED if "alert-acknowledged" in done else Status.OPEN
