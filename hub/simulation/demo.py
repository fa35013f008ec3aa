"""A small region to look at: in its first hours both sides worry about one household.

They agree what to do. About others they worry too, now and then through the year, and nobody
answers: that is for whoever looks. `seintje demo` plays it in fast time; the instants are those at
which each line arrives.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from hub.simulation.cast import the_cast
from hub.simulation.chance import Chance
from hub.simulation.days import DAY, HOUR, MINUTE, Day, Wall, date_text, period
from hub.simulation.event import Event
from hub.simulation.household import Household
from hub.simulation.simulate import START, Arrival, Region
from hub.simulation.stories import care, rent, signing

HOUSEHOLDS: Final = 12
MONTHS: Final = 12
# The days on which a worry begins that nobody in the region answers.
UNANSWERED: Final = (1, 4, 14, 30, 60, 100, 160, 240)


def demo_schedule(
    seed: int = 1, start: date = START, households: int = HOUSEHOLDS, months: int = MONTHS
) -> Iterator[Arrival]:
    """A region of a few households and some more: about one a joint alert comes on day one."""
    region = Region(households, months, seed, start=start)
    first = Household(households, Chance(seed, "demo"), the_cast(), region.window)
    signal = _worried_about(first, region.window.opens)
    _answered(first, signal, region.window.opens * DAY + 13 * HOUR)
    _behind_with_rent(first, region.window.opens + 10)
    homes = [first]
    for place, day in enumerate(UNANSWERED, 1):
        chance = Chance(seed, "demo", place)
        home = Household(households + place, chance, the_cast(), region.window)
        home.gemeente = home.cast.gemeenten[(place - 1) % len(home.cast.gemeenten)]
        _worried_about(home, region.window.opens + day)
        homes.append(home)
    return region.arrivals(besides=[event for home in homes for event in home.events])


def _worried_about(home: Household, day: Day) -> Event:
    """Neighbours complain to the corporatie, and an hour later its begeleider is worried too: the
    event that says so."""
    home.corporatie = next(it for it in home.cast.corporaties if not it.nightly)
    signing.sign(home, day - 24)
    care.settle(home)
    care.accompany(home)
    signing.welcome(home)
    home.gemeente_says("first-rent-arranged", home.office(home.start), period=period(home.start))
    nine = day * DAY + 9 * HOUR
    _at_once(home.corporatie_says("nuisance-reported", nine, category="noise"))
    signal = home.begeleider_says("signal-raised", nine + 75 * MINUTE, category="no-contact")
    _at_once(signal)
    return signal


def _answered(home: Household, opener: Event, at: Wall) -> None:
    """Both acknowledge the alert that they share, and agree what to do three days later."""
    alert = home.answered("together", opener)
    _at_once(home.gemeente_says("alert-acknowledged", at, alertId=alert))
    _at_once(home.corporatie_says("alert-acknowledged", at + HOUR, alertId=alert))
    agreed = {"alertId": alert, "action": "joint-home-visit", "reviewOn": date_text(at // DAY + 30)}
    _at_once(home.gemeente_says("approach-agreed", at + 3 * DAY, **agreed))


def _behind_with_rent(home: Household, day: Day) -> None:
    ledger = rent.Ledger(home)
    number = 1
    ledger.miss(number, home.office(day), whole=False)
    ledger.miss(number, home.office(day + 12), whole=True)
    ledger.pay(number, home.office(day + 30), ledger.rent)


def _at_once(event: Event) -> None:
    event.logged = event.at + MINUTE
    event.arrival = event.logged + 5
