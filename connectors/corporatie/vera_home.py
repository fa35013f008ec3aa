"""Reading where a lease is: its dwelling, the BAG id of it, and the gemeente.

`Huurovereenkomst.eenheden` leads to the Eenheid, that to an AdresseerbaarObjectBasisregistratie
(`bagIdentificatie`) and to an Eenheidadres (`gemeente`, and the BagAdres with its
`bagNummeraanduidingIdentificatie`). Suppliers that put these in whole are asked for nothing more.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from connectors.corporatie.vera_api import Vera
from connectors.corporatie.vera_lease import Home
from connectors.corporatie.vera_settings import Domain, Leases
from connectors.corporatie.vera_shapes import (
    AdresseerbaarObject,
    BagAdres,
    Eenheid,
    Eenheidadres,
    EenheidVoorwaarden,
    Gemeente,
    Huurovereenkomst,
    code_of,
    many,
)
from connectors.corporatie.vera_values import Unreadable, as_number, id_in

_DWELLING: Final = "WOO"
_BAG: Final = re.compile(r"[0-9]{16}")
_CBS: Final = re.compile(r"[0-9]{1,4}")


class Dwelling(Struct, frozen=True):
    """The dwelling of a lease, and its address as far as it is read."""

    unit: Eenheid
    adres: Eenheidadres


async def dwelling_of(vera: Vera, lease: Huurovereenkomst) -> Dwelling | None:
    """None: what it lets is something else, like a garage. Unreadable: it has no dwelling, or none
    with an address."""
    api = vera.api(Domain.VASTGOED)
    units = []
    for uri in many(lease.eenheden):
        unit = await api.one("eenheden", id_in(uri, "eenheden"), Eenheid)
        units.extend([unit] if unit is not None else [])
    if not units:
        raise Unreadable("its `eenheden` lead to no dwelling; fill it in")
    homes = [it for it in units if code_of(it.soort) in (_DWELLING, "")]
    if not homes:
        return None
    adres = homes[0].adres
    if adres is not None and adres.gemeente is None and adres.id:
        adres = await api.one("eenheidadressen", adres.id, Eenheidadres)
    if adres is None:
        raise Unreadable("its dwelling has no `adres`; fill it in")
    return Dwelling(homes[0], adres)


async def home_of(vera: Vera, dwelling: Dwelling) -> Home:
    """Unreadable: gemeente or BAG id is not there."""
    settings = vera.settings.leases
    if settings.address == "bagIdentificatie":
        bag = await _object_id(vera, dwelling.unit)
    else:
        bag = await _number_id(vera, dwelling.adres)
    if bag is None or not _BAG.fullmatch(bag):
        raise Unreadable(f"its dwelling has no `{settings.address}` of 16 digits; fill it in")
    gemeente = await _gemeente(vera, dwelling.adres, settings)
    return Home(gemeente, bag, await _max_persons(vera, dwelling.unit))


async def _object_id(vera: Vera, unit: Eenheid) -> str | None:
    found = unit.adresseerbaar_object_basisregistratie
    if found is not None and found.bag_identificatie is None and found.id:
        resource = "adresseerbare-objecten-basisregistratie"
        found = await vera.api(Domain.VASTGOED).one(resource, found.id, AdresseerbaarObject)
    return found.bag_identificatie if found is not None else None


async def _number_id(vera: Vera, adres: Eenheidadres) -> str | None:
    found = adres.bag
    if found is not None and found.bag_nummeraanduiding_identificatie is None and found.id:
        found = await vera.api(Domain.VASTGOED).one("bag-adressen", found.id, BagAdres)
    return found.bag_nummeraanduiding_identificatie if found is not None else None


async def _gemeente(vera: Vera, adres: Eenheidadres, settings: Leases) -> str:
    found = adres.gemeente
    if found is not None and found.code is None and found.id:
        found = await vera.api(Domain.VASTGOED).one("gemeenten", found.id, Gemeente)
    code = (found.code if found is not None else None) or ""
    if code in settings.gemeenten:
        return settings.gemeenten[code]
    if not _CBS.fullmatch(code):
        do = "write it as CBS code, or its code in leases.gemeenten"
        raise Unreadable(f"the gemeente of its address has no `code` that is known; {do}")
    return code.zfill(4)


async def _max_persons(vera: Vera, unit: Eenheid) -> int | None:
    found = unit.voorwaarden
    if found is not None and found.maximum_aantal_personen is None and found.id:
        api = vera.api(Domain.VASTGOED)
        found = await api.one("eenheid-voorwaardes", found.id, EenheidVoorwaarden)
    return as_number(found.maximum_aantal_personen) if found is not None else None
