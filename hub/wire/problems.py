"""A refusal as RFC 9457 problem details, in English or Dutch (facts document, Intake).

`type` is a relative reference with the slug, so it stays the same on every host; it ends up on the
page of the hub that explains the slug. Nothing of the fact is in it but paths.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple, TypeAlias

from msgspec import Struct

from hub.domain.refusals import Refused, Slug, Violation

Language: TypeAlias = Literal["en", "nl"]

MEDIA_TYPE: Final = "application/problem+json"


class ProblemDetails(Struct, frozen=True, omit_defaults=True):
    """The body of a refusal. `violations` says per field what was expected."""

    type: str
    title: str
    status: int
    detail: str
    violations: tuple[Violation, ...] = ()


class _Explained(NamedTuple):
    status: int
    title: str
    title_nl: str
    detail_nl: str


def problem(refused: Refused, language: Language = "en") -> ProblemDetails:
    """The problem that a sender gets for `refused`."""
    known = EXPLAINED[refused.slug]
    dutch = language == "nl"
    return ProblemDetails(
        type=f"/problems/{refused.slug}",
        title=known.title_nl if dutch else known.title,
        status=known.status,
        detail=known.detail_nl if dutch else refused.detail,
        violations=refused.violations,
    )


EXPLAINED: Final[Mapping[Slug, _Explained]] = {
    Slug.MALFORMED: _Explained(
        400,
        "Not a CloudEvent",
        "Geen CloudEvent",
        "Dit is geen leesbaar CloudEvent: JSON in UTF-8 met elke sleutel één keer, of Avro met "
        "een bekend schema.",
    ),
    Slug.UNKNOWN_TYPE: _Explained(
        400,
        "Unknown fact type",
        "Onbekend feittype",
        "Dit feittype bestaat niet, of niet in deze versie.",
    ),
    Slug.SCHEMA_VIOLATION: _Explained(
        400,
        "The data does not fit the type",
        "De gegevens passen niet bij het feittype",
        "Een of meer velden kloppen niet; bij elk veld staat wat er verwacht wordt.",
    ),
    Slug.NOT_YOUR_SOURCE: _Explained(
        403,
        "The source belongs to another party",
        "De bron is van een andere partij",
        "De `source` van dit feit hoort niet bij de partij die het stuurt.",
    ),
    Slug.NOT_YOUR_FACT: _Explained(
        403,
        "Not for this party to say",
        "Niet aan deze partij",
        "Deze partij mag dit feittype niet melden, of vervangt of herroept een feit van een ander.",
    ),
    Slug.UNKNOWN_GEMEENTE: _Explained(
        400,
        "Unknown gemeente",
        "Onbekende gemeente",
        "Geen partij werkt hier voor deze gemeente. Verwacht wordt de CBS-code van vier cijfers.",
    ),
    Slug.BSN_FOUND: _Explained(
        400,
        "A burgerservicenummer was found",
        "Er staat een burgerservicenummer in",
        "Een feit mag geen burgerservicenummer bevatten. Het is niet bewaard; stuur het feit "
        "opnieuw zonder dit nummer.",
    ),
    Slug.CONFLICTING_DUPLICATE: _Explained(
        409,
        "This id was used for something else",
        "Dit kenmerk is al voor iets anders gebruikt",
        "Een ander feit had dezelfde `source` en `id`. Geef een verbetering een eigen `id` en noem "
        "in `replaces` wat zij vervangt.",
    ),
    Slug.TOO_LARGE: _Explained(
        413, "The event is too large", "Het bericht is te groot", "Een feit is hooguit 64 KiB."
    ),
    Slug.IN_THE_FUTURE: _Explained(
        400,
        "It has not happened yet",
        "Het is nog niet gebeurd",
        "`occurredAt` ligt in de toekomst. Controleer de klok en de tijdzone van de afzender.",
    ),
    Slug.NO_CONVENANT: _Explained(
        403,
        "No agreement is in force",
        "Er geldt geen convenant",
        "Op de dag van het feit en vandaag moet een afspraak van deze partij gelden.",
    ),
    Slug.HOUSEHOLD_FORGOTTEN: _Explained(
        409,
        "The household has been forgotten",
        "Het huishouden is vergeten",
        "De bewaartermijn van dit huishouden is voorbij, of het is op verzoek gewist.",
    ),
    Slug.AMBIGUOUS_ADDRESS: _Explained(
        409,
        "More than one tenancy fits the address",
        "Bij dit adres passen meer huurovereenkomsten",
        "Stuur het feit opnieuw met het kenmerk van de huurovereenkomst of het dossier.",
    ),
    Slug.PROCESSING_ERROR: _Explained(
        500,
        "The hub failed on this fact",
        "De hub liep vast op dit feit",
        "De beheerder heeft bericht. Het feit is bewaard en wordt later opnieuw verwerkt.",
    ),
}
assert EXPLAINED.keys() == set(Slug)
