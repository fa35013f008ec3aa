"""Leases, rent and repairs as a housing system knows them, where a life tells them otherwise: VERA
has no arrears, it has what is due on a day, and what was paid.

So a period is missed on the day after it was due, whoever says so when; a second reminder is the
same period with more steps taken, and money that a bank takes back is a payment that is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from hub.simulation.days import DAY, HOUR, Day, Wall, date_text, midnight
from hub.simulation.event import Event

LEASE: Final = "lease-signed"
MISSED: Final = "rent-missed"
PAID: Final = "rent-paid"
DAMAGE: Final = "damage-reported"
REPAIRED: Final = "damage-repaired"
_RENT: Final = frozenset({MISSED, PAID})
NUISANCE: Final = "nuisance-reported"
# What such a system says: it is read once a day, in the morning.
SAYS: Final = frozenset(
    {
        LEASE,
        "lease-ended",
        *_RENT,
        "payment-arrangement-agreed",
        "payment-arrangement-broken",
        DAMAGE,
        REPAIRED,
        NUISANCE,
    }
)
# Things of which the system says no more than stands below: neither late nor written better.
_PLAIN: Final = SAYS - {NUISANCE}
DATED: Final = SAYS - {DAMAGE, REPAIRED, NUISANCE}
# How many days a payment may take until it stands in the system: before, nobody is late.
SETTLE_DAYS: Final = 3
_USUAL_TERM: Final = 7
_LONG: Final = 10_000
_READ_AT: Final = 5 * HOUR


class Thing(Struct, frozen=True):
    """A thing of a system as it is first, and how it is from a later moment on (None: it is gone).

    `is_plain`: that is all that is ever said of it.
    """

    event: Event
    arrival: Wall
    later: tuple[tuple[Wall, Event | None], ...] = ()
    is_plain: bool = False


def as_a_housing_system(events: Sequence[Event], party: str, opens: Wall) -> Iterator[Thing]:
    """What is said of one household: that of the corporatie `party` as its system knows it.
    It is read from `opens` on."""

    def read(event: Event) -> Wall:
        return max((event.logged // DAY + 1) * DAY + _READ_AT, opens)

    said = [it for it in events if it.voice.party == party and it.type in SAYS]
    rent = [it for it in said if it.type in _RENT]
    terms = {lease_of(it): _term(it, rent) for it in said if it.type == LEASE}
    days = {lease_of(it): _days(it, said) for it in said if it.type == LEASE}
    for event, damage in zip(events, _damages(events), strict=True):
        if event not in said:
            yield Thing(event, event.arrival)
        elif event.type == LEASE:
            due = terms[lease_of(event)].due
            yield Thing(_with_due(event, due), read(event), is_plain=True)
        elif event.type == REPAIRED and damage is not None:
            concerns = {**event.own, "concerns": damage.identity}
            yield Thing(replace(event, own=concerns), read(event), is_plain=True)
        elif event.type == NUISANCE:
            if event.at // DAY in days[lease_of(event)]:
                yield Thing(event, read(event))
        elif event.type not in _RENT:
            yield Thing(event, read(event), is_plain=True)
    for lease, theirs in groupby(sorted(rent, key=lease_of), key=lease_of):
        yield from _rent_of(list(theirs), terms[lease], read, opens)


def lease_of(event: Event) -> str:
    """The number of the lease that it speaks of, if it does of one."""
    return next((it["value"] for it in event.references if it["scheme"] == "lease"), "")


def is_regular(event: Event) -> bool:
    """Whether it is of a tenant who is no vergunninghouder: that never leaves a system."""
    return lease_of(event).startswith("R-")


def _damages(events: Iterable[Event]) -> Iterator[Event | None]:
    """For each event the damage that was told last before it."""
    last = None
    for event in events:
        yield last
        last = event if event.type == DAMAGE else last


class _Term(Struct, frozen=True):
    """The first period of a lease, and when its rent is due; None if nothing is known of it."""

    period: str
    due: Day | None


def _key(event: Event) -> tuple[str, str]:
    return (lease_of(event), event.own["period"])


def _term(lease: Event, rent: Iterable[Event]) -> _Term:
    """Never due before it was paid, where it was paid in time."""
    start = date.fromisoformat(lease.own["startDate"]).toordinal()
    name = date_text(start)[:7]
    first = [it for it in rent if _key(it) == (lease_of(lease), name)]
    if not first:
        return _Term(name, None)
    told = lease.own.get("firstRentDue")
    due = date.fromisoformat(told).toordinal() if told else start + _USUAL_TERM
    if not any(it.type == MISSED for it in first):
        due = max(due, *(it.at // DAY for it in first))
    return _Term(name, due)


def _with_due(lease: Event, due: Day | None) -> Event:
    own = {name: value for name, value in lease.own.items() if name != "firstRentDue"}
    return replace(lease, own=own if due is None else own | {"firstRentDue": date_text(due)})


def _days(lease: Event, said: Iterable[Event]) -> range:
    """The days on which a lease is in force; what happens on others is of somebody else."""
    start = date.fromisoformat(lease.own["startDate"]).toordinal()
    same = [it for it in said if it.type == "lease-ended" and lease_of(it) == lease_of(lease)]
    ends = [date.fromisoformat(it.own["endDate"]).toordinal() for it in same]
    return range(start, min(ends, default=start + _LONG) + 1)


class _Step(Struct, frozen=True):
    """Steps of social collection that were taken, and when that is read."""

    read: Wall
    taken: frozenset[str]


class _Claim(Struct, frozen=True):
    """A period that was not paid in time."""

    first: Event
    due: Day
    opens: Wall

    @property
    def said(self) -> Wall:
        return max(midnight(self.due + SETTLE_DAYS + 1) + _READ_AT, self.opens)

    def at(self, wall: Wall, steps: Iterable[_Step]) -> Event:
        """What is said of it then: whatever was done since it was due was done for it too."""
        done = [it for it in steps if it.read <= wall and it.read // DAY >= self.due]
        taken = frozenset[str]().union(*(it.taken for it in done))
        collection = {name: name in taken for name in self.first.own["socialCollection"]}
        own = {**self.first.own, "dueDate": date_text(self.due), "socialCollection": collection}
        return replace(self.first, at=midnight(self.due + 1), own=own)


def _rent_of(
    events: Sequence[Event], term: _Term, read: Callable[[Event], Wall], opens: Wall
) -> Iterator[Thing]:
    """All rent of one lease."""
    ordered = sorted(events, key=lambda it: (it.at, it.logged))
    missed = [it for it in ordered if it.type == MISSED]
    claims: dict[str, _Claim] = {}
    steps = []
    for event in missed:
        claim = claims.setdefault(event.own["period"], _Claim(event, _due(event, term), opens))
        taken = frozenset(name for name, it in event.own["socialCollection"].items() if it)
        steps.append(_Step(max(read(event), claim.said), taken))
    for claim in claims.values():
        yield _missed(claim, steps)
    for event in ordered:
        if event.type == PAID:
            again = next((it for it in missed if _takes_back(it, event)), None)
            later = () if again is None else ((read(again), None),)
            yield Thing(event, read(event), later, is_plain=True)


def _due(missed: Event, term: _Term) -> Day:
    if missed.own["period"] == term.period and term.due is not None:
        return term.due
    return date.fromisoformat(missed.own["dueDate"]).toordinal()


def _missed(claim: _Claim, steps: Sequence[_Step]) -> Thing:
    """A period on the day after it was due, and again whenever more was done about it."""
    last = first = claim.at(claim.said, steps)
    later: list[tuple[Wall, Event | None]] = []
    for wall in sorted({it.read for it in steps if it.read > claim.said}):
        now = claim.at(wall, steps)
        if now.own != last.own:
            later.append((wall, now))
            last = now
    return Thing(first, claim.said, tuple(later), is_plain=True)


def _takes_back(reminder: Event, payment: Event) -> bool:
    """Whether all of a period was paid, and is asked for again afterwards: the bank took it."""
    is_whole = reminder.own["amountDue"] == payment.own["amount"]
    is_same = reminder.own["period"] == payment.own["period"]
    return is_whole and is_same and reminder.at > payment.at
