"""Sums of latest values that exceed another sum (agreement document, leaf `exceeds`)."""

from __future__ import annotations

from hub.domain.conditions import Exceeds, Latest
from hub.domain.facts import Fact, fields_of
from hub.domain.intervals import Interval
from hub.domain.time import NEVER, Instant
from hub.domain.timeline import Timeline


def exceeding(leaf: Exceeds, timeline: Timeline) -> list[Interval]:
    """While left > right; the opener is the latest of the facts that make it so."""
    terms = (*leaf.left, *leaf.right)
    facts = timeline.household.of({name for term in terms for name in term.facts})
    found: list[Interval] = []
    since: Interval | None = None
    for at in sorted({fact.at for fact in facts}):
        summed = _summed(terms, timeline, at)
        holds = summed is not None and _is_above(leaf, summed)
        if holds and since is None and summed is not None:
            since = Interval(at, NEVER, max(summed, key=lambda fact: fact.key))
        elif since is not None and not holds:
            ender = next(f for f in reversed(facts) if f.at == at)
            found.append(Interval(since.start, at, since.opener, ender))
            since = None
    return [*found, since] if since is not None else found


def summed_at(leaf: Exceeds, timeline: Timeline, at: Instant) -> tuple[Fact, ...]:
    """The facts whose fields are summed at `at`; none where a value is not known."""
    return _summed((*leaf.left, *leaf.right), timeline, at) or ()


def _summed(terms: tuple[Latest, ...], timeline: Timeline, at: Instant) -> tuple[Fact, ...] | None:
    found = []
    for term in terms:
        facts = [fact for fact in timeline.household.of(term.facts) if fact.at <= at]
        if not facts or not isinstance(_value(facts[-1], term), int):
            return None
        found.append(facts[-1])
    return tuple(found)


def _is_above(leaf: Exceeds, summed: tuple[Fact, ...]) -> bool:
    n = len(leaf.left)
    left = sum(_value(fact, term) or 0 for fact, term in zip(summed[:n], leaf.left, strict=True))
    right = sum(_value(fact, term) or 0 for fact, term in zip(summed[n:], leaf.right, strict=True))
    return left > right


def _value(fact: Fact, term: Latest) -> int | None:
    value = fields_of(fact.type)[term.field](fact.own)
    return value if isinstance(value, int) else None
