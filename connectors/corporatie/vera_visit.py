"""One visit to a lease: what was read of it so far, what of that could not be read, and what was
handed out of it before and is not there any more.

A record is only taken back when the list that it stood in was read whole, and nothing in it was
unreadable that may be it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Final, TypeVar

import msgspec
from msgspec import Raw, Struct

from connectors.corporatie.vera_api import Vera
from connectors.corporatie.vera_lease import Household
from connectors.corporatie.vera_memory import Remembered
from connectors.corporatie.vera_raw import unmapped
from connectors.corporatie.vera_settings import Domain
from connectors.corporatie.vera_shapes import Entity, Huurovereenkomst
from connectors.corporatie.vera_values import Unreadable, id_in
from connectors.seam import Draft, Entry, Record
from hub.domain.time import Instant, local_date

E = TypeVar("E", bound=Entity)


class Gathered:
    """Entries of one lease, of which domains something could not be read (`torn`), and how many
    bookings it has (None: they were not read, or it is too new to have any)."""

    def __init__(self, remembered: Remembered) -> None:
        self._before = list(remembered.keys)
        self._wrong = remembered.wrong
        self._read: set[str] = set()
        self._gone: set[str] = set()
        self.keys: list[str] = []
        self.entries: list[Entry] = []
        self.torn: set[Domain] = set()
        self.bookings: int | None = None

    def say(self, key: str, drafts: tuple[Draft, ...], where: str) -> None:
        self.keys.append(key)
        self.entries.append(Record(key, drafts, where))

    def say_first(self, key: str, drafts: tuple[Draft, ...], where: str) -> None:
        """The others are about this one."""
        self.keys.append(key)
        self.entries.insert(0, Record(key, drafts, where))

    def is_read(self, kind: str) -> None:
        """All records whose keys begin like this have been said."""
        self._read.add(kind)

    def unreadable(
        self, domain: Domain, told: Unreadable, where: str, thing: Struct | None = None
    ) -> None:
        """For people. What was said of the same kind of thing before stays."""
        self.torn.add(domain)
        if where not in self._wrong:
            self._wrong.append(where)
        self.entries.append(unmapped(told, where, thing))

    def in_order(self, where: str) -> None:
        """What could not be read there before can be read now."""
        if where in self._wrong:
            self.entries.append(Record(f"read/{where}", (), where))

    def taken_back(self, where: str) -> None:
        """What was said before and is not there any more says nothing now."""
        for key in self._before:
            is_there = key in self.keys or key in self._gone
            if not is_there and self._was_read(key):
                self._gone.add(key)
                self.entries.append(Record(key, (), where))

    def all_keys(self) -> list[str]:
        """Of everything that was ever handed out."""
        return list(dict.fromkeys([*self._before, *self.keys]))

    def _was_read(self, key: str) -> bool:
        return key.partition("/")[0] in self._read


class Visit(Struct, frozen=True):
    """What every part of a visit needs. `known` keeps what does not change, for the day."""

    vera: Vera
    lease: Huurovereenkomst
    household: Household
    remembered: Remembered
    gathered: Gathered
    now: Instant
    known: dict[tuple[str, str], Entity]

    @property
    def today(self) -> date:
        return local_date(self.now)

    async def whole(
        self, refs: Iterable[E], where: tuple[Domain, str], is_whole: Callable[[E], bool]
    ) -> list[E]:
        """What these references lead to: things that came whole with them, or are asked for."""
        domain, resource = where
        found: list[E] = []
        for ref in refs:
            if is_whole(ref):
                found.append(ref)
            elif ref.id:
                one = await self.vera.api(domain).one(resource, ref.id, type(ref))
                found.extend([one] if one is not None else [])
        return found

    async def once(self, where: tuple[Domain, str], id_: str, kind: type[E]) -> E | None:
        """A thing that does not change, asked for once a day."""
        domain, resource = where
        kept = self.known.get((resource, id_))
        if isinstance(kept, kind):
            return kept
        one = await self.vera.api(domain).one(resource, id_, kind)
        if one is not None:
            self.known[resource, id_] = one
        return one


class _Lease(Struct, frozen=True):
    overeenkomst: str | None = None


class _Address(Struct, frozen=True):
    adres: str | None = None


class _Dwelling(Struct, frozen=True):
    eenheid: str | None = None


_NAMING: Final[Mapping[str, type[Struct]]] = {
    "overeenkomst": _Lease,
    "adres": _Address,
    "eenheid": _Dwelling,
}


def names(field: str, id_: str) -> Callable[[Raw], bool | None]:
    """Whether a thing of a list names this lease (`overeenkomst`), `adres` or `eenheid`. None: what
    it names cannot be read; it may be of somebody else, and nothing of it is kept."""

    def judged(raw: Raw) -> bool | None:
        try:
            uri = getattr(msgspec.json.decode(raw, type=_NAMING[field]), field)
            return bool(uri) and id_in(uri, field) == id_
        except ValueError:
            return None

    return judged
