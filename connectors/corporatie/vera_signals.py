"""Reading the signals at the address of a lease that are about this tenancy."""

from __future__ import annotations

from typing import Final

from connectors.corporatie.vera_nuisance import is_nuisance, is_of, nuisance_drafts
from connectors.corporatie.vera_raw import read_as
from connectors.corporatie.vera_settings import Domain
from connectors.corporatie.vera_shapes import Signalering, many
from connectors.corporatie.vera_values import Unreadable, day, id_in, real
from connectors.corporatie.vera_visit import Visit, names

_RELATIES: Final = Domain.RELATIES
_SIGNALS: Final = "signaleringen"


async def read_signals(visit: Visit, adres: str) -> None:
    """Says the nuisance of a lease. `adres`: the id of its Eenheidadres in Vastgoed."""
    api = visit.vera.api(_RELATIES)
    filters = {"adres": visit.vera.settings.address_uri(adres)}
    lease, settings = visit.lease, visit.vera.settings.nuisance
    begin = day(lease.begindatum, "begindatum")
    end = day(lease.einddatum, "einddatum") if real(lease.einddatum) else None
    tenants = {id_in(uri, "relaties") for uri in many(lease.relaties)}
    is_asked = names("adres", adres)
    where, is_whole = api.where_of(_SIGNALS, filters), True
    for raw in await api.everything(_SIGNALS, filters, is_asked):
        try:
            if is_asked(raw) is None:
                raise Unreadable("a signal does not say of which address it is; mend it")
            one = read_as(Signalering, raw, api.where(_SIGNALS))
            if is_nuisance(one, settings) and is_of(one, tenants, begin, end):
                drafts = nuisance_drafts(one, visit.household, settings, visit.now)
                visit.gathered.say(f"nuisance/{one.id}", drafts, api.where(_SIGNALS, one.id))
        except Unreadable as told:
            # It may be about who lived there before: nothing of it is kept.
            is_whole = False
            visit.gathered.unreadable(_RELATIES, Unreadable(str(told)), where)
    if is_whole:
        visit.gathered.is_read("nuisance")
        visit.gathered.in_order(where)
