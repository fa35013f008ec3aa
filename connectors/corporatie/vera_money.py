"""Reading the rent and the payment arrangements of one lease, and what was done about arrears.

Bookings are read as a whole or not at all: one that cannot be read may be part of any period, so
until it is mended nothing new is said of the rent of that lease.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, TypeVar

from msgspec import Struct

from connectors.corporatie.vera_arrangement import arrangement_drafts, fulfilled_on
from connectors.corporatie.vera_raw import read_as
from connectors.corporatie.vera_rent import (
    Payment,
    Period,
    Step,
    is_rent,
    payments_of,
    payments_without_dates,
    periods,
    rent_drafts,
    social_collection,
)
from connectors.corporatie.vera_settings import Domain
from connectors.corporatie.vera_shapes import (
    Aflettering,
    Betalingsregeling,
    Boeking,
    Contactmoment,
    Entity,
    code_of,
    many,
)
from connectors.corporatie.vera_values import Unreadable, day, id_in
from connectors.corporatie.vera_visit import Visit, names
from hub.domain.time import days_before, start_of_day

E = TypeVar("E", bound=Entity)

_FINANCIEN: Final = Domain.FINANCIEN
_BOOKINGS: Final = "boekingen"
_ARRANGEMENTS: Final = "betalingsregelingen"
_FIRST_BOOKING_DAYS: Final = 62  # by then every lease has one
_SET_OFF: Final = "VOL"
_CONTACT: Final = "CONTACTMOMENT"


class Money(Struct, frozen=True):
    """All bookings of a lease by id, and when its fulfilled arrangements ended."""

    bookings: Mapping[str, Boeking]
    finished: Mapping[str, date]


async def read_money(visit: Visit) -> tuple[Period, ...]:
    """Says the rent and the arrangements of a lease; its periods, as far as they could be read."""
    arrangements, are_whole = await _listed(visit, _ARRANGEMENTS, Betalingsregeling)
    if _say_arrangements(visit, arrangements) and are_whole:
        visit.gathered.is_read("arrangement")
    bookings, is_whole = await _listed(visit, _BOOKINGS, Boeking)
    begin = start_of_day(day(visit.lease.begindatum, "begindatum"))
    if begin < days_before(visit.now, _FIRST_BOOKING_DAYS):
        visit.gathered.bookings = len(bookings)
    if not is_whole:
        return ()
    money = Money({it.id or "": it for it in bookings}, _finished(visit, arrangements))
    where = _where(visit, _BOOKINGS)
    try:
        _judge_emptiness(visit, bookings)
        found = await _periods(visit, money)
        await _say_rent(visit, money, found)
    except Unreadable as told:
        visit.gathered.unreadable(_FINANCIEN, told, where)
        return ()
    visit.gathered.in_order(where)
    return found


def _judge_emptiness(visit: Visit, bookings: Sequence[Boeking]) -> None:
    """Books are not emptied: no booking any more is another right to read, or another address."""
    had_some = any(key.startswith("rent/") for key in visit.remembered.keys)
    if had_some and not bookings:
        do = "see whether they may still be read, and leases.uri"
        raise Unreadable(f"the lease had bookings, and has none any more; {do}")


async def _listed(visit: Visit, resource: str, kind: type[E]) -> tuple[list[E], bool]:
    """The things of a list that are of this lease, and whether all could be read; what cannot is
    for people."""
    api, where = visit.vera.api(_FINANCIEN), _where(visit, resource)
    is_asked = names("overeenkomst", visit.lease.id or "")
    found, is_whole = [], True
    for raw in await api.everything(resource, _filters(visit), is_asked):
        try:
            if is_asked(raw) is None:
                raise Unreadable("a thing of it does not say of which lease it is; mend it")
            one = read_as(kind, raw, api.where(resource))
            if not one.id:
                raise Unreadable("a thing of it has no `id`; fill it in")
            found.append(one)
        except Unreadable as told:
            is_whole = False
            visit.gathered.unreadable(_FINANCIEN, told, where)
    if is_whole and resource != _BOOKINGS:  # of bookings, more can be wrong
        visit.gathered.in_order(where)
    return found, is_whole


def _filters(visit: Visit) -> dict[str, str]:
    return {"overeenkomst": visit.vera.settings.lease_uri(visit.lease.id or "")}


def _where(visit: Visit, resource: str) -> str:
    return visit.vera.api(_FINANCIEN).where_of(resource, _filters(visit))


def _say_arrangements(visit: Visit, arrangements: Sequence[Betalingsregeling]) -> bool:
    """Whether all of them could be read."""
    rent, api, is_whole = visit.vera.settings.rent, visit.vera.api(_FINANCIEN), True
    for one in arrangements:
        where = api.where(_ARRANGEMENTS, one.id)
        try:
            drafts = arrangement_drafts(one, visit.household, rent, visit.remembered, visit.now)
            visit.gathered.say(f"arrangement/{one.id}", drafts, where)
        except Unreadable as told:
            is_whole = False
            visit.gathered.unreadable(_FINANCIEN, told, where, one)
    return is_whole


def _finished(visit: Visit, arrangements: Sequence[Betalingsregeling]) -> dict[str, date]:
    ends = {it.id or "": fulfilled_on(it, visit.vera.settings.rent) for it in arrangements}
    return {id_: end for id_, end in ends.items() if end is not None}


async def _periods(visit: Visit, money: Money) -> tuple[Period, ...]:
    rent = visit.vera.settings.rent
    claims = [it for it in money.bookings.values() if is_rent(it, rent)]
    payments = {it.id or "": await _payments(visit, it, money) for it in claims}
    begin = day(visit.lease.begindatum, "begindatum")
    return periods(claims, payments, begin, rent)


async def _payments(visit: Visit, claim: Boeking, money: Money) -> tuple[Payment, ...]:
    refs = many(claim.afletteringen)
    if not refs and claim.saldo is not None:
        return payments_without_dates(claim, visit.remembered, visit.today)
    found = []
    for ref in refs:
        if ref.bedrag is not None:
            found.append(ref)
        elif ref.id:
            found.append(await _set_off(visit, claim, ref.id))
    return payments_of(found, money.bookings, money.finished)


async def _set_off(visit: Visit, claim: Boeking, id_: str) -> Aflettering:
    where = (_FINANCIEN, "afletteringen")
    if code_of(claim.afletterstatus) == _SET_OFF:  # nothing of it will change
        found = await visit.once(where, id_, Aflettering)
    else:
        found = await visit.vera.api(_FINANCIEN).one("afletteringen", id_, Aflettering)
    if found is None:
        raise Unreadable("an `aflettering` of it is not there; it will be read again")
    return found


async def _say_rent(visit: Visit, money: Money, found: Sequence[Period]) -> None:
    steps = await _steps(visit, money)
    settings, where = visit.vera.settings, _where(visit, _BOOKINGS)
    for period in found:
        taken = social_collection(steps, period.due_on, settings.rent.steps)
        today = (visit.today, settings.settle_days)
        drafts = rent_drafts(period, found, visit.household, taken, today)
        key = f"rent/{visit.lease.id}/{period.name}"
        visit.gathered.say(key, drafts, where)
    visit.gathered.is_read("rent")


async def _steps(visit: Visit, money: Money) -> list[Step]:
    """What was done about arrears, as far as the settings give a meaning to it."""
    wanted = visit.vera.settings.rent.steps.codes
    found = [Step(f"BEWAKINGSSTATUS.{code_of(visit.lease.bewakingsstatus)}")]
    for booking in money.bookings.values():
        on = booking.boekdatum
        code = f"BOEKINGDETAILSOORT.{code_of(booking.detail_soort)}"
        if code in wanted:
            found.append(Step(code, day(on, "boekdatum")))
    if any(code.startswith(_CONTACT) for code in wanted):
        found.extend(await _contacts(visit))
    return found


async def _contacts(visit: Visit) -> list[Step]:
    """The moments of contact that the lease names. Never asked for unless a code of them counts."""
    found = []
    for uri in many(visit.lease.contactmomenten):
        where = (Domain.RELATIES, "contactmomenten")
        one = await visit.once(where, id_in(uri, "contactmomenten"), Contactmoment)
        if one is None:
            # It may be the one in which the tenant objected.
            raise Unreadable("a contactmoment of the lease is not there; take it off the lease")
        on = day(one.datum, "datum")
        found.append(Step(f"CONTACTMOMENTSOORT.{code_of(one.soort)}", on))
        found.append(Step(f"CONTACTMOMENTDETAILSOORT.{code_of(one.detail_soort)}", on))
    return found
