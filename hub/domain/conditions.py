"""The rule language: what a rule can say, as a tree (agreement document, The rule language).

The language is closed: a new leaf needs an ADR and a table test. This file holds the words; what
they mean is in `leaves`, the algebra of `all`, `any`, `not` and `for` in `intervals`, and how a
file spells them in `spelling`.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from hub.domain.anchors import Moment
from hub.domain.patterns import Pattern
from hub.domain.time import Span


class Each(Struct, frozen=True):
    """A deadline for each of several: `plus` after each such fact, or each start of a state."""

    fact: Pattern | None
    state: str | None
    plus: Span


class Missing(Struct, frozen=True, tag="missing"):
    """From `by` until the first such fact at or after `since`; not at all if one came by then."""

    facts: tuple[Pattern, ...]
    state: str | None
    since: Moment | None
    by: Moment | Each


class In(Struct, frozen=True, tag="in"):
    """While a state is in force."""

    state: str


class Without(Struct, frozen=True, tag="without"):
    """While a state is not in force, from `since` on, or only gaps that begin with an end.

    `opener`: a condition on the fact that begins the gap.
    """

    state: str
    since: Moment | None
    opener: Pattern | None


class Lapsed(Struct, frozen=True, tag="lapsed"):
    """`span` after the last of these facts until the next."""

    facts: tuple[Pattern, ...]
    span: Span


class Seen(Struct, frozen=True, tag="seen"):
    """From each such fact on, each an interval of its own; `at`: a condition at its instant."""

    fact: Pattern
    at: Condition | None


class Count(Struct, frozen=True, tag="count"):
    """From the fact that completes the count; `both_sides`: at least one from each side."""

    facts: tuple[Pattern, ...]
    at_least: int
    within: Span
    both_sides: bool


class Run(Struct, frozen=True, tag="run"):
    """From the first of a run, each next within `gap`, until `gap` after the last."""

    facts: tuple[Pattern, ...]
    gap: Span


class Settled(Struct, frozen=True):
    """A key closes when the `paid` fields of its closers add up to `due` of the latest opener."""

    paid: str
    due: str


class Open(Struct, frozen=True, tag="open"):
    """While at least n keys are open.

    `key` is a field that opener and closer share, or None: every opener is a key of its own, closed
    by what concerns it. `only`: keys with this value count (`first` is the first period). `at`: a
    condition at the instant a key opened.
    """

    opens: Pattern
    closes: Pattern
    key: str | None
    settled: Settled | None
    at_least: int
    only: str | None
    at: Condition | None


class Latest(Struct, frozen=True):
    """The value of a field in the latest of these facts."""

    facts: tuple[str, ...]
    field: str


class Exceeds(Struct, frozen=True, tag="exceeds"):
    """While one sum of latest values is above another, all of them known."""

    left: tuple[Latest, ...]
    right: tuple[Latest, ...]


class All(Struct, frozen=True, tag="all"):
    parts: tuple[Condition, ...]


class Any(Struct, frozen=True, tag="any"):
    parts: tuple[Condition, ...]


class Not(Struct, frozen=True, tag="not"):
    part: Condition


class For(Struct, frozen=True, tag="for"):
    """The condition has held for this long."""

    part: Condition
    span: Span


Condition: TypeAlias = (
    Missing | In | Without | Lapsed | Seen | Count | Run | Open | Exceeds | All | Any | Not | For
)
Kind: TypeAlias = Literal[
    "missing", "in", "without", "lapsed", "seen", "count", "run", "open", "exceeds"
]


def parts_of(condition: Condition) -> tuple[Condition, ...]:
    """The conditions directly inside this one."""
    if isinstance(condition, All | Any):
        return condition.parts
    if isinstance(condition, Not | For):
        return (condition.part,)
    return ()


def walk(condition: Condition) -> tuple[Condition, ...]:
    """This condition and everything inside it, outermost first; what `at` asks is not in it."""
    found: list[Condition] = [condition]
    for part in parts_of(condition):
        found.extend(walk(part))
    return tuple(found)
