"""Half-open intervals `[start, end)` and their algebra (agreement document, The rule language).

Every interval knows its opener (the fact whose instant, or whose deadline, is its start) and, where
there is one, the fact that ends it, so that what is denied can say what made it true again.

An interval that stands alone (`alone`) is one of several that may overlap, because a rule looks at
each of several facts; the others of a list are maximal and disjoint, in order of their start.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from hub.domain.facts import Fact
from hub.domain.time import BEGINNING, NEVER, Calendar, Instant, Span, add


class Interval(Struct, frozen=True, gc=False):
    """When something holds, and because of which facts.

    `opener` is None only where a denied condition has never held before. `partners` are the facts
    that completed the opener (a count); `absent` the types that did not come, each with the
    instant by which it should have.
    """

    start: Instant
    end: Instant
    opener: Fact | None
    ender: Fact | None = None
    partners: tuple[Fact, ...] = ()
    absent: tuple[tuple[str, Instant], ...] = ()
    alone: bool = False

    def holds_at(self, at: Instant) -> bool:
        return self.start <= at < self.end


Intervals = Sequence[Interval]


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """Overlapping and touching intervals as maximal ones; those that stand alone stay as they are.

    The opener is that of the part that starts first, at a tie of the first listed.
    """
    alone: list[Interval] = []
    whole: list[Interval] = []
    for interval in sorted(intervals, key=_start):  # a stable sort keeps the first listed first
        if interval.alone:
            alone.append(interval)
        elif whole and interval.start <= whole[-1].end:
            if interval.end > whole[-1].end:
                whole[-1] = replace(whole[-1], end=interval.end, ender=interval.ender)
        else:
            whole.append(interval)
    return sorted(whole + alone, key=_start) if alone else whole


def intersected(left: Intervals, right: Intervals) -> list[Interval]:
    """Where both hold; the opener is that of the one that starts last, at a tie of the left."""
    found = []
    for a in left:
        for b in right:
            start, end = max(a.start, b.start), min(a.end, b.end)
            if start < end:
                found.append(_both(a, b, start, end))
    found.sort(key=_start)
    return found


def complement(intervals: Intervals) -> list[Interval]:
    """Where none of them holds, over all of time."""
    gaps = []
    start, opener = BEGINNING, None
    for held in merged([replace(i, alone=False) if i.alone else i for i in intervals]):
        if held.start > start:
            gaps.append(Interval(start, held.start, opener, held.opener))
        # a state that runs out by itself ends by the fact that said until when
        start, opener = held.end, held.ender or held.opener
    if start < NEVER:
        gaps.append(Interval(start, NEVER, opener))
    return gaps


def delayed(intervals: Intervals, span: Span, calendar: Calendar) -> list[Interval]:
    """Each interval shortened at its start by `span`; the opener stays."""
    found = []
    for interval in intervals:
        # what has always held has held for any span
        start = interval.start
        if start != BEGINNING:
            start = add(start, span, calendar)
        if start < interval.end:
            found.append(replace(interval, start=start))
    return found


def _start(interval: Interval) -> Instant:
    return interval.start


def _both(a: Interval, b: Interval, start: Instant, end: Instant) -> Interval:
    return Interval(
        start,
        end,
        b.opener if b.start > a.start else a.opener,
        b.ender if b.end < a.end else a.ender,
        a.partners + b.partners,
        a.absent + b.absent,
        a.alone or b.alone,
    )
