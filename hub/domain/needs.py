"""Which fact types a rule can't do without, so that most rules need no second look.

Most households have no damage, no arrears, no interpreter: a rule whose condition can only begin
with such a fact is skipped. Only an economy: what it skips could not have been found.
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
)
from hub.domain.patterns import types_of
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
