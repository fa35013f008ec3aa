"""What cuts a finding short, and what is found after it (agreement document, The rule language)."""

import pytest

from hub.domain.facts import Fact
from tests.building import (
    MAAS,
    Terms,
    approach,
    begeleiding,
    begeleiding_ended,
    closed,
    contact,
    damage,
    family_came,
    family_expected,
    found,
    intake,
    missed,
    nuisance,
    paid,
    repaired,
    signed,
    temporary_housing,
)
from tests.domain.ruling import TESTED, held, under

L1 = signed("2026-03-01", terms=Terms(max_persons=4, persons=2))
TO_THE_END = "2027-03-01 scope-ended"
CUT = temporary_housing("2026-06-01")
BY_FACT = "\nuntil: [temporary-housing-arranged]"

MISSING = "when: {missing: {facts: [intake-completed], by: S + 30 d}}"
WITHOUT = "when: {without: {state: begeleiding, from: S}}"
LAPSED = "when: {lapsed: {facts: [begeleiding-contact], after: 42 d}}"
OPEN = "when: {open: {opens: rent-missed, closes: rent-paid, key: period}}"
EXCEEDS = """
when:
  exceeds:
    left:
      - {latest: [family-reunification-expected, family-reunification-completed], field: persons}
    right: [{latest: [lease-signed], field: maxPersons}]
"""


@pytest.mark.parametrize(
    ("rule", "before", "after", "spans"),
    [
        pytest.param(
            MISSING, [], [intake("2026-07-01")], "2026-03-31 .. 2026-06-01 condition", id="missing"
        ),
        pytest.param(
            WITHOUT,
            [],
            [begeleiding("2026-07-01"), begeleiding_ended("2026-08-01")],
            f"2026-03-01 .. 2026-06-01 condition, 2026-08-01 .. {TO_THE_END}",
            id="without: the next gap is found",
        ),
        pytest.param(
            LAPSED,
            [contact("2026-03-10")],
            [contact("2026-07-01")],
            f"2026-04-21 .. 2026-06-01 condition, 2026-08-12 .. {TO_THE_END}",
            id="lapsed: the next time it is found",
        ),
        pytest.param(
            OPEN,
            [missed("2026-04", "2026-04-08")],
            [paid("2026-04", "2026-07-01"), missed("2026-05", "2026-07-08")],
            f"2026-04-08 .. 2026-06-01 condition, 2026-07-08 .. {TO_THE_END}",
            id="open: once none was open, the next is found",
        ),
        pytest.param(
            OPEN,
            [missed("2026-04", "2026-04-08")],
            [missed("2026-05", "2026-07-08"), paid("2026-04", "2026-08-01")],
            "2026-04-08 .. 2026-06-01 condition",
            id="open: while one stays open, others are not found",
        ),
        pytest.param(
            EXCEEDS,
            [family_expected("2026-04-01", 5)],
            [family_expected("2026-07-01", 6), family_came("2026-08-01", 1)],
            "2026-04-01 .. 2026-06-01 condition",
            id="exceeds: still more is not found",
        ),
        pytest.param(
            EXCEEDS,
            [family_expected("2026-04-01", 5)],
            [family_came("2026-07-01", 1), family_expected("2026-08-01", 5)],
            f"2026-04-01 .. 2026-06-01 condition, 2026-08-01 .. {TO_THE_END}",
            id="exceeds: once it did not, it is found again",
        ),
    ],
)
def test_what_lasts_is_not_found_again_until_it_has_stopped(
    rule: str, before: list[Fact], after: list[Fact], spans: str
) -> None:
    assert ", ".join(held(rule + BY_FACT, [L1, *before, CUT, *after])) == spans


def test_people_can_end_what_lasts_as_well() -> None:
    facts = [L1, missed("2026-04", "2026-04-08")]
    [finding] = found(facts, TESTED, under=[under(OPEN)])
    told = [*facts, closed("2026-06-01", finding), missed("2026-05", "2026-07-08")]
    assert held(OPEN, told) == ["2026-04-08 .. 2026-06-01 closed"]


COUNT = "when: {count: {facts: [damage-reported], atLeast: 2, within: 180 d}}"
RUN = "when: {run: {facts: [nuisance-reported], gap: 60 d}}"
D1, D2, D3, D4 = (damage(f"2026-0{month}-01") for month in (4, 5, 7, 8))
D5, D6 = damage("2026-10-01"), damage("2026-11-01")
N1, N2, N3 = (nuisance(day) for day in ("2026-05-01", "2026-05-20", "2026-06-10"))


@pytest.mark.parametrize(
    ("rule", "facts", "spans"),
    [
        pytest.param(
            COUNT, [D1, D2, D3, CUT], "2026-05-01 .. 2026-06-01 condition", id="a count: one more"
        ),
        pytest.param(
            COUNT,
            [D1, D2, D3, D4, CUT],
            f"2026-05-01 .. 2026-06-01 condition, 2026-08-01 .. {TO_THE_END}",
            id="a count: two more make a new one",
        ),
        pytest.param(
            COUNT,
            [D1, D2, damage("2026-05-15"), D3, CUT],
            "2026-05-01 .. 2026-06-01 condition",
            id="a count: what was swallowed is not counted again",
        ),
        pytest.param(
            COUNT,
            [D1, D2, damage("2026-06-01"), D3, CUT],
            "2026-05-01 .. 2026-06-01 condition",
            id="a count: nor is what came at the cut itself",
        ),
        pytest.param(
            COUNT,
            [D1, D2, damage("2026-06-01 00:01"), D3, CUT],
            f"2026-05-01 .. 2026-06-01 condition, 2026-07-01 .. {TO_THE_END}",
            id="a count: what came after it is",
        ),
        pytest.param(
            COUNT,
            [D1, D2, temporary_housing("2026-05-01"), D3],
            "",
            id="a count: cut as it was made, it is none, and what it counted is used",
        ),
        pytest.param(
            COUNT,
            [D1, D2, temporary_housing("2026-05-01"), D3, D4],
            f"2026-08-01 .. {TO_THE_END}",
            id="a count: so that two more make one",
        ),
        pytest.param(
            COUNT,
            [D1, temporary_housing("2026-04-15"), D2],
            f"2026-05-01 .. {TO_THE_END}",
            id="a count: a fact before it was made cuts nothing",
        ),
        pytest.param(
            COUNT,
            [D1, D2, CUT, D3, D4, temporary_housing("2026-09-01"), D5, D6],
            "2026-05-01 .. 2026-06-01 condition, 2026-08-01 .. 2026-09-01 condition, "
            f"2026-11-01 .. {TO_THE_END}",
            id="a count: each cut frees anew",
        ),
        pytest.param(
            RUN,
            [N1, temporary_housing("2026-05-01"), N2],
            "2026-05-20 .. 2026-07-19 condition",
            id="a run: cut as it began, the next fact begins one",
        ),
        pytest.param(
            RUN,
            [N1, N2, CUT, N3],
            "2026-05-01 .. 2026-06-01 condition, 2026-06-10 .. 2026-08-09 condition",
            id="a run: the next fact begins a new one",
        ),
        pytest.param(
            RUN,
            [N1, nuisance("2026-06-01"), CUT, N3],
            "2026-05-01 .. 2026-06-01 condition, 2026-06-10 .. 2026-08-09 condition",
            id="a run: a fact at the cut itself belongs to the old",
        ),
        pytest.param(
            RUN,
            [N1, CUT, temporary_housing("2026-06-20"), N3],
            "2026-05-01 .. 2026-06-01 condition, 2026-06-10 .. 2026-06-20 condition",
            id="a run: the new one may be cut as well",
        ),
    ],
)
def test_a_cut_frees_a_count_and_a_run(rule: str, facts: list[Fact], spans: str) -> None:
    assert ", ".join(held(rule + BY_FACT, [L1, *facts])) == spans


EXPIRES = "when: {seen: damage-reported}\nuntil: [{after: 90 d}]"
EACH_ENDS = """
when: {seen: damage-reported}
until: [{fact: damage-repaired, where: {cause: wear}, concerning: true}, {after: 90 d}]
"""


@pytest.mark.parametrize(
    ("rule", "facts", "spans"),
    [
        pytest.param(EXPIRES, [D1], "2026-04-01 .. 2026-06-30 expired", id="after so long"),
        pytest.param(
            EXPIRES,
            [damage("2026-12-01")],
            "2026-12-01 .. 2027-03-01 expired",
            id="before scope-ended",
        ),
        pytest.param(
            EXPIRES,
            [damage("2026-12-02")],
            "2026-12-02 .. 2027-03-01 scope-ended",
            id="not after it",
        ),
        pytest.param(
            EACH_ENDS,
            [D1, D2, repaired("2026-05-10", "wear")],
            "2026-04-01 .. 2026-05-10 condition, 2026-05-01 .. 2026-05-10 condition",
            id="a fact that is for all of them",
        ),
        pytest.param(
            EACH_ENDS,
            [D1, D2, repaired("2026-05-10", "wear", concerns=D2)],
            "2026-04-01 .. 2026-06-30 expired, 2026-05-01 .. 2026-05-10 condition",
            id="a fact that is for one of them",
        ),
        pytest.param(
            EACH_ENDS,
            [D1, repaired("2026-05-10", "resident"), repaired("2026-05-20", "wear")],
            "2026-04-01 .. 2026-06-30 expired",
            id="a fact that came after another had closed it",
        ),
        pytest.param(
            EACH_ENDS,
            [D1, repaired("2026-06-30", "wear")],
            "2026-04-01 .. 2026-06-30 condition",
            id="both at one instant: the condition",
        ),
    ],
)
def test_until(rule: str, facts: list[Fact], spans: str) -> None:
    assert ", ".join(held(rule, [L1, *facts])) == spans


APPROACHED = f"{RUN}\nuntil: [approach]"


def test_an_approach_cuts_where_the_rule_says_so() -> None:
    [finding] = found([L1, N1], TESTED, under=[under(APPROACHED)])
    told = [L1, N1, approach("2026-05-10", finding, by=MAAS), N2]
    assert held(APPROACHED, told) == [
        "2026-05-01 .. 2026-05-10 approach",
        "2026-05-20 .. 2026-07-19 condition",
    ]
    assert held(RUN, told) == ["2026-05-01 .. 2026-07-19 condition"]
