"""The table of default rules: who is told, how urgent, what ends a finding, and its condition.

The agreement document, Default rules: one entry per row, in the order of the table, with the
function that says when it holds. Tells: "A" acts, "i" is informed; gemeente stands for the
gemeente and the begeleiders that act for it, corporatie for that of the lease.
"""

from collections.abc import Callable

from tests.reference import rent, silence, worries
from tests.reference.findings import Finding, Rule, Subject
from tests.reference.households import Household
from tests.reference.states import Tenant, Timeline

G_ACTS = {"gemeente": "A"}
C_ACTS = {"corporatie": "A"}
G_ACTS_C_INFORMED = {"gemeente": "A", "corporatie": "i"}
G_INFORMED_C_ACTS = {"gemeente": "i", "corporatie": "A"}
BOTH_ACT = {"gemeente": "A", "corporatie": "A"}

CONCURRENT_SIGNALS = Rule(
    "concurrent-signals",
    "critical",
    BOTH_ACT,
    until_approach=True,
    inhibits=("signal", "nuisance", "repeated-damage", "damage-without-begeleiding"),
)
PHASE_OVERLAP = Rule("phase-overlap", "low", G_ACTS)

Condition = Callable[[Tenant, Rule], list[Finding | None]]
# Every row that needs a lease; phase-overlap is asked of every household.
WITH_A_LEASE: list[tuple[Rule, Condition]] = [
    (Rule("intake-missing", "medium", G_ACTS), silence.intake_missing),
    (Rule("inburgering-not-started", "low", G_ACTS), silence.inburgering_not_started),
    (Rule("aanspreekpunt-missing", "high", G_ACTS_C_INFORMED), silence.aanspreekpunt_missing),
    (Rule("begeleiding-missing", "high", G_ACTS_C_INFORMED), silence.begeleiding_missing),
    (Rule("begeleiding-ended-early", "high", G_ACTS_C_INFORMED), silence.begeleiding_ended_early),
    (Rule("begeleiding-contact-lapsed", "medium", G_ACTS), silence.begeleiding_contact_lapsed),
    (Rule("first-rent-at-risk", "medium", G_ACTS_C_INFORMED), silence.first_rent_at_risk),
    (Rule("first-rent-missed", "high", BOTH_ACT), rent.first_rent_missed),
    # It inhibits first-rent-missed and arrears-after-begeleiding, but no approach ends it.
    (Rule("rent-arrears", "high", BOTH_ACT), rent.rent_arrears),
    (Rule("arrears-without-support", "medium", G_ACTS_C_INFORMED), rent.arrears_without_support),
    (Rule("arrears-after-begeleiding", "high", G_ACTS_C_INFORMED), rent.arrears_after_begeleiding),
    (
        Rule("damage-without-begeleiding", "high", BOTH_ACT, True, 90),
        worries.damage_without_begeleiding,
    ),
    (Rule("repeated-damage", "medium", G_INFORMED_C_ACTS, True, 90), worries.repeated_damage),
    (
        Rule("interpreter-not-provided", "medium", G_ACTS_C_INFORMED),
        silence.interpreter_not_provided,
    ),
    (Rule("housing-information-missing", "low", C_ACTS), silence.housing_information_missing),
    (Rule("no-room-for-family", "medium", BOTH_ACT), worries.no_room_for_family),
    (Rule("introduction-missing", "low", BOTH_ACT), silence.introduction_missing),
    (Rule("work-placement-missing", "low", G_ACTS), silence.work_placement_missing),
    (Rule("nuisance", "medium", G_INFORMED_C_ACTS, True), worries.nuisance),
    (Rule("signal", "high", {}, True, 90), worries.signal),
]


def findings_of(household: Household, subject: Subject) -> list[Finding]:
    """Every finding of a household. `subject` learns on the way what approaches resolve."""
    home = Timeline(household, subject)
    found = worries.phase_overlap(home, PHASE_OVERLAP)
    if household.tenancy is not None:
        tenant = Tenant(household, subject)
        # The only rule that an approach ends and that inhibits others comes first: the approach
        # that resolves it resolves those of the others that are open then.
        stronger = worries.concurrent_signals(tenant, CONCURRENT_SIGNALS)
        found += stronger
        for weaker in CONCURRENT_SIGNALS.inhibits:
            subject.approached[weaker] = [
                f.end for f in stronger if f is not None and f.resolution == "approach"
            ]
        for rule, condition in WITH_A_LEASE:
            found += condition(tenant, rule)
    return [finding for finding in found if finding is not None]
