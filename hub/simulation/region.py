"""What is said of the region: dwellings, taakstelling, consultation, and how far feeds have come.

All of it is the same whatever the number of households, save the dwellings: a household has a part
in those (`dwellings_of`), so that a region of more households is the smaller one and more.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from hub.simulation.cast import Cast, Voice
from hub.simulation.chance import Chance
from hub.simulation.days import DAY, HOUR, MINUTE, Day, Wall, date_text, midnight, office
from hub.simulation.event import Event
from hub.simulation.household import Household, Window, alert_id, arrival

# What a corporatie and the gemeente's side say of their feeds, and how many days behind that is.
FEEDS: Final = (
    ("rent-missed", "rent-paid", "damage-reported"),
    ("intake-completed", "aanspreekpunt-assigned", "begeleiding-started", "begeleiding-contact"),
)
BEHIND_DAYS: Final = 6
MONITORED_SHARE: Final = 0.3
_LOGGED_AFTER: Final = 10 * MINUTE


class Telling:
    """Regional events, with ids of their own."""

    def __init__(self, prefix: str, chance: Chance, place: dict[str, str]) -> None:
        self.prefix = prefix
        self.chance = chance
        self.place = place
        self.events: list[Event] = []

    def says(self, voice: Voice, kind: str, at: Wall, **own: Any) -> Event:
        name = f"{self.prefix}-{len(self.events)}"
        logged = at + 9 * HOUR if at % DAY == 0 else at + _LOGGED_AFTER
        event = Event(voice, name, kind, at, logged, logged, self.place, own)
        event.arrival = arrival(event, self.chance)
        self.events.append(event)
        return event


def dwellings_of(home: Household, seed: int) -> list[Event]:
    """The dwelling of a household and those that became free around it, for regular tenants.

    The monitor begins with the window. In its second half fewer dwellings become free, so that
    somewhere in the year the share of vergunninghouders passes the tenth that was agreed.
    """
    chance = Chance(seed, "dwellings", home.index)
    if not chance.happens(MONITORED_SHARE):
        return []
    place = {"gemeente": home.gemeente.code, "region": home.cast.region}
    telling, window = Telling(f"U{home.number}", chance, place), home.window
    is_early = home.start < (window.opens + window.closes) // 2 - 100
    for number in range(chance.between(9, 14) if is_early else chance.between(4, 7)):
        _let(telling, home, number)
    return [event for event in telling.events if event.at >= midnight(window.opens)]


def _let(telling: Telling, home: Household, number: int) -> None:
    """One dwelling becomes free and is let: the first to the household, others to somebody."""
    chance = telling.chance
    unit, day = f"U-{home.number}.{number}", home.start - chance.between(25, 90)
    rooms = {"maxPersons": chance.between(1, 6)} if chance.happens(0.6) else {}
    released = office(day, chance)
    telling.says(home.corporatie, "dwelling-released", released, unitId=unit, **rooms)
    if number and chance.happens(0.6):
        return
    persons = {"persons": chance.between(1, 5)} if chance.happens(0.8) else {}
    group = "regular" if number else "vergunninghouder"
    own = {"unitId": unit, "targetGroup": group, **persons}
    telling.says(home.corporatie, "dwelling-allocated", released + 12 * DAY, **own)


def regional(cast: Cast, window: Window, seed: int) -> Iterator[Event]:
    """Taakstelling, consultation and feeds."""
    chance = Chance(seed, "region")
    yield from _taakstellingen(cast, window, chance)
    yield from _consultations(cast, window, chance)
    yield from _feeds(cast, window, chance)


def _taakstellingen(cast: Cast, window: Window, chance: Chance) -> Iterator[Event]:
    for number, gemeente in enumerate(cast.gemeenten):
        place = {"gemeente": gemeente.code, "region": cast.region}
        telling = Telling(f"T{number}", chance, place)
        for year, half, first in _half_years(window):
            own = {"year": year, "half": half, "persons": gemeente.taakstelling[half - 1]}
            telling.says(gemeente, "taakstelling-set", midnight(first - 40), **own)
        yield from telling.events


def _half_years(window: Window) -> Iterator[tuple[int, int, Day]]:
    first, last = date.fromordinal(window.opens), date.fromordinal(window.closes - 1)
    for year in range(first.year, last.year + 1):
        for half, month in ((1, 1), (2, 7)):
            starts = date(year, month, 1)
            if date(year, month + 5, 28) >= first and starts <= last:
                yield year, half, starts.toordinal()


def _consultations(cast: Cast, window: Window, chance: Chance) -> Iterator[Event]:
    """Once a year, always some weeks too late: so the alert is raised, and answered."""
    telling = Telling("C", chance, {"region": cast.region})
    everybody = [voice.party for voice in cast.voices()]
    day = window.opens - 300
    while day < window.closes:
        host, at = cast.gemeenten[0], midnight(day)
        held = telling.says(host, "consultation-held", at, parties=everybody)
        day += 366 + chance.between(20, 50)
        alert = alert_id(cast.answers["consultation"], None, held)
        at = office(day - 12, chance)
        telling.says(cast.corporaties[0], "alert-acknowledged", at, alertId=alert)
    yield from telling.events


def _feeds(cast: Cast, window: Window, chance: Chance) -> Iterator[Event]:
    """Every Monday; a corporatie for all its gemeenten at once, the others for each."""
    voices: list[tuple[Voice, dict[str, str], tuple[str, ...]]] = [
        (corporatie, {}, FEEDS[0]) for corporatie in cast.corporaties
    ]
    for gemeente in cast.gemeenten:
        code = {"gemeente": gemeente.code}
        voices += [(gemeente, code, FEEDS[1]), (cast.begeleider, code, FEEDS[1][2:])]
    monday = window.opens + 8 - (window.opens + 6) % 7
    for number, (voice, place, types) in enumerate(voices):
        telling = Telling(f"F{number}", chance, place)
        for day in range(monday, window.closes, 7):
            up_to = date_text(day - BEHIND_DAYS)
            telling.says(voice, "feed-complete", day * DAY + 7 * HOUR, upTo=up_to, types=types)
        yield from telling.events
