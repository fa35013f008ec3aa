"""Corrections, many more than there are by themselves: replacements, chains of them, rivals, and
retractions, some of which arrive before what they correct.

Facts document, `replaces` and `fact-retracted`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from msgspec.structs import replace

from hub.simulation.chance import Chance
from hub.simulation.days import DAY, HOUR, Day, date_text, office, shifted
from hub.simulation.event import Event

REASONS: Final = ("did-not-happen", "wrong-household", "wrong-value", "sent-twice", "test")
REPLACED_SHARE: Final = 0.05
RETRACTED_SHARE: Final = 0.02
# A feed has no field for it, and what corrects is corrected below.
NOT_CORRECTED: Final = frozenset({"feed-complete", "fact-retracted", "household-erased"})


def corrections_of(events: Sequence[Event], chance: Chance) -> list[Event]:
    """Corrections of some of these events, each by its own publisher."""
    found: list[Event] = []
    for event in events:
        if event.type in NOT_CORRECTED:
            continue
        if chance.happens(REPLACED_SHARE):
            found += _replacements(event, chance)
        elif chance.happens(RETRACTED_SHARE):
            found.append(_retraction(event, chance))
    return found


def _replacements(event: Event, chance: Chance) -> Iterator[Event]:
    """One replacement, and of some a second: of the first (a chain) or of the same (a rival)."""
    first = _replacement(event, event.id + "c", chance)
    yield first
    if chance.happens(0.25):
        yield _replacement(first, event.id + "cc", chance)
    elif chance.happens(0.25):
        yield _replacement(event, event.id + "d", chance)
    if chance.happens(0.15):
        retraction = _retraction(first, chance)
        yield retraction
        if chance.happens(0.3):
            yield _retraction(retraction, chance)


def _replacement(event: Event, name: str, chance: Chance) -> Event:
    own = {
        field: AMENDED[field](value, chance) if field in AMENDED else value
        for field, value in event.own.items()
    }
    own["replaces"] = event.identity
    moved = chance.happens(0.4)
    at = office(event.at // DAY - chance.between(0, 3), chance) if moved else event.at
    return _sent(replace(event, id=name, at=min(at, event.logged), own=own), event, chance)


def _retraction(event: Event, chance: Chance) -> Event:
    own = {"retracts": event.identity, "reason": chance.pick(REASONS)}
    at = office(event.logged // DAY + chance.between(1, 30), chance)
    retraction = replace(event, id=event.id + "r", type="fact-retracted", at=at, own=own)
    return _sent(retraction, event, chance)


def _sent(correction: Event, corrected: Event, chance: Chance) -> Event:
    """Logged and sent days later, or so that it overtakes what it corrects."""
    if correction.type != "fact-retracted" and chance.happens(0.3):
        arrival = corrected.arrival - chance.between(1, 40) * HOUR
        return replace(correction, logged=corrected.logged, arrival=arrival)
    day = max(correction.at, corrected.logged) // DAY
    logged = max(office(day + chance.between(0, 20), chance), correction.at + HOUR)
    return replace(correction, logged=logged, arrival=logged + chance.between(2, HOUR))


def _money(cents: int, chance: Chance) -> int:
    return max(cents + chance.pick((-5000, -2500, 0, 2500, 5000)), 0)


def _number(persons: int, chance: Chance) -> int:
    return max(persons + chance.between(-1, 1), 1)


def _day(text: str, chance: Chance) -> str:
    return date_text(_ordinal(text) + chance.between(-4, 4))


def _month(period: str, chance: Chance) -> str:
    back = -1 if chance.happens(0.2) else 0
    return date_text(shifted(_ordinal(f"{period}-01"), back))[:7]


def _ordinal(text: str) -> Day:
    return date.fromisoformat(text).toordinal()


# How a field is written when it is written better. All others stay as they are: a lease that turns
# out to be a regular tenant's, for one, has made the hub forget things that cannot come back.
AMENDED: Final[Mapping[str, Callable[[Any, Chance], Any]]] = {
    "amount": _money,
    "amountDue": _money,
    "cause": lambda cause, chance: chance.pick((cause, "resident", "wear", "unknown")),
    "concern": lambda concern, chance: not concern,
    "cost": _money,
    "endDate": _day,
    "estimate": _money,
    "maxPersons": _number,
    "period": _month,
    "persons": _number,
    "startDate": _day,
    "totalArrears": _money,
}
