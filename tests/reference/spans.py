"""Half-open intervals with their openers, and the algebra of `all`, `any`, `not` and `for`.

The agreement document, The rule language. A list of spans is sorted, and its members neither
overlap nor touch: each is a maximal interval.
"""

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from tests.reference.clock import FOREVER, NEVER
from tests.reference.facts import Fact


@dataclass(frozen=True)
class Span:
    start: int
    end: int
    opener: Fact | None = None
    ender: Fact | None = None  # of a state: the fact that ended it, or whose `until` did

    def holds(self, at: int) -> bool:
        return self.start <= at < self.end


def union(spans: Iterable[Span]) -> list[Span]:
    """Maximal intervals; each has the opener of the part that begins it, the first listed."""
    merged: list[Span] = []
    for span in sorted((s for s in spans if s.start < s.end), key=lambda s: s.start):
        if not merged or span.start > merged[-1].end:
            merged.append(span)
        elif span.end > merged[-1].end:
            merged[-1] = replace(merged[-1], end=span.end, ender=span.ender)
    return merged


def all_of(*parts: list[Span]) -> list[Span]:
    """Where all parts hold; the opener is of the part that starts last, at a tie the first."""
    found = []
    for spans in itertools.product(*parts):
        last = max(spans, key=lambda s: s.start)  # max gives the first of equals
        end = min(span.end for span in spans)
        if last.start < end:
            found.append(Span(last.start, end, last.opener))
    return sorted(found, key=lambda s: s.start)


def complement(spans: list[Span]) -> list[Span]:
    """Where none holds; the opener is the fact that ended what went before."""
    found = []
    begin, opener = NEVER, None
    for span in spans:
        found.append(Span(begin, span.start, opener))
        begin, opener = span.end, span.ender
    found.append(Span(begin, FOREVER, opener))
    return [span for span in found if span.start < span.end]


def lasting(spans: list[Span], later: Callable[[int], int]) -> list[Span]:
    """`for: D`: each interval starts D later, or not at all; the opener stays."""
    # An end is never brought nearer, so spans can't come to touch.
    moved = [
        replace(span, start=later(span.start)) if span.start != NEVER else span for span in spans
    ]
    return [span for span in moved if span.start < span.end]


def clipped(spans: list[Span], start: int, lease: Fact) -> list[Span]:
    """`during` at its start: what began before begins there, opened by `lease-signed`.

    The end of `during` is left to the finding, which tells `scope-ended` from `condition`.
    """
    return [
        replace(span, start=start, opener=lease) if span.start < start else span
        for span in spans
        if span.end > start
    ]


def holds(spans: Iterable[Span], at: int) -> bool:
    return any(span.holds(at) for span in spans)
