"""The first condition that is not met, word by word (agreement document, Explain: `why-not`).

For each word of the rule language: given that it does not hold at an instant, what is in the way,
since when, because of which facts. Uses the meanings of `leaves`; it never decides by itself
whether something holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any as Anything
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

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
from hub.domain.facts import Fact
from hub.domain.intervals import Interval, complement
from hub.domain.leaves import EVERYWHERE, Scope, holds_at, intervals_of
from hub.domain.opened import open_keys
from hub.domain.patterns import Pattern
from hub.domain.sums import summed_at
from hub.domain.time import NEVER, Instant, add
from hub.domain.timeline import Timeline
from hub.domain.unmet import Reason, Unmet
from hub.domain.wording import in_words


class Place(Struct, frozen=True):
    """Where to look: a timeline, the scope of the rule in it, an instant."""

    timeline: Timeline
    scope: Scope
    at: Instant

    def find(self, patterns: Sequence[Pattern]) -> list[Fact]:
        """The facts up to the instant that match."""
        return [fact for fact in self.timeline.find(patterns) if fact.at <= self.at]


def find_unmet(condition: Condition, place: Place) -> Unmet | None:
    """What keeps a condition from holding at the instant; None if it holds."""
    intervals = intervals_of(condition, place.timeline, place.scope)
    if any(held.holds_at(place.at) for held in intervals):
        return None
    found = IN_THE_WAY[type(condition)](condition, place)
    coming = min((held.start for held in intervals if held.start > place.at), default=None)
    if found.changes_at is None and coming is not None:
        found = replace(found, changes_at=coming)
    return found


def _missing(leaf: Missing, place: Place) -> Unmet:
    said = in_words(leaf)
    if isinstance(leaf.by, Each):
        return _missing_each(leaf, leaf.by, place)
    by = leaf.by.at(place.timeline.anchors, place.timeline.calendar)
    if by is None:
        return Unmet(Reason.NO_LEASE, said)
    if leaf.state is not None:
        held = [i for i in place.timeline.state(leaf.state) if i.start <= min(by, place.at)]
        if held:
            return Unmet(Reason.IN_FORCE, said, held[-1].start, _opener(held[-1]))
    elif came := place.find(leaf.facts):
        return Unmet(Reason.CAME, said, came[0].at, (came[0],))
    return Unmet(Reason.NOT_DUE, said, by)


def _missing_each(leaf: Missing, each: Each, place: Place) -> Unmet:
    said = in_words(leaf)
    if each.fact is not None:
        starts = place.find((each.fact,))
        if not starts:
            return _none_of((each.fact,), place, said)
    else:
        assert each.state is not None
        held = [i for i in place.timeline.state(each.state) if i.start <= place.at]
        if not held:
            return Unmet(Reason.NOT_IN_FORCE, said)
        starts = [fact for i in held for fact in _opener(i)]
    last = starts[-1]
    by = add(last.at, each.plus, place.timeline.calendar)
    came = [fact for fact in place.find(leaf.facts) if fact.at >= last.at]
    if came:
        return Unmet(Reason.CAME, said, came[0].at, (last, came[0]))
    if by > place.at:
        return Unmet(Reason.NOT_DUE, said, by, (last,))
    return Unmet(Reason.OUT_OF_SCOPE, said, by, (last,))


def _in(leaf: In, place: Place) -> Unmet:
    return not_in_force(leaf.state, in_words(leaf), place)


def not_in_force(state: str, said: str, place: Place) -> Unmet:
    """That a state is not in force: since it ended, or it never was."""
    intervals = place.timeline.state(state)
    ended = [i for i in intervals if i.end <= place.at]
    coming = min((i.start for i in intervals if i.start > place.at), default=None)
    if not ended:
        return Unmet(Reason.NOT_IN_FORCE, said, changes_at=coming)
    enders = () if ended[-1].ender is None else (ended[-1].ender,)
    return Unmet(Reason.NOT_IN_FORCE, said, ended[-1].end, enders, coming)


def _without(leaf: Without, place: Place) -> Unmet:
    said, intervals = in_words(leaf), place.timeline.state(leaf.state)
    held = next((i for i in intervals if i.holds_at(place.at)), None)
    if held is not None:
        return Unmet(Reason.IN_FORCE, said, held.start, _opener(held))
    if leaf.since is not None:
        since = leaf.since.at(place.timeline.anchors, place.timeline.calendar)
        if since is None:
            return Unmet(Reason.NO_LEASE, said)
        if since > place.at:
            return Unmet(Reason.NOT_DUE, said, since)
    gap = next(i for i in complement(intervals) if i.holds_at(place.at))
    if gap.opener is None:
        return Unmet(Reason.NEVER, said)
    if leaf.opener is not None and not place.timeline.matcher.is_match(gap.opener, leaf.opener):
        return Unmet(Reason.NO_MATCH, said, gap.start, (gap.opener,))
    return Unmet(Reason.OUT_OF_SCOPE, said, gap.start, (gap.opener,))


def _lapsed(leaf: Lapsed, place: Place) -> Unmet:
    facts = place.find(leaf.facts)
    if not facts:
        return _none_of(leaf.facts, place, in_words(leaf))
    return Unmet(Reason.RECENT, in_words(leaf), facts[-1].at, (facts[-1],))


def _seen(leaf: Seen, place: Place) -> Unmet:
    facts, said = place.find((leaf.fact,)), in_words(leaf)
    if not facts:
        return _none_of((leaf.fact,), place, said)
    inside = [fact for fact in facts if place.scope.admits(fact)]
    if not inside or leaf.at is None:
        return Unmet(Reason.OUT_OF_SCOPE, said, facts[-1].at, (facts[-1],))
    last = inside[-1]
    then = _at_that_time(leaf.at, place, last.at)
    return Unmet(Reason.NO_MATCH, said, last.at, (last,), then=then)


def _count(leaf: Count, place: Place) -> Unmet:
    facts, said = place.find(leaf.facts), in_words(leaf)
    if not facts:
        return _none_of(leaf.facts, place, said)
    calendar, floor = place.timeline.calendar, place.scope.cut_before(place.at)
    near = [f for f in facts if add(f.at, leaf.within, calendar) >= place.at and f.at > floor]
    if len(near) < leaf.at_least:
        shown = tuple(near) or (facts[-1],)
        return Unmet(Reason.TOO_FEW, said, shown[-1].at, shown, have=len(near), need=leaf.at_least)
    sides = {place.timeline.matcher.side_of(fact) for fact in near} - {None}
    if leaf.both_sides and len(sides) < 2:
        return Unmet(Reason.ONE_SIDE, said, near[-1].at, tuple(near))
    return Unmet(Reason.OUT_OF_SCOPE, said, near[-1].at, tuple(near))


def _run(leaf: Run, place: Place) -> Unmet:
    facts, said = place.find(leaf.facts), in_words(leaf)
    if not facts:
        return _none_of(leaf.facts, place, said)
    last = facts[-1]
    if not place.scope.admits(last):
        return Unmet(Reason.OUT_OF_SCOPE, said, last.at, (last,))
    return Unmet(Reason.OVER, said, add(last.at, leaf.gap, place.timeline.calendar), (last,))


def _open(leaf: Open, place: Place) -> Unmet:
    said = in_words(leaf)
    keys = [k for k in open_keys(leaf, place.timeline, holds_at) if k.start <= place.at]
    still = [key for key in keys if key.holds_at(place.at)]
    if still:
        facts = tuple(fact for key in still for fact in _opener(key))
        have = len(still)
        return Unmet(Reason.TOO_FEW, said, facts[-1].at, facts, have=have, need=leaf.at_least)
    if keys:
        last = max(keys, key=lambda key: key.end)
        return Unmet(Reason.SETTLED, said, last.end, () if last.ender is None else (last.ender,))
    if leaf.at is not None:
        return _open_at_other_times(leaf, leaf.at, place)
    return _none_of((leaf.opens,), place, said)


def _open_at_other_times(leaf: Open, at: Condition, place: Place) -> Unmet:
    """Keys opened, but not at an instant at which the leaf's own condition held."""
    any_time = replace(leaf, at=None)
    keys = [k for k in open_keys(any_time, place.timeline, holds_at) if k.start <= place.at]
    if not keys:
        return _none_of((leaf.opens,), place, in_words(leaf))
    last = keys[-1]
    then = _at_that_time(at, place, last.start)
    return Unmet(Reason.NO_MATCH, in_words(leaf), last.start, _opener(last), then=then)


def _at_that_time(condition: Condition, place: Place, at: Instant) -> Unmet | None:
    """What was in the way at an instant that is past: there nothing changes any more."""
    found = find_unmet(condition, Place(place.timeline, EVERYWHERE, at))
    return None if found is None else replace(found, changes_at=None)


def _exceeds(leaf: Exceeds, place: Place) -> Unmet:
    said = in_words(leaf)
    latest: list[Fact] = []
    for term in (*leaf.left, *leaf.right):
        facts = place.find(tuple(Pattern(name) for name in term.facts))
        if not facts:
            return Unmet(Reason.NEVER, said)
        latest.append(facts[-1])
    known = tuple({fact.identity: fact for fact in latest}.values())
    last = max(fact.at for fact in known)
    if not summed_at(leaf, place.timeline, place.at):
        return Unmet(Reason.UNKNOWN, said, last, known)
    everywhere = intervals_of(leaf, place.timeline, EVERYWHERE)
    is_above = any(held.holds_at(place.at) for held in everywhere)
    reason = Reason.OUT_OF_SCOPE if is_above else Reason.NOT_ABOVE
    return Unmet(reason, said, last, known)


def _all(condition: All, place: Place) -> Unmet:
    for part in condition.parts:
        found = find_unmet(part, place)
        if found is not None:
            return found
    return Unmet(Reason.NO_BEGINNING, in_words(condition))


def _any(condition: Any, place: Place) -> Unmet:
    """Of several ways the one that comes about first by itself, otherwise the first in the file."""
    found = [unmet for part in condition.parts if (unmet := find_unmet(part, place)) is not None]
    soonest = min(found, key=lambda unmet: unmet.changes_at or NEVER)
    return soonest if soonest.changes_at is not None else found[0]


def _not(condition: Not, place: Place) -> Unmet:
    inside = intervals_of(condition.part, place.timeline, place.scope)
    held = next(i for i in inside if i.holds_at(place.at))
    return Unmet(Reason.HOLDS, in_words(condition), held.start, _opener(held))


def _for(condition: For, place: Place) -> Unmet:
    inside = intervals_of(condition.part, place.timeline, place.scope)
    held = next((i for i in inside if i.holds_at(place.at)), None)
    if held is None:
        found = find_unmet(condition.part, place)
        assert found is not None  # it does not hold
        return found if found.changes_at is None else _later(found, condition, place)
    due = add(held.start, condition.span, place.timeline.calendar)
    return Unmet(Reason.TOO_SHORT, in_words(condition), held.start, _opener(held), due)


def _later(found: Unmet, condition: For, place: Place) -> Unmet:
    """What comes about by itself must then last; if it will not, nothing changes."""
    outer = intervals_of(condition, place.timeline, place.scope)
    return replace(
        found, changes_at=min((i.start for i in outer if i.start > place.at), default=None)
    )


def _none_of(patterns: Sequence[Pattern], place: Place, said: str) -> Unmet:
    """No fact matches: there is none of the type, or none as the rule asks."""
    others = place.find(tuple(Pattern(pattern.fact) for pattern in patterns))
    if not others:
        return Unmet(Reason.NEVER, said)
    return Unmet(Reason.NO_MATCH, said, others[-1].at, (others[-1],))


def _opener(held: Interval) -> tuple[Fact, ...]:
    return () if held.opener is None else (held.opener,)


InTheWay = Callable[[Anything, Place], Unmet]
IN_THE_WAY: Final[dict[type, InTheWay]] = {
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
