"""The legal gate on arrears (agreement document, Legal gate)."""

import pytest

from hub.domain.facts import Fact, SocialCollection
from hub.domain.gate import closed_gate, held_for
from tests.building import (
    ALL_STEPS,
    LATER,
    MAAS,
    NO_STEPS,
    ONDERDAK,
    WEERT,
    agreement,
    alert,
    begeleiding,
    begeleiding_ended,
    household,
    missed,
    nuisance,
    paid,
    parties,
    retracted,
    signal,
    signed,
)

L1 = signed("2026-03-02")
NOT_YET = missed("2026-03", "2026-03-08", steps=NO_STEPS)
DONE = missed("2026-03", "2026-03-20")
OBJECTED = SocialCollection(True, True, True, True, True)
BOTH = [ONDERDAK, WEERT]


def held(facts: list[Fact], rule: str, at: str = LATER) -> list[str]:
    """For whom a finding is held at an instant."""
    finding = alert(facts, rule, at=at)
    return list(held_for(finding, household(*facts, at=at), agreement(), parties()))


@pytest.mark.parametrize(
    ("steps", "held_back"),
    [
        pytest.param(ALL_STEPS, [], id="all steps are done"),
        pytest.param(NO_STEPS, BOTH, id="none is"),
        pytest.param(SocialCollection(False, True, True, True, False), BOTH, id="no contact tried"),
        pytest.param(SocialCollection(True, False, True, True, False), BOTH, id="no help offered"),
        pytest.param(SocialCollection(True, True, False, True, False), BOTH, id="no reminder sent"),
        pytest.param(SocialCollection(True, True, True, False, False), BOTH, id="not announced"),
        pytest.param(OBJECTED, BOTH, id="the tenant objected"),
    ],
)
def test_gemeente_and_begeleider_wait_for_every_step(
    steps: SocialCollection, held_back: list[str]
) -> None:
    facts = [L1, missed("2026-03", "2026-03-08", steps=steps)]
    assert held(facts, "first-rent-missed") == held_back


@pytest.mark.parametrize(
    ("later", "held_back"),
    [
        pytest.param([missed("2026-03", "2026-03-20")], [], id="a newer one releases it"),
        pytest.param(
            [missed("2026-03", "2026-03-20"), missed("2026-03", "2026-03-25", steps=OBJECTED)],
            BOTH,
            id="an objection closes it again",
        ),
        pytest.param([missed("2026-04", "2026-04-08")], BOTH, id="not one of another period"),
        pytest.param(
            [DONE, retracted("2026-03-21", DONE)],
            BOTH,
            id="nor one that was taken back",
        ),
        pytest.param(
            [missed("2026-03", "2026-03-20"), paid("2026-03", "2026-03-25")],
            [],
            id="a payment changes nothing of it",
        ),
        pytest.param(
            [
                missed("2026-03", "2026-03-20", id="a"),
                missed("2026-03", "2026-03-20", steps=OBJECTED, id="b"),
            ],
            BOTH,
            id="of two at one instant the last",
        ),
        pytest.param(
            [missed("2026-03", "2026-03-08", replaces=NOT_YET)], [], id="a correction releases it"
        ),
    ],
)
def test_the_newest_of_the_same_period_decides(later: list[Fact], held_back: list[str]) -> None:
    assert held([L1, NOT_YET, *later], "first-rent-missed") == held_back


def test_a_newer_one_counts_from_when_it_occurred() -> None:
    facts = [L1, NOT_YET, missed("2026-03", "2026-03-20")]
    assert held(facts, "first-rent-missed", at="2026-03-19") == BOTH
    assert held(facts, "first-rent-missed", at="2026-03-20") == []


@pytest.mark.parametrize(
    ("rule", "facts", "held_back"),
    [
        pytest.param(
            "rent-arrears",
            [NOT_YET, missed("2026-04")],
            BOTH,
            id="each period in the evidence counts",
        ),
        pytest.param(
            "rent-arrears",
            [missed("2026-03"), missed("2026-04"), missed("2026-05", steps=NO_STEPS)],
            [],
            id="a period that came later is no evidence",
        ),
        pytest.param("arrears-without-support", [NOT_YET], BOTH, id="arrears without support"),
        pytest.param(
            "arrears-after-begeleiding",
            [begeleiding("2026-03-03"), begeleiding_ended("2026-03-05"), NOT_YET],
            BOTH,
            id="arrears after begeleiding",
        ),
        pytest.param(
            "concurrent-signals",
            [NOT_YET, signal("2026-03-20", by=WEERT)],
            BOTH,
            id="signals, one of which is rent",
        ),
        pytest.param(
            "concurrent-signals",
            [NOT_YET, nuisance("2026-03-15"), signal("2026-03-20", by=WEERT)],
            [],
            id="signals that do not rest on rent",
        ),
        pytest.param("first-rent-at-risk", [], [], id="first rent at risk speaks of no payment"),
        pytest.param("nuisance", [NOT_YET, nuisance("2026-04-01")], [], id="no rent in it"),
    ],
)
def test_a_finding_is_held_by_the_rent_in_its_evidence(
    rule: str, facts: list[Fact], held_back: list[str]
) -> None:
    assert held([L1, *facts], rule) == held_back


def test_the_corporatie_is_never_held() -> None:
    finding, home = alert([L1, NOT_YET], "first-rent-missed"), household(L1, NOT_YET)
    assert MAAS in finding.tells
    assert closed_gate(finding, home, agreement(), "corporatie") is None
    assert closed_gate(finding, home, agreement(), "gemeente") == NOT_YET


def test_what_keeps_the_gate_closed_is_the_newest() -> None:
    newer = missed("2026-03", "2026-03-20", steps=OBJECTED)
    finding, home = alert([L1, NOT_YET, newer], "first-rent-missed"), household(L1, NOT_YET, newer)
    assert closed_gate(finding, home, agreement(), "begeleider") == newer
