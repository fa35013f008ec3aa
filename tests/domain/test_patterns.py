"""Which facts a rule means (agreement document, The rule language: where, side, before)."""

import pytest

from hub.domain.facts import Fact
from hub.domain.patterns import Pattern, Where
from tests.building import (
    HUURDERS,
    MAAS,
    NO_STEPS,
    ONDERDAK,
    WEERT,
    begeleiding_ended,
    damage,
    first_rent_arranged,
    home_visit,
    intake,
    missed,
    signal,
    signed,
)
from tests.domain.ruling import timeline, under

L1 = signed("2026-03-02", on="2026-02-16")


@pytest.mark.parametrize(
    ("pattern", "said", "is_meant"),
    [
        pytest.param("damage-reported", damage("2026-04-01"), True, id="the type"),
        pytest.param("damage-reported", home_visit("2026-04-01"), False, id="another type"),
        pytest.param(
            "{fact: damage-reported, where: {cause: resident}}",
            damage("2026-04-01"),
            True,
            id="a value",
        ),
        pytest.param(
            "{fact: damage-reported, where: {cause: [wear, unknown]}}",
            damage("2026-04-01", "unknown"),
            True,
            id="one of several",
        ),
        pytest.param(
            "{fact: damage-reported, where: {cause: [wear, unknown]}}",
            damage("2026-04-01"),
            False,
            id="none of several",
        ),
        pytest.param(
            "{fact: damage-reported, where: {cause: resident, category: kitchen}}",
            damage("2026-04-01"),
            False,
            id="all of several fields",
        ),
        pytest.param(
            "{fact: damage-reported, where: {estimate: 5}}",
            damage("2026-04-01"),
            False,
            id="absent",
        ),
        pytest.param(
            "{fact: home-visit-made, where: {concern: false}}",
            home_visit("2026-04-01", False),
            True,
            id="a truth",
        ),
        pytest.param(
            "{fact: rent-missed, where: {socialCollection.reminderSent: false}}",
            missed("2026-04", steps=NO_STEPS),
            True,
            id="a field inside another",
        ),
        pytest.param(
            "{fact: first-rent-arranged, where: {period: first}}",
            first_rent_arranged("2026-03-01", "2026-03"),
            True,
            id="the first period",
        ),
        pytest.param(
            "{fact: first-rent-arranged, where: {period: [first, 2026-05]}}",
            first_rent_arranged("2026-03-01", "2026-05"),
            True,
            id="the first period or another",
        ),
        pytest.param(
            "{fact: signal-raised, side: corporatie}",
            signal("2026-04-01", by=MAAS),
            True,
            id="side",
        ),
        pytest.param(
            "{fact: signal-raised, side: gemeente}",
            signal("2026-04-01", by=ONDERDAK),
            True,
            id="the begeleider is on the side of the gemeente",
        ),
        pytest.param(
            "{fact: signal-raised, side: corporatie}",
            signal("2026-04-01", by=WEERT),
            False,
            id="the other side",
        ),
        pytest.param(
            "{fact: signal-raised, side: gemeente}",
            signal("2026-04-01", by=HUURDERS),
            False,
            id="huurders are on neither",
        ),
        pytest.param(
            "{fact: begeleiding-ended, before: signed + 1 y}",
            begeleiding_ended("2027-02-15 23:59"),
            True,
            id="before a moment",
        ),
        pytest.param(
            "{fact: begeleiding-ended, before: signed + 1 y}",
            begeleiding_ended("2027-02-16"),
            False,
            id="at that moment",
        ),
    ],
)
def test_which_facts_are_meant(pattern: str, said: Fact, is_meant: bool) -> None:
    [rule] = under(f"when: {{in: tenancy}}\nuntil: [{pattern}]").rules
    [read] = rule.until.facts
    assert (said in timeline(L1, said).find([read])) is is_meant


def test_without_a_lease_there_is_no_first_period_and_no_moment() -> None:
    arranged = first_rent_arranged("2026-03-01", "2026-03", dossier="D-1")
    ended = begeleiding_ended("2026-03-01", dossier="D-1")
    known = timeline(intake("2026-02-01", dossier="D-1"), arranged, ended)
    [rule] = under("when: {in: tenancy}\nuntil: [{fact: begeleiding-ended, before: S}]").rules
    first = Pattern("first-rent-arranged", (Where("period", ("first",)),))
    assert known.find([first]) == known.find(rule.until.facts) == []


def test_facts_that_any_pattern_means_are_in_order() -> None:
    late, early = damage("2026-05-01"), home_visit("2026-04-01")
    found = timeline(L1, late, early).find([Pattern("damage-reported"), Pattern("home-visit-made")])
    assert found == [early, late]
