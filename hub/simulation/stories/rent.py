"""The rent: the first period, arrears, part payments, stornos, arrangements, support.

A payment is told only where something was wrong, and for the first period.
"""

from __future__ import annotations

from typing import Final

from hub.simulation.chance import Weighted
from hub.simulation.days import DAY, Day, Wall, date_text, period, shifted
from hub.simulation.event import Event
from hub.simulation.household import Household
from hub.simulation.stories.answers import answer

STEPS: Final = ("personalContactTried", "debtHelpOffered", "reminderSent", "sharingAnnounced")
# What happens to those who are short of money.
TROUBLES: Final[Weighted[str]] = (
    (25, "first"), (15, "storno"), (40, "arrears"), (20, "once"),
)  # fmt: skip


class Ledger:
    """Which periods of a household are open, and for how much."""

    def __init__(self, home: Household) -> None:
        self.home = home
        self.rent = home.chance.between(1100, 1700) * 50
        self.owed: dict[int, int] = {}

    def month(self, number: int) -> Day:
        """The first day of the n-th period; 0 is that in which the lease starts."""
        return shifted(self.home.start, number)

    def miss(self, number: int, at: Wall, *, whole: bool, objected: bool = False) -> Event:
        """The rent of a period did not come; `whole`: every step of social collection is done."""
        chance, first = self.home.chance, self.month(number)
        self.owed.setdefault(number, self.rent)
        steps: dict[str, bool] = {
            step: whole or (step != STEPS[3] and chance.happens(0.6)) for step in STEPS
        }
        return self.home.corporatie_says(
            "rent-missed",
            at,
            period=period(first),
            dueDate=date_text(max(first, self.home.start)),
            amountDue=self.rent,
            totalArrears=sum(self.owed.values()),
            socialCollection={**steps, "tenantObjected": objected},
        )

    def pay(self, number: int, at: Wall, amount: int) -> Event:
        first = self.month(number)
        left = self.owed.get(number, 0) - amount
        if left > 0:
            self.owed[number] = left
        else:
            self.owed.pop(number, None)
        return self.home.corporatie_says("rent-paid", at, period=period(first), amount=amount)


def arrange(home: Household) -> None:
    """The gemeente sees to it that the first rent will be paid."""
    chance = home.chance
    late = chance.happens(0.5 if home.traits.neglected else 0.03)
    if late and chance.happens(0.4):
        return
    day = home.start + (chance.between(10, 25) if late else chance.between(-10, 2))
    home.gemeente_says("first-rent-arranged", home.moment(day), period=period(home.start))


def pay_rent(home: Household) -> None:
    """All that is said of the rent of one household."""
    ledger, chance = Ledger(home), home.chance
    trouble = chance.weighed(TROUBLES) if home.traits.short_of_money else "none"
    if trouble in ("none", "once") and chance.happens(0.97):
        day = home.start + chance.between(1, 12)
        ledger.pay(0, home.moment(day), ledger.rent)
    if trouble == "first":
        _first_missed(ledger)
    if trouble == "storno":
        _storno(ledger)
    if trouble == "once":
        _missed_once(ledger, chance.between(1, 8))
    if trouble == "arrears":
        _arrears(ledger, chance.pick((0, 0, 1, 2, 3)))
    elif home.left_alone and chance.happens(0.8):
        _missed_once(ledger, (home.left_alone - home.start) // 30 + 2)


def _first_missed(ledger: Ledger) -> None:
    home, chance = ledger.home, ledger.home.chance
    at = home.office(home.start + chance.between(12, 20))
    missed = ledger.miss(0, at, whole=chance.happens(0.6))
    answer(home, "first rent", missed, home.office(at // DAY + 2))
    _remind(ledger, 0, at)
    if chance.happens(0.5):
        _support(home, at // DAY)
    paid = at // DAY + chance.between(15, 60)
    half = ledger.rent // 2
    ledger.pay(0, home.moment(paid), half)
    ledger.pay(0, home.moment(paid + chance.between(5, 30)), ledger.rent - half)


def _storno(ledger: Ledger) -> None:
    """Paid, and taken back by the bank: the period is open again."""
    home, chance = ledger.home, ledger.home.chance
    at = home.office(home.start + 13)
    ledger.miss(0, at, whole=True)
    ledger.pay(0, at + 3 * DAY, ledger.rent)
    ledger.miss(0, at + (3 + chance.between(8, 25)) * DAY, whole=True)
    ledger.pay(0, at + 50 * DAY, ledger.rent)


def _missed_once(ledger: Ledger, number: int) -> None:
    home, chance = ledger.home, ledger.home.chance
    at = home.moment(ledger.month(number) + chance.between(7, 12))
    ledger.miss(number, at, whole=chance.happens(0.5))
    _remind(ledger, number, at)
    if chance.happens(0.85):
        ledger.pay(number, home.moment(at // DAY + chance.between(4, 30)), ledger.rent)


def _remind(ledger: Ledger, number: int, at: Wall) -> None:
    """The same period once more, now with every step taken; some object to sharing."""
    chance = ledger.home.chance
    if chance.happens(0.5):
        again = ledger.home.office(at // DAY + chance.between(10, 14))
        ledger.miss(number, again, whole=True, objected=chance.happens(0.1))


def _arrears(ledger: Ledger, first: int) -> None:
    """Several periods in a row, with or without help, paid off in the end or not."""
    home, chance = ledger.home, ledger.home.chance
    if first > 0:
        ledger.pay(0, home.moment(home.start + 5), ledger.rent)
    count, missed, at = chance.between(2, 4), [], 0
    for number in range(first, first + count):
        day = max(ledger.month(number) + 8, home.start + 12)
        at = home.moment(day + chance.between(0, 5))
        missed.append(ledger.miss(number, at, whole=number > first or chance.happens(0.5)))
    second = missed[1].at // DAY
    answer(home, "arrears", missed[1], home.office(second + 2))
    if chance.happens(0.5):
        _support(home, second)
    if chance.happens(0.65):
        _agree(ledger, second + chance.between(5, 15))
    if chance.happens(0.7):
        _pay_off(ledger, at // DAY + chance.between(10, 40))


def _support(home: Household, day: Day) -> None:
    chance = home.chance
    started = day + chance.between(3, 20)
    home.gemeente_says("administrative-support-started", home.moment(started))
    if chance.happens(0.6):
        reason = chance.pick(("completed", "own-request", "no-contact", "debt-counselling"))
        at = home.moment(started + chance.between(60, 150))
        home.gemeente_says("administrative-support-ended", at, reason=reason)


def _agree(ledger: Ledger, day: Day) -> None:
    home, chance = ledger.home, ledger.home.chance
    at, until = home.office(day), date_text(day + chance.pick((60, 120, 180)))
    home.corporatie_says("payment-arrangement-agreed", at, until=until)
    if chance.happens(0.45):
        broken = home.moment(day + chance.between(20, 55))
        home.corporatie_says("payment-arrangement-broken", broken)
        if chance.happens(0.4):
            again, longer = home.office(broken // DAY + 9), date_text(day + 240)
            home.corporatie_says("payment-arrangement-agreed", again, until=longer)


def _pay_off(ledger: Ledger, day: Day) -> None:
    home, chance = ledger.home, ledger.home.chance
    for number in sorted(ledger.owed):
        owed = ledger.owed[number]
        if chance.happens(0.5):
            ledger.pay(number, home.moment(day), owed // 3)
            day += chance.between(6, 25)
        ledger.pay(number, home.moment(day), ledger.owed[number])
        day += chance.between(10, 30)
