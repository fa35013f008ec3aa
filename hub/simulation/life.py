"""One life: the traits of a household, its naming, and all its stories told in order."""

from __future__ import annotations

from typing import Final

from hub.simulation.cast import Cast
from hub.simulation.chance import Chance, Weighted, number_of
from hub.simulation.days import Day
from hub.simulation.household import Household, Naming, Traits, Window
from hub.simulation.stories import care, family, mistakes, moves, rent, signing, worries

NAMINGS: Final[Weighted[Naming]] = (
    (58, Naming.LEASE),
    (24, Naming.DOSSIER),
    (12, Naming.ADDRESS),
    (5, Naming.BARE),
    (1, Naming.APART),
)
# How many days before its lease starts a household is told: hardly anything is said earlier.
LEAD_DAYS: Final = 120


class Plan:
    """Which household starts when: known without telling its life."""

    def __init__(self, seed: int, window: Window) -> None:
        self.seed = seed
        self.window = window

    def start_of(self, index: int) -> Day:
        """The first day of its lease: half of them around the opening, the others later on."""
        days = self.window.closes - self.window.opens
        number = number_of(self.seed, "start", index)
        first, last = (-30, min(40, days // 2)) if number % 2 else (days // 8, days * 6 // 10)
        return self.window.opens + first + (number >> 8) % max(last - first, 1)


def life_of(index: int, plan: Plan, cast: Cast) -> Household:
    """Everything that is ever said of this household, also after the window closes."""
    chance = Chance(plan.seed, "household", index)
    home = Household(index, chance, cast, plan.window)
    home.naming = chance.weighed(NAMINGS)
    home.has_caseload_number = chance.happens(0.08)
    home.traits = traits_of(chance)
    return told(home, plan.start_of(index))


def traits_of(chance: Chance) -> Traits:
    return Traits(
        neglected=chance.happens(0.08),
        short_of_money=chance.happens(0.13),
        unlucky=chance.happens(0.11),
        loud=chance.happens(0.08),
        worrying=chance.happens(0.07),
        growing=chance.happens(0.2),
    )


def told(home: Household, start: Day) -> Household:
    """All stories of a household, in an order in which later ones may look at earlier ones."""
    signing.sign(home, start)
    signing.link(home)
    care.settle(home)
    care.accompany(home)
    care.go_through_phases(home)
    signing.welcome(home)
    signing.interpret(home)
    rent.arrange(home)
    rent.pay_rent(home)
    worries.break_things(home)
    worries.make_noise(home)
    worries.worry(home)
    family.reunite(home)
    moves.come_after(home)
    moves.move(home)
    mistakes.go_wrong(home)
    return home
