"""`all`, `any`, `not`, `for` and `during` (agreement document, The rule language)."""

import pytest

from hub.domain.facts import Fact
from tests.building import (
    aanspreekpunt,
    aanspreekpunt_withdrawn,
    arrangement,
    begeleiding,
    begeleiding_ended,
    damage,
    intake,
    introduction,
    moved_out,
    nuisance,
    phase,
    phase_completed,
    signed,
    support,
    support_ended,
)
from tests.domain.ruling import held, openers

L1 = signed("2026-03-01", on="2026-02-15")
TO_THE_END = "2027-03-01 scope-ended"
C, C_END = begeleiding("2026-04-01"), begeleiding_ended("2026-06-01")
S, S_END = support("2026-05-01"), support_ended("2026-07-01")
AGREED = arrangement("2026-02-01", until="2026-06-30")

ALL = "when: {all: [{in: begeleiding}, {in: administrative-support}]}"
ANY = "when: {any: [{in: begeleiding}, {in: administrative-support}]}"
NOT = "when: {not: {in: begeleiding}}"
BUT_NOT = "when: {all: [{in: begeleiding}, {not: {in: administrative-support}}]}"
NEITHER = "when: {not: {any: [{in: begeleiding}, {in: administrative-support}]}}"
RUN = "{run: {facts: [nuisance-reported], gap: 60 d}}"
COUNT = "{count: {facts: [damage-reported], atLeast: 2, within: 60 d}}"
NOT_NOT = "when: {not: {not: {in: begeleiding}}}"


@pytest.mark.parametrize(
    ("rule", "facts", "spans"),
    [
        pytest.param(ALL, [C, C_END, S, S_END], "2026-05-01 .. 2026-06-01 condition", id="all"),
        pytest.param(ALL, [C, C_END], "", id="all: not one alone"),
        pytest.param(ALL, [C, C_END, support("2026-06-01")], "", id="all: not one after the other"),
        pytest.param(ANY, [C, C_END, S, S_END], "2026-04-01 .. 2026-07-01 condition", id="any"),
        pytest.param(
            ANY,
            [C, C_END, support("2026-06-01"), S_END],
            "2026-04-01 .. 2026-07-01 condition",
            id="any: one after the other is one",
        ),
        pytest.param(
            ANY,
            [C, C_END, support("2026-06-02"), S_END],
            "2026-04-01 .. 2026-06-01 condition, 2026-06-02 .. 2026-07-01 condition",
            id="any: with a gap they are two",
        ),
        pytest.param(
            NOT,
            [C, C_END],
            f"2026-03-01 .. 2026-04-01 condition, 2026-06-01 .. {TO_THE_END}",
            id="not",
        ),
        pytest.param(NOT, [begeleiding("2026-01-01")], "", id="not: it always is"),
        pytest.param(
            BUT_NOT, [C, C_END, S], "2026-04-01 .. 2026-05-01 condition", id="one but not the other"
        ),
        pytest.param(
            BUT_NOT,
            [C, S, S_END],
            f"2026-04-01 .. 2026-05-01 condition, 2026-07-01 .. {TO_THE_END}",
            id="one, and again when the other has ended",
        ),
        pytest.param(
            NEITHER,
            [C, C_END, S, S_END],
            f"2026-03-01 .. 2026-04-01 condition, 2026-07-01 .. {TO_THE_END}",
            id="neither",
        ),
        pytest.param(
            "when: {any: [{seen: nuisance-reported}, {seen: intake-completed}]}",
            [nuisance("2026-04-01"), intake("2026-05-01"), nuisance("2026-06-01")],
            f"2026-04-01 .. {TO_THE_END}, 2026-05-01 .. {TO_THE_END}, 2026-06-01 .. {TO_THE_END}",
            id="any: what stands alone is not merged: seen",
        ),
        pytest.param(
            f"when: {{any: [{RUN}, {COUNT}]}}",
            [
                nuisance("2026-04-01"),
                nuisance("2026-04-20"),
                damage("2026-05-01"),
                damage("2026-05-02"),
            ],
            f"2026-04-01 .. 2026-06-19 condition, 2026-05-02 .. {TO_THE_END}",
            id="any: what stands alone is not merged: a run, a count",
        ),
        pytest.param(NOT_NOT, [C, C_END], "2026-04-01 .. 2026-06-01 condition", id="not not"),
    ],
)
def test_the_algebra(rule: str, facts: list[Fact], spans: str) -> None:
    assert ", ".join(held(rule, [L1, *facts])) == spans


FOR = "when: {in: begeleiding, for: 14 d}"
FOR_WD = "when: {in: begeleiding, for: 2 wd}"
FOR_ANY = "when: {any: [{in: begeleiding}, {in: administrative-support}], for: 70 d}"
FOR_INSIDE = "when: {all: [{in: begeleiding, for: 14 d}, {in: administrative-support}]}"
FOR_NOT = "when: {not: {in: begeleiding}, for: 14 d}"


@pytest.mark.parametrize(
    ("rule", "facts", "spans"),
    [
        pytest.param(FOR, [C, C_END], "2026-04-15 .. 2026-06-01 condition", id="after two weeks"),
        pytest.param(FOR, [C, begeleiding_ended("2026-04-15")], "", id="not if it ends just then"),
        pytest.param(
            FOR,
            [C, begeleiding_ended("2026-04-15 00:01")],
            "2026-04-15 .. 2026-04-15 00:01 condition",
            id="but a minute later",
        ),
        pytest.param(
            FOR_WD,
            [begeleiding("2026-04-02 12:00")],
            f"2026-04-08 12:00 .. {TO_THE_END}",
            id="in working days, over Easter",
        ),
        pytest.param(
            FOR,
            [begeleiding("2026-02-01")],
            f"2026-03-15 .. {TO_THE_END}",
            id="counted within the scope only",
        ),
        pytest.param(
            FOR_ANY,
            [C, C_END, S, S_END],
            "2026-06-10 .. 2026-07-01 condition",
            id="of a whole: whichever part holds",
        ),
        pytest.param(
            FOR_INSIDE,
            [C, support("2026-04-03")],
            f"2026-04-15 .. {TO_THE_END}",
            id="of a part: that part alone",
        ),
        pytest.param(
            FOR_NOT,
            [C, C_END],
            f"2026-03-01 .. 2026-04-01 condition, 2026-06-15 .. {TO_THE_END}",
            id="what has never been has been absent for any time",
        ),
    ],
)
def test_for(rule: str, facts: list[Fact], spans: str) -> None:
    assert ", ".join(held(rule, [L1, *facts])) == spans


@pytest.mark.parametrize(
    ("rule", "facts", "opener"),
    [
        pytest.param(ALL, [C, S], S, id="all: of the part that starts last"),
        pytest.param(ALL, [C, support("2026-04-01")], C, id="all: at a tie the first listed"),
        pytest.param(ANY, [C, S], C, id="any: of the part it starts with"),
        pytest.param(ANY, [support("2026-04-01"), C], C, id="any: at a tie the first listed"),
        pytest.param(FOR, [C], C, id="for: it stays"),
        pytest.param(NEITHER, [begeleiding("2026-01-01"), C_END], C_END, id="not: what ended it"),
        pytest.param(
            "when: {not: {in: payment-arrangement}}",
            [AGREED],
            AGREED,
            id="not: whose last day it was",
        ),
        pytest.param(
            BUT_NOT,
            [begeleiding("2026-03-01"), support("2026-02-20"), S_END],
            S_END,
            id="all of a not: what made it true again",
        ),
        pytest.param(NOT, [], L1, id="not, of what never was: the lease"),
    ],
)
def test_the_opener(rule: str, facts: list[Fact], opener: Fact) -> None:
    assert openers(rule, [L1, *facts]) == [opener]


HELD = "when: {in: aanspreekpunt}\n"
PHASE = "coaching-vestiging"


@pytest.mark.parametrize(
    ("rule", "facts", "spans"),
    [
        pytest.param(
            f"{HELD}during: always",
            [aanspreekpunt("2026-01-01"), aanspreekpunt_withdrawn("2028-01-01")],
            "2026-01-01 .. 2028-01-01 condition",
            id="always: wherever",
        ),
        pytest.param(
            f"{HELD}during: [tenancy]", [aanspreekpunt("2026-01-01")], "2026-03-01", id="one state"
        ),
        pytest.param(
            f"{HELD}during: [tenancy, coaching-vestiging]",
            [
                aanspreekpunt("2026-01-01"),
                phase("2026-02-01", PHASE),
                phase_completed("2026-05-01", PHASE),
            ],
            "2026-03-01 .. 2026-05-01 scope-ended",
            id="all of several",
        ),
        pytest.param(
            f"{HELD}during: [coaching-vestiging]",
            [
                aanspreekpunt("2026-01-01"),
                phase("2026-03-01", PHASE),
                phase_completed("2026-04-01", PHASE),
                phase("2026-05-01", PHASE),
            ],
            "2026-03-01 .. 2026-04-01 scope-ended, 2026-05-01",
            id="each time that it is in force",
        ),
        pytest.param(
            f"{HELD}during: [coaching-vestiging]", [aanspreekpunt("2026-01-01")], "", id="never"
        ),
        pytest.param(
            HELD,
            [aanspreekpunt("2026-01-01"), moved_out("2026-03-31")],
            "2026-03-01 .. 2026-04-01 scope-ended",
            id="monitoring, if it says nothing",
        ),
        pytest.param(
            "when: {seen: nuisance-reported}\nduring: [coaching-vestiging]",
            [nuisance("2026-03-01"), phase("2026-03-01 00:01", PHASE), nuisance("2026-03-02")],
            "2026-03-02",
            id="what a fact raises must lie in it",
        ),
    ],
)
def test_during(rule: str, facts: list[Fact], spans: str) -> None:
    assert ", ".join(held(rule, [L1, *facts])) == spans


def test_both_ends_at_one_instant_are_the_end_of_the_condition() -> None:
    facts = [L1, aanspreekpunt("2026-03-01"), aanspreekpunt_withdrawn("2027-03-01")]
    assert held(HELD, facts) == ["2026-03-01 .. 2027-03-01 condition"]


def test_a_rule_for_everybody_holds_before_there_is_a_lease() -> None:
    facts = [intake("2026-02-01", dossier="D-1"), introduction("2026-02-02", dossier="D-1")]
    assert held("when: {in: pre-vestiging}\nduring: always", facts) == ["2026-02-01"]
