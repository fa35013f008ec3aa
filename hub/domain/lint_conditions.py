"""What is wrong with a condition or a pattern that can be read: it can never mean anything.

Gives flaws, each with the word of the file that it is about; `lint` finds the line where that word
stands. Knows the catalogue and the rule language, no rule by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

import msgspec
from msgspec import Struct

from hub.domain.agreement import Behind, RegionRule, Rule, Share, Since
from hub.domain.conditions import (
    All,
    Condition,
    Count,
    Each,
    Exceeds,
    Lapsed,
    Missing,
    Not,
    Open,
    Run,
    Seen,
    Without,
    parts_of,
)
from hub.domain.conditions import Any as AnyOf
from hub.domain.facts import CATALOGUE, SIDE_OF, fields_of
from hub.domain.marked import listed
from hub.domain.patterns import FIRST_PERIOD, Pattern, Where
from hub.domain.states import State

_KINDS: Final[dict[type, str]] = {str: "text", int: "a whole number", bool: "true or false"}
_TARGET_FIELDS: Final = ("year", "half")


class Flaw(Struct, frozen=True):
    """Something wrong, and the word in the file that it is about."""

    word: str
    message: str


def every_condition(condition: Condition) -> Iterator[Condition]:
    """This condition and everything inside it, what `at` asks included."""
    yield condition
    for part in parts_of(condition):
        yield from every_condition(part)
    if isinstance(condition, Seen | Open) and condition.at is not None:
        yield from every_condition(condition.at)


def flaws_of_rule(rule: Rule) -> Iterator[Flaw]:
    """What can never hold in a household, or never end, as it is written."""
    if not _can_open(rule.when):
        yield Flaw(
            "when",
            "this only says what is not, so nothing begins it: put it in `all` beside what does, "
            "or write `without: {state: …, from: S}`",
        )
    for condition in every_condition(rule.when):
        yield from _flaws_of_leaf(condition)
    for pattern in rule.until.facts:
        yield from _flaws_of_pattern(pattern, may_concern=True)


def flaws_of_state(state: State) -> Iterator[Flaw]:
    """What makes a state begin or end at facts that cannot be."""
    for pattern in (*state.starts, *state.ends):
        yield from _flaws_of_pattern(pattern)
    for pattern in state.starts:
        if state.last_day is not None and kind_of(pattern.fact, state.last_day) is not date:
            yield Flaw(state.last_day, f"lastDay: `{state.last_day}` of {pattern.fact} is no date")


def flaws_of_region_rule(rule: RegionRule) -> Iterator[Flaw]:
    """What can never hold in a region as it is written."""
    when = rule.when
    if isinstance(when, Since):
        yield from _flaws_of_type(when.fact, "region")
    elif isinstance(when, Share):
        for fact in (when.part, when.whole):
            yield from _flaws_of_type(fact, "region")
            yield from _flaws_of_field(fact, when.unit, str)
        yield from _flaws_of_wheres(when.part, when.part_where)
    else:
        yield from _flaws_of_behind(when)


def _flaws_of_behind(when: Behind) -> Iterator[Flaw]:
    for fact, field in ((when.target, when.target_field), (when.measure, when.measure_field)):
        yield from _flaws_of_type(fact, "region")
        yield from _flaws_of_field(fact, field, int)
    for field in _TARGET_FIELDS:
        if field not in fields_of(when.target):
            yield Flaw(when.target, f"target: {when.target} does not say which half year it is for")
    yield from _flaws_of_wheres(when.measure, when.measure_where)


def kind_of(fact_type: str, field: str) -> object:
    """The type of a field without `None` and limits; None if there is no such field."""
    struct: object = CATALOGUE[fact_type].own
    for name in field.split("."):
        found = [f for f in _fields(struct) if f.encode_name == name]
        if not found:
            return None
        struct = _plain(found[0].type)
    return struct


def _fields(struct: object) -> tuple[msgspec.structs.FieldInfo, ...]:
    if isinstance(struct, type) and issubclass(struct, Struct):
        return msgspec.structs.fields(struct)
    return ()


def _plain(kind: Any) -> object:
    origin = get_origin(kind)
    if origin is Annotated:
        return _plain(get_args(kind)[0])
    if origin in (Union, UnionType):
        return _plain(next(arg for arg in get_args(kind) if arg is not type(None)))
    return origin or kind


def _can_open(condition: Condition) -> bool:
    """Whether something inside begins an interval: a `not` only bounds what others begin."""
    if isinstance(condition, Not):
        return False
    parts = parts_of(condition)
    return not parts or any(_can_open(part) for part in parts)


def _flaws_of_leaf(condition: Condition) -> Iterator[Flaw]:
    if isinstance(condition, All | AnyOf) and not condition.parts:
        yield Flaw("when", "here stands an `all` or `any` without conditions; add one")
    for pattern in _patterns(condition):
        yield from _flaws_of_pattern(pattern, may_concern=_is_for_each(condition))
    if _is_for_each(condition) and isinstance(condition, Missing) and condition.state is not None:
        yield Flaw("each", "by: a `state` is missing at a moment like `S + 14 d`, not at `each`")
    if isinstance(condition, Open):
        yield from _flaws_of_open(condition)
    if isinstance(condition, Exceeds):
        for term in (*condition.left, *condition.right):
            for fact in term.facts:
                yield from _flaws_of_type(fact)
                yield from _flaws_of_field(fact, term.field, int)
    if isinstance(condition, Count) and condition.both_sides and condition.facts:
        yield from _flaws_of_sides(condition.facts)


def _flaws_of_open(leaf: Open) -> Iterator[Flaw]:
    if leaf.settled is not None:
        of_paid = _flaws_of_field(leaf.closes.fact, leaf.settled.paid, int)
        of_due = _flaws_of_field(leaf.opens.fact, leaf.settled.due, int)
        yield from (Flaw("settled", f"settled: {flaw.message}") for flaw in (*of_paid, *of_due))
        if leaf.key is None:
            yield Flaw("settled", "settled: payments need a `key` that says what they are for")
    if leaf.only is not None and leaf.key is None:
        yield Flaw("only", "only: there is no `key` whose values it could mean; add one")
    if leaf.only == FIRST_PERIOD and leaf.key not in (None, "period"):
        yield Flaw("only", f"only: `{FIRST_PERIOD}` is the first rent period: `key: period`")


def _flaws_of_sides(patterns: Iterable[Pattern]) -> Iterator[Flaw]:
    """`sides: both` needs facts that each side can publish."""
    sides: set[str | None] = set()
    for pattern in patterns:
        own = {SIDE_OF[role] for role in CATALOGUE[pattern.fact].roles} - {None}
        sides |= own if pattern.side is None else {pattern.side}
    if sides and len(sides) < 2:
        yield Flaw("sides", f"sides: all these facts come from the {sides.pop()}; add one of both")


def _is_for_each(condition: Condition) -> bool:
    return isinstance(condition, Missing) and isinstance(condition.by, Each)


def _patterns(condition: Condition) -> tuple[Pattern, ...]:
    match condition:
        case Missing(facts=facts, by=Each(fact=Pattern() as each)):
            return (*facts, each)
        case Missing(facts=facts) | Lapsed(facts=facts) | Count(facts=facts) | Run(facts=facts):
            return facts
        case Seen(fact=fact):
            return (fact,)
        case Without(opener=Pattern() as opener):
            return (opener,)
        case Open(opens=opens, closes=closes):
            return (opens, closes)
    return ()


def _flaws_of_pattern(pattern: Pattern, *, may_concern: bool = False) -> Iterator[Flaw]:
    yield from _flaws_of_type(pattern.fact)
    yield from _flaws_of_wheres(pattern.fact, pattern.where)
    roles = CATALOGUE[pattern.fact].roles
    if pattern.side is not None and pattern.side not in {SIDE_OF[role] for role in roles}:
        yield Flaw(
            pattern.fact,
            f"side: {pattern.fact} is published by {listed(roles)}, never by that side",
        )
    if pattern.concerning and not may_concern:
        yield Flaw(
            "concerning",
            "concerning: only `until` and a `missing` with `each` have something to concern; "
            "take it out",
        )


def _flaws_of_type(fact: str, kind: str = "household") -> Iterator[Flaw]:
    found = CATALOGUE[fact].kind
    if found == kind:
        return
    if fact == "approach-agreed":
        yield Flaw(fact, "an approach ends an alert with the word `approach`")
    elif kind == "region":
        yield Flaw(fact, f"{fact} is no fact about a region")
    else:
        yield Flaw(fact, f"{fact} is no fact about a household")


def _flaws_of_wheres(fact: str, wheres: Iterable[Where]) -> Iterator[Flaw]:
    for where in wheres:
        if where.field not in fields_of(fact):
            continue  # the reader has said so
        kind = kind_of(fact, where.field)
        if kind not in _KINDS:
            fit = [f for f in fields_of(fact) if kind_of(fact, f) in _KINDS]
            yield Flaw(
                where.field,
                f"where: `{where.field}` of {fact} has no value to compare; use {listed(fit)}",
            )
            continue
        for value in where.values:
            if type(value) is not kind:
                yield Flaw(
                    where.field,
                    f"where: `{where.field}` of {fact} is {_KINDS[kind]}, "
                    f"so it is never `{value}` as written here",
                )


def _flaws_of_field(fact: str, field: str, wanted: type) -> Iterator[Flaw]:
    found = kind_of(fact, field)
    if found is None:
        yield Flaw(field, f"`{field}` is no field of {fact}; it has {listed(fields_of(fact))}")
    elif found is not wanted:
        yield Flaw(field, f"`{field}` of {fact} is not {_KINDS[wanted]}")
