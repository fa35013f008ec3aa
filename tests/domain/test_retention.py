"""How long a household is remembered (agreement document, Sharing: retention)."""

import pytest
from msgspec.structs import replace

from hub.domain.anchors import Moment
from hub.domain.facts import Fact
from hub.domain.patterns import Pattern
from hub.domain.retention import forget_at
from hub.domain.states import State
from hub.domain.time import NEVER, Span
from tests.building import (
    agreement,
    contact,
    household,
    intake,
    linked,
    moved_out,
    parties,
    phase,
    signed,
    wall,
)

S = Moment("S")


@pytest.mark.parametrize(
    ("facts", "until"),
    [
        pytest.param([signed("2026-03-01")], "2028-03-01", id="a year after a year of monitoring"),
        pytest.param(
            [signed("2026-03-01"), moved_out("2026-06-30")], "2027-07-01", id="after the tenancy"
        ),
        pytest.param(
            [signed("2026-03-01"), moved_out("2029-06-30")],
            "2028-03-01",
            id="not after a tenancy that outlasts the monitoring",
        ),
        pytest.param(
            [signed("2026-03-01"), contact("2027-12-31")],
            "2028-03-01",
            id="whatever comes after it",
        ),
        pytest.param([signed("2024-02-29")], "2026-02-28", id="of a leap day, clamped twice"),
        pytest.param(
            [intake("2026-02-01", dossier="D-1"), contact("2026-05-01", dossier="D-1")],
            "2027-05-01",
            id="without a lease: after the last fact",
        ),
        pytest.param(
            [
                intake("2020-02-01", dossier="D-1"),
                linked("2026-03-01", lease="L-1", dossier="D-1"),
                signed("2026-03-01"),
            ],
            "2028-03-01",
            id="a dossier that got a lease goes with it",
        ),
    ],
)
def test_a_household_is_forgotten(facts: list[Fact], until: str) -> None:
    assert wall(forget_at(household(*facts), agreement(), parties().roles)) == until


def test_the_agreement_says_how_long() -> None:
    shorter = replace(agreement(), retention=Span(6, "mo"))
    forgotten = forget_at(household(signed("2026-03-01")), shorter, parties().roles)
    assert wall(forgotten) == "2027-09-01"


MONITORED = [
    pytest.param(
        State("monitoring", from_moment=S, lasts=Span(3, "y"), with_tenancy=True),
        [signed("2026-03-01")],
        "2030-03-01",
        id="as long as it lasts",
    ),
    pytest.param(
        State("monitoring", from_moment=S, lasts=Span(3, "y"), with_tenancy=True),
        [signed("2026-03-01"), moved_out("2028-06-30")],
        "2029-07-01",
        id="or as the tenancy does",
    ),
    pytest.param(
        State("monitoring", from_moment=S, with_tenancy=True),
        [signed("2026-03-01"), contact("2026-05-01")],
        None,
        id="not while nothing ends it",
    ),
    pytest.param(
        State("monitoring", starts=(Pattern("phase-started"),), lasts=Span(6, "mo")),
        [
            signed("2026-03-01"),
            phase("2026-04-01", "coaching-vestiging"),
            phase("2027-02-01", "coaching-integratie"),
        ],
        "2028-08-01",
        id="where there are several, the last",
    ),
    pytest.param(
        State("monitoring", starts=(Pattern("phase-started"),), lasts=Span(6, "mo")),
        [signed("2026-03-01"), contact("2026-05-01")],
        "2027-05-01",
        id="where there was none, the last fact",
    ),
    pytest.param(
        State("monitoring", from_first_fact=True, lasts=Span(5, "y")),
        [intake("2026-02-01", dossier="D-1")],
        "2027-02-01",
        id="without a lease the last fact, whatever the state says",
    ),
]


@pytest.mark.parametrize(("state", "facts", "until"), MONITORED)
def test_retention_counts_from_the_end_of_the_state_monitoring(
    state: State, facts: list[Fact], until: str | None
) -> None:
    of_states = {**agreement().states, "monitoring": state}
    changed = replace(agreement(), states=of_states)
    forgotten = forget_at(household(*facts), changed, parties().roles)
    assert forgotten == NEVER if until is None else wall(forgotten) == until
