"""States: what is in force from when until when (agreement document, States)."""

from datetime import date

import pytest

from hub.domain.facts import BegeleidingStarted, Fact
from tests.building import (
    aanspreekpunt,
    aanspreekpunt_withdrawn,
    acknowledged,
    arrangement,
    arrangement_broken,
    begeleiding,
    begeleiding_ended,
    contact,
    fact,
    intake,
    linked,
    moved_out,
    nuisance,
    phase,
    phase_completed,
    retracted,
    signed,
    support,
    support_ended,
)
from tests.domain.ruling import held, shown, timeline

L1 = signed("2026-03-01", on="2026-02-15")
BEGUN = begeleiding("2026-03-10")
OWN = intake("2026-02-10", dossier="D-1")  # of a dossier without a lease


@pytest.mark.parametrize(
    ("state", "facts", "in_force"),
    [
        pytest.param("tenancy", [L1], "2026-03-01..", id="a tenancy from its start"),
        pytest.param(
            "tenancy", [L1, moved_out("2026-06-30")], "2026-03-01..2026-07-01", id="to its last day"
        ),
        pytest.param("tenancy", [OWN], "", id="none without a lease"),
        pytest.param(
            "tenancy", [L1, moved_out("2026-02-28")], "", id="none that ended at its start"
        ),
        pytest.param("monitoring", [L1], "2026-03-01..2027-03-01", id="a year of monitoring"),
        pytest.param(
            "monitoring",
            [signed("2024-02-29")],
            "2024-02-29..2025-02-28",
            id="from a leap day to the end of February",
        ),
        pytest.param(
            "monitoring",
            [L1, moved_out("2026-06-30")],
            "2026-03-01..2026-07-01",
            id="with the tenancy if that ends earlier",
        ),
        pytest.param(
            "monitoring",
            [L1, moved_out("2027-06-30")],
            "2026-03-01..2027-03-01",
            id="not if that ends later",
        ),
        pytest.param(
            "monitoring",
            [L1, moved_out("2027-02-28")],
            "2026-03-01..2027-03-01",
            id="both on one day",
        ),
    ],
)
def test_of_the_lease(state: str, facts: list[Fact], in_force: str) -> None:
    assert " ".join(shown(timeline(*facts).state(state))) == in_force


@pytest.mark.parametrize(
    ("facts", "in_force"),
    [
        pytest.param([BEGUN], "2026-03-10..", id="until further notice"),
        pytest.param(
            [BEGUN, begeleiding_ended("2026-05-01")],
            "2026-03-10..2026-05-01",
            id="until it ends",
        ),
        pytest.param(
            [BEGUN, begeleiding_ended("2026-03-10")],
            "2026-03-10..",
            id="an end at the start is not its end",
        ),
        pytest.param(
            [
                BEGUN,
                begeleiding_ended("2026-03-10"),
                begeleiding_ended("2026-04-01"),
            ],
            "2026-03-10..2026-04-01",
            id="the first end strictly after is",
        ),
        pytest.param(
            [BEGUN, begeleiding("2026-04-01"), begeleiding_ended("2026-05-01")],
            "2026-03-10..2026-05-01",
            id="a second start changes nothing",
        ),
        pytest.param(
            [
                BEGUN,
                begeleiding_ended("2026-05-01"),
                begeleiding_ended("2026-06-01"),
            ],
            "2026-03-10..2026-05-01",
            id="nor does a second end",
        ),
        pytest.param(
            [BEGUN, begeleiding_ended("2026-05-01"), begeleiding("2026-05-01")],
            "2026-03-10..",
            id="an end and a start at one instant leave no gap",
        ),
        pytest.param(
            [BEGUN, begeleiding_ended("2026-05-01"), begeleiding("2026-06-01")],
            "2026-03-10..2026-05-01 2026-06-01..",
            id="begun anew after a gap",
        ),
        pytest.param([begeleiding_ended("2026-05-01")], "", id="an end alone is nothing"),
        pytest.param([begeleiding("2025-01-01")], "2025-01-01..", id="also from before the lease"),
        pytest.param([BEGUN, retracted("2026-03-11", BEGUN)], "", id="taken back: never"),
        pytest.param(
            [BEGUN, begeleiding("2026-03-12", replaces=BEGUN)],
            "2026-03-12..",
            id="corrected: as corrected",
        ),
        pytest.param([contact("2026-04-01")], "", id="a contact starts nothing"),
    ],
)
def test_of_two_facts(facts: list[Fact], in_force: str) -> None:
    assert " ".join(shown(timeline(L1, *facts).state("begeleiding"))) == in_force


@pytest.mark.parametrize(
    ("state", "facts"),
    [
        pytest.param(
            "aanspreekpunt", [aanspreekpunt("2026-03-10"), aanspreekpunt_withdrawn("2026-05-01")]
        ),
        pytest.param(
            "administrative-support", [support("2026-03-10"), support_ended("2026-05-01")]
        ),
        pytest.param(
            "coaching-vestiging",
            [
                phase("2026-03-10", "coaching-vestiging"),
                phase_completed("2026-04-01", "coaching-integratie"),
                phase_completed("2026-05-01", "coaching-vestiging"),
            ],
        ),
        pytest.param(
            "coaching-integratie",
            [
                phase("2026-03-01", "coaching-vestiging"),
                phase("2026-03-10", "coaching-integratie"),
                phase_completed("2026-05-01", "coaching-integratie"),
            ],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_other_state_of_two_facts(state: str, facts: list[Fact]) -> None:
    assert shown(timeline(L1, *facts).state(state)) == ["2026-03-10..2026-05-01"]


AGREED = arrangement("2026-04-01 12:00", until="2026-06-30")


@pytest.mark.parametrize(
    ("facts", "in_force"),
    [
        pytest.param([AGREED], "2026-04-01 12:00..2026-07-01", id="to its last day"),
        pytest.param(
            [AGREED, arrangement_broken("2026-05-01")],
            "2026-04-01 12:00..2026-05-01",
            id="until it is broken",
        ),
        pytest.param(
            [AGREED, arrangement_broken("2026-08-01")],
            "2026-04-01 12:00..2026-07-01",
            id="not by what comes after its last day",
        ),
        pytest.param(
            [AGREED, arrangement("2026-05-01", until="2026-09-30")],
            "2026-04-01 12:00..2026-10-01",
            id="a second runs until its own last day",
        ),
        pytest.param(
            [AGREED, arrangement("2026-05-01", until="2026-05-31")],
            "2026-04-01 12:00..2026-07-01",
            id="a shorter second takes nothing from the first",
        ),
        pytest.param(
            [
                AGREED,
                arrangement("2026-05-01", until="2026-09-30"),
                arrangement_broken("2026-05-15"),
            ],
            "2026-04-01 12:00..2026-05-15",
            id="broken, both are over",
        ),
        pytest.param(
            [AGREED, arrangement("2026-07-01", until="2026-09-30")],
            "2026-04-01 12:00..2026-10-01",
            id="a second on the day after leaves no gap",
        ),
        pytest.param(
            [AGREED, arrangement("2026-07-02", until="2026-09-30")],
            "2026-04-01 12:00..2026-07-01 2026-07-02..2026-10-01",
            id="a day later it does",
        ),
        pytest.param(
            [arrangement("2026-04-01 12:00", until="2026-03-31")], "", id="over before it began"
        ),
        pytest.param([arrangement("2026-04-01", until="2026-03-31")], "", id="over as it began"),
        pytest.param(
            [arrangement("2026-04-01 12:00", until="2026-04-01")],
            "2026-04-01 12:00..2026-04-02",
            id="agreed on its last day",
        ),
    ],
)
def test_a_payment_arrangement(facts: list[Fact], in_force: str) -> None:
    assert " ".join(shown(timeline(L1, *facts).state("payment-arrangement"))) == in_force


ALERT = "al-" + "a" * 26


@pytest.mark.parametrize(
    ("facts", "in_force"),
    [
        pytest.param([OWN], "2026-02-10..", id="without a lease it lasts"),
        pytest.param([L1], "", id="none if signing is the first that is known"),
        pytest.param(
            [L1, intake("2026-02-01")], "2026-02-01..2026-02-15", id="from the first fact to signed"
        ),
        pytest.param([L1, intake("2026-02-15")], "", id="none from the instant of signing"),
        pytest.param(
            [L1, OWN, linked("2026-01-01", lease="L-1", dossier="D-1")],
            "2026-02-10..2026-02-15",
            id="a link is no first fact",
        ),
        pytest.param(
            [OWN, acknowledged("2026-01-01", ALERT, dossier="D-1")],
            "2026-02-10..",
            id="nor is an act",
        ),
        pytest.param(
            [OWN, retracted("2026-01-01", nuisance("2025-12-31"), dossier="D-1", by=OWN.party)],
            "2026-02-10..",
            id="nor is a retraction",
        ),
    ],
)
def test_pre_vestiging(facts: list[Fact], in_force: str) -> None:
    assert " ".join(shown(timeline(*facts).state("pre-vestiging"))) == in_force


def test_a_state_knows_its_opener_and_what_ended_it() -> None:
    end = begeleiding_ended("2026-05-01")
    [state] = timeline(L1, BEGUN, end).state("begeleiding")
    assert (state.opener, state.ender) == (BEGUN, end)


def test_what_is_broken_as_it_runs_out_was_broken() -> None:
    broken = arrangement_broken("2026-07-01")
    [state] = timeline(L1, AGREED, broken).state("payment-arrangement")
    assert state.ender == broken


def test_a_last_day_that_nobody_named_is_none() -> None:
    planned = """
    begeleiding:
      from: begeleiding-started
      until: [{lastDay: plannedUntil}, begeleiding-ended]
    """
    rule = "when: {in: begeleiding}"
    until = BegeleidingStarted("Onderdak", date(2026, 4, 30))
    assert held(rule, [L1, BEGUN], states=planned) == ["2026-03-10 .. 2027-03-01 scope-ended"]
    named = fact("begeleiding-started", "2026-03-10", until)
    assert held(rule, [L1, named], states=planned) == ["2026-03-10 .. 2026-05-01 condition"]


def test_what_runs_out_by_itself_is_ended_by_what_said_until_when() -> None:
    [state] = timeline(L1, AGREED).state("payment-arrangement")
    assert state.ender == AGREED
    [year] = timeline(L1).state("monitoring")
    assert (year.opener, year.ender) == (L1, L1)
