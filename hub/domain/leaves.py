"""What each word of the rule language means: conditions → intervals (agreement document).

Each leaf is a function of the timeline and the scope of the rule. The scope clips what lasts
(`missing`, `in`, `without` with `since`, `lapsed`, `open`, `exceeds`); a fact that raises by itself
(`seen`, `count`, `run`, `without`) must lie in it. Ends are left as they are: the rule ends its
findings where its scope does, and then knows which came first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import zip_longest
from typing import Any as Anything
from typing import Final

from msgspec import Struct

from hub.domain.closing import closers_of
from hub.domain.conditions import (
    All,
    Any,
    Condition,
    Count,
    Each,
    Exceeds,
    For,
    In,
    Lapsed,
    Missing,
    Not,
    Open,
    Run,
    Seen,
    Without,
)
from hub.domain.counting import partners_of
from hub.domain.facts import Fact
from hub.domain.intervals import Interval, Intervals, complement, delayed, intersected, merged
from hub.domain.opened import open_intervals
from hub.domain.patterns import Pattern
from hub.domain.sums import exceeding
from hub.domain.time import BEGINNING, NEVER, Instant, add
from hub.domain.timeline import Timeline


class Scope(Struct, frozen=True):
    """One interval of what a rule's `during` says, and the cuts that free a count or a run anew."""

    start: Instant = BEGINNING
    end: Instant = NEVER
    opener: Fact | None = None
    cuts: tuple[Instant, ...] = ()

    def admits(self, fact: Fact) -> bool:
        return self.start <= fact.at < self.end

    def cut_before(self, at: Instant) -> Instant:
        """The last cut before `at`; facts up to it are not counted again."""
        return max((cut for cut in self.cuts if cut < at), default=BEGINNING)


EVERYWHERE: Final = Scope()


def intervals_of(condition: Condition, timeline: Timeline, scope: Scope) -> Intervals:
    """When a condition holds."""
    return MEANING[type(condition)](condition, timeline, scope)


def holds_at(condition: Condition, timeline: Timeline, at: Instant) -> bool:
    """Whether a condition holds at one instant, wherever the rule's scope lies (`at:`)."""
    return any(i.holds_at(at) for i in intervals_of(condition, timeline, EVERYWHERE))


def clipped(timeline: Timeline, scope: Scope, intervals: Iterable[Interval]) -> list[Interval]:
    """Without what lies before the scope: a clipped start has `lease-signed` as opener, except
    where a rule looks at each of several facts."""
    found = []
    for held in intervals:
        if held.end <= scope.start or held.start >= scope.end or held.start >= held.end:
            continue
        if held.start < scope.start:
            opener = held.opener if held.alone else timeline.anchors.lease or scope.opener
            held = _restarted(held, scope.start, opener)
        found.append(held)
    return found


def _restarted(held: Interval, start: Instant, opener: Fact | None) -> Interval:
    return Interval(start, held.end, opener, held.ender, held.partners, held.absent, held.alone)


def _missing(leaf: Missing, timeline: Timeline, scope: Scope) -> Intervals:
    if isinstance(leaf.by, Each):
        return clipped(timeline, scope, _missing_for_each(leaf, leaf.by, timeline, scope))
    lease = timeline.anchors.lease
    by = leaf.by.at(timeline.anchors, timeline.calendar)
    if by is None or lease is None:
        return ()
    since = BEGINNING
    if leaf.since is not None:
        since = leaf.since.at(timeline.anchors, timeline.calendar) or BEGINNING
    if leaf.state is not None:
        found = _missing_state(leaf.state, timeline, (since, by), lease)
    else:
        came = next((f for f in timeline.find(leaf.facts) if f.at >= since), None)
        found = _late(by, came, lease, tuple((p.fact, by) for p in leaf.facts))
    return clipped(timeline, scope, found)


def _late(
    by: Instant, came: Fact | None, opener: Fact, absent: tuple[tuple[str, Instant], ...]
) -> list[Interval]:
    if came is not None and came.at <= by:
        return []
    return [Interval(by, came.at if came else NEVER, opener, came, (), absent)]


def _missing_state(
    state: str, timeline: Timeline, window: tuple[Instant, Instant], opener: Fact
) -> list[Interval]:
    since, by = window
    in_force = timeline.state(state)
    if any(held.start <= by and held.end > since for held in in_force):
        return []
    came = next((held for held in in_force if held.start > by), None)
    absent = tuple((name, by) for name in timeline.starting_types(state))
    end = came.start if came else NEVER
    return [Interval(by, end, opener, came.opener if came else None, (), absent)]


def _starts_of(each: Each, timeline: Timeline, scope: Scope) -> list[tuple[Instant, Fact]]:
    """The instants from which a deadline is counted, one by one, each with its fact."""
    if each.state is None:
        assert each.fact is not None
        return [(fact.at, fact) for fact in timeline.find((each.fact,))]
    # a deadline counts only as long as the state that it is counted from lasts
    lasting = [i for i in timeline.state(each.state) if i.start < scope.end and i.end > scope.start]
    # a state may begin at another instant than its fact: a tenancy at S, not when it was signed
    return [(held.start, held.opener) for held in lasting if held.opener is not None]


def _missing_for_each(
    leaf: Missing, each: Each, timeline: Timeline, scope: Scope
) -> list[Interval]:
    found = []
    concerning = any(pattern.concerning for pattern in leaf.facts)
    starts = _starts_of(each, timeline, scope)
    openers = [opener for _, opener in starts]
    closers = _closers(leaf.facts, openers, timeline) if concerning else None
    candidates = timeline.find(leaf.facts)
    for start, opener in starts:
        by = add(start, each.plus, timeline.calendar)
        since = BEGINNING
        if leaf.since is not None:
            since = leaf.since.at(timeline.anchors, timeline.calendar) or BEGINNING
        ours = closers[timeline.household.root_of(opener)] if closers is not None else candidates
        came = next((f for f in ours if f.at >= since), None)
        absent = tuple((pattern.fact, by) for pattern in leaf.facts)
        found += [_alone(held) for held in _late(by, came, opener, absent)]
    return found


def _alone(held: Interval) -> Interval:
    return Interval(
        held.start, held.end, held.opener, held.ender, held.partners, held.absent, alone=True
    )


def _closers(
    patterns: tuple[Pattern, ...], openers: list[Fact], timeline: Timeline
) -> dict[Anything, list[Fact]]:
    """Closers by root of the opener: among all facts of both kinds, then as the patterns ask."""
    household = timeline.household
    kinds = household.of({opener.type for opener in openers})
    closers = closers_of(household, kinds, household.of({p.fact for p in patterns}))
    return {
        root: [f for f in found if any(timeline.matcher.is_match(f, p) for p in patterns)]
        for root, found in closers.items()
    }


def _in(leaf: In, timeline: Timeline, scope: Scope) -> Intervals:
    return clipped(timeline, scope, timeline.state(leaf.state))


def _without(leaf: Without, timeline: Timeline, scope: Scope) -> Intervals:
    gaps = [gap for gap in complement(timeline.state(leaf.state)) if gap.start < gap.end]
    if leaf.since is None:
        # only gaps that begin with an end; that end must itself lie in the scope
        begun = [
            gap
            for gap in gaps
            if gap.opener is not None and _admits_start(gap, scope) and _opens(leaf, gap, timeline)
        ]
        return begun
    since, lease = leaf.since.at(timeline.anchors, timeline.calendar), timeline.anchors.lease
    if since is None:
        return ()
    counted = [_restarted(gap, since, lease) if gap.start < since else gap for gap in gaps]
    held = [gap for gap in counted if gap.start < gap.end and _opens(leaf, gap, timeline)]
    return clipped(timeline, scope, held)


def _admits_start(gap: Interval, scope: Scope) -> bool:
    return scope.start <= gap.start < scope.end


def _opens(leaf: Without, gap: Interval, timeline: Timeline) -> bool:
    if leaf.opener is None:
        return True
    return gap.opener is not None and timeline.matcher.is_match(gap.opener, leaf.opener)


def _lapsed(leaf: Lapsed, timeline: Timeline, scope: Scope) -> Intervals:
    facts = timeline.find(leaf.facts)
    found = []
    for last, after in zip_longest(facts, facts[1:]):
        start = add(last.at, leaf.span, timeline.calendar)
        end = after.at if after is not None else NEVER
        if start < end:
            found.append(Interval(start, end, last, after))
    return clipped(timeline, scope, found)


def _seen(leaf: Seen, timeline: Timeline, scope: Scope) -> Intervals:
    return [
        Interval(fact.at, NEVER, fact, alone=True)
        for fact in timeline.find((leaf.fact,))
        if scope.admits(fact) and (leaf.at is None or holds_at(leaf.at, timeline, fact.at))
    ]


def _count(leaf: Count, timeline: Timeline, scope: Scope) -> Intervals:
    found: list[Interval] = []
    counted: list[Fact] = []
    for fact in timeline.find(leaf.facts):
        floor = scope.cut_before(fact.at)
        if found and floor < found[-1].start:
            continue  # while it holds, further ones are swallowed
        # up to a cut nothing is counted again
        counted = [f for f in counted if f.at > floor]
        partners = partners_of(leaf, timeline, counted, fact)
        counted.append(fact)
        if partners is not None and scope.admits(fact):
            found.append(Interval(fact.at, NEVER, fact, partners=partners, alone=True))
    return found


def _run(leaf: Run, timeline: Timeline, scope: Scope) -> Intervals:
    found: list[Interval] = []
    for fact in timeline.find(leaf.facts):
        if not scope.admits(fact):
            continue
        end = add(fact.at, leaf.gap, timeline.calendar)
        last = found[-1] if found else None
        # a fact at the very end of the gap is within it; after a cut the next starts a new run
        if last and fact.at <= last.end and scope.cut_before(fact.at) < last.start:
            found[-1] = Interval(last.start, end, last.opener, fact, alone=True)
        else:
            found.append(Interval(fact.at, end, fact, fact, alone=True))
    return found


def _open(leaf: Open, timeline: Timeline, scope: Scope) -> Intervals:
    return clipped(timeline, scope, open_intervals(leaf, timeline, holds_at))


def _exceeds(leaf: Exceeds, timeline: Timeline, scope: Scope) -> Intervals:
    return clipped(timeline, scope, exceeding(leaf, timeline))


def _all(condition: All, timeline: Timeline, scope: Scope) -> Intervals:
    found: Intervals | None = None
    for part in condition.parts:
        holds = intervals_of(part, timeline, scope)
        found = holds if found is None else intersected(found, holds)
        if not found:
            return ()
    return found or ()


def _any(condition: Any, timeline: Timeline, scope: Scope) -> Intervals:
    return merged(i for part in condition.parts for i in intervals_of(part, timeline, scope))


def _not(condition: Not, timeline: Timeline, scope: Scope) -> Intervals:
    return complement(intervals_of(condition.part, timeline, scope))


def _for(condition: For, timeline: Timeline, scope: Scope) -> Intervals:
    return delayed(intervals_of(condition.part, timeline, scope), condition.span, timeline.calendar)


Meaning = Callable[[Anything, Timeline, Scope], Intervals]
MEANING: Final[dict[type, Meaning]] = {
    Missing: _missing,
    In: _in,
    Without: _without,
    Lapsed: _lapsed,
    Seen: _seen,
    Count: _count,
    Run: _run,
    Open: _open,
    Exceeds: _exceeds,
    All: _all,
    Any: _any,
    Not: _not,
    For: _for,
}
