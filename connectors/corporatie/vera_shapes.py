"""The entities of VERA 4.3 (vera-openapi 4.3.0), reduced to the fields that are read.

What stands in an answer and not here is passed over unread: names, contact details, incomes and
free texts never become values in this process. Most references within a domain are `-sleutels`
(an id), and whole things where a supplier puts them in; both are read.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, TypeAlias, TypeVar

import msgspec
from msgspec import Struct

T = TypeVar("T")


class Entity(Struct, frozen=True, kw_only=True, rename="camel"):
    """Its `id` is the key within the system that answers."""

    id: str | None = None


class Referentiedata(Struct, frozen=True):
    """An entry of a list of codes."""

    code: str | None = None


Code: TypeAlias = Referentiedata | None
Uris: TypeAlias = tuple[str, ...] | None


class Sturingslabel(Struct, frozen=True):
    label: Code = None


class ExtraAttribuut(Struct, frozen=True):
    naam: str | None = None
    waarde: str | None = None


class Huurovereenkomst(Entity, frozen=True, kw_only=True, rename="camel"):
    """Overeenkomsten: `/huurovereenkomsten`."""

    id_extern: str | None = None
    code: str | None = None
    detail_soort: Code = None
    status: Code = None
    begindatum: str | None = None
    einddatum: str | None = None
    opzegdatum: str | None = None
    bewakingsstatus: Code = None
    einde_detail_reden: Code = None
    reden_opzegging: Code = None
    bepaalde_tijd: bool | None = None
    eenheden: Uris = None
    relaties: Uris = None
    contactmomenten: Uris = None
    onderhoudsverzoeken: Uris = None
    sturingslabels: tuple[Sturingslabel, ...] | None = None
    extra_attributen: tuple[ExtraAttribuut, ...] | None = msgspec.field(
        name="extra-attributen", default=None
    )


class Voorrangsregeling(Entity, frozen=True, kw_only=True, rename="camel"):
    detail_soort: Code = None


class Toewijzing(Entity, frozen=True, kw_only=True, rename="camel"):
    """Woonruimteverdeling: `/toewijzingen`."""

    aanvullende_doelgroep: Code = None
    voorrangsregelingen: tuple[Voorrangsregeling, ...] | None = None
    huishoudgrootte: int | None = None
    overeenkomst: str | None = None


class Eenheidcriterium(Entity, frozen=True, kw_only=True):
    detailsoort: Code = None  # spelled like this there


class EenheidVoorwaarden(Entity, frozen=True, kw_only=True, rename="camel"):
    maximum_aantal_personen: int | None = None


class Gemeente(Entity, frozen=True, kw_only=True):
    code: str | None = None


class BagAdres(Entity, frozen=True, kw_only=True, rename="camel"):
    bag_nummeraanduiding_identificatie: str | None = None


class Eenheidadres(Entity, frozen=True, kw_only=True):
    """Vastgoed: `/eenheidadressen`. Of its parts only these: no street, no number."""

    gemeente: Gemeente | None = None
    bag: BagAdres | None = None


class AdresseerbaarObject(Entity, frozen=True, kw_only=True, rename="camel"):
    """Vastgoed: `/adresseerbare-objecten-basisregistratie`."""

    bag_identificatie: str | None = None


class Eenheid(Entity, frozen=True, kw_only=True, rename="camel"):
    """Vastgoed: `/eenheden`."""

    soort: Code = None
    aanvullende_doelgroep: Code = None
    criteria: tuple[Eenheidcriterium, ...] | None = None
    adres: Eenheidadres | None = None
    adresseerbaar_object_basisregistratie: AdresseerbaarObject | None = None
    voorwaarden: EenheidVoorwaarden | None = None
    overeenkomsten: Uris = None


class Boekingsleutels(Entity, frozen=True, kw_only=True):
    pass


class Aflettering(Entity, frozen=True, kw_only=True, rename="camel"):
    """Financien: `/afletteringen`: what was set off against what."""

    datum: str | None = None
    bedrag: Decimal | None = None
    tegen_huur_boeking: Boekingsleutels | None = None


class Betalingsregeling(Entity, frozen=True, kw_only=True, rename="camel"):
    """Financien: `/betalingsregelingen`."""

    status: Code = None
    einde_reden: Code = None
    begindatum: str | None = None
    einddatum: str | None = None
    afspraakdatum: str | None = None
    prolongatie_interval: str | None = None
    termijnen_aantal: Decimal | None = None
    overeenkomst: str | None = None


class Boeking(Entity, frozen=True, kw_only=True, rename="camel"):
    """Financien: `/boekingen`."""

    soort: Code = None
    detail_soort: Code = None
    status: Code = None
    boekdatum: str | None = None
    valutadatum: str | None = None
    vervaldatum: str | None = None
    afletterstatus: Code = None
    afletteringen: tuple[Aflettering, ...] | None = None
    betalingsregelingen: tuple[Betalingsregeling, ...] | None = None
    bedrag: Decimal | None = None
    saldo: Decimal | None = None
    overeenkomst: str | None = None


class Onderhoudsorder(Entity, frozen=True, kw_only=True, rename="camel"):
    technisch_gereeddatum: str | None = None
    einddatum: str | None = None


class Verrekening(Entity, frozen=True, kw_only=True):
    """Onderhoud: `/onderhoudsverzoekverrekeningen`."""

    bedrag: Decimal | None = None


class Verzoeksleutels(Entity, frozen=True, kw_only=True):
    pass


class Defect(Entity, frozen=True, kw_only=True, rename="camel"):
    """Onderhoud: `/defecten`."""

    soort: Code = None
    melddatum: str | None = None
    locatie: Code = None
    oorzaak: Code = None
    aangetroffen_oorzaak: Code = None
    onderhoudsverzoeken: tuple[Verzoeksleutels, ...] | None = None


class Onderhoudsverzoek(Entity, frozen=True, kw_only=True, rename="camel"):
    """Onderhoud: `/onderhoudsverzoeken`."""

    onderhoud_soort: Code = None
    status: Code = None
    melddatum: str | None = None
    defecten: tuple[Defect, ...] | None = None
    onderhoudsorders: tuple[Onderhoudsorder, ...] | None = None
    verrekeningen: tuple[Verrekening, ...] | None = None


class Relatiesleutels(Entity, frozen=True, kw_only=True):
    pass


class Signalering(Entity, frozen=True, kw_only=True, rename="camel"):
    """Relaties: `/signaleringen`."""

    soort: Code = None
    detail_soort: Code = None
    begindatum: str | None = None
    adres: str | None = None
    relatie: Relatiesleutels | None = None


class Contactmoment(Entity, frozen=True, kw_only=True, rename="camel"):
    """Relaties: `/contactmomenten`. What was talked about is not read."""

    soort: Code = None
    detail_soort: Code = None
    datum: str | None = None


NONE: Final = ""


def code_of(code: Code) -> str:
    """The code, or nothing."""
    return (code.code if code is not None else None) or NONE


def many(found: tuple[T, ...] | None) -> tuple[T, ...]:
    return found or ()
