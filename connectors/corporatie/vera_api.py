"""Asking the APIs of VERA: one thing by its id, or a list, page after page.

VERA 4.3 has no way to ask for what changed: no field says when, no parameter since when. So lists
are read whole. They are short, for only those of one lease are read: `overeenkomst`, `adres` and
the like are fields of the entities, and the standard takes every field of an entity as a filter
(`params`, style form). Whether a supplier does is seen in the answer, and anything of others ends
the reading before a second page of it is asked for.

A list that changes while it is paged is read again: the first and the last page must tell the same
total (X-Parameters-Aantal), and so many different things must have come.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Final, TypeAlias, TypeVar
from urllib.parse import urlencode

import msgspec
from msgspec import Raw, Struct

from connectors.asking import decoded, judged
from connectors.corporatie.vera_access import Identity, identity
from connectors.corporatie.vera_raw import read_as
from connectors.corporatie.vera_settings import Domain, VeraSettings
from connectors.corporatie.vera_shapes import Entity
from connectors.corporatie.vera_values import Unreadable, path_of
from connectors.seam import Site
from hub.domain.time import Instant
from hub.errors import Misconfigured
from hub.outbound import Answer, GivenBy, Limits, Outbound, Peer, trusting

E = TypeVar("E", bound=Struct)

PER_PAGE: Final = 100  # what the standard allows at most
_LIMITS: Final = Limits(whole=60.0, answer_bytes=8 << 20)
_TRIES: Final = 3
_MOST_PAGES: Final = 200
_OK: Final = 200
_GONE: Final = (404, 410)
_UNKNOWN: Final = 401
_BEFORE: Final = "before"
_MOST_DIGITS: Final = 12  # Python refuses to read a number of thousands of them


IsAsked: TypeAlias = Callable[[Raw], bool | None]
"""Whether a thing of a list is one of those that were asked for; None: it does not say."""


class Listed(Struct, frozen=True):
    """A page of a list: its things as they came, where the next one is (None: there is none), and
    how many there are in all, if it says so."""

    things: tuple[Raw, ...]
    following: str | None
    total: int | None


class Api:
    """The API of one domain."""

    def __init__(
        self,
        outbound: Outbound,
        known_as: Identity,
        sender: Mapping[str, str],
        now: Callable[[], Instant],
    ) -> None:
        self._outbound, self._known_as, self._sender = outbound, known_as, sender
        self._now = now
        self.address = outbound.peer.address.rstrip("/")

    async def one(self, resource: str, id_: str, kind: type[E]) -> E | None:
        """A thing by its id; None if there is none. Unreadable: it cannot be had, or has another
        form."""
        answer = await self._asked(path_of(resource, id_))
        if answer.status in _GONE:
            return None
        where = self.where(resource, id_)
        if answer.status != _OK:
            raise Unreadable(f"{where} answers {answer.status}; ask the supplier why")
        return read_as(kind, answer.body, where)

    async def page(
        self, resource: str, filters: Mapping[str, str], following: str | None = None
    ) -> Listed:
        """A page of a list. `following` is what the page before said, or None for the first."""
        where: dict[str, str] = msgspec.json.decode(following) if following else {}
        before = where.pop(_BEFORE, "")
        query = urlencode({**filters, **where})
        answer = await self._asked(f"/{resource}?{query}" if query else f"/{resource}")
        if answer.status in _GONE:
            raise self._outbound.wrong(f"it has no {resource}; check the address")
        self._whole(answer)
        things: list[Raw] = decoded(self._outbound, answer, list[Raw])
        total = _number(answer.headers.get("x-parameters-aantal"))
        if before == _digest(things):
            return Listed((), None, total)  # the same page again: it knows no numbers of pages
        return Listed(tuple(things), _following(answer, where, things, total), total)

    async def everything(
        self, resource: str, filters: Mapping[str, str], is_asked: IsAsked
    ) -> list[Raw]:
        """A whole list as it is at one time. `is_asked`: whether a thing is one of those.

        Unavailable: it changes faster than it can be read. Misconfigured: it does not filter.
        """
        for _ in range(_TRIES):
            found = await self._in_one_go(resource, filters, is_asked)
            if found is not None:
                return found
        raise self._outbound.away(f"changes its {resource} while they are read")

    async def ping(self) -> None:
        """Whether it answers and knows us. Misconfigured, Unavailable."""
        await self._asked("/ping")

    def where(self, resource: str, id_: str | None = None) -> str:
        """The address of a thing or a list."""
        return self.address + (path_of(resource, id_) if id_ else f"/{resource}")

    def where_of(self, resource: str, filters: Mapping[str, str]) -> str:
        """The address of a list of which only a part is meant."""
        return f"{self.where(resource)}?{urlencode(filters)}"

    def wrong(self, do: str) -> Misconfigured:
        return self._outbound.wrong(do)

    async def close(self) -> None:
        await self._outbound.close()

    async def _in_one_go(
        self, resource: str, filters: Mapping[str, str], is_asked: IsAsked
    ) -> list[Raw] | None:
        first = page = await self.page(resource, filters)
        found: dict[str, Raw] = {}
        for _ in range(_MOST_PAGES):
            if any(is_asked(it) is False for it in page.things):
                by = ", ".join(filters)
                do = f"it does not filter {resource} by {by}; ask the supplier for that filter"
                raise self._outbound.wrong(do)
            found |= _by_id(page.things)
            if page.following is None:
                break
            page = await self.page(resource, filters, page.following)
        told = first.total if first.total is not None else len(found)
        is_steady = page.total in (None, told) and len(found) >= told and not page.following
        return list(found.values()) if is_steady else None

    async def _asked(self, path: str) -> Answer:
        fixed = {"accept": "application/json", "x-parameters-aantalperpagina": str(PER_PAGE)}
        fixed |= {f"x-stuurgegevens-zender-{name}": text for name, text in self._sender.items()}
        answer = await self._called(path, fixed)
        # A token may have been taken back over there, or their clock be ahead of ours.
        if answer.status == _UNKNOWN and self._known_as.forget():
            answer = await self._called(path, fixed)
        return judged(self._outbound, answer)

    async def _called(self, path: str, fixed: Mapping[str, str]) -> Answer:
        headers = {**fixed, **await self._known_as.headers(self._now())}
        return await self._outbound.call("GET", path, headers=headers)

    def _whole(self, answer: Answer) -> None:
        if answer.status != _OK:
            do = f"it answers {answer.status} to a query of VERA; check the address and the filter"
            raise self._outbound.wrong(do)


class Vera:
    """All domains that have an address."""

    def __init__(self, settings: VeraSettings, site: Site) -> None:
        self.settings = settings
        tls = trusting()  # read once: there are many certificates on a machine
        self._known_as = identity(settings.access, site.transport)
        self._apis = {
            domain: Api(
                Outbound(
                    Peer(f"vera.{domain.value}", address, GivenBy.OPERATOR),
                    _LIMITS,
                    site.transport,
                    tls=tls,
                ),
                self._known_as,
                settings.sender,
                site.now,
            )
            for domain, address in settings.addresses().items()
        }

    @property
    def domains(self) -> Sequence[Domain]:
        return tuple(self._apis)

    def api(self, domain: Domain) -> Api:
        return self._apis[domain]

    async def close(self) -> None:
        await self._known_as.close()
        for api in self._apis.values():
            await api.close()


def _following(
    answer: Answer, where: Mapping[str, str], things: Sequence[Raw], total: int | None
) -> str | None:
    """Where to read on: by the cursor that it gave, or else by the number of the page."""
    if not things:
        return None
    cursor = answer.headers.get("x-parameters-cursor", "")
    if cursor:
        return _kept({"cursor": cursor}) if cursor != where.get("cursor") else None
    if "cursor" in where:
        return None
    number = int(where.get("pagina", "1"))
    size = _number(answer.headers.get("x-parameters-aantalperpagina")) or PER_PAGE
    is_last = len(things) < size if total is None else number * size >= total
    return None if is_last else _kept({"pagina": str(number + 1), _BEFORE: _digest(things)})


def _kept(where: Mapping[str, str]) -> str:
    return msgspec.json.encode(where).decode()


def _digest(things: Sequence[Raw]) -> str:
    return blake2b(b"\n".join(map(bytes, things)), digest_size=8).hexdigest()


def _number(text: str | None) -> int | None:
    is_one = text is not None and text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    return int(text) if text is not None and is_one else None


def _by_id(things: Sequence[Raw]) -> dict[str, Raw]:
    """By their ids; what has none, or is of another form, by what it is."""
    found = {}
    for raw in things:
        try:
            id_ = msgspec.json.decode(raw, type=Entity).id
        except msgspec.ValidationError:
            id_ = None
        found[id_ if id_ is not None else bytes(raw).hex()] = raw
    return found
