"""Reading the requests for maintenance of a lease, with their defects."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, TypeAlias

from connectors.corporatie.vera_damage import Request, damage_drafts, is_damage, is_repaired
from connectors.corporatie.vera_raw import read_as
from connectors.corporatie.vera_settings import Domain
from connectors.corporatie.vera_shapes import Defect, Huurovereenkomst, Onderhoudsverzoek, many
from connectors.corporatie.vera_values import Unreadable, day, id_in, instant, real
from connectors.corporatie.vera_visit import Visit, names
from hub.domain.time import NEVER, end_of_day, start_of_day

_ONDERHOUD: Final = Domain.ONDERHOUD
_REQUESTS: Final = "onderhoudsverzoeken"
_DEFECTS: Final = "defecten"

Found: TypeAlias = Mapping[str, Collection[str] | None]
"""Ids of requests, with those of the defects that are meant; None: all."""


async def read_repairs(visit: Visit, dwelling: str | None) -> None:
    """Says the damage of a lease. `dwelling`: the id of its Eenheid in Vastgoed."""
    if visit.vera.settings.damage.found_by == "eenheid" and dwelling is not None:
        found, is_whole = await _by_dwelling(visit, dwelling)
    else:
        found, is_whole = _by_lease(visit)
    api = visit.vera.api(_ONDERHOUD)
    for id_, only in found.items():
        where = api.where(_REQUESTS, id_)
        try:
            await _read_request(visit, id_, only)
            visit.gathered.in_order(where)
        except Unreadable as told:
            is_whole = False
            visit.gathered.unreadable(_ONDERHOUD, told, where)
    if is_whole:
        visit.gathered.is_read("damage")


def _by_lease(visit: Visit) -> tuple[Found, bool]:
    """The requests that the lease names, and whether that could be read."""
    where = visit.vera.api(_ONDERHOUD).where(_REQUESTS)
    try:
        return {id_in(uri, _REQUESTS): None for uri in many(visit.lease.onderhoudsverzoeken)}, True
    except Unreadable as told:
        visit.gathered.unreadable(_ONDERHOUD, told, where)
        return {}, False


async def _by_dwelling(visit: Visit, dwelling: str) -> tuple[Found, bool]:
    """The requests of defects in the dwelling that were reported in the time of the lease, and
    whether all could be read. Of what was reported before, nothing is kept."""
    api = visit.vera.api(_ONDERHOUD)
    filters = {"eenheid": visit.vera.settings.dwelling_uri(dwelling)}
    is_asked = names("eenheid", dwelling)
    where, is_whole = api.where_of(_DEFECTS, filters), True
    found: dict[str, set[str]] = {}
    for raw in await api.everything(_DEFECTS, filters, is_asked):
        try:
            if is_asked(raw) is None:
                raise Unreadable("a defect does not say of which dwelling it is; mend it")
            defect = read_as(Defect, raw, api.where(_DEFECTS))
            for request in _requests_of(defect, visit.lease):
                found.setdefault(request, set()).add(defect.id or "")
        except Unreadable as told:
            is_whole = False
            visit.gathered.unreadable(_ONDERHOUD, Unreadable(str(told)), where)
    if is_whole:
        visit.gathered.in_order(where)
    return found, is_whole


def _requests_of(defect: Defect, lease: Huurovereenkomst) -> list[str]:
    """Those of a defect that was reported in the time of the lease."""
    at = instant(defect.melddatum, "melddatum")
    begin = start_of_day(day(lease.begindatum, "begindatum"))
    last = real(lease.einddatum)
    end = end_of_day(day(last, "einddatum")) if last is not None else NEVER
    return [it.id for it in many(defect.onderhoudsverzoeken) if it.id and begin <= at < end]


async def _read_request(visit: Visit, id_: str, only: Collection[str] | None) -> None:
    """`only`: the ids of the defects that are meant."""
    api, settings = visit.vera.api(_ONDERHOUD), visit.vera.settings.damage
    itself = await api.one(_REQUESTS, id_, Onderhoudsverzoek)
    if itself is None or not is_damage(itself, settings):
        return
    request = await _whole(visit, itself)
    seen = (visit.remembered, visit.now)
    for defect in request.defects:
        if only is None or defect.id in only:
            drafts = damage_drafts(request, defect, visit.household, settings, seen)
            visit.gathered.say(f"damage/{defect.id}", drafts, api.where(_REQUESTS, id_))


async def _whole(visit: Visit, itself: Onderhoudsverzoek) -> Request:
    where = (_ONDERHOUD, _DEFECTS)
    defects = await visit.whole(many(itself.defecten), where, lambda it: it.melddatum is not None)
    if not is_repaired(itself, visit.vera.settings.damage):
        return Request(itself, defects)
    orders = await visit.whole(
        many(itself.onderhoudsorders),
        (_ONDERHOUD, "onderhoudsorders"),
        lambda it: (it.technisch_gereeddatum or it.einddatum) is not None,
    )
    charges = await visit.whole(
        many(itself.verrekeningen),
        (_ONDERHOUD, "onderhoudsverzoekverrekeningen"),
        lambda it: it.bedrag is not None,
    )
    return Request(itself, defects, orders, charges)
