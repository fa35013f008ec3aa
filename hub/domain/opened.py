"""What is open: keys that openers open and closers close (agreement document, leaf `open`).

A rent period is open from its `rent-missed` until the payments for it at or after that instant add
up to what the latest `rent-missed` for it asks; a later one opens it again.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from itertools import zip_longest
from typing import TypeAlias

from hub.domain.closing import closers_of
from hub.domain.conditions import Condition, Open, Settled
from hub.domain.facts import Fact, fields_of
from hub.domain.intervals import Interval
from hub.domain.patterns import FIRST_PERIOD
from hub.domain.time import NEVER, Instant
from hub.domain.timeline import Timeline

Holds: TypeAlias = Callable[[Condition, Timeline, Instant], bool]


def open_intervals(leaf: Open, timeline: Timeline, holds: Holds) -> list[Interval]:
    """While at least `at_least` keys are open; the opener is the one that makes the number."""
    changes: list[tuple[Instant, int, Fact | None]] = []
    for held in open_keys(leaf, timeline, holds):
        changes.append((held.start, 1, held.opener))
        if held.end != NEVER:
            changes.append((held.end, -1, held.ender))
    # at one instant what closes comes before what opens: half-open intervals
    changes.sort(key=lambda change: (change[0], change[1]))
    return _at_least(leaf.at_least, changes)


def _at_least(n: int, changes: list[tuple[Instant, int, Fact | None]]) -> list[Interval]:
    found: list[Interval] = []
    number, since, opener = 0, NEVER, None
    for at, change, fact in changes:
        number += change
        if change > 0 and number == n:
            if found and found[-1].end == at:
                continued = found.pop()  # one closed and another opened at one instant
                since, opener = continued.start, continued.opener
            else:
                since, opener = at, fact
        elif change < 0 and number == n - 1:
            found.append(Interval(since, at, opener, fact))
    if number >= n:
        found.append(Interval(since, NEVER, opener))
    return [held for held in found if held.start < held.end]


def open_keys(leaf: Open, timeline: Timeline, holds: Holds) -> list[Interval]:
    """Each time that a key is open, whichever key, with the fact that opened it."""
    found = _of_facts(leaf, timeline) if leaf.key is None else _of_fields(leaf, leaf.key, timeline)
    kept = [held for held in found if leaf.at is None or holds(leaf.at, timeline, held.start)]
    kept.sort(key=lambda held: (held.start, held.opener.key if held.opener else ()))
    return kept


def _of_facts(leaf: Open, timeline: Timeline) -> list[Interval]:
    household, matcher = timeline.household, timeline.matcher
    openers, closers = household.of((leaf.opens.fact,)), household.of((leaf.closes.fact,))
    closed = closers_of(household, openers, closers)
    found = []
    for opener in openers:
        if not matcher.is_match(opener, leaf.opens):
            continue
        ours = closed[household.root_of(opener)]
        ender = next((f for f in ours if matcher.is_match(f, leaf.closes)), None)
        found.append(Interval(opener.at, ender.at if ender else NEVER, opener, ender))
    return [held for held in found if held.start < held.end]


def _of_fields(leaf: Open, key: str, timeline: Timeline) -> list[Interval]:
    by_key: dict[Hashable, list[tuple[Fact, bool]]] = {}
    for pattern, opens in ((leaf.opens, True), (leaf.closes, False)):
        read = fields_of(pattern.fact)[key]
        for fact in timeline.find((pattern,)):
            by_key.setdefault(read(fact.own), []).append((fact, opens))
    if leaf.only is not None:
        only = timeline.anchors.first_period if leaf.only == FIRST_PERIOD else leaf.only
        by_key = {only: by_key[only]} if only in by_key else {}
    found = []
    for events in by_key.values():
        # what is paid at the instant of the opener counts for it
        events.sort(key=lambda event: (event[0].at, not event[1], event[0].key))
        found.extend(_of_one_key(events, leaf.settled))
    return found


def _of_one_key(events: Sequence[tuple[Fact, bool]], settled: Settled | None) -> list[Interval]:
    found: list[Interval] = []
    opener: Fact | None = None
    paid = due = 0
    for (fact, opens), following in zip_longest(events, events[1:]):
        if opens:
            if opener is None:
                opener, paid = fact, 0
            due = _amount(fact, settled.due) if settled else 1
            if following is not None and following[1] and following[0].at == fact.at:
                continue  # of several at one instant the last says what is due
        elif opener is not None:
            paid += _amount(fact, settled.paid) if settled else 1
        if opener is not None and paid >= due:
            if opener.at < fact.at:
                found.append(Interval(opener.at, fact.at, opener, fact))
            opener = None
    if opener is not None:
        found.append(Interval(opener.at, NEVER, opener))
    return found


def _amount(fact: Fact, field: str) -> int:
    value = fields_of(fact.type)[field](fact.own)
    return value if isinstance(value, int) else 0
