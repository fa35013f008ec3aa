"""The instants of a household that rules count from (agreement document, Time).

S is the start of the lease, `signed` when it was signed, `due` the later of S and the first rent's
due date (without one: S + 7 days), the first period the local month of S, `end` where the tenancy
ends. Without a lease all of them are unknown.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from msgspec import Struct

from hub.domain.facts import Fact, LeaseEnded, LeaseSigned
from hub.domain.time import (
    NEVER,
    Calendar,
    Instant,
    Span,
    add,
    end_of_day,
    local_month,
    start_of_day,
)

AnchorName: TypeAlias = Literal["S", "signed", "due"]

_FIRST_RENT_AFTER: Final = Span(7, "d")
_NO_HOLIDAYS: Final = Calendar(frozenset())


class Anchors(Struct, frozen=True, gc=False):
    """What a lease fixes in time. `lease` is its `lease-signed` in force, `ended` its end."""

    lease: Fact | None = None
    start: Instant | None = None
    signed: Instant | None = None
    due: Instant | None = None
    first_period: str | None = None
    end: Instant = NEVER
    ended: Fact | None = None

    def at(self, name: AnchorName) -> Instant | None:
        match name:
            case "S":
                return self.start
            case "signed":
                return self.signed
            case "due":
                return self.due


NO_LEASE: Final = Anchors()


def anchors_of(lease: Fact, ended: Fact | None) -> Anchors:
    """The anchors of a tenancy from its `lease-signed` and, if there is one, `lease-ended`."""
    own = lease.own
    assert isinstance(own, LeaseSigned)
    start = start_of_day(own.start_date)
    due = add(start, _FIRST_RENT_AFTER, _NO_HOLIDAYS)
    if own.first_rent_due is not None:
        due = max(start, start_of_day(own.first_rent_due))
    end = NEVER
    if ended is not None and isinstance(ended.own, LeaseEnded):
        end = end_of_day(ended.own.end_date)
    return Anchors(lease, start, lease.at, due, local_month(start), end, ended)


class Moment(Struct, frozen=True):
    """An anchor, or a span after it: `S`, `signed + 1 y`."""

    anchor: AnchorName
    plus: Span | None = None

    def at(self, anchors: Anchors, calendar: Calendar) -> Instant | None:
        """The instant, or None as long as there is no lease."""
        at = anchors.at(self.anchor)
        return at if at is None or self.plus is None else add(at, self.plus, calendar)
