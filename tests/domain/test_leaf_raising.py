"""The leaves that a fact raises by itself: `seen`, `count` and `run` (agreement document, The rule
language)."""

import pytest

from hub.domain.facts import Fact
from tests.building import (
    HUURDERS,
    ONDERDAK,
    WEERT,
    begeleiding,
    begeleiding_ended,
    contact,
    damage,
    found,
    home_visit,
    moved_out,
    nuisance,
    retracted,
    signal,
    signed,
)
from tests.domain.ruling import TESTED, held, under

L1 = signed("2026-03-01", on="2026-02-15")
TO_THE_END = "2027-03-01 scope-ended"
STARTED = f"2026-03-01 .. {TO_THE_END}"
APRIL = f"2026-04-01 .. {TO_THE_END}"
MAY = f"2026-05-01 .. {TO_THE_END}"

SEEN = "when: {seen: damage-reported}"
CAUSED = "when: {seen: {fact: damage-reported, where: {cause: [resident, unknown]}}}"
UNCARED = "when: {seen: {fact: damage-reported, at: {not: {in: begeleiding}}}}"
LAPSED = """
when:
  seen:
    fact: damage-reported
    at: {lapsed: {facts: [begeleiding-contact], after: 42 d}}
"""
D1, D2, D3 = damage("2026-04-01"), damage("2026-05-01"), damage("2026-06-01")


@pytest.mark.parametrize(
    ("rule", "facts", "spans"),
    [
        pytest.param(SEEN, [], "", id="nothing seen"),
        pytest.param(
            SEEN,
            [D1, D2],
            f"2026-04-01 .. {TO_THE_END}, 2026-05-01 .. {TO_THE_END}",
            id="each by itself, though they overlap",
        ),
        pytest.param(SEEN, [damage("2026-02-28 23:59")], "", id="before the scope"),
        pytest.param(SEEN, [damage("2026-03-01")], STARTED, id="as it starts"),
        pytest.param(SEEN, [damage("2027-03-01")], "", id="as it ends"),
        pytest.param(
            SEEN, [D1, moved_out("2026-04-30")], "2026-04-01 .. 2026-05-01 scope-ended", id="moved"
        ),
        pytest.param(CAUSED, [damage("2026-04-01", "wear")], "", id="another value"),
        pytest.param(CAUSED, [damage("2026-04-01", "unknown")], APRIL, id="one of two"),
        pytest.param(CAUSED, [damage("2026-04-01", "code-of-tomorrow")], "", id="an unknown code"),
        pytest.param(
            SEEN,
            [damage("2026-04-01", "code-of-tomorrow")],
            APRIL,
            id="which counts where nothing is asked of it",
        ),
        pytest.param(UNCARED, [begeleiding("2026-04-01"), D1], "", id="at its instant: just begun"),
        pytest.param(
            UNCARED,
            [begeleiding("2026-03-01"), begeleiding_ended("2026-04-01"), D1],
            APRIL,
            id="at its instant: just ended",
        ),
        pytest.param(
            UNCARED,
            [D1, begeleiding("2026-04-02")],
            APRIL,
            id="what changes afterwards changes nothing",
        ),
        pytest.param(LAPSED, [contact("2026-02-18"), D1], APRIL, id="just lapsed"),
        pytest.param(LAPSED, [contact("2026-02-18 00:01"), D1], "", id="not yet lapsed"),
        pytest.param(
            LAPSED, [contact("2026-02-18"), contact("2026-04-01"), D1], "", id="contact just then"
        ),
    ],
)
def test_seen(rule: str, facts: list[Fact], spans: str) -> None:
    assert ", ".join(held(rule, [L1, *facts])) == spans


TWO = """
when:
  count:
    facts: [{fact: damage-reported, where: {cause: resident}}]
    atLeast: 2
    within: 30 d
"""
THREE = "when: {count: {facts: [damage-reported], atLeast: 3, within: 90 d}}"


@pytest.mark.parametrize(
    ("rule", "facts", "spans"),
    [
        pytest.param(TWO, [D1], "", id="one of two"),
        pytest.param(TWO, [D1, D2], MAY, id="the thirtieth day included"),
        pytest.param(TWO, [D1, damage("2026-05-01 00:01")], "", id="a minute more is too far"),
        pytest.param(TWO, [D1, damage("2026-04-01", id="z")], APRIL, id="at one instant"),
        pytest.param(TWO, [D1, D2, damage("2026-05-02")], MAY, id="more are swallowed"),
        pytest.param(TWO, [D1, damage("2026-04-10", "wear")], "", id="only what is asked for"),
        pytest.param(
            TWO,
            [damage("2026-02-20"), damage("2026-03-05")],
            f"2026-03-05 .. {TO_THE_END}",
            id="its partner may lie before the scope",
        ),
        pytest.param(
            TWO,
            [damage("2026-02-10"), damage("2026-02-20"), damage("2026-03-05")],
            f"2026-03-05 .. {TO_THE_END}",
            id="though that completed one itself",
        ),
        pytest.param(TWO, [damage("2026-02-10"), damage("2026-02-20")], "", id="it may not itself"),
        pytest.param(TWO, [damage("2027-02-20"), damage("2027-03-01")], "", id="nor after it"),
        pytest.param(THREE, [D1, D2], "", id="two of three"),
        pytest.param(THREE, [D1, D2, D3], f"2026-06-01 .. {TO_THE_END}", id="three"),
        pytest.param(
            THREE,
            [D1, D2, D3, damage("2026-06-30"), retracted("2026-07-10", D3)],
            f"2026-06-30 .. {TO_THE_END}",
            id="the third after one was taken back",
        ),
        pytest.param(
            THREE,
            [D1, damage("2026-06-01"), damage("2026-07-01")],
            "",
            id="all within the span of the last",
        ),
    ],
)
def test_count(rule: str, facts: list[Fact], spans: str) -> None:
    assert ", ".join(held(rule, [L1, *facts])) == spans


BOTH = """
when:
  count:
    sides: both
    atLeast: 2
    within: 30 d
    facts: [nuisance-reported, rent-missed, signal-raised, home-visit-made]
"""
BOTH_OF_THREE = BOTH.replace("atLeast: 2", "atLeast: 3")
N1, N2 = nuisance("2026-04-01"), nuisance("2026-04-10")
S1 = signal("2026-04-15", by=WEERT)
OF_ONDERDAK = signal("2026-04-05", by=ONDERDAK)
VISIT = home_visit("2026-03-05")


@pytest.mark.parametrize(
    ("rule", "facts", "evidence"),
    [
        pytest.param(BOTH, [N1, N2], [], id="both of one side"),
        pytest.param(BOTH, [N1, S1], [N1, S1], id="one from each"),
        pytest.param(BOTH, [N1, N2, S1], [N2, S1], id="the latest of the other side"),
        pytest.param(
            BOTH,
            [N1, OF_ONDERDAK],
            [N1, OF_ONDERDAK],
            id="begeleider: gemeente's",
        ),
        pytest.param(BOTH, [N1, signal("2026-04-05", by=HUURDERS)], [], id="huurders: neither"),
        pytest.param(
            BOTH,
            [signal("2026-04-05", by=HUURDERS), S1, signal("2026-04-16", by=HUURDERS)],
            [],
            id="huurders complete nothing",
        ),
        pytest.param(BOTH_OF_THREE, [N1, S1], [], id="two of three"),
        pytest.param(
            BOTH_OF_THREE, [N1, N2, S1], [N1, N2, S1], id="three, two of them of one side"
        ),
        pytest.param(
            BOTH_OF_THREE,
            [signal("2026-02-10"), nuisance("2026-02-15"), nuisance("2026-02-20"), VISIT],
            [signal("2026-02-10"), nuisance("2026-02-20"), VISIT],
            id="three, the only one of the other side among them",
        ),
        pytest.param(
            BOTH_OF_THREE,
            [signal("2026-02-02"), nuisance("2026-02-15"), nuisance("2026-02-20"), VISIT],
            [],
            id="the only one of the other side too long ago",
        ),
    ],
)
def test_count_from_both_sides(rule: str, facts: list[Fact], evidence: list[Fact]) -> None:
    findings = found([L1, *facts], TESTED, under=[under(rule)])
    assert [list(finding.evidence) for finding in findings] == [evidence] * bool(evidence)
    assert [finding.opener for finding in findings] == evidence[-1:]


RUN = "when: {run: {facts: [nuisance-reported], gap: 30 d}}"


@pytest.mark.parametrize(
    ("facts", "spans"),
    [
        pytest.param([N1], "2026-04-01 .. 2026-05-01 condition", id="one is a run"),
        pytest.param(
            [N1, nuisance("2026-05-01")],
            "2026-04-01 .. 2026-05-31 condition",
            id="the gap included",
        ),
        pytest.param(
            [N1, nuisance("2026-05-01 00:01")],
            "2026-04-01 .. 2026-05-01 condition, 2026-05-01 00:01 .. 2026-05-31 00:01 condition",
            id="a minute more: a new run",
        ),
        pytest.param(
            [N1, N2], "2026-04-01 .. 2026-05-10 condition", id="until the gap after the last"
        ),
        pytest.param([nuisance("2026-02-20")], "", id="one before the scope"),
        pytest.param(
            [nuisance("2026-02-20"), nuisance("2026-03-10")],
            "2026-03-10 .. 2026-04-09 condition",
            id="a run begins within the scope",
        ),
        pytest.param(
            [nuisance("2027-02-20")], "2027-02-20 .. 2027-03-01 scope-ended", id="and ends with it"
        ),
    ],
)
def test_run(facts: list[Fact], spans: str) -> None:
    assert ", ".join(held(RUN, [L1, *facts])) == spans
