"""The timeline of one household: its facts in order, its anchors and its states.

Facts come in already resolved and corrected (`tenancy`, `corrections`). States are computed when
first asked for and kept, for rules ask for the same few again and again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from hub.domain.anchors import NO_LEASE, Anchors
from hub.domain.closing import closers_of
from hub.domain.facts import CATALOGUE, Fact, Identity, Reference, Role
from hub.domain.intervals import Interval
from hub.domain.patterns import Matcher, Pattern
from hub.domain.states import State, Times, in_force
from hub.domain.time import Calendar, Instant


class Household:
    """What is known of one household at one instant.

    `key` is its lease, or its dossier as long as there is no lease. `facts` are ordered by
    (occurredAt, source, id). `references` are all that are known of it, sorted. `roots` maps a
    corrected fact to the first of its chain.
    """

    __slots__ = ("anchors", "by_type", "facts", "gemeente", "key", "references", "roots")

    def __init__(
        self,
        key: Reference,
        gemeente: str,
        facts: Sequence[Fact],
        *,
        anchors: Anchors = NO_LEASE,
        references: tuple[Reference, ...] = (),
        roots: Mapping[Identity, Identity] | None = None,
    ) -> None:
        self.key = key
        self.gemeente = gemeente
        self.facts = facts
        self.anchors = anchors
        self.references = references
        self.roots = roots or {}
        self.by_type: dict[str, list[Fact]] = {}
        for fact in facts:
            self.by_type.setdefault(fact.type, []).append(fact)
        for counting in (anchors.lease, anchors.ended):
            if counting is not None:  # of several for one lease the last counts, and no other
                self.by_type[counting.type] = [counting]

    def joined_by(self, came: Sequence[Fact]) -> Household:
        """The same household with facts that came, in order; none of them fixes its lease."""
        joined = Household(
            self.key,
            self.gemeente,
            (),
            anchors=self.anchors,
            references=self.references,
            roots=self.roots,
        )
        joined.facts = in_order(self.facts, came)
        joined.by_type = by_type = dict(self.by_type)
        new: dict[str, list[Fact]] = {}
        for fact in came:
            new.setdefault(fact.type, []).append(fact)
        for name, facts in new.items():
            by_type[name] = in_order(by_type.get(name, ()), facts)
        return joined

    def of(self, types: Iterable[str]) -> list[Fact]:
        """All facts of these types, in order. The caller must not change the list."""
        lists = [found for name in types if (found := self.by_type.get(name))]
        if not lists:
            return []
        if len(lists) == 1:
            return lists[0]
        return sorted((fact for facts in lists for fact in facts), key=lambda fact: fact.key)

    def root_of(self, fact: Fact) -> Identity:
        """The identity that began its chain of corrections."""
        identity = fact.identity
        return self.roots.get(identity, identity) if self.roots else identity

    def first_fact(self) -> Fact | None:
        """The household's first fact; acts, links and retractions are none."""
        return next((f for f in self.facts if CATALOGUE[f.type].kind == "household"), None)


def in_order(there: Sequence[Fact], came: Sequence[Fact]) -> list[Fact]:
    """Two runs of facts in order as one."""
    if not there or there[-1].key < came[0].key:
        return [*there, *came]
    return sorted((*there, *came), key=lambda fact: fact.key)


class Timeline:
    """A household seen through one agreement: its states, its calendar, who is on which side."""

    def __init__(
        self,
        household: Household,
        states: Mapping[str, State],
        calendar: Calendar,
        role_of: Mapping[str, Role],
    ) -> None:
        self.household = household
        self.anchors = household.anchors
        self.calendar = calendar
        self.matcher = Matcher(household.anchors, calendar, role_of.get)
        self._states = states
        self._in_force: dict[str, list[Interval]] = {}

    def state(self, name: str) -> list[Interval]:
        """When the named state is in force."""
        if name not in self._in_force:
            state = self._states[name]
            facts = self.household.of(state.reads)
            first = self.household.first_fact() if state.from_first_fact else None
            self._in_force[name] = in_force(state, Times(facts, first, self.matcher))
        return self._in_force[name]

    def find(self, patterns: Sequence[Pattern]) -> list[Fact]:
        """The facts that match any of the patterns, in order."""
        if len(patterns) == 1:
            return self._find_one(patterns[0])
        facts = self.household.of({pattern.fact for pattern in patterns})
        return self.matcher.matching(facts, patterns)

    def _find_one(self, pattern: Pattern) -> list[Fact]:
        facts = self.household.by_type.get(pattern.fact)
        if not facts or pattern.is_plain:
            return facts or []
        return [fact for fact in facts if self.matcher.is_match(fact, pattern)]

    def first_closing(self, pattern: Pattern, opener: Fact, since: Instant) -> Fact | None:
        """The first fact at or after `since` that the pattern means; if it asks so, one that
        concerns the opener."""
        found = self.find((pattern,))
        if pattern.concerning:
            openers = self.household.of((opener.type,))
            closers = self.household.of((pattern.fact,))
            ours = closers_of(self.household, openers, closers)
            found = [f for f in ours.get(self.household.root_of(opener), ()) if f in found]
        return next((fact for fact in found if fact.at >= since), None)

    def starting_types(self, state: str) -> tuple[str, ...]:
        """The fact types that bring a state in force."""
        return tuple(pattern.fact for pattern in self._states[state].starts)
