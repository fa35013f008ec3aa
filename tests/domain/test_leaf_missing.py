"""The leaf `missing`: what did not come in time (agreement document, The rule language)."""

import pytest

from hub.domain.facts import Fact
from tests.building import (
    WEERT,
    begeleiding,
    begeleiding_ended,
    damage,
    first_rent_arranged,
    found,
    home_visit,
    intake,
    introduction,
    linked,
    moved_out,
    signed,
    temporary_housing,
    wall,
)
from tests.domain.ruling import TESTED, held, openers, under

L1 = signed("2026-03-01", on="2026-02-15")
INTAKE = "when: {missing: {facts: [intake-completed], by: S + 7 d}}"
SINCE_S = "when: {missing: {facts: [intake-completed], from: S, by: S + 7 d}}"
SOON = "when: {missing: {facts: [intake-completed], by: signed + 3 d}}"
LATE = "when: {missing: {facts: [intake-completed], by: S + 1 y}}"
DUE = "when: {missing: {facts: [intake-completed], by: due}}"
EITHER = "when: {missing: {facts: [introduction-held, intake-completed], by: S + 7 d}}"
CONCERN = "when: {missing: {facts: [home-visit-made], where: {concern: true}, by: S + 7 d}}"
WEAR = "when: {missing: {facts: [{fact: damage-reported, where: {cause: wear}}], by: S + 7 d}}"
FIRST = "when: {missing: {facts: [first-rent-arranged], where: {period: first}, by: S + 7 d}}"
TO_THE_END = "2027-03-01 scope-ended"


@pytest.mark.parametrize(
    ("rule", "facts", "spans"),
    [
        pytest.param(INTAKE, [], f"2026-03-08 .. {TO_THE_END}", id="nobody, from the deadline"),
        pytest.param(INTAKE, [intake("2026-03-08")], "", id="met at the deadline instant"),
        pytest.param(
            INTAKE,
            [intake("2026-03-08T00:00:00.001+01:00")],
            "2026-03-08 .. 2026-03-08 00:00:00.001 condition",
            id="not met a millisecond later",
        ),
        pytest.param(INTAKE, [intake("2025-01-01")], "", id="met long before the lease"),
        pytest.param(
            INTAKE,
            [intake("2026-03-10"), intake("2026-03-20")],
            "2026-03-08 .. 2026-03-10 condition",
            id="until the first",
        ),
        pytest.param(SINCE_S, [intake("2026-03-01")], "", id="counted from S, S included"),
        pytest.param(
            SINCE_S,
            [intake("2026-02-28 23:59"), intake("2026-04-01")],
            "2026-03-08 .. 2026-04-01 condition",
            id="what came before `from` does not count",
        ),
        pytest.param(DUE, [], f"2026-03-08 .. {TO_THE_END}", id="the day the first rent is due"),
        pytest.param(EITHER, [introduction("2026-03-02")], "", id="either of two"),
        pytest.param(CONCERN, [home_visit("2026-03-02", True)], "", id="with the field as asked"),
        pytest.param(
            CONCERN,
            [home_visit("2026-03-02", False)],
            f"2026-03-08 .. {TO_THE_END}",
            id="with another value",
        ),
        pytest.param(
            WEAR,
            [damage("2026-03-02", "code-of-tomorrow")],
            f"2026-03-08 .. {TO_THE_END}",
            id="no condition holds for an unknown code",
        ),
        pytest.param(FIRST, [first_rent_arranged("2026-02-20", "2026-03")], "", id="first period"),
        pytest.param(
            FIRST,
            [first_rent_arranged("2026-02-20", "2026-02")],
            f"2026-03-08 .. {TO_THE_END}",
            id="another period",
        ),
        pytest.param(SOON, [], f"2026-03-01 .. {TO_THE_END}", id="a deadline before the scope"),
        pytest.param(SOON, [intake("2026-02-20")], "", id="made up for before the scope"),
        pytest.param(
            SOON, [intake("2026-03-05")], "2026-03-01 .. 2026-03-05 condition", id="or within it"
        ),
        pytest.param(LATE, [], "", id="a deadline where the scope ends"),
        pytest.param(INTAKE, [moved_out("2026-03-07")], "", id="a deadline where the tenancy ends"),
        pytest.param(
            INTAKE, [moved_out("2026-03-08")], "2026-03-08 .. 2026-03-09 scope-ended", id="a day on"
        ),
    ],
)
def test_a_fact(rule: str, facts: list[Fact], spans: str) -> None:
    assert ", ".join(held(rule, [L1, *facts])) == spans


def test_only_from_the_deadline_on() -> None:
    assert held(INTAKE, [L1], at="2026-03-07 23:59") == []
    assert held(INTAKE, [L1], at="2026-03-08") == ["2026-03-08"]


def test_nothing_is_due_without_a_lease() -> None:
    assert held(f"{INTAKE}\nduring: always", [introduction("2026-03-01", dossier="D-1")]) == []


STATE = "when: {missing: {state: begeleiding, from: S, by: S + 14 d}}"
EVER = "when: {missing: {state: begeleiding, by: S + 14 d}}"


@pytest.mark.parametrize(
    ("rule", "facts", "spans"),
    [
        pytest.param(STATE, [], f"2026-03-15 .. {TO_THE_END}", id="never in force"),
        pytest.param(STATE, [begeleiding("2026-03-15")], "", id="in force at the deadline"),
        pytest.param(
            STATE,
            [begeleiding("2026-03-15 00:01")],
            "2026-03-15 .. 2026-03-15 00:01 condition",
            id="a minute late",
        ),
        pytest.param(STATE, [begeleiding("2025-01-01")], "", id="in force from before"),
        pytest.param(
            STATE,
            [begeleiding("2026-03-03"), begeleiding_ended("2026-03-04")],
            "",
            id="in force for a day in between",
        ),
        pytest.param(
            STATE,
            [begeleiding("2025-01-01"), begeleiding_ended("2026-03-01 00:01")],
            "",
            id="in force for the first minute",
        ),
        pytest.param(
            STATE,
            [begeleiding("2025-01-01"), begeleiding_ended("2026-03-01")],
            f"2026-03-15 .. {TO_THE_END}",
            id="over at the first instant",
        ),
        pytest.param(
            EVER,
            [begeleiding("2025-01-01"), begeleiding_ended("2026-02-01")],
            "",
            id="over, where any time before counts",
        ),
        pytest.param(
            STATE,
            [begeleiding("2026-04-01"), begeleiding_ended("2026-05-01")],
            "2026-03-15 .. 2026-04-01 condition",
            id="found no second time after it has ended again",
        ),
    ],
)
def test_a_state(rule: str, facts: list[Fact], spans: str) -> None:
    assert ", ".join(held(rule, [L1, *facts])) == spans


@pytest.mark.parametrize(
    ("rule", "facts", "opener"),
    [
        pytest.param(INTAKE, [], L1, id="counted from S: the lease"),
        pytest.param(SOON, [], L1, id="clipped: the lease"),
        pytest.param(STATE, [begeleiding_ended("2026-03-01")], L1, id="a state: the lease"),
    ],
)
def test_the_opener(rule: str, facts: list[Fact], opener: Fact) -> None:
    assert openers(rule, [L1, *facts]) == [opener]


@pytest.mark.parametrize(
    ("rule", "facts", "absent"),
    [
        pytest.param(
            EITHER,
            [],
            "intake-completed 2026-03-08, introduction-held 2026-03-08",
            id="every type that it names, in order of name",
        ),
        pytest.param(STATE, [], "begeleiding-started 2026-03-15", id="what starts the state"),
        pytest.param(SOON, [], "intake-completed 2026-02-18", id="by its deadline, not its start"),
        pytest.param("when: {in: tenancy}", [], "", id="nothing of other leaves"),
    ],
)
def test_what_is_absent(rule: str, facts: list[Fact], absent: str) -> None:
    [finding] = found([L1, *facts], TESTED, under=[under(rule)])
    assert ", ".join(f"{name} {wall(by)}" for name, by in finding.absent) == absent


def test_a_cut_ends_it_for_good() -> None:
    rule = f"{INTAKE}\nuntil: [temporary-housing-arranged]"
    cut = temporary_housing("2026-03-20", by=WEERT)
    assert held(rule, [L1, cut, intake("2026-04-01")]) == ["2026-03-08 .. 2026-03-20 condition"]
    assert held(rule, [L1, temporary_housing("2026-03-08")]) == [], "empty is none"
    assert held(rule, [L1, temporary_housing("2026-03-07")]) == [f"2026-03-08 .. {TO_THE_END}"]


def test_a_fact_of_its_dossier_meets_the_deadline() -> None:
    facts = [L1, linked("2026-06-01", lease="L-1", dossier="D-1")]
    assert held(INTAKE, [*facts, intake("2026-03-02", dossier="D-1")]) == []
