"""The leaf `exceeds`: a sum of latest values above another (agreement document, The rule
language)."""

import pytest

from hub.domain.facts import Fact
from tests.building import (
    Terms,
    family_came,
    family_expected,
    found,
    introduction,
    moved_out,
    retracted,
    signed,
)
from tests.domain.ruling import TESTED, held, openers, under

TOO_MANY = """exceeds:
      left:
        - {latest: [family-reunification-expected, family-reunification-completed], field: persons}
        - {latest: [lease-signed], field: persons}
      right:
        - {latest: [lease-signed], field: maxPersons}
"""
RULE = f"when:\n    {TOO_MANY}"
DENIED = f"when:\n  not:\n    {TOO_MANY}"
TO_THE_END = "2027-03-01 scope-ended"


def lease_for(most: int, now: int, on: str = "2026-02-15") -> Fact:
    return signed("2026-03-01", on=on, terms=Terms(max_persons=most, persons=now))


FOUR_NOW_TWO = lease_for(4, 2)
THREE_COME, TWO_COME = family_expected("2026-04-01", 3), family_expected("2026-04-01", 2)
EARLY, BEFORE = family_expected("2026-02-01", 3), family_expected("2026-02-20", 3)


@pytest.mark.parametrize(
    ("facts", "spans"),
    [
        pytest.param([FOUR_NOW_TWO, TWO_COME], "", id="as many as there is room for"),
        pytest.param([lease_for(2, 2), family_expected("2026-04-01", 0)], "", id="nobody comes"),
        pytest.param(
            [lease_for(0, 1), family_expected("2026-04-01", 0)],
            f"2026-04-01 .. {TO_THE_END}",
            id="room for nobody",
        ),
        pytest.param([FOUR_NOW_TWO, THREE_COME], f"2026-04-01 .. {TO_THE_END}", id="one more"),
        pytest.param([FOUR_NOW_TWO], "", id="a value that is not known: nobody is expected"),
        pytest.param(
            [signed("2026-03-01", terms=Terms(max_persons=1)), THREE_COME],
            "",
            id="a value that is not known: persons of the lease",
        ),
        pytest.param(
            [signed("2026-03-01", terms=Terms(persons=1)), THREE_COME],
            "",
            id="a value that is not known: room of the dwelling",
        ),
        pytest.param(
            [FOUR_NOW_TWO, THREE_COME, family_came("2026-06-01", 2)],
            "2026-04-01 .. 2026-06-01 condition",
            id="fewer came than expected",
        ),
        pytest.param(
            [FOUR_NOW_TWO, THREE_COME, family_came("2026-06-01", 4)],
            f"2026-04-01 .. {TO_THE_END}",
            id="more came: still the same",
        ),
        pytest.param(
            [
                FOUR_NOW_TWO,
                TWO_COME,
                family_expected("2026-05-01", 3),
                family_came("2026-06-01", 0),
            ],
            "2026-05-01 .. 2026-06-01 condition",
            id="of either type the latest counts",
        ),
        pytest.param(
            [
                FOUR_NOW_TWO,
                THREE_COME,
                family_came("2026-06-01", 2),
                family_expected("2026-07-01", 3),
            ],
            f"2026-04-01 .. 2026-06-01 condition, 2026-07-01 .. {TO_THE_END}",
            id="again, found again",
        ),
        pytest.param(
            [FOUR_NOW_TWO, family_expected("2026-02-20", 3)],
            f"2026-03-01 .. {TO_THE_END}",
            id="expected before the scope",
        ),
        pytest.param(
            [FOUR_NOW_TWO, family_expected("2026-02-01", 3)],
            f"2026-03-01 .. {TO_THE_END}",
            id="expected before the lease was signed",
        ),
        pytest.param(
            [FOUR_NOW_TWO, family_expected("2026-02-20", 3), family_expected("2026-02-25", 1)],
            "",
            id="over before the scope",
        ),
        pytest.param(
            [FOUR_NOW_TWO, THREE_COME, moved_out("2026-05-31")],
            "2026-04-01 .. 2026-06-01 scope-ended",
            id="moved out",
        ),
        pytest.param(
            [FOUR_NOW_TWO, THREE_COME, retracted("2026-05-01", THREE_COME)], "", id="not so"
        ),
        pytest.param(
            [FOUR_NOW_TWO, THREE_COME, lease_for(6, 2, on="2026-02-16")],
            "",
            id="of two signings the last counts",
        ),
    ],
)
def test_exceeds(facts: list[Fact], spans: str) -> None:
    assert ", ".join(held(RULE, facts)) == spans


@pytest.mark.parametrize(
    ("facts", "opener", "evidence"),
    [
        pytest.param(
            [FOUR_NOW_TWO, THREE_COME],
            THREE_COME,
            [FOUR_NOW_TWO, THREE_COME],
            id="the latest of those that make it so",
        ),
        pytest.param(
            [FOUR_NOW_TWO, EARLY],
            FOUR_NOW_TWO,
            [EARLY, FOUR_NOW_TWO],
            id="also where that is the lease",
        ),
        pytest.param(
            [FOUR_NOW_TWO, BEFORE],
            FOUR_NOW_TWO,
            [FOUR_NOW_TWO, BEFORE],
            id="clipped: the lease, and what is summed",
        ),
        pytest.param(
            [FOUR_NOW_TWO, THREE_COME, introduction("2026-03-15"), family_came("2026-06-01", 4)],
            THREE_COME,
            [FOUR_NOW_TWO, THREE_COME],
            id="later values are no evidence",
        ),
    ],
)
def test_the_opener(facts: list[Fact], opener: Fact, evidence: list[Fact]) -> None:
    assert openers(RULE, facts) == [opener]
    [finding] = found(facts, TESTED, under=[under(RULE)])
    assert list(finding.evidence) == evidence


def test_what_ended_it_is_the_fact_that_made_it_so_no_more() -> None:
    facts = [FOUR_NOW_TWO, THREE_COME, family_came("2026-06-01", 2)]
    assert openers(DENIED, facts) == [facts[0], facts[2]]
