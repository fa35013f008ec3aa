"""Whose leases are read: those that carry a mark of the target group, and no others.

VERA marks no person. It marks an allocation (`Toewijzing.aanvullendeDoelgroep` STH, or a
`Voorrangsregeling` of it with detailSoort STA), a dwelling (`Eenheid.aanvullendeDoelgroep` STH, a
criterium STA), or what a corporatie labels itself (`sturingslabels` of a lease). DOELGROEP has a
STA too, which is a starter: so a code is only a mark together with its list.

Of what carries no mark nothing is kept: not even its id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import Final, assert_never

from msgspec import Raw, Struct

from connectors.corporatie.vera_api import Vera
from connectors.corporatie.vera_raw import read_as
from connectors.corporatie.vera_settings import Domain, TargetGroup
from connectors.corporatie.vera_shapes import (
    Code,
    Eenheid,
    Huurovereenkomst,
    Toewijzing,
    code_of,
    many,
)
from connectors.corporatie.vera_values import Unreadable, id_in
from connectors.seam import Unmapped
from hub.domain.time import Instant, format_instant

_STH_LIST: Final = "AANVULLENDEDOELGROEP"


class Candidates(Struct, frozen=True):
    """Leases that a page of the list leads to, what of it could not be read, and the next page.

    `where`: the list. `others`: how many things carried no mark.
    """

    where: str
    ids: Sequence[str]
    unmapped: Sequence[Unmapped]
    following: str | None
    others: int


def marks_of(thing: Toewijzing | Eenheid | Huurovereenkomst) -> frozenset[str]:
    """All codes that may be a mark, each with its list."""
    return frozenset(f"{listed}.{code_of(code)}" for listed, code in _marks(thing) if code_of(code))


def is_marked(
    things: Iterable[Toewijzing | Eenheid | Huurovereenkomst], settings: TargetGroup
) -> bool:
    return any(not marks_of(thing).isdisjoint(settings.codes) for thing in things)


class Meant(Enum):
    """Whether a lease is meant, as far as it is said now."""

    YES = "it is marked"
    NO = "it is not, though a mark would be there"
    UNSAID = "nothing says so any more, and nothing says otherwise"


def is_meant(
    things: tuple[Huurovereenkomst, Eenheid, Sequence[Toewijzing]],
    group: TargetGroup,
    *,
    is_known: bool,
) -> Meant:
    """Of a lease that the list led to, with its dwelling and allocations. `is_known`: something was
    said of it before. Allocations are cleared away after a while, and a dwelling is marked until it
    is let: that such a mark is gone does not say that it was wrong."""
    lease, unit, allocations = things
    match group.found_in:
        case "toewijzingen":
            marked, is_said = is_marked(allocations, group), bool(allocations)
        case "eenheden":
            marked, is_said = is_marked([unit], group), not is_known
        case "huurovereenkomsten":
            marked, is_said = is_marked([lease], group), lease.sturingslabels is not None
        case _:
            assert_never(group.found_in)
    if marked:
        return Meant.YES
    return Meant.NO if is_said else Meant.UNSAID


async def candidates(vera: Vera, following: str | None, since: Instant | None = None) -> Candidates:
    """A page of the list that the settings name: all of it, or what changed since then.
    Unavailable, Misconfigured."""
    group = vera.settings.target_group
    changed = {} if since is None else {group.changed_since: format_instant(since)}
    api = vera.api(_DOMAINS[group.found_in])
    page = await api.page(group.found_in, {**group.filter, **changed}, following)
    where = api.where(group.found_in)
    ids: list[str] = []
    wrong: list[Unmapped] = []
    others = 0
    for raw in page.things:
        try:
            found = _leases(raw, group, where)
            others += not found
            ids.extend(found)
        except Unreadable as error:
            # Whose it is could not be read, so nothing of it is kept.
            wrong.append(Unmapped(where, str(error), b""))
    return Candidates(where, ids, wrong, page.following, others)


_DOMAINS: Final = {
    "toewijzingen": Domain.WOONRUIMTEVERDELING,
    "eenheden": Domain.VASTGOED,
    "huurovereenkomsten": Domain.OVEREENKOMSTEN,
}
_KINDS: Final[dict[str, type[Toewijzing] | type[Eenheid] | type[Huurovereenkomst]]] = {
    "toewijzingen": Toewijzing,
    "eenheden": Eenheid,
    "huurovereenkomsten": Huurovereenkomst,
}


def _leases(raw: Raw, group: TargetGroup, where: str) -> tuple[str, ...]:
    thing = read_as(_KINDS[group.found_in], raw, where)
    if not is_marked([thing], group):
        return ()
    match thing:
        case Toewijzing():
            # Without a lease it is an allocation that has not come to one yet.
            uris = (thing.overeenkomst,) if thing.overeenkomst else ()
            return tuple(id_in(uri, "overeenkomst") for uri in uris)
        case Eenheid():
            return tuple(id_in(uri, "overeenkomsten") for uri in many(thing.overeenkomsten))
        case Huurovereenkomst():
            if not thing.id:
                raise Unreadable("a lease has no `id`; fill it in")
            return (thing.id,)
        case _:
            assert_never(thing)


def _marks(thing: Toewijzing | Eenheid | Huurovereenkomst) -> Iterator[tuple[str, Code]]:
    match thing:
        case Toewijzing():
            yield _STH_LIST, thing.aanvullende_doelgroep
            for priority in many(thing.voorrangsregelingen):
                yield "VOORRANGDETAILSOORT", priority.detail_soort
        case Eenheid():
            yield _STH_LIST, thing.aanvullende_doelgroep
            for criterium in many(thing.criteria):
                yield "EENHEIDCRITERIUMDETAILSOORT", criterium.detailsoort
        case Huurovereenkomst():
            for label in many(thing.sturingslabels):
                yield "STURINGSLABEL", label.label
        case _:
            assert_never(thing)
