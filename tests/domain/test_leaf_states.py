"""The leaves `in`, `without` and `lapsed` (agreement document, The rule language)."""

import pytest

from hub.domain.facts import Fact
from tests.building import (
    arrangement,
    begeleiding,
    begeleiding_ended,
    contact,
    introduction,
    moved_out,
    retracted,
    signed,
)
from tests.domain.ruling import held, openers

L1 = signed("2026-03-01", on="2026-02-15")
TO_THE_END = "2027-03-01 scope-ended"

IN = "when: {in: begeleiding}"
B_EARLY, B, B_AGAIN = (begeleiding(day) for day in ("2026-01-01", "2026-04-01", "2026-06-01"))
E_EARLY, E, E_AGAIN = (begeleiding_ended(day) for day in ("2026-02-20", "2026-05-01", "2026-07-01"))
E_AT_S = begeleiding_ended("2026-03-01")
AGREED = arrangement("2026-04-01", until="2026-04-30")


@pytest.mark.parametrize(
    ("facts", "spans"),
    [
        pytest.param([], "", id="never in force"),
        pytest.param([B], f"2026-04-01 .. {TO_THE_END}", id="as long as the scope lasts"),
        pytest.param([B, E], "2026-04-01 .. 2026-05-01 condition", id="as long as it is in force"),
        pytest.param([B_EARLY], f"2026-03-01 .. {TO_THE_END}", id="from before: from the scope on"),
        pytest.param([B_EARLY, E_EARLY], "", id="over before the scope"),
        pytest.param([B_EARLY, E_AT_S], "", id="over at its first instant"),
        pytest.param([begeleiding("2027-03-01")], "", id="begun when the scope is over"),
        pytest.param(
            [B, E, B_AGAIN],
            f"2026-04-01 .. 2026-05-01 condition, 2026-06-01 .. {TO_THE_END}",
            id="twice",
        ),
        pytest.param(
            [B, E, begeleiding("2026-05-01")],
            f"2026-04-01 .. {TO_THE_END}",
            id="without a gap it is one",
        ),
    ],
)
def test_in(facts: list[Fact], spans: str) -> None:
    assert ", ".join(held(IN, [L1, *facts])) == spans


SINCE_S = "when: {without: {state: begeleiding, from: S}}"
ENDED_SINCE_S = """
when:
  without:
    state: begeleiding
    from: S
    opener: {fact: begeleiding-ended, before: signed + 3 mo}
"""
SINCE_DUE = "when: {without: {state: begeleiding, from: due}}"
SINCE_SIGNED = "when: {without: {state: begeleiding, from: signed}}"


@pytest.mark.parametrize(
    ("rule", "facts", "spans"),
    [
        pytest.param(SINCE_S, [], f"2026-03-01 .. {TO_THE_END}", id="never in force"),
        pytest.param(SINCE_S, [B], "2026-03-01 .. 2026-04-01 condition", id="until it starts"),
        pytest.param(SINCE_S, [B_EARLY], "", id="in force from before"),
        pytest.param(SINCE_S, [begeleiding("2026-03-01")], "", id="in force from S"),
        pytest.param(
            SINCE_S, [B_EARLY, E_EARLY], f"2026-03-01 .. {TO_THE_END}", id="over before: from S"
        ),
        pytest.param(
            SINCE_S,
            [B, E, B_AGAIN, E_AGAIN],
            "2026-03-01 .. 2026-04-01 condition, 2026-05-01 .. 2026-06-01 condition, "
            f"2026-07-01 .. {TO_THE_END}",
            id="each gap",
        ),
        pytest.param(
            ENDED_SINCE_S,
            [B, E, B_AGAIN, E_AGAIN],
            "2026-05-01 .. 2026-06-01 condition",
            id="only gaps that begin as asked",
        ),
        pytest.param(
            SINCE_DUE, [], f"2026-03-08 .. {TO_THE_END}", id="counted from another moment"
        ),
        pytest.param(SINCE_DUE, [begeleiding("2026-03-08")], "", id="in force from that on"),
        pytest.param(SINCE_SIGNED, [], f"2026-03-01 .. {TO_THE_END}", id="but within the scope"),
        pytest.param(SINCE_SIGNED, [begeleiding("2026-02-20")], "", id="over before the scope"),
    ],
)
def test_without_from(rule: str, facts: list[Fact], spans: str) -> None:
    assert ", ".join(held(rule, [L1, *facts])) == spans


def test_without_from_needs_a_lease() -> None:
    facts = [introduction("2026-04-01", dossier="D-1")]
    assert held(f"{SINCE_S}\nduring: always", facts) == []


GAPS = "when: {without: begeleiding}"
ALWAYS = f"{GAPS}\nduring: always"
BY_ITSELF = "when: {without: payment-arrangement}"
EARLY_END = """
when:
  without:
    state: begeleiding
    opener: {fact: begeleiding-ended, before: signed + 3 mo}
"""


@pytest.mark.parametrize(
    ("rule", "facts", "spans"),
    [
        pytest.param(GAPS, [], "", id="never in force: no gap begins with an end"),
        pytest.param(GAPS, [B, E], f"2026-05-01 .. {TO_THE_END}", id="from its end"),
        pytest.param(
            GAPS, [B, E, B_AGAIN], "2026-05-01 .. 2026-06-01 condition", id="until it starts again"
        ),
        pytest.param(GAPS, [B_EARLY, E_EARLY], "", id="a gap that begins before the scope"),
        pytest.param(
            GAPS, [B_EARLY, E_AT_S], f"2026-03-01 .. {TO_THE_END}", id="at its first instant"
        ),
        pytest.param(GAPS, [B, begeleiding_ended("2027-03-01")], "", id="when it is over"),
        pytest.param(ALWAYS, [B_EARLY, E_EARLY], "2026-02-20", id="anywhere, where nothing limits"),
        pytest.param(
            BY_ITSELF,
            [arrangement("2026-04-01", until="2026-04-30")],
            f"2026-05-01 .. {TO_THE_END}",
            id="a state that ran out by itself has ended too",
        ),
        pytest.param(
            EARLY_END,
            [B, begeleiding_ended("2026-05-14 23:59")],
            f"2026-05-14 23:59 .. {TO_THE_END}",
            id="begun by an end as asked",
        ),
        pytest.param(EARLY_END, [B, begeleiding_ended("2026-05-15")], "", id="not at that moment"),
        pytest.param(
            EARLY_END,
            [B, E, B_AGAIN, E_AGAIN],
            "2026-05-01 .. 2026-06-01 condition",
            id="each gap by what began it",
        ),
    ],
)
def test_without(rule: str, facts: list[Fact], spans: str) -> None:
    assert ", ".join(held(rule, [L1, *facts])) == spans


LAPSED = "when: {lapsed: {facts: [begeleiding-contact, begeleiding-started], after: 42 d}}"
C, C_NEXT = contact("2026-04-01 10:00"), contact("2026-05-13 10:00")


@pytest.mark.parametrize(
    ("facts", "spans"),
    [
        pytest.param([], "", id="there was none to be the last"),
        pytest.param([C], f"2026-05-13 10:00 .. {TO_THE_END}", id="so long after the last"),
        pytest.param(
            [C, C_NEXT],
            f"2026-06-24 10:00 .. {TO_THE_END}",
            id="the next at the deadline is in time",
        ),
        pytest.param(
            [C, contact("2026-05-14 10:00")],
            f"2026-05-13 10:00 .. 2026-05-14 10:00 condition, 2026-06-25 10:00 .. {TO_THE_END}",
            id="a day late",
        ),
        pytest.param([B, C], f"2026-05-13 10:00 .. {TO_THE_END}", id="the last of either type"),
        pytest.param(
            [C, contact("2026-04-01 10:00", id="again")],
            f"2026-05-13 10:00 .. {TO_THE_END}",
            id="two at once",
        ),
        pytest.param(
            [contact("2026-02-20 02:30")],
            f"2026-04-03 02:30 .. {TO_THE_END}",
            id="wall time, in spring",
        ),
        pytest.param(
            [contact("2026-01-01")], f"2026-03-01 .. {TO_THE_END}", id="lapsed before the scope"
        ),
        pytest.param(
            [contact("2025-06-01"), contact("2026-02-28")],
            f"2026-04-11 .. {TO_THE_END}",
            id="lapsed and made up for before it",
        ),
        pytest.param([contact("2027-02-20")], "", id="lapsed when the scope is over"),
        pytest.param(
            [C, moved_out("2026-05-31")], "2026-05-13 10:00 .. 2026-06-01 scope-ended", id="moved"
        ),
        pytest.param([C, retracted("2026-05-20", C)], "", id="the last was taken back"),
    ],
)
def test_lapsed(facts: list[Fact], spans: str) -> None:
    assert ", ".join(held(LAPSED, [L1, *facts])) == spans


@pytest.mark.parametrize(
    ("rule", "facts", "opener"),
    [
        pytest.param(IN, [B], B, id="in: its start"),
        pytest.param(IN, [B_EARLY], L1, id="in, clipped: the lease"),
        pytest.param(SINCE_S, [], L1, id="without from: what that is counted from"),
        pytest.param(SINCE_S, [B_EARLY, E_EARLY], L1, id="without from, begun before: the same"),
        pytest.param(SINCE_S, [B_EARLY, E], E, id="without from, begun after: the end"),
        pytest.param(SINCE_S, [B_EARLY, E_AT_S], E_AT_S, id="without from, just then: the end"),
        pytest.param(SINCE_SIGNED, [B_EARLY, E_EARLY], L1, id="without from, clipped: the lease"),
        pytest.param(GAPS, [B, E], E, id="without: the end"),
        pytest.param(
            BY_ITSELF,
            [AGREED],
            AGREED,
            id="without, run out: what said until when",
        ),
        pytest.param(LAPSED, [B, C], C, id="lapsed: the last"),
        pytest.param(LAPSED, [contact("2026-01-01")], L1, id="lapsed, clipped: the lease"),
    ],
)
def test_the_opener(rule: str, facts: list[Fact], opener: Fact) -> None:
    assert openers(rule, [L1, *facts]) == [opener]


def test_the_opener_of_what_was_clipped_is_the_start_of_the_scope_where_there_is_no_lease() -> None:
    facts = [begeleiding("2026-01-01", dossier="D-1"), introduction("2025-12-01", dossier="D-1")]
    from_before = "when: {in: pre-vestiging}\nduring: [begeleiding]"
    assert openers(from_before, facts) == [facts[0]]
