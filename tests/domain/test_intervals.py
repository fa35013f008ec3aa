"""The algebra of intervals (agreement document, The rule language: all, any, not, for)."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.intervals import Interval, complement, delayed, intersected, merged
from hub.domain.time import BEGINNING, DAY_MS, NEVER, Calendar, Span
from tests.building import instant, nuisance

Extent = list[tuple[int, int]]

A, B, C, D = (nuisance("2026-04-01", id=name) for name in "abcd")
NO_HOLIDAYS = Calendar(frozenset())

DAYS = [n * DAY_MS for n in range(-2, 43)]  # a quiet winter: no gap, no fold
days = st.sampled_from(DAYS[2:-2])
starts, ends = st.one_of(days, st.just(BEGINNING)), st.one_of(days, st.just(NEVER))
intervals = st.builds(Interval, starts, ends, st.sampled_from([A, B, C])).filter(
    lambda it: it.start < it.end
)
any_list = st.lists(intervals, max_size=6)
maximal = any_list.map(merged)


def extent(found: list[Interval]) -> Extent:
    return [(it.start, it.end) for it in found]


def points(found: list[Interval]) -> set[int]:
    return {at for at in DAYS if any(it.holds_at(at) for it in found)}


def is_maximal(found: Extent) -> bool:
    """In order, none empty, and with a gap between any two."""
    edges = [edge for pair in found for edge in pair]
    return all(left < right for left, right in pairwise(edges))


@given(any_list)
def test_merged_is_maximal_and_holds_where_any_does(found: list[Interval]) -> None:
    assert is_maximal(extent(merged(found)))
    assert points(merged(found)) == points(found)
    assert merged(merged(found)) == merged(found)


@given(any_list)
def test_the_complement_holds_where_nothing_does(found: list[Interval]) -> None:
    rest = complement(found)
    assert is_maximal(extent(rest))
    assert points(rest) == set(DAYS) - points(found)
    assert intersected(merged(found), rest) == []
    assert extent(merged([*found, *rest])) == [(BEGINNING, NEVER)]


@given(any_list)
def test_the_complement_of_the_complement_is_what_there_was(found: list[Interval]) -> None:
    assert extent(complement(complement(found))) == extent(merged(found))


@given(maximal, maximal)
def test_the_intersection_is_maximal_and_the_same_from_either_side(
    left: list[Interval], right: list[Interval]
) -> None:
    both = intersected(left, right)
    assert extent(both) == extent(intersected(right, left))
    assert is_maximal(extent(both))
    assert points(both) == points(left) & points(right)


@given(maximal, maximal, maximal)
def test_intersections_may_be_taken_in_any_order(
    one: list[Interval], two: list[Interval], three: list[Interval]
) -> None:
    left, right = (
        intersected(intersected(one, two), three),
        intersected(one, intersected(two, three)),
    )
    assert extent(left) == extent(right)
    assert extent(intersected(one, one)) == extent(one)


@given(maximal, maximal)
def test_neither_is_not_either(left: list[Interval], right: list[Interval]) -> None:
    neither = intersected(complement(left), complement(right))
    assert extent(neither) == extent(complement(merged([*left, *right])))


@given(maximal, st.integers(0, 10))
def test_for_only_takes_from_the_start(found: list[Interval], days: int) -> None:
    later = delayed(found, Span(days, "d"), NO_HOLIDAYS)
    assert {(it.end, it.opener) for it in later} <= {(it.end, it.opener) for it in found}
    assert points(later) == {
        at
        for it in found
        for at in DAYS
        if it.holds_at(at) and (it.start == BEGINNING or at >= it.start + days * DAY_MS)
    }
    assert is_maximal(extent(later))


@pytest.mark.parametrize(
    ("found", "left"),
    [
        pytest.param([Interval(5, 5, A)], [], id="an empty one is none"),
        pytest.param([Interval(0, 5, A), Interval(5, 9, B)], [Interval(0, 9, A)], id="touching"),
        pytest.param(
            [Interval(3, 9, A, A), Interval(0, 5, B, B)],
            [Interval(0, 9, B, A)],
            id="the opener of what starts first, the ender of what ends last",
        ),
        pytest.param(
            [Interval(0, 9, A, A), Interval(0, 9, B, B)],
            [Interval(0, 9, A, A)],
            id="at a tie both of the first listed",
        ),
        pytest.param(
            [Interval(0, 9, A, A), Interval(2, 5, B, B)], [Interval(0, 9, A, A)], id="one inside"
        ),
        pytest.param(
            [Interval(4, 9, A, alone=True), Interval(0, 9, B, alone=True), Interval(1, 5, C)],
            [Interval(0, 9, B, alone=True), Interval(1, 5, C), Interval(4, 9, A, alone=True)],
            id="those that stand alone stay so",
        ),
    ],
)
def test_any(found: list[Interval], left: list[Interval]) -> None:
    assert merged(it for it in found if it.start < it.end) == left


@pytest.mark.parametrize(
    ("left", "right", "both"),
    [
        pytest.param(
            Interval(0, 9, A, A), Interval(3, 5, B, B), Interval(3, 5, B, B), id="inside the other"
        ),
        pytest.param(
            Interval(3, 9, A, A),
            Interval(0, 5, B, B),
            Interval(3, 5, A, B),
            id="the opener of what starts last, the ender of what ends first",
        ),
        pytest.param(
            Interval(0, 5, A, A), Interval(0, 5, B, B), Interval(0, 5, A, A), id="ties: the left"
        ),
        pytest.param(Interval(0, 5, A), Interval(5, 9, B), None, id="touching is not both"),
        pytest.param(
            Interval(0, 5, A, partners=(C,), alone=True),
            Interval(0, 5, B, partners=(D,)),
            Interval(0, 5, A, partners=(C, D), alone=True),
            id="partners of both; alone with one that stands alone",
        ),
        pytest.param(
            Interval(0, 5, A, absent=(("a", 1),)),
            Interval(0, 5, B, absent=(("b", 2),)),
            Interval(0, 5, A, absent=(("a", 1), ("b", 2))),
            id="absent of both",
        ),
    ],
)
def test_all(left: Interval, right: Interval, both: Interval | None) -> None:
    assert intersected([left], [right]) == [both] * (both is not None)


@pytest.mark.parametrize(
    ("found", "rest"),
    [
        pytest.param([], [Interval(BEGINNING, NEVER, None)], id="of nothing: always"),
        pytest.param([Interval(BEGINNING, NEVER, A)], [], id="of always: nothing"),
        pytest.param(
            [Interval(0, 5, A, B)],
            [Interval(BEGINNING, 0, None, A), Interval(5, NEVER, B)],
            id="what ended it opens the gap, what began it again ends it",
        ),
        pytest.param(
            [Interval(0, 5, A)],
            [Interval(BEGINNING, 0, None, A), Interval(5, NEVER, A)],
            id="what ran out by itself was ended by its opener",
        ),
        pytest.param(
            [Interval(0, 5, A, B, alone=True), Interval(3, 9, C, D, alone=True)],
            [Interval(BEGINNING, 0, None, A), Interval(9, NEVER, D)],
            id="those that stand alone are denied together",
        ),
        pytest.param(
            [Interval(0, 9, A, B, alone=True), Interval(3, 5, C, D, alone=True)],
            [Interval(BEGINNING, 0, None, A), Interval(9, NEVER, B)],
            id="also where one lies inside the other",
        ),
    ],
)
def test_not(found: list[Interval], rest: list[Interval]) -> None:
    assert complement(found) == rest


@pytest.mark.parametrize(
    ("held", "span", "start"),
    [
        pytest.param(("2026-04-01", "2026-04-16"), Span(14, "d"), "2026-04-15", id="days"),
        pytest.param(("2026-04-01", "2026-04-15"), Span(14, "d"), None, id="ended just then"),
        pytest.param(
            ("2026-03-15 02:30", "2026-05-01"), Span(14, "d"), "2026-03-29 03:30", id="gap"
        ),
    ],
)
def test_for(held: tuple[str, str], span: Span, start: str | None) -> None:
    whole = Interval(instant(held[0]), instant(held[1]), A, B, (C,), (("a", 1),), True)
    later = delayed([whole], span, NO_HOLIDAYS)
    shorter = [Interval(instant(start), whole.end, A, B, (C,), (("a", 1),), True)] if start else []
    assert later == shorter


def test_what_has_always_held_has_held_for_any_span() -> None:
    always = Interval(BEGINNING, 5, None)
    assert delayed([always], Span(99, "y"), NO_HOLIDAYS) == [always]
