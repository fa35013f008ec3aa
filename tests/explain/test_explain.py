"""`explain`: what an alert rests on, who acts, and what comes next; and both in words."""

from __future__ import annotations

from typing import get_args

import pytest

from hub.domain.acts import Resolution, Status
from hub.domain.agreement import Part, Severity
from hub.domain.explain import Explanation, explain
from hub.domain.facts import CATALOGUE, SIDE_OF, Fact
from hub.domain.findings import Finding
from hub.domain.names import NAMES, moment_of, name_of
from hub.domain.search import search
from hub.domain.sentences import explanation_in
from tests.building import (
    MAAS,
    NO_STEPS,
    WEERT,
    acknowledged,
    agreement,
    agreements,
    approach,
    consultation,
    found,
    instant,
    intake,
    missed,
    parties,
    resolved,
    signal,
    signed,
)

LEASE = signed("2026-03-02")


def explained(rule: str, *facts: Fact, at: str) -> Explanation:
    """The explanation of the last finding of a rule, found with the ends that are to come."""
    resolution = resolved(*facts, at=at)
    [household] = resolution.households.values()
    every = search(household, agreements().all, parties(), resolution.acts)
    finding = [it for it in every if it.rule.id == rule and it.raised_at <= instant(at)][-1]
    return explain(finding, household, agreement(), parties(), instant(at))


def finding(rule: str, *facts: Fact) -> Finding:
    return found(facts, rule)[-1]


def test_tells_rule_version_paragraph_and_what_did_not_come() -> None:
    told = explained("intake-missing", LEASE, at="2026-03-04")
    assert (told.rule, told.agreement) == (
        "intake-missing",
        {"id": "duurzame-start", "version": "1"},
    )
    assert told.memo == "1: startsituatie"
    assert [(it.type, it.expected_by) for it in told.absent] == [
        ("intake-completed", "2026-03-02T23:00:00.000Z")
    ]
    assert [it.id for it in told.evidence] == [LEASE.id]


def test_tells_who_is_responsible_who_acts_and_by_when() -> None:
    told = explained("intake-missing", LEASE, at="2026-03-04")
    assert told.responsible == {"gemeente": "full"}
    assert {(it.party, it.part, it.respond_by) for it in told.told} == {
        ("begeleider-onderdak", "acts", "2026-03-16T23:00:00.000Z"),
        ("gemeente-weert", "acts", "2026-03-16T23:00:00.000Z"),
    }


def test_the_next_deadline_is_that_of_who_has_not_answered() -> None:
    alert = finding("intake-missing", LEASE)
    before = explained("intake-missing", LEASE, at="2026-03-04")
    assert before.next_deadline is not None
    assert before.next_deadline.parties == ("begeleider-onderdak", "gemeente-weert")
    done = acknowledged("2026-03-05", alert, by=WEERT)
    after = explained("intake-missing", LEASE, done, at="2026-03-06")
    assert after.next_deadline is not None
    assert after.next_deadline.parties == ("begeleider-onderdak",)
    assert explained("intake-missing", LEASE, at="2026-04-01").next_deadline is None


def test_the_next_change_is_what_time_alone_brings() -> None:
    told = explained("signal", LEASE, signal("2026-03-10"), at="2026-03-11")
    assert told.next_change is not None
    assert (told.next_change.at, told.next_change.what) == ("2026-06-07T22:00:00.000Z", "expired")


def test_what_has_ended_has_nothing_to_come() -> None:
    told = explained("intake-missing", LEASE, intake("2026-03-10"), at="2026-03-11")
    assert (told.status, told.resolution) == ("resolved", "condition")
    assert (told.next_deadline, told.next_change) == (None, None)


def test_the_future_is_not_told_as_if_it_were_past() -> None:
    told = explained("signal", LEASE, signal("2026-03-10"), at="2026-03-11")
    assert (told.status, told.resolved_at, told.acts) == ("open", None, ())


def test_who_is_held_by_the_gate_has_no_deadline() -> None:
    facts = [missed("2026-04", steps=NO_STEPS), missed("2026-05", steps=NO_STEPS)]
    told = explained("rent-arrears", LEASE, *facts, at="2026-05-09")
    assert {it.party for it in told.told if it.held} == {"begeleider-onderdak", "gemeente-weert"}
    assert told.next_deadline is not None
    assert told.next_deadline.parties == (MAAS,)


def test_acts_are_told_with_their_party() -> None:
    alert = finding("signal", LEASE, signal("2026-03-10"))
    done = approach("2026-03-12", alert, by=MAAS)
    told = explained("signal", LEASE, signal("2026-03-10"), done, at="2026-03-13")
    assert [(it.type, it.party) for it in told.acts] == [("approach-agreed", MAAS)]


def test_an_alert_about_a_region_is_explained_too() -> None:
    [alert] = found([consultation("2026-01-10", by=WEERT)], "consultation-due")
    told = explain(alert, None, agreement(), parties(), instant("2027-02-01"))
    assert (told.region, told.gemeente) == ("limburg-midden", None)
    assert any("bestuurlijk overleg gehouden" in line for line in explanation_in("nl", told))


def test_reads_as_dutch() -> None:
    alert = finding("intake-missing", LEASE)
    done = acknowledged("2026-03-05", alert, by=WEERT)
    told = explained("intake-missing", LEASE, done, at="2026-03-06")
    assert explanation_in("nl", told) == (
        "Startsituatie nog niet in beeld (intake-missing): ernst middel, status bevestigd.",
        "Afgesproken in duurzame-start, versie 1; memo 1: startsituatie.",
        "Begonnen op 3 maart 2026.",
        "Dit berust op:",
        f"  2 maart 2026: huurcontract getekend ({LEASE.source} {LEASE.id})",
        "Uitgebleven: intake afgerond, verwacht uiterlijk 3 maart 2026.",
        "Verantwoordelijk voor startsituatie in fase pré-vestiging: "
        "gemeente volledig verantwoordelijk.",
        "begeleider-onderdak (begeleider) komt in actie, reageert uiterlijk 17 maart 2026.",
        "gemeente-weert (gemeente) komt in actie, heeft gereageerd.",
        "5 maart 2026: gemeente-weert: ontvangst bevestigd.",
        "Eerstvolgende termijn: 17 maart 2026, voor begeleider-onderdak.",
        "Zonder nieuwe feiten voorbij op 2 maart 2027: de regel geldt niet meer.",
    )


def test_reads_as_english() -> None:
    told = explained("intake-missing", LEASE, intake("2026-03-10 09:30"), at="2026-03-11")
    lines = explanation_in("en", told)
    assert "From 3 March 2026 to 10 March 2026 09:30: the reason is gone." in lines
    assert lines[-1] == "Without new facts nothing changes here."


def test_a_deadline_that_has_passed_is_told_as_missed() -> None:
    told = explained("intake-missing", LEASE, at="2026-04-01")
    assert any("had op 17 maart 2026 gereageerd moeten hebben" in it for it in lines(told))


def lines(told: Explanation) -> tuple[str, ...]:
    return explanation_in("nl", told)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(CATALOGUE, id="fact types"),
        pytest.param(SIDE_OF, id="roles"),
        pytest.param([it.value for it in Resolution], id="resolutions"),
        pytest.param(get_args(Severity), id="severities"),
        pytest.param(get_args(Part), id="parts"),
        pytest.param([it.value for it in Status], id="statuses"),
        pytest.param(agreement().states, id="states of the default agreement"),
    ],
)
def test_everything_has_a_name_for_people(words: list[str]) -> None:
    assert not [word for word in words if word not in NAMES]


def test_a_name_that_an_agreement_made_up_reads_as_itself() -> None:
    assert name_of("schuldhulp", "nl") == "schuldhulp"


def test_a_moment_is_wall_time_and_midnight_is_a_day() -> None:
    assert moment_of(instant("2026-07-01 14:05"), "nl") == "1 juli 2026 14:05"
    assert moment_of(instant("2026-07-01"), "en") == "1 July 2026"
