"""For each rule: found, and not found any more when a fact arrives that had occurred in time.

As of the same instant; that it was told meanwhile is the business of notices.
"""

import pytest

from hub.domain.facts import Fact
from tests.building import (
    WEERT,
    Terms,
    aanspreekpunt,
    agreement,
    allocated,
    begeleiding,
    begeleiding_ended,
    consultation,
    contact,
    damage,
    family_expected,
    first_rent_arranged,
    found,
    housing_information,
    inburgering,
    intake,
    interpreter_provided,
    interpreter_requested,
    introduction,
    missed,
    moved_out,
    nuisance,
    paid,
    phase,
    phase_completed,
    released,
    retracted,
    signal,
    signed,
    support,
    target,
    temporary_housing,
    work_placement,
)

AT = "2026-12-15"
L1 = signed("2026-03-02", terms=Terms(max_persons=3, persons=2))
CARED, STOPPED = begeleiding("2026-03-05"), begeleiding_ended("2026-05-01")
ASKED = interpreter_requested("2026-04-01")
SIGNAL, NUISANCE, DAMAGE = signal("2026-04-20"), nuisance("2026-04-10"), damage("2026-05-10")
HOMES = [released("2026-02-01", f"u-{n}") for n in range(20)]
GIVEN = [allocated("2026-02-02", f"u-{n}", persons=1) for n in range(3)]
TARGET = target("2026-01-01", "2026-1", 60)

CASES: list[tuple[str, list[Fact], Fact]] = [
    ("intake-missing", [L1], intake("2026-03-03")),
    ("inburgering-not-started", [L1], inburgering("2026-05-11")),
    ("aanspreekpunt-missing", [L1], aanspreekpunt("2026-03-09")),
    ("begeleiding-missing", [L1], begeleiding("2026-03-16")),
    ("begeleiding-ended-early", [L1, CARED, STOPPED], begeleiding("2026-05-02")),
    ("begeleiding-contact-lapsed", [L1, CARED, STOPPED], contact("2026-04-01")),
    (
        "phase-overlap",
        [phase("2026-04-01", "coaching-vestiging"), phase("2026-05-01", "coaching-integratie"), L1],
        phase_completed("2026-05-01", "coaching-vestiging"),
    ),
    ("first-rent-at-risk", [L1], first_rent_arranged("2026-03-09", "2026-03")),
    (
        "first-rent-missed",
        [L1, missed("2026-03", "2026-03-08")],
        paid("2026-03", "2026-03-08"),
    ),
    (
        "rent-arrears",
        [L1, missed("2026-04", "2026-04-08"), missed("2026-05", "2026-05-08")],
        paid("2026-04", "2026-04-20"),
    ),
    ("arrears-without-support", [L1, missed("2026-04", "2026-04-08")], support("2026-04-22")),
    (
        "arrears-after-begeleiding",
        [L1, CARED, STOPPED, missed("2026-05", "2026-05-08")],
        begeleiding("2026-05-02"),
    ),
    ("damage-without-begeleiding", [L1, DAMAGE], begeleiding("2026-05-01")),
    ("repeated-damage", [L1, damage("2026-04-10"), DAMAGE], retracted("2026-06-01", DAMAGE)),
    ("interpreter-not-provided", [L1, ASKED], interpreter_provided("2026-04-09")),
    ("housing-information-missing", [L1], housing_information("2026-04-01")),
    ("no-room-for-family", [L1, family_expected("2026-04-01", 2)], temporary_housing("2026-04-01")),
    ("introduction-missing", [L1], introduction("2026-05-01")),
    (
        "work-placement-missing",
        [L1, phase("2026-04-01", "coaching-integratie")],
        work_placement("2026-10-01"),
    ),
    ("nuisance", [L1, NUISANCE], retracted("2026-06-01", NUISANCE)),
    ("signal", [L1, SIGNAL], retracted("2026-06-01", SIGNAL)),
    (
        "concurrent-signals",
        [L1, NUISANCE, SIGNAL],
        nuisance("2026-01-10", replaces=NUISANCE),
    ),
    ("allocation-share-exceeded", [*HOMES, *GIVEN], retracted("2026-06-01", GIVEN[0])),
    ("consultation-due", [consultation("2025-01-01")], consultation("2026-01-01")),
    (
        "taakstelling-pressure",
        [*HOMES, *GIVEN, TARGET],
        allocated("2026-02-03", "u-4", persons=60, by=GIVEN[0].party),
    ),
]


@pytest.mark.parametrize(("rule", "facts", "late"), CASES, ids=[case[0] for case in CASES])
def test_a_late_fact_withdraws_it(rule: str, facts: list[Fact], late: Fact) -> None:
    assert len(found(facts, rule, at=AT)) == 1
    assert found([*facts, late], rule, at=AT) == []


def test_no_rule_was_forgotten() -> None:
    assert {case[0] for case in CASES} == agreement().by_id.keys()


def test_a_tenancy_that_turns_out_to_have_ended_withdraws_what_came_after() -> None:
    facts = [L1, NUISANCE, signal("2026-04-20", by=WEERT)]
    assert found([*facts, moved_out("2026-03-02")], at=AT) == []
