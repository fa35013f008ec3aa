"""Which facts a rule means: a type with conditions on its fields (agreement document, rules)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Final

from msgspec import Struct

from hub.domain.anchors import Anchors, Moment
from hub.domain.facts import CATALOGUE, SIDE_OF, Fact, Role, Side, fields_of
from hub.domain.time import Calendar

Scalar = str | int | bool

FIRST_PERIOD: Final = "first"  # `where: {period: first}` means the household's first rent period


class Where(Struct, frozen=True):
    """A field of the fact has one of these values. A value that the code list does not know never
    equals one that a rule names: lint refuses unknown codes in rules."""

    field: str
    values: tuple[Scalar, ...]

    def holds_for(self, fact: Fact, anchors: Anchors) -> bool:
        read = fields_of(fact.type).get(self.field)
        if read is None:
            return False
        value = read(fact.own)
        if self.field == "period" and FIRST_PERIOD in self.values and value is not None:
            return bool(value == anchors.first_period) or value in self.values
        return value in self.values


class Pattern(Struct, frozen=True, dict=True):
    """A fact type, with conditions that must all hold.

    `side`: the publisher is on that side. `before`: it occurred before that moment. `concerning`:
    it closes the opener in question, by its `concerns` or because that was still open.
    """

    fact: str
    where: tuple[Where, ...] = ()
    side: Side | None = None
    before: Moment | None = None
    concerning: bool = False

    @cached_property
    def is_plain(self) -> bool:
        return not (self.where or self.side or self.before)


class Matcher(Struct, frozen=True):
    """Judges patterns for one household: its anchors, the calendar, and who is on which side."""

    anchors: Anchors
    calendar: Calendar
    role_of: Callable[[str], Role | None]

    def is_match(self, fact: Fact, pattern: Pattern) -> bool:
        if fact.type != pattern.fact:
            return False
        if pattern.is_plain:
            return True
        if pattern.side is not None and self.side_of(fact) != pattern.side:
            return False
        if pattern.before is not None:
            until = pattern.before.at(self.anchors, self.calendar)
            if until is None or fact.at >= until:
                return False
        return all(where.holds_for(fact, self.anchors) for where in pattern.where)

    def matching(self, facts: Iterable[Fact], patterns: Sequence[Pattern]) -> list[Fact]:
        """The facts that match any of the patterns."""
        if all(pattern.is_plain for pattern in patterns):
            types = [pattern.fact for pattern in patterns]
            return [fact for fact in facts if fact.type in types]
        return [fact for fact in facts if any(self.is_match(fact, p) for p in patterns)]

    def side_of(self, fact: Fact) -> Side | None:
        """The side of the publisher: begeleider counts as gemeente, huurders as neither."""
        role = self.role_of(fact.party)
        return None if role is None else SIDE_OF[role]


def types_of(patterns: Iterable[Pattern]) -> frozenset[str]:
    """The fact types that these patterns read."""
    return frozenset(pattern.fact for pattern in patterns)


def known_fields(fact_type: str) -> Mapping[str, object]:
    """The fields that `where` may name for this type; empty for an unknown type."""
    return fields_of(fact_type) if fact_type in CATALOGUE else {}
