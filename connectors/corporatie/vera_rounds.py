"""Reading a VERA system, round after round: who belongs to the target group, then each of their
leases with all that belongs to it, then how far it has been read.

A round reads everything anew; what of it is new is worked out elsewhere. So nothing depends on
clocks over there, on the order in which things were recorded, or on when a lease came into the
target group: what was recorded late, or changed while it was read, is there in the next round. The
cursor says where a round is, so that a process that was stopped goes on there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct, structs

from connectors.corporatie.vera_api import Vera
from connectors.corporatie.vera_household import Leases, Visited
from connectors.corporatie.vera_memory import Memory, Remembered
from connectors.corporatie.vera_settings import Domain
from connectors.corporatie.vera_target_group import candidates
from connectors.seam import Draft, Entry, Page, Record, Unmapped
from hub.domain.time import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    Instant,
    format_instant,
    local_date,
    start_of_day,
)
from hub.errors import Misconfigured, Unavailable

_TYPES: Final = {
    Domain.OVEREENKOMSTEN: ("lease-ended", "lease-signed"),
    Domain.FINANCIEN: (
        "payment-arrangement-agreed",
        "payment-arrangement-broken",
        "rent-missed",
        "rent-paid",
    ),
    Domain.ONDERHOUD: ("damage-repaired", "damage-reported"),
    Domain.RELATIES: ("nuisance-reported",),
}
_MOST_PAGES: Final = 10_000
_TRIES: Final = 5
_AT_ONCE: Final = 10


class Phase(StrEnum):
    """Finding who is meant, visiting each, or done until the next round is due."""

    FIND = "find"
    WALK = "walk"
    REST = "rest"


class At(Struct, frozen=True):
    """Where a round is. `again`: how often its list was begun anew. `torn`: domains of which
    something could not be read in it. `books`: of how many leases bookings were read, and how many
    these were. `since`: only what changed since then is asked for; `found`,
    `whole`: when rounds began in which the list of who is meant was read, and was read whole."""

    phase: Phase
    started: Instant
    following: str | None = None
    pages: int = 0
    again: int = 0
    after: str = ""
    books: int = 0
    bookings: int = 0
    torn: tuple[Domain, ...] = ()
    since: Instant | None = None
    found: Instant | None = None
    whole: Instant | None = None


class Rounds:
    """The one source of a VERA system."""

    name = "vera"

    def __init__(self, vera: Vera, memory: Memory, party: str) -> None:
        self._vera, self._memory = vera, memory
        self._leases = Leases(vera, memory, party)
        self._begun: At | None = None

    async def read(self, cursor: str | None, now: Instant) -> Page:
        """A page of the list of who is meant, or one lease. Unavailable, Misconfigured."""
        at = _at(cursor)
        if at is None or at.phase is Phase.REST:
            if at is not None and self._is_rest(at, now):
                return _page((), at, is_last=True)
            at = self._begun = self._begin(at, now)
        return await (self._walk(at, now) if at.phase is Phase.WALK else self._find(at))

    def _begin(self, before: At | None, now: Instant) -> At:
        """A round, that looks for who is new as far back as must be."""
        group = self._vera.settings.target_group
        found = before.found if before is not None else None
        whole = before.whole if before is not None else None
        is_whole = whole is None or not 0 <= now - whole < group.whole_days * DAY_MS
        if not group.changed_since or found is None or is_whole:
            return At(Phase.FIND, now, found=found, whole=whole)
        since = min(found, now) - group.overlap_hours * HOUR_MS
        return At(Phase.FIND, now, since=since, found=found, whole=whole)

    async def _find(self, at: At) -> Page:
        try:
            found = await candidates(self._vera, at.following, at.since)
        except Misconfigured:
            if at.following is None or at.again >= _TRIES:
                raise
            # A cursor over there does not hold for ever: the list is read from its beginning.
            return _page((), structs.replace(at, following=None, again=at.again + 1))
        if at.pages >= _MOST_PAGES:
            do = "the list that it stands for never ends; tell the supplier"
            raise Misconfigured("vera.targetGroup.foundIn", do)
        for id_ in found.ids:
            if self._memory.of(id_) is None:
                self._memory.keep(id_, Remembered())
        torn = tuple(Domain) if found.unmapped else at.torn
        at = structs.replace(at, following=found.following, pages=at.pages + 1, torn=torn)
        if found.following is not None:
            return _page(found.unmapped, at)
        return _page([*found.unmapped, *_in_order(at, found.where)], _found(at))

    async def _walk(self, at: At, now: Instant) -> Page:
        """Some leases, or the end of the round."""
        before, entries = at, list[Entry]()
        for id_ in self._next(at.after, now):
            try:
                visited = await self._visited(id_, now)
            except Unavailable:
                if at is before:
                    raise
                break  # how far it came is kept: a system may let us ask only so much at a time
            entries.extend(visited.entries)
            at = _after(at, id_, visited)
        if at is not before:
            return _page(entries, at)
        # One that another process began is out of date, and `once` is to know what is now.
        is_ours = self._begun is not None and self._begun.started == at.started
        rest = At(Phase.REST, at.started, found=at.found, whole=at.whole)
        return _page(self._complete(at), rest, is_last=is_ours)

    async def _visited(self, id_: str, now: Instant) -> Visited:
        try:
            return await self._leases.read(id_, now)
        except Unavailable:
            if not await self._is_alone(id_):
                raise
            return Visited((self._stuck(id_),), frozenset(Domain))

    def _next(self, after: str, now: Instant) -> list[str]:
        """Some leases that are still to be visited."""
        found = []
        for id_ in self._memory.ids():
            remembered = self._memory.of(id_) if id_ > after else None
            if remembered is not None and remembered.asleep_until <= now:
                found.append(id_)
            if len(found) == _AT_ONCE:
                break
        return found

    async def _is_alone(self, id_: str) -> bool:
        """Whether this lease has failed often, while all else over there answers: then the others
        do not wait for it."""
        if self._memory.failed(id_) < _TRIES:
            return False
        for domain in self._vera.domains:
            await self._vera.api(domain).ping()
        self._memory.failed_enough()
        return True

    def _stuck(self, id_: str) -> Unmapped:
        where = self._vera.api(Domain.OVEREENKOMSTEN).where("huurovereenkomsten", id_)
        why = (
            "the system fails each time this lease or what belongs to it is read; tell the supplier"
        )
        return Unmapped(where, why, b"")

    def _complete(self, at: At) -> tuple[Entry, ...]:
        """How far it has been read. A thing that could not be read keeps the types of its domain
        from being complete until it is mended: it may be the very one that silence is about."""
        empty = self._empty(at)
        torn = {*at.torn, *([Domain.FINANCIEN] if isinstance(empty, Unmapped) else [])}
        whole = [it for it in self._vera.domains if it not in torn]
        types = sorted(name for domain in whole for name in _TYPES.get(domain, ()))
        said = [empty] if empty is not None else []
        if not types:
            return tuple(said)
        settled = local_date(at.started) - timedelta(days=self._vera.settings.settle_days)
        up_to = format_instant(start_of_day(settled))
        data = {"occurredAt": up_to, "upTo": up_to, "types": types}
        key = f"feed/{up_to}/{'+'.join(types)}"
        where = self._vera.api(Domain.OVEREENKOMSTEN).address
        return (*said, Record(key, (Draft("feed-complete", data),), where))

    def _empty(self, at: At) -> Entry | None:
        """That nobody at all has a booking is no silence, but another address."""
        if not at.books:
            return None
        where = self._vera.api(Domain.FINANCIEN).where("boekingen")
        if at.bookings:
            return Record(f"read/{where}", (), where)
        why = "no lease has any booking; see how your system names a lease in one, and leases.uri"
        return Unmapped(where, why, b"")

    def _is_rest(self, at: At, now: Instant) -> bool:
        # A clock that was set back makes no rest longer than it was to be.
        return 0 <= now - at.started < self._vera.settings.round_minutes * MINUTE_MS


def _in_order(at: At, where: str) -> tuple[Record, ...]:
    """That the list could be read, where it could not before."""
    return () if at.torn else (Record(f"read/{where}", (), where),)


def _after(at: At, id_: str, visited: Visited) -> At:
    """Where a round is after one more lease."""
    read = visited.bookings
    return structs.replace(
        at,
        after=id_,
        torn=tuple(sorted({*at.torn, *visited.torn})),
        books=at.books + (read is not None),
        bookings=at.bookings + (read or 0),
    )


def _found(at: At) -> At:
    """The list has been read to its end. What could not be read of it is asked for again."""
    found, whole = (at.found, at.whole) if at.torn else (at.started, at.whole)
    if at.since is None and not at.torn:
        whole = at.started
    return At(Phase.WALK, at.started, torn=at.torn, found=found, whole=whole)


def _at(cursor: str | None) -> At | None:
    try:
        return msgspec.json.decode(cursor or "", type=At)
    except ValueError:  # none, or of another version: a round from its beginning does no harm
        return None


def _page(entries: Sequence[Entry], at: At, *, is_last: bool = False) -> Page:
    return Page(tuple(entries), msgspec.json.encode(at).decode(), is_last)
