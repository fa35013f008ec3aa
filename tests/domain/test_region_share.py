"""The share of homes that is allocated, by local year (agreement document, Default rules)."""

import pytest

from hub.domain.facts import Fact
from tests.building import (
    alert,
    allocated,
    closed,
    consultation,
    found,
    released,
    retracted,
    spans,
)

RULE = "allocation-share-exceeded"
YEAR_END = "2027-01-01 condition"


def homes(number: int, at: str = "2026-02-01", first: int = 1) -> list[Fact]:
    return [released(at, f"u-{n}") for n in range(first, first + number)]


def given(
    number: int, at: str = "2026-03-01", first: int = 1, group: str = "vergunninghouder"
) -> list[Fact]:
    """Homes allocated at one instant, in order."""
    return [
        allocated(at, f"u-{n}", group=group, id=f"given {at} {n:03}")
        for n in range(first, first + number)
    ]


EXCEEDED = f"2026-03-01 .. {YEAR_END}"


@pytest.mark.parametrize(
    ("facts", "raised"),
    [
        pytest.param([*homes(20), *given(2)], "", id="two of twenty: just ten per cent"),
        pytest.param([*homes(20), *given(3)], EXCEEDED, id="three of twenty"),
        pytest.param([*homes(29), *given(3)], EXCEEDED, id="three of twenty-nine"),
        pytest.param([*homes(30), *given(3)], "", id="three of thirty: just ten per cent"),
        pytest.param([*homes(19), *given(19)], "", id="all of nineteen: too few to tell"),
        pytest.param(
            [*homes(19), *given(3), released("2026-04-01", "u-20")],
            f"2026-04-01 .. {YEAR_END}",
            id="from the twentieth on",
        ),
        pytest.param(
            [*homes(19), *given(3), released("2026-04-01", "u-1")], "", id="not one released twice"
        ),
        pytest.param(
            [*homes(20), *given(2), allocated("2026-04-01", "u-1")],
            "",
            id="nor one allocated twice",
        ),
        pytest.param(
            [*homes(20), *given(2), *given(5, first=6, group="regular")], "", id="nor other tenants"
        ),
        pytest.param(
            [*homes(20), *given(2), allocated("2026-04-01", "elsewhere")],
            f"2026-04-01 .. {YEAR_END}",
            id="also one that was never released",
        ),
        pytest.param(
            [*homes(20), *given(3), *homes(20, "2026-04-01", first=21)],
            EXCEEDED,
            id="what is released later takes nothing back",
        ),
        pytest.param(
            [*homes(20), *given(3), *homes(10, "2026-03-01", first=21)],
            "",
            id="unless at the same instant",
        ),
        pytest.param(
            [*homes(29), *given(3), released("2026-03-01", "u-30", id="the last of that instant")],
            "",
            id="though the last of that instant takes it back",
        ),
        pytest.param(
            [*homes(20), *given(3), retracted("2026-05-01", given(3)[1])], "", id="one taken back"
        ),
        pytest.param(
            [*homes(20), *given(3, "2026-12-31 23:59")],
            f"2026-12-31 23:59 .. {YEAR_END}",
            id="to the last minute of the year",
        ),
        pytest.param(
            [*homes(20), *given(3, "2027-01-01")], "", id="homes released last year do not count"
        ),
        pytest.param(
            [*homes(20), *given(1, "2026-12-31"), *given(2, "2027-01-01", first=2)],
            "",
            id="homes are counted by year",
        ),
        pytest.param(
            [*homes(20), *given(3), *homes(20, "2027-02-01"), *given(3, "2027-03-01")],
            f"{EXCEEDED}, 2027-03-01 .. 2028-01-01 condition",
            id="each year by itself",
        ),
        pytest.param(
            [*homes(20, "2026-01-01"), *given(3, "2026-01-01")],
            f"2026-01-01 .. {YEAR_END}",
            id="at once",
        ),
    ],
)
def test_allocation_share_exceeded(facts: list[Fact], raised: str) -> None:
    assert ", ".join(spans(facts, RULE)) == raised


def test_the_year_is_that_of_amsterdam() -> None:
    late = "2026-12-31T22:59:59Z", "2026-12-31T23:00:00Z"
    assert [len(found([*homes(20), *given(3, at)], RULE)) for at in late] == [1, 0]


@pytest.mark.parametrize(
    ("facts", "opener"),
    [
        pytest.param(
            [*homes(20), *given(3)], given(3)[2], id="of several at once, the one that did"
        ),
        pytest.param([*homes(20), *given(5)], given(5)[2], id="not the last of them"),
        pytest.param(
            [*homes(19), *given(3), released("2026-04-01", "u-20")],
            released("2026-04-01", "u-20"),
            id="a release may be the one",
        ),
        pytest.param(
            [*homes(20), *given(3), *homes(5, "2026-03-01", first=21)],
            given(3)[2],
            id="also where others are released at that instant",
        ),
    ],
)
def test_the_opener_is_the_fact_that_crossed_the_share(facts: list[Fact], opener: Fact) -> None:
    finding = alert(facts, RULE)
    assert (finding.opener, finding.evidence) == (opener, (opener,))


def test_a_fact_that_crossed_only_for_a_moment_is_not_the_opener() -> None:
    # at one instant: three allocations (exceeded), eleven releases (not any more), one more of each
    at = "2026-03-01"
    facts = [*homes(20), *[allocated(at, f"u-{n}", id=f"1 {n}") for n in range(3)]]
    facts += [released(at, f"more {n}", id=f"2 {n:02}") for n in range(11)]
    last = allocated(at, "u-9", id="3")
    assert found(facts, RULE) == []
    assert alert([*facts, last], RULE).opener == last


def test_closing_the_alert_does_not_raise_it_again() -> None:
    facts = [*homes(20), *given(3)]
    facts.append(closed("2026-04-01", alert(facts, RULE)))
    facts += given(3, "2026-05-01", first=4)
    assert spans(facts, RULE) == ["2026-03-01 .. 2026-04-01 closed"]


def test_other_facts_of_the_region_do_not_matter() -> None:
    assert spans([*homes(20), *given(3), consultation("2026-03-01")], RULE) == [EXCEEDED]
