"""Facts and the catalogue: what may be said, by whom, in which fields (facts document, Catalogue).

A fact is one accepted event; (source, id) is its identity within its gemeente or region. Fields of
a type are one struct; the wire (`hub/wire`) turns bytes into them, the Avro schemas in
`schemas/avro` describe the same fields for the outside, and a test keeps the two equal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from operator import attrgetter
from typing import Annotated, Any, Final, Literal, NamedTuple, TypeAlias

import msgspec
from msgspec import Meta, Struct

from hub.domain.time import Instant

Role: TypeAlias = Literal["gemeente", "begeleider", "corporatie", "huurders"]
Side: TypeAlias = Literal["gemeente", "corporatie"]
Scheme: TypeAlias = Literal["lease", "dossier", "address"]

# A begeleider acts for the gemeente; huurders are on neither side (agreement document, rules).
SIDE_OF: Final[Mapping[Role, Side | None]] = {
    "gemeente": "gemeente",
    "begeleider": "gemeente",
    "corporatie": "corporatie",
    "huurders": None,
}

Code: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Cents: TypeAlias = Annotated[int, Meta(ge=0, le=10**12)]
Persons: TypeAlias = Annotated[int, Meta(ge=0, le=1000)]
Period: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
AlertId: TypeAlias = Annotated[str, Meta(pattern=r"^al-[a-z2-7]{26}$")]
Short: TypeAlias = Annotated[str, Meta(max_length=200)]


class Identity(NamedTuple):
    """What makes a fact itself: (source, id), within its gemeente or region."""

    source: str
    id: str


class Reference(NamedTuple):
    """How a party names a household: a lease, a dossier or an address."""

    scheme: Scheme
    issuer: str
    value: str


class Own(Struct, frozen=True, rename="camel", array_like=True, gc=False):
    """The fields that only facts of one type have."""


class Empty(Own, frozen=True, rename="camel", array_like=True, gc=False):
    """A type without fields of its own: that it happened is all there is to say."""


class LeaseSigned(Own, frozen=True, rename="camel", array_like=True, gc=False):
    start_date: date
    target_group: Code
    temporary: bool
    first_rent_due: date | None = None
    max_persons: Persons | None = None
    persons: Persons | None = None


class LeaseEnded(Own, frozen=True, rename="camel", array_like=True, gc=False):
    end_date: date
    reason: Code
    handover_costs: Cents | None = None


class SocialCollection(Struct, frozen=True, rename="camel", array_like=True, gc=False):
    """The steps of social collection (Besluit gemeentelijke schuldhulpverlening, art. 2)."""

    personal_contact_tried: bool
    debt_help_offered: bool
    reminder_sent: bool
    sharing_announced: bool
    tenant_objected: bool


class RentMissed(Own, frozen=True, rename="camel", array_like=True, gc=False):
    period: Period
    due_date: date
    amount_due: Cents
    total_arrears: Cents
    social_collection: SocialCollection


class RentPaid(Own, frozen=True, rename="camel", array_like=True, gc=False):
    period: Period
    amount: Cents


class PaymentArrangementAgreed(Own, frozen=True, rename="camel", array_like=True, gc=False):
    until: date


class DamageReported(Own, frozen=True, rename="camel", array_like=True, gc=False):
    category: Code
    cause: Code
    estimate: Cents | None = None


class DamageRepaired(Own, frozen=True, rename="camel", array_like=True, gc=False):
    cost: Cents
    cause: Code


class Categorised(Own, frozen=True, rename="camel", array_like=True, gc=False):
    category: Code


class HousingInformationProvided(Own, frozen=True, rename="camel", array_like=True, gc=False):
    language: Annotated[str, Meta(pattern=r"^[a-z]{3}$")]
    form: Code


class Reasoned(Own, frozen=True, rename="camel", array_like=True, gc=False):
    reason: Code


class HomeVisitMade(Own, frozen=True, rename="camel", array_like=True, gc=False):
    concern: bool


class IntakeCompleted(Own, frozen=True, rename="camel", array_like=True, gc=False):
    family_reunification_expected: bool


class AanspreekpuntAssigned(Own, frozen=True, rename="camel", array_like=True, gc=False):
    name: Short
    organisation: Short
    phone: Short
    email: Short


class BegeleidingStarted(Own, frozen=True, rename="camel", array_like=True, gc=False):
    organisation: Short
    planned_until: date | None = None


class Phased(Own, frozen=True, rename="camel", array_like=True, gc=False):
    phase: Code


class FirstRentArranged(Own, frozen=True, rename="camel", array_like=True, gc=False):
    period: Period


class FamilyReunificationExpected(Own, frozen=True, rename="camel", array_like=True, gc=False):
    persons: Persons
    expected_on: date | None = None


class FamilyReunificationCompleted(Own, frozen=True, rename="camel", array_like=True, gc=False):
    persons: Persons


class TemporaryHousingArranged(Own, frozen=True, rename="camel", array_like=True, gc=False):
    until: date | None = None


class Formed(Own, frozen=True, rename="camel", array_like=True, gc=False):
    form: Code


class FactRetracted(Own, frozen=True, rename="camel", array_like=True, gc=False):
    retracts: Identity
    reason: Code


class AlertAcknowledged(Own, frozen=True, rename="camel", array_like=True, gc=False):
    alert_id: AlertId


class ApproachAgreed(Own, frozen=True, rename="camel", array_like=True, gc=False):
    alert_id: AlertId
    action: Code
    review_on: date


class AlertClosed(Own, frozen=True, rename="camel", array_like=True, gc=False):
    alert_id: AlertId
    outcome: Code


class HouseholdErased(Own, frozen=True, rename="camel", array_like=True, gc=False):
    basis: Code


class FeedComplete(Own, frozen=True, rename="camel", array_like=True, gc=False):
    up_to: str  # an instant; kept as RFC 3339 text in UTC
    types: tuple[Code, ...]


class DwellingReleased(Own, frozen=True, rename="camel", array_like=True, gc=False):
    unit_id: Annotated[str, Meta(min_length=1, max_length=64)]
    max_persons: Persons | None = None


class DwellingAllocated(Own, frozen=True, rename="camel", array_like=True, gc=False):
    unit_id: Annotated[str, Meta(min_length=1, max_length=64)]
    target_group: Code
    persons: Persons | None = None


class TaakstellingSet(Own, frozen=True, rename="camel", array_like=True, gc=False):
    year: Annotated[int, Meta(ge=2000, le=2200)]
    half: Annotated[int, Meta(ge=1, le=2)]
    persons: Annotated[int, Meta(ge=0, le=100_000)]


class ConsultationHeld(Own, frozen=True, rename="camel", array_like=True, gc=False):
    parties: tuple[Short, ...]


Kind: TypeAlias = Literal["household", "act", "link", "correction", "erasure", "feed", "region"]


class FactType(NamedTuple):
    """A row of the catalogue: its fields, who may publish it, what kind of fact it is."""

    own: type[Own]
    roles: frozenset[Role]
    kind: Kind = "household"


_C: Final = frozenset[Role]({"corporatie"})
_G: Final = frozenset[Role]({"gemeente", "begeleider"})
_ANY: Final = frozenset[Role]({"gemeente", "begeleider", "corporatie", "huurders"})

CATALOGUE: Final[Mapping[str, FactType]] = {
    "lease-signed": FactType(LeaseSigned, _C),
    "lease-ended": FactType(LeaseEnded, _C),
    "rent-missed": FactType(RentMissed, _C),
    "rent-paid": FactType(RentPaid, _C),
    "payment-arrangement-agreed": FactType(PaymentArrangementAgreed, _C),
    "payment-arrangement-broken": FactType(Empty, _C),
    "damage-reported": FactType(DamageReported, _C),
    "damage-repaired": FactType(DamageRepaired, _C),
    "nuisance-reported": FactType(Categorised, _C),
    "housing-information-provided": FactType(HousingInformationProvided, _C),
    "interpreter-requested": FactType(Reasoned, _C),
    "home-visit-made": FactType(HomeVisitMade, _C),
    "intake-completed": FactType(IntakeCompleted, _G),
    "aanspreekpunt-assigned": FactType(AanspreekpuntAssigned, _G),
    "aanspreekpunt-withdrawn": FactType(Empty, _G),
    "begeleiding-started": FactType(BegeleidingStarted, _G),
    "begeleiding-contact": FactType(Empty, _G),
    "begeleiding-ended": FactType(Reasoned, _G),
    "phase-started": FactType(Phased, _G),
    "phase-completed": FactType(Phased, _G),
    "inburgering-started": FactType(Empty, _G),
    "inburgering-completed": FactType(Empty, _G),
    "first-rent-arranged": FactType(FirstRentArranged, _G),
    "administrative-support-started": FactType(Empty, _G),
    "administrative-support-ended": FactType(Reasoned, _G),
    "interpreter-provided": FactType(Empty, _G),
    "family-reunification-expected": FactType(FamilyReunificationExpected, _G),
    "family-reunification-completed": FactType(FamilyReunificationCompleted, _G),
    "temporary-housing-arranged": FactType(TemporaryHousingArranged, _ANY),
    "introduction-held": FactType(Formed, _ANY),
    "work-placement-started": FactType(Empty, _G),
    "signal-raised": FactType(Categorised, _ANY),
    "reference-linked": FactType(Empty, _ANY, "link"),
    "reference-unlinked": FactType(Empty, _ANY, "link"),
    "fact-retracted": FactType(FactRetracted, _ANY, "correction"),
    "alert-acknowledged": FactType(AlertAcknowledged, _ANY, "act"),
    "approach-agreed": FactType(ApproachAgreed, _ANY, "act"),
    "alert-closed": FactType(AlertClosed, _ANY, "act"),
    "household-erased": FactType(HouseholdErased, _G, "erasure"),
    "feed-complete": FactType(FeedComplete, _ANY, "feed"),
    "dwelling-released": FactType(DwellingReleased, _C, "region"),
    "dwelling-allocated": FactType(DwellingAllocated, _C, "region"),
    "taakstelling-set": FactType(TaakstellingSet, _G, "region"),
    "consultation-held": FactType(ConsultationHeld, _ANY, "region"),
}

# Which role may say anything about a household at all (facts document, Standing): huurders only
# what they see as neighbours.
HUURDERS_MAY: Final = frozenset({"introduction-held", "signal-raised"})

# Facts that a party may send before the lease starts and that then belong to the coming tenancy.
PRE_VESTIGING: Final = frozenset(
    {
        "intake-completed",
        "aanspreekpunt-assigned",
        "aanspreekpunt-withdrawn",
        "inburgering-started",
        "first-rent-arranged",
        "begeleiding-started",
        "housing-information-provided",
    }
)


class Fact(Struct, frozen=True, gc=False):
    """One accepted event about a household or a region.

    `at` is when it happened in the real world (`occurredAt`), the only time that evaluation knows.
    `party` is the publisher, found by its source; `gemeente` is empty for a regional fact that
    has none, `region` for all that is not regional.
    """

    type: str
    source: str
    id: str
    at: Instant
    party: str
    own: Own
    gemeente: str = ""
    region: str = ""
    references: tuple[Reference, ...] = ()
    replaces: Identity | None = None
    concerns: Identity | None = None

    @property
    def identity(self) -> Identity:
        return Identity(self.source, self.id)

    @property
    def key(self) -> tuple[Instant, str, str]:
        """The order of a timeline: (occurredAt, source, id)."""
        return (self.at, self.source, self.id)

    @property
    def kind(self) -> Kind:
        return CATALOGUE[self.type].kind

    @property
    def is_regional(self) -> bool:
        """Whether it belongs to a region. What corrects a regional fact, or acts on a region's
        alert, names the region; it may name the gemeente beside it, as the fact itself does."""
        return self.region != ""

    def reference(self, scheme: Scheme) -> Reference | None:
        """The first reference of this scheme, or None."""
        for reference in self.references:
            if reference.scheme == scheme:
                return reference
        return None


def fields_of(fact_type: str) -> Mapping[str, Callable[[Own], Any]]:
    """Readers of the own fields of a type by their published (camelCase) path.

    A nested field is named with a dot: `socialCollection.reminderSent`.
    """
    return _FIELDS[fact_type]


def _readers(
    struct: type[Struct], prefix: str = "", path: str = ""
) -> dict[str, Callable[[Own], Any]]:
    readers: dict[str, Callable[[Own], Any]] = {}
    for field in msgspec.structs.fields(struct):
        name, attribute = prefix + field.encode_name, path + field.name
        readers[name] = attrgetter(attribute)
        if isinstance(field.type, type) and issubclass(field.type, Struct):
            readers |= _readers(field.type, name + ".", attribute + ".")
    return readers


_FIELDS: Final = {name: _readers(row.own) for name, row in CATALOGUE.items()}
