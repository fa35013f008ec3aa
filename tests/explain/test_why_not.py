"""`why_not`: what is in the way of each kind of condition, and since when."""

from __future__ import annotations

from functools import lru_cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.domain.agreement import Agreement, Rule
from hub.domain.conditions import Condition
from hub.domain.facts import Fact
from hub.domain.in_the_way import IN_THE_WAY
from hub.domain.search import search
from hub.domain.sentences import why_not_in
from hub.domain.tenancy import resolve
from hub.domain.time import DAY_MS, Instant, parse_instant
from hub.domain.why_not import Case, Obstacle, WhyNot, why_not
from hub.simulation import Fault, simulate
from hub.streams.backtest import Backtest, Evaluated
from tests.building import (
    HUURDERS,
    LEAD_DAYS,
    MAAS,
    aanspreekpunt,
    agreement,
    agreements,
    approach,
    arrangement,
    begeleiding,
    begeleiding_ended,
    contact,
    damage,
    family_expected,
    found,
    home_visit,
    instant,
    intake,
    interpreter_requested,
    missed,
    moved_out,
    nuisance,
    paid,
    parties,
    phase,
    signal,
    signed,
    wall,
)
from tests.domain.ruling import TESTED, under

LIVING = ("open", "acknowledged", "agreed")
NOW = "2026-06-01"
LEASE = signed("2026-03-01", on="2026-02-15", terms={"persons": 2, "max_persons": 4})
BEGELEIDING = begeleiding("2026-03-02")
MISSED = missed("2026-04")


def asked(rule: str, *facts: Fact, at: str = NOW, version: Agreement | None = None) -> WhyNot:
    """Why a rule, one of the file or one written here, found nothing in the one household."""
    known = version or (under(rule) if "when:" in rule else agreement())
    now = instant(at)
    existing = [fact for fact in facts if fact.at <= now]
    resolution = resolve(existing, "0988", parties(), LEAD_DAYS)
    [household] = resolution.households.values()
    the_rule = known.by_id[TESTED if "when:" in rule else rule]
    assert isinstance(the_rule, Rule)
    return why_not(the_rule, Case(household, (known,), parties(), resolution.acts, now))


def shown(unmet: Obstacle | None) -> str:
    """`reason at changes_at`, each instant as wall time."""
    assert unmet is not None
    moments = [wall(parse_instant(at)) for at in (unmet.at, unmet.changes_at) if at is not None]
    return " ".join([unmet.reason, *moments])


@pytest.mark.parametrize(
    ("rule", "facts", "unmet"),
    [
        pytest.param(
            "intake-missing", [intake("2026-03-01")], "came 2026-03-01", id="what was to come came"
        ),
        pytest.param("introduction-missing", [], "not-due 2026-04-30 2026-04-30", id="not due yet"),
        pytest.param(
            "begeleiding-missing", [BEGELEIDING], "in-force 2026-03-02", id="a state not missing"
        ),
        pytest.param("interpreter-not-provided", [], "never", id="nothing to count from"),
        pytest.param(
            "interpreter-not-provided",
            [interpreter_requested("2026-04-14")],
            "not-due 2026-04-21 2026-04-21",
            id="a deadline after a fact",
        ),
        pytest.param(
            "aanspreekpunt-missing",
            [aanspreekpunt("2026-03-03")],
            "in-force 2026-03-03",
            id="a state that should be absent",
        ),
        pytest.param(
            "begeleiding-ended-early", [], "never", id="what never was in force cannot end"
        ),
        pytest.param(
            "begeleiding-ended-early",
            [BEGELEIDING, begeleiding_ended("2026-04-14 10:00")],
            "too-short 2026-04-14 10:00 2026-04-16 10:00",
            id="not long enough",
        ),
        pytest.param(
            "begeleiding-contact-lapsed",
            [BEGELEIDING, contact("2026-04-01")],
            "recent 2026-04-01 2026-05-13",
            id="too recent",
        ),
        pytest.param(
            "begeleiding-contact-lapsed",
            [begeleiding("2026-01-01"), begeleiding_ended("2026-03-05")],
            "not-in-force 2026-03-05",
            id="the first of all parts",
        ),
        pytest.param("damage-without-begeleiding", [], "never", id="nothing seen"),
        pytest.param(
            "damage-without-begeleiding",
            [damage("2026-03-09", "wear")],
            "no-match 2026-03-09",
            id="seen, but not as asked",
        ),
        pytest.param(
            "repeated-damage", [damage("2026-03-09")], "too-few 2026-03-09", id="one of two"
        ),
        pytest.param(
            "concurrent-signals",
            [nuisance("2026-03-09"), nuisance("2026-03-12")],
            "one-side 2026-03-12",
            id="from one side only",
        ),
        pytest.param(
            "concurrent-signals",
            [signal("2026-03-09"), signal("2026-03-10", by=HUURDERS)],
            "too-few 2026-03-09",
            id="huurders are on neither side",
        ),
        pytest.param(
            "nuisance", [nuisance("2026-02-20")], "out-of-scope 2026-02-20", id="before monitoring"
        ),
        pytest.param("rent-arrears", [MISSED], "too-few 2026-04-08 10:00", id="one period open"),
        pytest.param(
            "first-rent-missed",
            [missed("2026-03"), paid("2026-03", "2026-04-02")],
            "settled 2026-04-02",
            id="paid",
        ),
        pytest.param(
            "arrears-without-support",
            [MISSED],
            "too-short 2026-04-08 10:00 2026-04-22 10:00",
            id="open, but not for long",
        ),
        pytest.param(
            "arrears-after-begeleiding",
            [BEGELEIDING, MISSED],
            "no-match 2026-04-08 10:00",
            id="open, but not under the condition",
        ),
        pytest.param("no-room-for-family", [], "never", id="nothing to add up"),
        pytest.param(
            "no-room-for-family",
            [family_expected("2026-04-01", 2)],
            "not-above 2026-04-01",
            id="it fits",
        ),
        pytest.param("work-placement-missing", [], "not-during", id="a state of during"),
        pytest.param(
            "work-placement-missing",
            [phase("2026-03-20", "coaching-integratie")],
            "not-due 2026-09-20 2026-09-20",
            id="counted from a state",
        ),
        pytest.param("phase-overlap", [], "not-in-force", id="the first of any parts"),
    ],
)
def test_names_the_first_condition_that_is_not_met(
    rule: str, facts: list[Fact], unmet: str
) -> None:
    assert shown(asked(rule, LEASE, *facts, at="2026-04-15").unmet) == unmet


def test_a_number_that_is_not_known_is_no_number() -> None:
    lease = signed("2026-03-01", terms={"persons": 2})
    answer = asked("no-room-for-family", lease, family_expected("2026-04-01", 9))
    assert shown(answer.unmet) == "unknown 2026-04-01"


def test_what_the_rule_denies_is_told_with_the_day_it_stops() -> None:
    held = arrangement("2026-04-20", until="2026-07-31")
    answer = asked("arrears-without-support", LEASE, MISSED, held)
    assert shown(answer.unmet) == "holds 2026-04-20 2026-08-01"
    assert answer.raises_at is not None
    assert wall(parse_instant(answer.raises_at)) == "2026-08-01"


def test_what_was_in_the_way_at_the_instant_of_the_fact_is_told_too() -> None:
    answer = asked("arrears-after-begeleiding", LEASE, BEGELEIDING, MISSED)
    assert answer.unmet is not None
    assert shown(answer.unmet.then) == "in-force 2026-03-02"


def test_after_the_tenancy_the_rule_applies_no_longer() -> None:
    answer = asked("intake-missing", LEASE, intake("2026-03-01"), moved_out("2026-05-10"))
    assert shown(answer.unmet) == "not-during 2026-05-11"


def test_before_the_lease_begins_the_rule_is_told_to_apply_from_then_on() -> None:
    answer = asked("intake-missing", LEASE, at="2026-02-20")
    assert shown(answer.unmet) == "not-during 2026-03-01"


def test_a_run_that_is_over_is_told_with_its_alert() -> None:
    answer = asked("nuisance", LEASE, nuisance("2026-03-09"))
    assert shown(answer.unmet) == "over 2026-05-08"
    assert [(it.status, it.resolution) for it in answer.found] == [("resolved", "condition")]


def test_an_alert_that_was_ended_is_the_answer_as_long_as_the_condition_holds() -> None:
    seen = signal("2026-05-04")
    [alert] = found([LEASE, seen], "signal")
    answer = asked("signal", LEASE, seen, approach("2026-05-06", alert, by=MAAS))
    assert shown(answer.unmet) == "cut 2026-05-06"
    assert [it.alert_id for it in answer.found] == [alert.alert_id]


def test_an_open_alert_is_the_whole_answer() -> None:
    seen = signal("2026-05-04")
    [alert] = found([LEASE, seen], "signal")
    answer = asked("signal", LEASE, seen)
    assert (answer.unmet, [it.alert_id for it in answer.found]) == (None, [alert.alert_id])


def test_without_a_lease_there_is_nothing_to_count_from() -> None:
    answer = asked(
        "during: always\nwhen: {missing: {facts: [intake-completed], by: S + 7 d}}",
        home_visit("2026-05-01", dossier="D-1", by="gemeente-weert"),
    )
    assert shown(answer.unmet) == "no-lease"


def test_what_has_always_been_so_began_with_no_fact() -> None:
    answer = asked("during: always\nwhen: {not: {in: begeleiding}}", LEASE)
    assert shown(answer.unmet) == "no-beginning"


def test_each_condition_of_the_language_has_its_answer() -> None:
    assert set(IN_THE_WAY) == set(Condition.__args__)


@lru_cache(maxsize=4)
def region(seed: int) -> Backtest:
    backtest = Backtest(agreements(), parties())
    for line in simulate(5, 18, seed, frozenset(Fault)):
        backtest.put(line)
    return backtest


def case_of(evaluated: Evaluated, at: Instant) -> Case:
    household = evaluated.household
    return Case(household, agreements().all, parties(), evaluated.resolved.acts, at)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 30), day=st.integers(-30, 700))
def test_answers_for_every_rule_and_agrees_with_what_is_found(seed: int, day: int) -> None:
    backtest, at = region(seed), instant("2024-01-01") + day * DAY_MS
    for evaluated in backtest.households(at):
        case = case_of(evaluated, at)
        findings = search(case.household, case.versions, case.parties, case.acts)
        for rule in agreement().rules:
            answer = why_not(rule, case)
            raised = {f.alert_id for f in findings if f.rule is rule and f.raised_at <= at}
            assert {it.alert_id for it in answer.found} == raised
            is_open = any(it.status in LIVING for it in answer.found)
            assert (answer.unmet is None) == is_open
            assert all(why_not_in(language, answer) for language in ("nl", "en"))
