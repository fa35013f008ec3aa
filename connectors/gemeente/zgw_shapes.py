"""What is read of ZGW: the fields of the standard that a fact may rest on, and no others.

What has no field here is dropped while it is decoded: a natural person has none at all, so a
`inpBsn` never gets beyond the bytes of the answer. Names are those of the Zaken API 1.5, the
Catalogi API 1.3 and the Notificaties API 1.0 (VNG Realisatie).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

NATURAL_PERSON: Final = "natuurlijk_persoon"


class Notificatie(Struct, frozen=True, rename="camel"):
    """A notification, as it is delivered to a callback."""

    kanaal: str
    hoofd_object: str
    resource: str
    resource_url: str
    actie: str
    aanmaakdatum: str
    kenmerken: Mapping[str, str] = {}


class Zaak(Struct, frozen=True, rename="camel"):
    url: str
    zaaktype: str
    startdatum: str
    identificatie: str = ""
    einddatum: str | None = None
    einddatum_gepland: str | None = None
    uiterlijke_einddatum_afdoening: str | None = None
    registratiedatum: str | None = None
    bronorganisatie: str = ""
    verantwoordelijke_organisatie: str = ""
    status: str | None = None
    resultaat: str | None = None


class Status(Struct, frozen=True, rename="camel"):
    url: str
    statustype: str
    datum_status_gezet: str


class Resultaat(Struct, frozen=True, rename="camel"):
    url: str
    resultaattype: str


class Contactpersoon(Struct, frozen=True, rename="camel"):
    naam: str = ""
    emailadres: str = ""
    telefoonnummer: str = ""


class Betrokkene(Struct, frozen=True, rename="camel"):
    """Whom a rol names: a medewerker, an organisatorische eenheid, a niet-natuurlijk persoon."""

    achternaam: str = ""
    voorletters: str = ""
    voorvoegsel_achternaam: str = ""
    naam: str = ""
    statutaire_naam: str = ""
    handelsnaam: tuple[str, ...] = ()


class Rol(Struct, frozen=True, rename="camel"):
    betrokkene_type: str
    registratiedatum: str
    omschrijving: str = ""
    omschrijving_generiek: str = ""
    betrokkene_identificatie: Betrokkene | None = None
    contactpersoon_rol: Contactpersoon | None = None

    def is_called(self, name: str) -> bool:
        return name in (self.omschrijving, self.omschrijving_generiek)


class Eigenschap(Struct, frozen=True, rename="camel"):
    """An eigenschap of a zaak, with its value."""

    naam: str
    waarde: str


class Named(Struct, frozen=True, rename="camel"):
    """A thing of the catalogue: zaaktypen are told by their identificatie, eigenschappen by their
    naam, the others by their omschrijving."""

    url: str
    omschrijving: str = ""
    omschrijving_generiek: str = ""
    identificatie: str = ""
    naam: str = ""
    begin_geldigheid: str = ""
    einde_geldigheid: str | None = None


class Whole(Struct, frozen=True):
    """A zaak with all around it that its mapping asks for, by the names of the catalogue."""

    zaak: Zaak
    uuid: str
    statussen: tuple[tuple[str, Status], ...] = ()
    resultaat: str | None = None
    rollen: tuple[Rol, ...] = ()
    eigenschappen: Mapping[str, str] = {}
