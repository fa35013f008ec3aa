"""The leaf `missing` with a deadline for each of several (agreement document)."""

import pytest

from hub.domain.facts import Fact
from tests.building import (
    found,
    interpreter_provided,
    interpreter_requested,
    phase,
    phase_completed,
    signed,
    wall,
    work_placement,
)
from tests.domain.ruling import TESTED, held, openers, under

L1 = signed("2026-03-01", on="2026-02-15")
TO_THE_END = "2027-03-01 scope-ended"
ASKED = interpreter_requested("2026-04-07 10:00")  # a Tuesday; the 14th is five working days on
AGAIN = interpreter_requested("2026-04-08 10:00")
EARLY = interpreter_requested("2026-02-10")
EACH = """
when:
  missing:
    facts: [{fact: interpreter-provided, concerning: true}]
    by: {each: interpreter-requested, plus: 5 wd}
"""
FOR_ANY = """
when:
  missing:
    facts: [interpreter-provided]
    by: {each: interpreter-requested, plus: 5 wd}
"""


SINCE_S = FOR_ANY.replace("by:", "from: S\n    by:")


@pytest.mark.parametrize(
    ("rule", "facts", "spans"),
    [
        pytest.param(
            SINCE_S,
            [ASKED, interpreter_provided("2026-02-28 23:59")],
            f"2026-04-14 10:00 .. {TO_THE_END}",
            id="any will do, but not what came before `from`",
        ),
        pytest.param(
            SINCE_S, [ASKED, interpreter_provided("2026-03-01")], "", id="`from` is included"
        ),
        pytest.param(EACH, [ASKED], f"2026-04-14 10:00 .. {TO_THE_END}", id="counted from each"),
        pytest.param(EACH, [ASKED, interpreter_provided("2026-04-14 10:00")], "", id="in time"),
        pytest.param(
            EACH,
            [ASKED, AGAIN, interpreter_provided("2026-04-16")],
            "2026-04-14 10:00 .. 2026-04-16 condition, 2026-04-15 10:00 .. 2026-04-16 condition",
            id="one for both that are open",
        ),
        pytest.param(
            EACH,
            [ASKED, AGAIN, interpreter_provided("2026-04-09", concerns=AGAIN)],
            f"2026-04-14 10:00 .. {TO_THE_END}",
            id="one that concerns the second only",
        ),
        pytest.param(
            EACH,
            [ASKED, interpreter_provided("2026-04-07 09:59")],
            f"2026-04-14 10:00 .. {TO_THE_END}",
            id="one from before it was asked for is not for it",
        ),
        pytest.param(
            FOR_ANY, [ASKED, interpreter_provided("2026-01-01")], "", id="unless any will do"
        ),
        pytest.param(
            EACH,
            [EARLY],
            f"2026-03-01 .. {TO_THE_END}",
            id="asked before the scope, from its start",
        ),
        pytest.param(
            EACH, [EARLY, interpreter_provided("2026-02-25")], "", id="late, but before the scope"
        ),
        pytest.param(EACH, [interpreter_requested("2027-02-25")], "", id="due after the scope"),
    ],
)
def test_a_deadline_for_each_of_several(rule: str, facts: list[Fact], spans: str) -> None:
    assert ", ".join(held(rule, [L1, *facts])) == spans


PHASE = "coaching-integratie"
OF_PHASE = """
during: [coaching-integratie, tenancy]
when:
  missing:
    facts: [work-placement-started]
    by: {each: {state: coaching-integratie}, plus: 1 mo}
"""
OF_TENANCY = (
    "when: {missing: {facts: [intake-completed], by: {each: {state: tenancy}, plus: 1 mo}}}"
)


@pytest.mark.parametrize(
    ("rule", "facts", "spans"),
    [
        pytest.param(
            OF_PHASE,
            [phase("2026-04-01", PHASE), phase("2026-04-20", PHASE)],
            "2026-05-01",
            id="from its start, whatever starts it again",
        ),
        pytest.param(
            OF_PHASE,
            [
                phase("2026-04-01", PHASE),
                phase_completed("2026-04-20", PHASE),
                phase("2026-04-25", PHASE),
            ],
            "2026-05-25",
            id="counted anew when it starts anew",
        ),
        pytest.param(
            OF_PHASE,
            [
                phase("2026-04-01", PHASE),
                phase_completed("2026-05-20", PHASE),
                phase("2026-05-25", PHASE),
            ],
            "2026-05-01 .. 2026-05-20 scope-ended, 2026-06-25",
            id="each time has its own",
        ),
        pytest.param(
            OF_PHASE,
            [phase("2026-04-01", PHASE), work_placement("2026-03-01")],
            "",
            id="what came before counts",
        ),
        pytest.param(OF_TENANCY, [], f"2026-04-01 .. {TO_THE_END}", id="from S, not from signed"),
    ],
)
def test_a_deadline_for_each_start_of_a_state(rule: str, facts: list[Fact], spans: str) -> None:
    assert ", ".join(held(rule, [L1, *facts])) == spans


@pytest.mark.parametrize(
    ("rule", "facts", "opener"),
    [
        pytest.param(EACH, [ASKED], ASKED, id="the fact that it is counted from"),
        pytest.param(EACH, [EARLY], EARLY, id="also where its start is clipped"),
        pytest.param(OF_TENANCY, [], L1, id="what began the state"),
    ],
)
def test_the_opener(rule: str, facts: list[Fact], opener: Fact) -> None:
    assert openers(rule, [L1, *facts]) == [opener]


def test_what_is_absent_has_the_deadline_of_its_own() -> None:
    findings = found([L1, ASKED, AGAIN], TESTED, under=[under(EACH)])
    assert [[(name, wall(by)) for name, by in it.absent] for it in findings] == [
        [("interpreter-provided", "2026-04-14 10:00")],
        [("interpreter-provided", "2026-04-15 10:00")],
    ]
