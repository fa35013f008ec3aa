"""No rule that lint lets pass gives two findings one alert id, because `during` came back."""

from typing import Final

import pytest

from hub.domain.facts import Fact
from hub.domain.lint_ids import ambiguous_states, repeats
from tests.agreement.builders import SMALL, problems_of
from tests.building import (
    agreement,
    begeleiding,
    begeleiding_ended,
    contact,
    damage,
    found,
    missed,
    moved_out,
    paid,
    phase,
    phase_completed,
    signal,
    signed,
    support,
    support_ended,
)
from tests.domain.ruling import TESTED, under

PHASE: Final = "coaching-integratie"
RENT: Final = "open: {opens: rent-missed, closes: rent-paid, key: period, atLeast: 1}"

# A lease with arrears, begeleiding, support and damage before, during and between two phases.
HISTORY: Final[list[Fact]] = [
    begeleiding("2025-12-20"),
    signed("2026-01-01"),
    missed("2026-01", "2026-01-15"),
    contact("2026-01-20"),
    begeleiding_ended("2026-01-25"),
    support("2026-01-28"),
    damage("2026-01-29"),
    phase("2026-02-01", PHASE),
    damage("2026-02-10"),
    signal("2026-02-12"),
    begeleiding("2026-02-14"),
    begeleiding_ended("2026-02-20"),
    phase_completed("2026-06-01", PHASE),
    damage("2026-06-10"),
    phase("2026-07-01", PHASE),
    damage("2026-07-05"),
    begeleiding("2026-07-10"),
    begeleiding_ended("2026-07-20"),
    signal("2026-08-01"),
    phase_completed("2026-09-01", PHASE),
    phase("2026-10-01", PHASE),
    support_ended("2026-10-10"),
    paid("2026-01", "2026-10-20"),
    moved_out("2026-12-31"),
]

REFUSED = [
    RENT,
    "missing: {facts: [intake-completed], by: S + 1 d}",
    "missing: {facts: [intake-completed], by: {each: damage-reported, plus: 3 d}}",
    "in: administrative-support",
    "without: {state: aanspreekpunt, from: S}",
    "lapsed: {facts: [begeleiding-contact], after: 42 d}",
    f"all: [{{{RENT}}}, {{in: administrative-support}}]",
    f"all: [{{{RENT}}}, {{not: {{in: begeleiding}}}}]",
    f"any: [{{seen: signal-raised}}, {{{RENT}}}]",
    f"all: [{{in: {PHASE}}}, {{{RENT}, for: 14 d}}]",
    f"all: [{{seen: damage-reported}}, {{{RENT}, for: 14 d}}]",
]  # fmt: skip
PASSED = [
    "seen: damage-reported",
    "count: {facts: [damage-reported], atLeast: 2, within: 60 d}",
    "run: {facts: [damage-reported], gap: 60 d}",
    "without: begeleiding",
    f"in: {PHASE}",
    f"in: {PHASE}\n  for: 5 d",
    f"missing: {{facts: [work-placement-started], by: {{each: {{state: {PHASE}}}, plus: 20 d}}}}",
    f"all: [{{in: {PHASE}}}, {{{RENT}}}]",
    f"all: [{{in: {PHASE}, for: 14 d}}, {{{RENT}}}]",
    f"all: [{{seen: damage-reported}}, {{{RENT}}}]",
    f"all: [{{seen: signal-raised}}, {{not: {{{RENT}, for: 14 d}}}}]",
    "any: [{seen: signal-raised}, {without: begeleiding}]",
]


def _rule(when: str, during: str = f"[{PHASE}, tenancy]") -> str:
    return f"id: {TESTED}\nduring: {during}\nwhen:\n  {when}"


def _ids(rule: str) -> list[str]:
    return [it.alert_id for it in found(HISTORY, TESTED, under=[under(rule)])]


@pytest.mark.parametrize("when", REFUSED)
def test_what_lasts_from_one_time_to_the_next_would_be_two_alerts_with_one_id(when: str) -> None:
    written = under(_rule(when))
    assert ambiguous_states(written.rules[0], written.states) == (PHASE,)
    ids = _ids(_rule(when))
    assert len(ids) > len(set(ids))


@pytest.mark.parametrize("when", REFUSED)
def test_as_lint_says_to_write_it_every_alert_has_an_id_of_its_own(when: str) -> None:
    inner = when.replace("\n ", ",")
    rule = _rule(f"all: [{{in: {PHASE}}}, {{{inner}}}]", during="[tenancy]")
    written = under(rule)
    assert ambiguous_states(written.rules[0], written.states) == ()
    ids = _ids(rule)
    assert ids
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("when", PASSED)
def test_what_begins_within_has_an_id_of_its_own_each_time(when: str) -> None:
    written = under(_rule(when))
    assert ambiguous_states(written.rules[0], written.states) == ()
    ids = _ids(_rule(when))
    assert ids
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("during", ["monitoring", "tenancy", "pre-vestiging", "always"])
def test_where_during_comes_once_everything_may_last(during: str) -> None:
    written = under(_rule(RENT, during))
    assert ambiguous_states(written.rules[0], written.states) == ()


def test_the_rules_of_the_default_agreement_are_fine() -> None:
    known = agreement()
    assert all(ambiguous_states(rule, known.states) == () for rule in known.rules)
    assert {name for name, state in known.states.items() if repeats(state)} == {
        "begeleiding",
        "aanspreekpunt",
        "administrative-support",
        "payment-arrangement",
        "coaching-vestiging",
        "coaching-integratie",
    }


@pytest.mark.parametrize(
    ("during", "said"),
    [
        pytest.param("begeleiding", "[monitoring]", id="the only state"),
        pytest.param("[tenancy, begeleiding]", "[tenancy]", id="one of two"),
    ],
)
def test_lint_says_where_and_what_to_write(during: str, said: str) -> None:
    text = SMALL.replace("{seen: damage-reported}", "{lapsed: {facts: rent-paid, after: 2 mo}}")
    text = text.replace("  tells", f"  during: {during}\n  tells")
    assert [str(problem) for problem in problems_of(text)] == [
        "27:11: during: `begeleiding` can come in force more than once, and what lasts from one "
        "time to the next would be two alerts with one id; write "
        f"`during: {said}`, and `when: {{all: [{{in: begeleiding}}, …]}}` with what `when` says now"
    ]


def test_where_monitoring_comes_back_the_rule_holds_always() -> None:
    text = SMALL.replace("monitoring: {from: S,", "monitoring: {from: phase-started,")
    text = text.replace("{seen: damage-reported}", "{lapsed: {facts: rent-paid, after: 2 mo}}")
    [problem] = map(str, problems_of(text))
    assert problem.startswith("23:3: during: `monitoring` can come in force more than once")
    assert "write `during: always`, and `when: {all: [{in: monitoring}, …]}`" in problem
