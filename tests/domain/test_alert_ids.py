"""The identity of an alert, and what it rests on (agreement document, Identity; evidence)."""

import base64
import hashlib
import re
from itertools import permutations

import pytest
from hypothesis import given

from hub.domain.facts import Fact
from tests.building import (
    MAAS,
    WEERT,
    alert,
    begeleiding,
    begeleiding_ended,
    consultation,
    damage,
    found,
    intake,
    interpreter_provided,
    interpreter_requested,
    linked,
    missed,
    nuisance,
    phase,
    signal,
    signed,
    source_of,
)
from tests.domain import pool
from tests.domain.ruling import held


def named(*lines: str) -> str:
    """The id as the document builds it."""
    digest = hashlib.sha256("\n".join(lines).encode()).digest()
    return "al-" + base64.b32encode(digest).decode().lower()[:26]


CORPORATIE, GEMEENTE = source_of(MAAS), source_of(WEERT)
L1 = signed("2026-03-02", id="lease")
N1 = nuisance("2026-04-01", id="heard")


@pytest.mark.parametrize(
    ("rule", "facts", "name"),
    [
        pytest.param(
            "nuisance",
            [L1, N1],
            named("nuisance", CORPORATIE, "lease", CORPORATIE, "heard"),
            id="rule, lease and opener",
        ),
        pytest.param(
            "intake-missing",
            [L1],
            named("intake-missing", CORPORATIE, "lease", CORPORATIE, "lease"),
            id="where the lease is the opener",
        ),
        pytest.param(
            "phase-overlap",
            [
                intake("2026-02-01", dossier="D-1"),
                phase("2026-02-02", "coaching-vestiging", dossier="D-1", id="begun"),
            ],
            named("phase-overlap", "", "", GEMEENTE, "begun"),
            id="two empty lines where there is no lease",
        ),
        pytest.param(
            "consultation-due",
            [consultation("2025-01-01", id="held")],
            named("consultation-due", "", "", GEMEENTE, "held"),
            id="a region has none",
        ),
        pytest.param(
            "nuisance",
            [L1, nuisance("2026-04-01", id="gehört-é")],
            named("nuisance", CORPORATIE, "lease", CORPORATIE, "gehört-é"),
            id="UTF-8",
        ),
    ],
)
def test_the_id(rule: str, facts: list[Fact], name: str) -> None:
    assert alert(facts, rule).alert_id == name
    assert re.fullmatch(r"al-[a-z2-7]{26}", name)


def test_the_id_stays_when_facts_come_in_another_order_or_twice() -> None:
    facts = [L1, N1, signal("2026-04-20"), missed("2026-04")]
    once = {it.alert_id for it in found(facts)}
    assert len(once) == len(found(facts))
    for arrival in permutations(facts):
        assert {it.alert_id for it in found([*arrival, *arrival])} == once


def test_the_id_changes_with_the_household() -> None:
    alone = [
        intake("2026-01-01", dossier="D-1"),
        phase("2026-01-02", "coaching-vestiging", dossier="D-1"),
    ]
    with_lease = [*alone, L1, linked("2026-03-03", lease="L-1", dossier="D-1")]
    before, after = (
        alert(facts, "phase-overlap", at="2026-03-10") for facts in (alone, with_lease)
    )
    assert before.opener == after.opener
    assert before.alert_id != after.alert_id


@pytest.mark.parametrize(
    ("rule", "facts"),
    [
        pytest.param(
            "signal", [signal("2026-04-01", id="a"), signal("2026-04-01", id="b")], id="seen"
        ),
        pytest.param(
            "interpreter-not-provided",
            [
                interpreter_requested("2026-02-20", id="a"),
                interpreter_requested("2026-02-21", id="b"),
            ],
            id="two deadlines that are clipped to one start",
        ),
        pytest.param("nuisance", [nuisance("2026-04-01"), nuisance("2026-08-01")], id="two runs"),
    ],
)
def test_two_findings_of_one_rule_have_two_ids(rule: str, facts: list[Fact]) -> None:
    first, second = found([L1, *facts], rule)
    assert first.alert_id != second.alert_id


def test_evidence_is_in_the_order_of_the_timeline() -> None:
    late, early = missed("2026-03", "2026-05-08"), missed("2026-04", "2026-04-08")
    assert alert([L1, late, early], "rent-arrears").evidence == (early, late)
    pair = [signal("2026-04-20", by=MAAS, id="z"), signal("2026-04-20", by=WEERT, id="a")]
    assert [it.party for it in alert([L1, *pair], "concurrent-signals").evidence] == [MAAS, WEERT]


def test_findings_are_in_order_of_start_rule_and_id() -> None:
    facts = [L1, N1, missed("2026-03", "2026-04-01"), signal("2026-04-01", by=MAAS)]
    keys = [(it.raised_at, it.rule.id, it.alert_id) for it in found(facts)]
    assert keys == sorted(keys)


@given(pool.some_facts)
def test_no_two_findings_of_a_household_share_an_id(facts: list[Fact]) -> None:
    names = [it.alert_id for it in found([pool.L1, *facts])]
    assert len(names) == len(set(names))


def test_what_begins_at_one_moment_by_one_fact_is_one_finding() -> None:
    rule = "when: {all: [{seen: damage-reported}, {not: {in: begeleiding}}]}"
    facts = [
        signed("2026-03-01"),
        begeleiding("2026-03-01"),
        damage("2026-03-10"),
        damage("2026-03-12"),
        begeleiding_ended("2026-04-01"),
        damage("2026-04-05"),
    ]
    ended = "2027-03-01 scope-ended"
    assert held(rule, facts) == [f"2026-04-01 .. {ended}", f"2026-04-05 .. {ended}"]


def test_of_those_it_is_the_one_that_lasts_longest() -> None:
    each = "{fact: interpreter-provided, concerning: true}"
    missing = f"missing: {{facts: [{each}], by: {{each: interpreter-requested, plus: 1 d}}}}"
    rule = f"when: {{all: [{{{missing}}}, {{not: {{in: begeleiding}}}}]}}"
    first, second = interpreter_requested("2026-03-10"), interpreter_requested("2026-03-11")
    facts = [
        signed("2026-03-01"),
        begeleiding("2026-03-01"),
        first,
        second,
        begeleiding_ended("2026-04-01"),
        interpreter_provided("2026-04-10", concerns=first),
        interpreter_provided("2026-04-20", concerns=second),
    ]
    assert held(rule, facts) == ["2026-04-01 .. 2026-04-20 condition"]
