"""Which fact types a rule can't do without, and which it reads, so that most rules need no look.

Most households have no damage, no arrears, no interpreter: a rule whose condition can only begin
with such a fact is skipped. And what a rule found stays found until a type comes that it reads.
Only an economy: what is skipped could not have been found, or would be found again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

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
    walk,
)
from hub.domain.patterns import Pattern, types_of
from hub.domain.states import State

# every one of these sets must have a type that occurs
Needs: TypeAlias = tuple[frozenset[str], ...]

_LEASE = frozenset({"lease-signed"})


def is_possible(needs: Needs, occurring: frozenset[str]) -> bool:
    """Whether a condition with these needs can hold at all, given the types that occur."""
    return not any(map(occurring.isdisjoint, needs))


def needs_of(condition: Condition, states: Mapping[str, State]) -> Needs:
    """What must occur for a condition to hold."""
    match condition:
        case All(parts=parts):
            return tuple(need for part in parts for need in needs_of(part, states))
        case Any(parts=parts):
            return _either([needs_of(part, states) for part in parts])
        case For(part=part):
            return needs_of(part, states)
        case Not():
            return ()
        case Seen(fact=pattern) | Open(opens=pattern):
            return (frozenset({pattern.fact}),)
        case Count(facts=patterns) | Run(facts=patterns) | Lapsed(facts=patterns):
            return (types_of(patterns),)
        case Exceeds(left=left, right=right):
            return tuple(frozenset(term.facts) for term in (*left, *right))
        case In(state=name):
            return _starting(states.get(name))
        case Without(state=name, since=since):
            return (_LEASE,) if since is not None else _starting(states.get(name))
        case Missing(by=by):
            return _counted_from(by, states)


def _counted_from(by: object, states: Mapping[str, State]) -> Needs:
    if not isinstance(by, Each):
        return (_LEASE,)
    if by.fact is not None:
        return (frozenset({by.fact.fact}),)
    return _starting(states.get(by.state or ""))


def _starting(state: State | None) -> Needs:
    if state is None or state.from_first_fact:
        return ()
    return (types_of(state.starts),) if state.starts else (_LEASE,)


def _either(options: Iterable[Needs]) -> Needs:
    """One of the options is enough: what all of them can't do without, taken together."""
    options = list(options)
    if not all(options):
        return ()
    return (frozenset(name for needs in options for name in needs[0]),)


FIRST_FACT = "first-fact"  # among what a rule reads: the household's first fact, of whatever type
_ANCHORS = frozenset({"lease-signed", "lease-ended"})


def reads_of(
    condition: Condition,
    until: Iterable[Pattern],
    during: Iterable[str],
    states: Mapping[str, State],
) -> frozenset[str]:
    """Every fact type that can change what a rule finds. Acts are not among them."""
    found = set(_ANCHORS) | types_of(until)
    named = set(during)
    for part in _everything_in(condition):
        found |= _types_in(part)
        named |= _states_in(part)
    for name in named & states.keys():
        state = states[name]
        found |= state.reads
        if state.from_first_fact:
            found.add(FIRST_FACT)
    return frozenset(found)


def _everything_in(condition: Condition) -> list[Condition]:
    found = []
    for part in walk(condition):
        found.append(part)
        if isinstance(part, Seen | Open) and part.at is not None:
            found += _everything_in(part.at)
    return found


def _types_in(part: Condition) -> frozenset[str]:
    match part:
        case Missing(facts=patterns, by=Each(fact=Pattern() as opener)):
            return types_of((*patterns, opener))
        case Missing(facts=patterns) | Lapsed(facts=patterns):
            return types_of(patterns)
        case Count(facts=patterns) | Run(facts=patterns):
            return types_of(patterns)
        case Seen(fact=pattern):
            return frozenset({pattern.fact})
        case Open(opens=opens, closes=closes):
            return types_of((opens, closes))
        case Exceeds(left=left, right=right):
            return frozenset(name for term in (*left, *right) for name in term.facts)
        case Without(opener=Pattern() as opener):
            return types_of((opener,))
        case _:
            return frozenset()


def _states_in(part: Condition) -> set[str]:
    match part:
        case In(state=name) | Without(state=name):
            return {name}
        case Missing(state=name, by=by):
            named = {name, by.state if isinstance(by, Each) else None}
            return {it for it in named if it is not None}
        case _:
            return set()
