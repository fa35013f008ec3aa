"""States: what is in force from when until when (agreement document, States).

A state is in force for from ≤ t < until; its end is the first ending fact strictly after its
start, so that an end and a start at one instant leave no gap. A second start changes nothing,
unless the state is `renewable` (a second payment arrangement runs until its own `until`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from msgspec import Struct

from hub.domain.anchors import Moment
from hub.domain.facts import Fact, fields_of
from hub.domain.intervals import Interval, merged
from hub.domain.patterns import Matcher, Pattern, types_of
from hub.domain.time import NEVER, Instant, Span, add, end_of_day


class State(Struct, frozen=True, dict=True):
    """How a state begins and ends, as the agreement file says.

    It begins at a fact (`starts`), at a moment of the lease (`from_moment`), or with the
    household's first fact. It ends at a fact (`ends`), on the last day that a field of its start
    names (`last_day`), a span after its start, with the tenancy, or when the lease is signed;
    whichever is first.
    """

    name: str
    starts: tuple[Pattern, ...] = ()
    from_moment: Moment | None = None
    from_first_fact: bool = False
    ends: tuple[Pattern, ...] = ()
    last_day: str | None = None
    lasts: Span | None = None
    with_tenancy: bool = False
    until_signed: bool = False
    renewable: bool = False

    @cached_property
    def reads(self) -> frozenset[str]:
        """The types of the facts that begin or end it."""
        return types_of((*self.starts, *self.ends))


class Times(Struct, frozen=True):
    """What a state is computed from: the facts in order, and how they are judged."""

    facts: Sequence[Fact]
    first: Fact | None
    matcher: Matcher


def in_force(state: State, times: Times) -> list[Interval]:
    """The intervals of a state in one household, maximal and in order."""
    if state.starts:
        return _from_facts(state, times)
    if state.from_first_fact:
        return _from_first_fact(state, times)
    return _from_moment(state, times)


def _from_moment(state: State, times: Times) -> list[Interval]:
    anchors = times.matcher.anchors
    if state.from_moment is None or anchors.lease is None:
        return []
    start = state.from_moment.at(anchors, times.matcher.calendar)
    assert start is not None  # there is a lease
    end, ender = _own_end(state, anchors.lease, start, times.matcher)
    return [Interval(start, end, anchors.lease, ender)] if start < end else []


def _from_first_fact(state: State, times: Times) -> list[Interval]:
    if times.first is None:
        return []
    end, ender = _own_end(state, times.first, times.first.at, times.matcher)
    return [Interval(times.first.at, end, times.first, ender)] if times.first.at < end else []


def _from_facts(state: State, times: Times) -> list[Interval]:
    starts = times.matcher.matching(times.facts, state.starts)
    if not starts:
        return []
    ends = times.matcher.matching(times.facts, state.ends)
    found: list[Interval] = []
    for fact in starts:
        if found and not state.renewable and fact.at < found[-1].end:
            continue  # a second start changes nothing
        end, ender = _own_end(state, fact, fact.at, times.matcher)
        ending = next((f for f in ends if f.at > fact.at), None)
        if ending is not None and ending.at <= end:
            end, ender = ending.at, ending
        if fact.at < end:
            found.append(Interval(fact.at, end, fact, ender))
    return merged(found)


def _own_end(
    state: State, start: Fact, since: Instant, matcher: Matcher
) -> tuple[Instant, Fact | None]:
    """The first end that no ending fact brings about, and the fact that set it."""
    end, ender = NEVER, None
    anchors = matcher.anchors
    if state.lasts is not None:
        end, ender = add(since, state.lasts, matcher.calendar), start
    if state.last_day is not None:
        day = fields_of(start.type)[state.last_day](start.own)
        if day is not None and end_of_day(day) < end:
            end, ender = end_of_day(day), start
    if state.with_tenancy and anchors.end < end:
        end, ender = anchors.end, anchors.ended
    if state.until_signed and anchors.signed is not None and anchors.signed < end:
        end, ender = anchors.signed, anchors.lease
    return end, ender
