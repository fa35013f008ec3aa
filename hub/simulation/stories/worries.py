"""Damage, nuisance and signals, and both sides being worried at once."""

from __future__ import annotations

from typing import Final

from hub.simulation.chance import Weighted
from hub.simulation.days import DAY, HOUR, Day
from hub.simulation.event import Event
from hub.simulation.household import Household
from hub.simulation.stories.answers import answer

DAMAGE: Final = (
    "kitchen", "bathroom", "toilet", "floor", "walls", "windows", "doors", "heating", "plumbing",
)  # fmt: skip
NUISANCE: Final = ("noise", "waste", "smell", "garden", "parking", "common-areas", "quarrel")
SIGNALS: Final = (
    "no-contact", "dwelling-not-lived-in", "overcrowding", "subletting", "neglect",
    "conflict-with-neighbours", "money-worries", "care-for-children", "safety",
)  # fmt: skip
CAUSES: Final[Weighted[str]] = (
    (40, "resident"),
    (30, "wear"),
    (10, "third-party"),
    (20, "unknown"),
)


def break_things(home: Household) -> None:
    """Damage at any time, and some where nobody looks after the household."""
    chance = home.chance
    day = home.start + chance.between(10, 200)
    for _ in range(chance.weighed(((40, 1), (35, 2), (25, 3))) if home.traits.unlucky else 0):
        _damage(home, day, chance.weighed(CAUSES))
        day += chance.between(15, 120)
    if not home.traits.unlucky and chance.happens(0.1):
        _damage(home, home.start + chance.between(10, 330), chance.pick(("wear", "third-party")))
    for day in home.alone:
        if chance.happens(0.2):
            damage = _damage(home, day, chance.pick(("resident", "unknown")))
            answer(home, "damage", damage, home.office(day + 4))


def _damage(home: Household, day: Day, cause: str) -> Event:
    chance = home.chance
    own = {"estimate": chance.between(1, 60) * 2500} if chance.happens(0.7) else {}
    category = chance.pick(DAMAGE)
    at = home.office(day)
    damage = home.corporatie_says("damage-reported", at, category=category, cause=cause, **own)
    if chance.happens(0.75):
        found = chance.pick(("wear", "third-party")) if chance.happens(0.2) else cause
        concerns = {"concerns": damage.identity} if chance.happens(0.6) else {}
        repaired = home.office(day + chance.between(4, 45))
        cost = chance.between(1, 70) * 2500
        home.corporatie_says("damage-repaired", repaired, cost=cost, cause=found, **concerns)
    return damage


def make_noise(home: Household) -> None:
    """A run of reports by neighbours."""
    chance = home.chance
    if not home.traits.loud:
        return
    day, first = home.start + chance.between(15, 200), None
    for _ in range(chance.between(1, 5)):
        report = home.corporatie_says(
            "nuisance-reported", home.office(day), category=chance.pick(NUISANCE)
        )
        if first is None:
            first = report
            answer(home, "nuisance", report, home.office(day + 3))
        day += chance.between(4, 40)


def worry(home: Household) -> None:
    """Signals of one side, of both within a few weeks, or of the huurders."""
    chance = home.chance
    if not home.traits.worrying:
        return
    day = home.start + chance.between(15, 220)
    kind = chance.weighed(((30, "gemeente"), (25, "corporatie"), (10, "huurders"), (35, "both")))
    if kind == "huurders":
        lease = (home.lease_of(home.home),)
        at, category = home.office(day), chance.pick(SIGNALS)
        home.says(home.cast.huurders, "signal-raised", at, lease, category=category)
    if kind in ("gemeente", "both"):
        signal = _of_gemeente(home, day)
        answer(home, "signal", signal, home.office(day + 2))
    if kind == "corporatie":
        _of_corporatie(home, day)
    if kind == "both":
        second = _of_corporatie(home, day + chance.between(3, 40))
        answer(home, "together", second, second.at + DAY + HOUR)


def _of_gemeente(home: Household, day: Day) -> Event:
    category, at = home.chance.pick(SIGNALS), home.office(day)
    if home.chance.happens(0.6):
        return home.begeleider_says("signal-raised", at, category=category)
    return home.gemeente_says("signal-raised", at, category=category)


def _of_corporatie(home: Household, day: Day) -> Event:
    at, category = home.office(day), home.chance.pick(SIGNALS)
    return home.corporatie_says("signal-raised", at, category=category)
