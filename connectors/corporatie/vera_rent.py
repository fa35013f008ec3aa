"""What the bookings of a lease say of its rent: periods that were missed, and payments. Pure.

VERA has no arrears, only bookings. A `Boeking` of soort VOR and detailSoort PRO (the monthly rent)
or EVN (the first bill) is what is to be paid; an `Aflettering` is what was set off against it, on
the day of the booking it was set off with, or its own. A period is missed when at the end of its
`vervaldatum` less had been paid than was due. That stays so: a payment later is said beside it, and
makes the period whole again (`Rent periods` in the agreement count payments after it was missed,
so `amountDue` is what was still due then).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Final

from msgspec import Struct

from connectors.corporatie.vera_lease import Household
from connectors.corporatie.vera_memory import Remembered
from connectors.corporatie.vera_settings import Rent, Steps
from connectors.corporatie.vera_shapes import Aflettering, Boeking, code_of, many
from connectors.corporatie.vera_values import Unreadable, cents, day, real
from connectors.seam import Draft
from hub.domain.time import start_of_day

_CLAIM: Final = "VOR"
_PROVISIONAL: Final = "VRL"
_ARRANGEMENT: Final = "BET"
_A_DAY: Final = timedelta(days=1)


class Payment(Struct, frozen=True, order=True):
    """What was paid on a day; `part` tells it from others."""

    on: date
    part: str
    cents: int


class Period(Struct, frozen=True):
    """The rent of one month: what is due at the latest on a day, and what was paid for it."""

    name: str
    due_on: date
    due: int
    payments: tuple[Payment, ...]

    def left(self, on: date) -> int:
        """How many cents were still to be paid at the end of a day."""
        return self.due - sum(payment.cents for payment in self.payments if payment.on <= on)


class Step(Struct, frozen=True):
    """Something that was done about arrears, by its code, and when; without a date it holds now."""

    code: str
    on: date | None = None


def is_rent(booking: Boeking, settings: Rent) -> bool:
    """Whether it asks rent of the tenant, and stands."""
    return (
        code_of(booking.soort) == _CLAIM
        and code_of(booking.detail_soort) in settings.details
        and code_of(booking.status) != _PROVISIONAL
    )


def periods(
    bookings: Iterable[Boeking],
    payments: Mapping[str, Sequence[Payment]],
    begin: date,
    settings: Rent,
) -> tuple[Period, ...]:
    """What the bookings of rent ask, month by month. `payments` of each, by its id."""
    asked: dict[str, list[Boeking]] = defaultdict(list)
    for booking in bookings:
        asked[_name(booking, begin, settings)].append(booking)
    return tuple(
        Period(
            name,
            max(day(it.vervaldatum, "vervaldatum") for it in found),
            sum(cents(it.bedrag, "bedrag") for it in found),
            tuple(sorted(paid for it in found for paid in payments.get(it.id or "", ()))),
        )
        for name, found in sorted(asked.items())
    )


def rent_drafts(
    period: Period,
    others: Sequence[Period],
    household: Household,
    steps: Mapping[str, bool],
    today: tuple[date, int],
) -> tuple[Draft, ...]:
    """What is to be said of one period. `others`: all of the lease, this one too. `today`: and how
    many days a payment may take until it stands in VERA: before, nobody is said to be late."""
    now_on, settle_days = today
    left, drafts = period.left(period.due_on), []
    if left > 0 and now_on > period.due_on + timedelta(days=settle_days):
        arrears = sum(it.left(period.due_on) for it in others if it.due_on <= period.due_on)
        data = household.data(
            start_of_day(period.due_on + _A_DAY),
            period=period.name,
            dueDate=period.due_on.isoformat(),
            amountDue=left,
            totalArrears=max(arrears, left),
            socialCollection=dict(steps),
        )
        drafts.append(Draft("rent-missed", data))
    for paid in period.payments:
        if paid.cents > 0 and paid.on <= now_on:
            data = household.data(start_of_day(paid.on), period=period.name, amount=paid.cents)
            drafts.append(Draft("rent-paid", data, paid.part))
    return tuple(drafts)


def social_collection(steps: Sequence[Step], since: date, settings: Steps) -> dict[str, bool]:
    """Which steps were taken for arrears that began on a day. What no code says was not taken. An
    objection holds for later arrears as well: nobody must object each month."""
    taken = {step.code for step in steps if step.on is None or step.on >= since}
    ever = {step.code for step in steps}
    return {
        "personalContactTried": not taken.isdisjoint(settings.personal_contact_tried),
        "debtHelpOffered": not taken.isdisjoint(settings.debt_help_offered),
        "reminderSent": not taken.isdisjoint(settings.reminder_sent),
        "sharingAnnounced": not taken.isdisjoint(settings.sharing_announced),
        "tenantObjected": not ever.isdisjoint(settings.tenant_objected),
    }


def payments_of(
    set_off: Sequence[Aflettering],
    bookings: Mapping[str, Boeking],
    finished: Mapping[str, date],
) -> tuple[Payment, ...]:
    """What was paid by what was set off. `bookings` of the lease by id; `finished`: when payment
    arrangements were fulfilled, by id.

    A claim that goes into a payment arrangement is set off against it (BET), and not paid: it is
    when the arrangement has been fulfilled.
    """
    found = []
    for one in set_off:
        against = one.tegen_huur_boeking
        other = bookings.get(against.id or "") if against is not None else None
        on = _paid_on(one, other, finished)
        if on is not None:
            found.append(Payment(on, _part(one), cents(one.bedrag, "bedrag")))
    return tuple(found)


def payments_without_dates(
    booking: Boeking, remembered: Remembered, today: date
) -> tuple[Payment, ...]:
    """What was paid of a booking of which VERA only says how much is left.

    What had been paid when it was first seen was paid in time, as far as anybody knows; what has
    been paid more since then was paid when that was seen.
    """
    due = day(booking.vervaldatum, "vervaldatum")
    paid = cents(booking.bedrag, "bedrag") - cents(booking.saldo, "saldo")
    known = remembered.paid.setdefault(booking.id or "", [])
    if not known:
        known.append((paid, min(due, today).isoformat()))
    elif paid > sum(before for before, _ in known):
        known.append((paid - sum(before for before, _ in known), today.isoformat()))
    elif paid < sum(before for before, _ in known):
        known[:] = [(paid, min(due, today).isoformat())]  # taken back: as if seen first
    return tuple(
        Payment(on, f"{booking.id}/{on}", sum(amount for amount, _ in amounts))
        for on, amounts in _by_day(known)
    )


def _by_day(known: Sequence[tuple[int, str]]) -> list[tuple[date, list[tuple[int, str]]]]:
    ordered = sorted(known, key=lambda it: it[1])
    return [
        (date.fromisoformat(on), list(its)) for on, its in groupby(ordered, key=lambda it: it[1])
    ]


def _paid_on(one: Aflettering, other: Boeking | None, finished: Mapping[str, date]) -> date | None:
    if other is None:
        return day(one.datum, "datum")
    if code_of(other.detail_soort) == _ARRANGEMENT:
        ends = [finished.get(it.id or "") for it in many(other.betalingsregelingen)]
        return next((end for end in ends if end is not None), None)
    return day(real(other.valutadatum) or real(other.boekdatum) or one.datum, "datum")


def _part(one: Aflettering) -> str:
    if not one.id:
        raise Unreadable("an `aflettering` has no `id`; fill it in")
    return one.id


def _name(booking: Boeking, begin: date, settings: Rent) -> str:
    if code_of(booking.detail_soort) in settings.first:
        return begin.strftime("%Y-%m")
    told = booking.vervaldatum if settings.period == "vervaldatum" else booking.boekdatum
    return day(told, settings.period).strftime("%Y-%m")
