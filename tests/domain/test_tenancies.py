"""Which lease holds which address, from when until when (facts document, Finding the household)."""

import pytest

from hub.domain.facts import Fact
from tests.building import (
    PEEL,
    lease,
    moved_out,
    nuisance,
    place_of,
    resolved,
    retracted,
    signed,
    wall,
)

L1 = signed("2026-03-01")
END = moved_out("2026-06-30")
REGULAR = signed("2020-01-01", lease="R-1", group="regular")
NEXT_REGULAR = signed("2024-01-01", lease="R-2", group="regular")


@pytest.mark.parametrize(
    ("facts", "held"),
    [
        pytest.param([L1], "L-1 2026-03-01..", id="from the start of the lease"),
        pytest.param(
            [signed("2026-03-01", on="2026-02-01")], "L-1 2026-03-01..", id="not from its signing"
        ),
        pytest.param(
            [L1, moved_out("2026-06-30")], "L-1 2026-03-01..2026-07-01", id="its last day included"
        ),
        pytest.param(
            [L1, moved_out("2026-06-30", on="2026-05-01")],
            "L-1 2026-03-01..2026-07-01",
            id="not until it was given notice",
        ),
        pytest.param(
            [L1, signed("2026-04-01", on="2026-03-10")],
            "L-1 2026-04-01..",
            id="of two signings the last counts",
        ),
        pytest.param(
            [L1, signed("2026-02-01", on="2026-03-10")],
            "L-1 2026-02-01..",
            id="the last to be signed, not to start",
        ),
        pytest.param(
            [
                L1,
                moved_out("2026-06-30", on="2026-05-01"),
                moved_out("2026-05-31", on="2026-05-02"),
            ],
            "L-1 2026-03-01..2026-06-01",
            id="of two ends the last counts",
        ),
        pytest.param(
            [L1, END, retracted("2026-07-10", END)],
            "L-1 2026-03-01..",
            id="an end that was taken back is none",
        ),
        pytest.param([moved_out("2026-06-30")], "", id="an end without a start is none"),
        pytest.param(
            [REGULAR, L1], "L-1 2026-03-01.., R-1 2020-01-01..2026-03-01", id="a regular one yields"
        ),
        pytest.param(
            [REGULAR, NEXT_REGULAR, L1],
            "L-1 2026-03-01.., R-1 2020-01-01..2024-01-01, R-2 2024-01-01..2026-03-01",
            id="each to the next",
        ),
        pytest.param(
            [REGULAR, moved_out("2025-12-31", lease="R-1"), L1],
            "L-1 2026-03-01.., R-1 2020-01-01..2026-01-01",
            id="one with an end keeps it",
        ),
        pytest.param(
            [REGULAR, moved_out("2026-12-31", lease="R-1"), L1],
            "L-1 2026-03-01.., R-1 2020-01-01..2027-01-01",
            id="also where it overlaps the next",
        ),
        pytest.param(
            [REGULAR, signed("2026-03-01", address=2)],
            "L-1 2026-03-01.., R-1 2020-01-01..",
            id="but not to one at another address",
        ),
        pytest.param(
            [REGULAR, signed("2020-01-01", lease="R-2", group="regular")],
            "R-1 2020-01-01.., R-2 2020-01-01..",
            id="nor to one that starts together with it",
        ),
        pytest.param(
            [L1, signed("2027-01-01", lease="L-2")],
            "L-1 2026-03-01.., L-2 2027-01-01..",
            id="a vergunninghouder yields to nobody",
        ),
        pytest.param(
            [signed("2020-01-01", lease="S-1", group="student"), L1],
            "L-1 2026-03-01.., S-1 2020-01-01..2026-03-01",
            id="any other target group is regular",
        ),
        pytest.param(
            [REGULAR, signed("2026-03-01", lease=lease("P-1", PEEL), address=1)],
            "P-1 2026-03-01.., R-1 2020-01-01..2026-03-01",
            id="whichever corporatie has the next",
        ),
    ],
)
def test_a_tenancy_holds_its_address(facts: list[Fact], held: str) -> None:
    found = sorted(resolved(*facts).tenancies.items(), key=lambda item: item[0].value)
    assert ", ".join(f"{key.value} {_shown(t.start, t.end)}" for key, t in found) == held


def _shown(start: int, end: int) -> str:
    return f"{wall(start)}.." + (wall(end) if end < 1 << 61 else "")


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        pytest.param(nuisance("2023-12-31", address=1), "regular", id="to the regular tenant"),
        pytest.param(nuisance("2026-02-28 23:59", address=1), "regular", id="to the last instant"),
        pytest.param(nuisance("2026-03-01", address=1), "L-1", id="then to the next"),
        pytest.param(nuisance("2026-04-01", lease="R-1"), "regular", id="by lease, however late"),
    ],
)
def test_what_is_said_of_an_address_goes_to_who_holds_it(wanted: Fact, place: str) -> None:
    assert place_of(wanted, REGULAR, L1) == place


def test_only_vergunninghouders_are_households() -> None:
    assert list(resolved(REGULAR, NEXT_REGULAR, L1).households) == [lease("L-1")]


def test_a_correction_can_turn_a_regular_tenant_into_a_household() -> None:
    corrected = signed("2020-01-01", lease="R-1", replaces=REGULAR)
    said = nuisance("2021-01-01", lease="R-1")
    assert place_of(said, REGULAR) == "regular"
    assert place_of(said, REGULAR, corrected) == "R-1"
