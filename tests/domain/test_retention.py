"""How long a household is remembered (agreement document, Sharing: retention)."""

import pytest
from msgspec.structs import replace

from hub.domain.facts import Fact
from hub.domain.retention import forget_at
from hub.domain.time import Span
from tests.building import agreement, contact, household, intake, linked, moved_out, signed, wall


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
    assert wall(forget_at(household(*facts), agreement())) == until


def test_the_agreement_says_how_long() -> None:
    shorter = replace(agreement(), retention=Span(6, "mo"))
    assert wall(forget_at(household(signed("2026-03-01")), shorter)) == "2027-09-01"
