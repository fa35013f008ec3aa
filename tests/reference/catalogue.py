"""Who may publish what.

The facts document, Catalogue: C corporatie, G gemeente or begeleider, A any party. `feed-complete`
is left out: feeds are taken as complete here.
"""

CORPORATIE_TYPES = frozenset(
    {
        "lease-signed",
        "lease-ended",
        "rent-missed",
        "rent-paid",
        "payment-arrangement-agreed",
        "payment-arrangement-broken",
        "damage-reported",
        "damage-repaired",
        "nuisance-reported",
        "housing-information-provided",
        "interpreter-requested",
        "home-visit-made",
        "dwelling-released",
        "dwelling-allocated",
    }
)
GEMEENTE_TYPES = frozenset(
    {
        "intake-completed",
        "aanspreekpunt-assigned",
        "aanspreekpunt-withdrawn",
        "begeleiding-started",
        "begeleiding-contact",
        "begeleiding-ended",
        "phase-started",
        "phase-completed",
        "inburgering-started",
        "inburgering-completed",
        "first-rent-arranged",
        "administrative-support-started",
        "administrative-support-ended",
        "interpreter-provided",
        "family-reunification-expected",
        "family-reunification-completed",
        "work-placement-started",
        "household-erased",
        "taakstelling-set",
    }
)
ANY_TYPES = frozenset(
    {
        "temporary-housing-arranged",
        "introduction-held",
        "signal-raised",
        "reference-linked",
        "reference-unlinked",
        "fact-retracted",
        "alert-acknowledged",
        "approach-agreed",
        "alert-closed",
        "consultation-held",
    }
)
ACTS = frozenset({"alert-acknowledged", "approach-agreed", "alert-closed"})
REGIONAL = frozenset(
    {"dwelling-released", "dwelling-allocated", "taakstelling-set", "consultation-held"}
)
MAY_PUBLISH = {
    "corporatie": CORPORATIE_TYPES | ANY_TYPES,
    "gemeente": GEMEENTE_TYPES | ANY_TYPES,
    "begeleider": GEMEENTE_TYPES | ANY_TYPES,
    "huurders": ANY_TYPES,
}
