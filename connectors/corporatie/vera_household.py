"""Reading one lease with all that belongs to it.

What is read of it is only what its own references lead to, or lists that name it: nothing of
another tenant is asked for. Persons never are: no call leads to `/relaties` or
`/natuurlijk-personen`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

import msgspec
from msgspec import Raw, Struct, structs

from connectors.corporatie.vera_api import Vera
from connectors.corporatie.vera_home import Dwelling, dwelling_of, home_of
from connectors.corporatie.vera_lease import (
    Extras,
    Household,
    Tenancy,
    is_signed,
    lease_drafts,
    number,
)
from connectors.corporatie.vera_memory import Memory, Remembered
from connectors.corporatie.vera_money import read_money
from connectors.corporatie.vera_raw import read_as
from connectors.corporatie.vera_rent import Period
from connectors.corporatie.vera_repairs import read_repairs
from connectors.corporatie.vera_settings import Domain
from connectors.corporatie.vera_shapes import (
    Entity,
    Huurovereenkomst,
    Toewijzing,
    code_of,
)
from connectors.corporatie.vera_signals import read_signals
from connectors.corporatie.vera_target_group import Meant, is_meant
from connectors.corporatie.vera_values import Unreadable, as_number, day
from connectors.corporatie.vera_visit import Gathered, Visit, names
from connectors.seam import Entry
from hub.domain.time import Instant, days_before, local_date, start_of_day

_OVEREENKOMSTEN: Final = Domain.OVEREENKOMSTEN
_LEASES: Final = "huurovereenkomsten"
_COMES: Final = ("VOO", "GOE", "LOP")
_KINDS: Final = ("lease", "rent", "arrangement", "damage", "nuisance")
_FIRST_DUE: Final = "firstRentDue"


class Visited(Struct, frozen=True):
    """What a visit gave, of which domains something could not be read, and how many bookings the
    lease has (None: they were not read)."""

    entries: Sequence[Entry]
    torn: frozenset[Domain]
    bookings: int | None = None


class Leases:
    """Reads leases, one at a time."""

    def __init__(self, vera: Vera, memory: Memory, party: str) -> None:
        self._vera, self._memory, self._party = vera, memory, party
        self._known: dict[tuple[str, str], Entity] = {}
        self._known_on = local_date(0)

    async def read(self, id_: str, now: Instant) -> Visited:
        """All that a lease says now. Unavailable, Misconfigured."""
        if local_date(now) != self._known_on:
            self._known, self._known_on = {}, local_date(now)
        remembered = self._memory.of(id_) or Remembered()
        gathered = Gathered(remembered)
        is_kept = await self._tried(id_, remembered, gathered, now)
        remembered.keys = gathered.all_keys()
        if is_kept:
            self._memory.keep(id_, remembered)
        else:
            self._memory.forget(id_)
        # Of a lease that cannot be read, nothing that belongs to it is said either.
        is_lost = _OVEREENKOMSTEN in gathered.torn
        torn = frozenset(Domain if is_lost else gathered.torn)
        return Visited(gathered.entries, torn, gathered.bookings)

    async def _tried(
        self, id_: str, remembered: Remembered, gathered: Gathered, now: Instant
    ) -> bool:
        """Whether anything of it is to be remembered; what cannot be read is for people."""
        api = self._vera.api(_OVEREENKOMSTEN)
        where = api.where(_LEASES, id_)
        lease, is_kept = None, True
        try:
            lease = await api.one(_LEASES, id_, Huurovereenkomst)
            if lease is None:
                await self._make_sure(id_)
                _take_all_back(gathered, where)
            else:
                is_kept = await self._read(lease, remembered, gathered, now)
        except Unreadable as told:
            gathered.unreadable(_OVEREENKOMSTEN, told, where, lease)
        else:
            gathered.in_order(where)
        return is_kept

    async def _read(
        self,
        lease: Huurovereenkomst,
        remembered: Remembered,
        gathered: Gathered,
        now: Instant,
    ) -> bool:
        """Whether anything of it is to be remembered."""
        if not lease.id:
            raise Unreadable("it has no `id`; fill it in")
        dwelling = await self._dwelling(lease, remembered, now)
        if dwelling is None:
            remembered.sleep(now)
            return True
        allocations = await self._allocations(lease.id)
        things = (lease, dwelling.unit, allocations)
        meant = is_meant(things, self._vera.settings.target_group, is_known=bool(remembered.keys))
        if not self._is_read_on(lease, meant, remembered):
            remembered.sleep(now)
            return bool(remembered.keys)
        extras = Extras(_persons(allocations, remembered), None, not remembered.is_left)
        tenancy = await self._tenancy(lease, dwelling, extras)
        known = self._known
        visit = Visit(self._vera, lease, tenancy.household, remembered, gathered, now, known)
        await self._say(visit, tenancy, dwelling)
        return True

    def _is_read_on(self, lease: Huurovereenkomst, meant: Meant, remembered: Remembered) -> bool:
        if meant is Meant.NO and not remembered.keys:
            return False
        if meant is not Meant.UNSAID:
            remembered.is_left = meant is Meant.NO
        has_ended = code_of(lease.status) in self._vera.settings.leases.ended
        return not (meant is Meant.NO and has_ended)

    async def _make_sure(self, id_: str) -> None:
        """That a lease is gone, and not the whole API: then nothing would be taken back."""
        api = self._vera.api(_OVEREENKOMSTEN)
        if await api.everything(_LEASES, {"id": id_}, _has_id(id_)):
            raise Unreadable("it stands in the list, and cannot be asked for; tell the supplier")

    async def _say(self, visit: Visit, tenancy: Tenancy, dwelling: Dwelling) -> None:
        settings, gathered = self._vera.settings.leases, visit.gathered
        is_read = tenancy.extras.is_target_group and is_signed(visit.lease, settings)
        if is_read:
            due = await self._say_rest(visit, dwelling)
            extras = structs.replace(tenancy.extras, first_rent_due=due)
            tenancy = structs.replace(tenancy, extras=extras)
        drafts = lease_drafts(visit.lease, tenancy, settings, visit.remembered, visit.now)
        where = self._vera.api(_OVEREENKOMSTEN).where(_LEASES, visit.lease.id)
        gathered.say_first(f"lease/{visit.lease.id}", drafts, where)
        if is_read:
            gathered.taken_back(where)
        else:
            _take_all_back(gathered, where)

    async def _say_rest(self, visit: Visit, dwelling: Dwelling) -> date | None:
        """All but the lease itself; when its first rent is due."""
        domains = self._vera.domains
        if Domain.FINANCIEN in domains:
            _remember_first_due(visit, await read_money(visit))
        if Domain.ONDERHOUD in domains:
            await read_repairs(visit, dwelling.unit.id)
        if Domain.RELATIES in domains and dwelling.adres.id:
            await read_signals(visit, dwelling.adres.id)
        due = visit.remembered.seen.get(_FIRST_DUE)
        return local_date(due) if due is not None else None

    async def _dwelling(
        self, lease: Huurovereenkomst, remembered: Remembered, now: Instant
    ) -> Dwelling | None:
        """Where it is; None: it is not to be read (any more)."""
        begin = start_of_day(day(lease.begindatum, "begindatum"))
        if begin < days_before(now, self._vera.settings.leases.days):
            return None
        # A dwelling is marked for whoever comes next, so who is leaving it is not meant.
        by_dwelling = self._vera.settings.target_group.found_in == "eenheden"
        is_new = not (remembered.keys or remembered.seen)
        if by_dwelling and is_new and code_of(lease.status) not in _COMES:
            return None
        return await dwelling_of(self._vera, lease)

    async def _allocations(self, id_: str) -> list[Toewijzing]:
        if Domain.WOONRUIMTEVERDELING not in self._vera.domains:
            return []
        api = self._vera.api(Domain.WOONRUIMTEVERDELING)
        filters = {"overeenkomst": self._vera.settings.lease_uri(id_)}
        is_asked = names("overeenkomst", id_)
        found = await api.everything("toewijzingen", filters, is_asked)
        if any(is_asked(raw) is None for raw in found):
            raise Unreadable("an allocation does not say of which lease it is; mend it")
        return [read_as(Toewijzing, raw, api.where("toewijzingen")) for raw in found]

    async def _tenancy(
        self, lease: Huurovereenkomst, dwelling: Dwelling, extras: Extras
    ) -> Tenancy:
        home = await home_of(self._vera, dwelling)
        named = number(lease, self._vera.settings.leases)
        return Tenancy(Household(home.gemeente, named, self._party), home, extras)


def _take_all_back(gathered: Gathered, where: str) -> None:
    """Nothing else is said any more of what was said before."""
    for kind in _KINDS:
        gathered.is_read(kind)
    gathered.taken_back(where)


def _has_id(id_: str) -> Callable[[Raw], bool | None]:
    def judged(raw: Raw) -> bool | None:
        try:
            return msgspec.json.decode(raw, type=Entity).id == id_
        except ValueError:
            return None

    return judged


def _persons(allocations: Sequence[Toewijzing], remembered: Remembered) -> int | None:
    for it in allocations:
        remembered.persons = as_number(it.huishoudgrootte) or remembered.persons
    return remembered.persons


def _remember_first_due(visit: Visit, periods: Sequence[Period]) -> None:
    """Also for when the rent cannot be read for a while: then nothing about it has changed."""
    first = day(visit.lease.begindatum, "begindatum").strftime("%Y-%m")
    for period in periods:
        if period.name == first:
            visit.remembered.seen[_FIRST_DUE] = start_of_day(period.due_on)
