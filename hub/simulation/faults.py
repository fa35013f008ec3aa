"""What goes wrong on the way and at the sender (facts document, Envelope, Data and Intake).

`Fault` names what can be turned on. Each fault draws from a generator of its own for each
household, so turning one on moves nothing of the rest: late, reorder and duplicates leave the set
of facts as it was, corrections and bad only add lines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Final

from msgspec.structs import replace

from hub.simulation.amending import corrections_of
from hub.simulation.chance import Chance
from hub.simulation.days import DAY, HOUR, MINUTE
from hub.simulation.event import Event


class Fault(StrEnum):
    """What `--faults` turns on."""

    CORRECTIONS = "corrections"
    LATE = "late"
    REORDER = "reorder"
    DUPLICATES = "duplicates"
    BAD = "bad"


LATE_SHARE: Final = 0.03
REORDERED_SHARE: Final = 0.3
REORDERED_WITHIN: Final = 3 * DAY
TWICE_SHARE: Final = 0.04
LATE_DAYS: Final = (
    10,
    56,
)  # with all else well within the 90 days that convergence is promised for


def struck(
    events: Sequence[Event], faults: frozenset[Fault], chance_of: Callable[[Fault], Chance]
) -> list[Event]:
    """The events of one household (or of the region) as the faults leave them, save bad lines."""
    found = list(events)
    for fault, strike in _STRIKES:
        if fault in faults:
            found = strike(found, chance_of(fault))
    return found


def _corrected(events: list[Event], chance: Chance) -> list[Event]:
    return [*events, *corrections_of(events, chance)]


def _delayed(events: list[Event], chance: Chance) -> list[Event]:
    """A few arrive weeks later than they should."""
    return [
        replace(event, arrival=event.arrival + chance.between(*LATE_DAYS) * DAY + HOUR)
        if chance.happens(LATE_SHARE)
        else event
        for event in events
    ]


def _shuffled(events: list[Event], chance: Chance) -> list[Event]:
    """Many are overtaken by what was sent up to three days later."""
    return [
        replace(event, arrival=event.arrival + chance.between(0, REORDERED_WITHIN))
        if chance.happens(REORDERED_SHARE)
        else event
        for event in events
    ]


def _doubled(events: list[Event], chance: Chance) -> list[Event]:
    """Some arrive twice, within minutes or weeks later, a few three times.

    A third of the copies have been logged anew: another `time`, the same fact all the same.
    """
    copies: list[Event] = []
    for event in events:
        copy = event
        while chance.happens(TWICE_SHARE):
            copy = _copied(copy, chance)
            copies.append(copy)
    return [*events, *copies]


def _copied(event: Event, chance: Chance) -> Event:
    soon = chance.happens(0.7)
    after = chance.between(1, 600) if soon else chance.between(5, 60) * DAY
    logged = event.logged + chance.between(1, 5) * MINUTE if chance.happens(0.3) else event.logged
    return replace(event, arrival=event.arrival + after, logged=logged)


_STRIKES: Final = (
    (Fault.CORRECTIONS, _corrected),
    (Fault.LATE, _delayed),
    (Fault.REORDER, _shuffled),
    (Fault.DUPLICATES, _doubled),
)
