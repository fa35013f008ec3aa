"""What is said, as zaken of a gemeente: one a thing, its fields as eigenschappen, and contacts
as statussen of one zaak (docs/connectors/zgw.md). Pure: how a zaak gets into a system, and who is
notified, is for others.

Eigenschappen can be corrected and zaken removed, a status stands for ever: so contacts are never
written better here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from hub.simulation.days import DAY, date_text, local_text, utc_text
from hub.simulation.event import Event

MOMENT: Final = "tijdstip"
DOSSIER: Final = "dossiernummer"
ADDRESS: Final = "nummeraanduiding"
GEMEENTE: Final = "gemeente"
SORT: Final = "gebeurtenis"
EVENTS: Final = "VERGUNNINGHOUDER"
CONTACTS: Final = "BEGELEIDING"
CONTACT: Final = "Contactmoment"
CONTACT_TYPE: Final = "begeleiding-contact"
NEVER_CORRECTED: Final = frozenset({CONTACT_TYPE})


class Sort(Struct, frozen=True):
    """What a zaak calls a kind of thing, and which of its eigenschappen is which field."""

    name: str
    eigenschappen: Mapping[str, str] = {}


# By what their zaken say; names of eigenschappen have at most twenty characters.
SORTS: Final[Mapping[str, Sort]] = {
    "intake-completed": Sort("INTAKE", {"gezinshereniging": "familyReunificationExpected"}),
    "aanspreekpunt-assigned": Sort(
        "AANSPREEKPUNT",
        {
            "naam": "name",
            "organisatie": "organisation",
            "telefoonnummer": "phone",
            "emailadres": "email",
        },
    ),
    "aanspreekpunt-withdrawn": Sort("AANSPREEKPUNT-EINDE"),
    "inburgering-started": Sort("INBURGERING"),
    "inburgering-completed": Sort("INBURGERING-EINDE"),
    "first-rent-arranged": Sort("EERSTE-HUUR", {"maand": "period"}),
    "administrative-support-started": Sort("BUDGETBEHEER"),
    "administrative-support-ended": Sort("BUDGETBEHEER-EINDE", {"reden": "reason"}),
    "phase-started": Sort("FASE", {"fase": "phase"}),
    "phase-completed": Sort("FASE-EINDE", {"fase": "phase"}),
    "family-reunification-expected": Sort(
        "GEZINSHERENIGING", {"personen": "persons", "verwacht": "expectedOn"}
    ),
    "family-reunification-completed": Sort("GEZINSHERENIGING-EINDE", {"personen": "persons"}),
    "work-placement-started": Sort("WERKPLEK"),
    "signal-raised": Sort("SIGNAAL", {"soort": "category"}),
    "begeleiding-started": Sort(
        "BEGELEIDING-BEGIN", {"organisatie": "organisation", "gepland": "plannedUntil"}
    ),
    "begeleiding-ended": Sort("BEGELEIDING-EINDE", {"reden": "reason"}),
    "interpreter-provided": Sort("TOLK"),
    "introduction-held": Sort("KENNISMAKING", {"vorm": "form"}),
}


class Zaak(Struct, frozen=True):
    """A zaak as it is now. `statussen`: omschrijving and datumStatusGezet, which are only added."""

    identificatie: str
    zaaktype: str
    startdatum: str
    eigenschappen: Mapping[str, str]
    statussen: tuple[tuple[str, str], ...] = ()


def is_a_zaak(event: Event) -> bool:
    """Whether a zaak can say it: the sort of thing, and that it names the household by a dossier of
    whoever says it, or by its address alone."""
    is_known = event.type in SORTS or event.type == CONTACT_TYPE
    own = ("bag", event.voice.party)
    return is_known and all(it["issuer"] in own for it in event.references)


def zaak_of(event: Event) -> Zaak:
    """The zaak of a thing as it is now; of a contact the one that all contacts stand in."""
    named = _named(event)
    start = date_text(event.at // DAY)
    if event.type == CONTACT_TYPE:
        key = "B-" + "-".join(named.values())  # at most forty characters
        return Zaak(key, CONTACTS, start, named, ((CONTACT, utc_text(event.at)),))
    sort = SORTS[event.type]
    own = {
        name: _text(event.own[field])
        for name, field in sort.eigenschappen.items()
        if field in event.own
    }
    common = {**named, SORT: sort.name, MOMENT: local_text(event.at)}
    return Zaak(event.id, EVENTS, start, common | own)


def mapping() -> bytes:
    """The mapping file for the two zaaktypen."""
    contact = {"fact": CONTACT_TYPE, "when": {"status": CONTACT}}
    zaaktypen = {
        CONTACTS: _rules([contact]),
        EVENTS: _rules([_fact(kind, sort) for kind, sort in SORTS.items()]),
    }
    return msgspec.yaml.encode({"gemeente": {"eigenschap": GEMEENTE}, "zaaktypen": zaaktypen})


def eigenschappen() -> tuple[str, ...]:
    """The names of all eigenschappen."""
    own = sorted({it for sort in SORTS.values() for it in sort.eigenschappen})
    return (GEMEENTE, DOSSIER, ADDRESS, SORT, MOMENT, *own)


def _fact(kind: str, sort: Sort) -> dict[str, Any]:
    fields = {field: {"eigenschap": it} for it, field in sort.eigenschappen.items()}
    return {
        "fact": kind,
        "when": {"eigenschap": SORT, "is": sort.name},
        "at": {"eigenschap": MOMENT},
        **({"fields": fields} if fields else {}),
    }


def _rules(facts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    named = {"dossier": {"eigenschap": DOSSIER}, "address": {"eigenschap": ADDRESS}}
    return {**named, "facts": list(facts)}


def _named(event: Event) -> dict[str, str]:
    names = {"dossier": DOSSIER, "address": ADDRESS}
    named = {names[it["scheme"]]: it["value"] for it in event.references}
    return {GEMEENTE: event.place["gemeente"], **named}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "ja" if value else "nee"
    return str(value)
