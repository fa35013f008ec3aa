"""The agreement: what parties promised each other, as a value (agreement document, Parts).

A file becomes an `Agreement` in `spelling`; `lint` judges it. Nothing here knows a rule by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import Literal, TypeAlias

from msgspec import Struct

from hub.domain.conditions import Condition, Count, Exceeds, Open, Run, walk
from hub.domain.facts import Role
from hub.domain.needs import Needs, needs_of, reads_of
from hub.domain.patterns import Pattern, Where
from hub.domain.states import State
from hub.domain.time import NEVER, Calendar, Instant, Span, end_of_day, start_of_day

Severity: TypeAlias = Literal["critical", "high", "medium", "low"]
Part: TypeAlias = Literal["acts", "informed"]
Language: TypeAlias = Literal["nl", "en"]

OTHER_SIDE = "other-side"  # `tells: {other-side: acts}`: whoever the opener's publisher is not
EVERYWHERE = "always"  # `during: always`: no state limits the rule
MONITORING = "monitoring"  # the state of a rule without `during`; retention counts from its end


class Text(Struct, frozen=True):
    """What a case worker reads of a rule, in one language. Messages and actions may differ by role;
    the key `all` is for every role that has none of its own."""

    title: str
    message: Mapping[str, str]
    action: Mapping[str, str]

    def message_for(self, role: Role) -> str:
        return self.message.get(role, self.message.get("all", ""))

    def action_for(self, role: Role) -> str:
        return self.action.get(role, self.action.get("all", ""))


class Until(Struct, frozen=True):
    """What cuts a finding short: facts, an agreed approach, or a span after it was raised."""

    facts: tuple[Pattern, ...] = ()
    approach: bool = False
    after: Span | None = None


class Rule(Struct, frozen=True, dict=True):
    """One thing that was agreed about a household."""

    id: str
    memo: str
    severity: Severity
    during: tuple[str, ...]
    when: Condition
    tells: Mapping[str, Part]
    text: Mapping[str, Text]
    until: Until = Until()
    respond_by: Span | None = None
    inhibits: tuple[str, ...] = ()
    phase: str = ""
    task: str = ""
    shadow: bool = False

    @cached_property
    def rests_on_more(self) -> bool:
        """Whether more than the opener and its partners may be evidence."""
        return any(isinstance(leaf, Open | Exceeds) for leaf in walk(self.when))

    @cached_property
    def counts(self) -> bool:
        """Whether a cut frees facts anew: only a count or a run remembers what it has used."""
        return any(isinstance(leaf, Count | Run) for leaf in walk(self.when))


class Share(Struct, frozen=True):
    """A part of distinct units in a local calendar year above a percentage, from so many on."""

    part: str
    part_where: tuple[Where, ...]
    whole: str
    unit: str
    at_least: int
    above_percent: int


class Since(Struct, frozen=True):
    """A time since the last fact of a type, or since the region's first fact."""

    fact: str
    span: Span


class Behind(Struct, frozen=True):
    """A half-yearly target that is behind on the first of a month while another rule holds."""

    target: str
    target_field: str
    measure: str
    measure_where: tuple[Where, ...]
    measure_field: str
    while_rule: str


class RegionRule(Struct, frozen=True):
    """One thing that was agreed about a region; all parties of the region act."""

    id: str
    memo: str
    severity: Severity
    when: Share | Since | Behind
    text: Mapping[str, Text]
    tells: Mapping[str, Part]
    respond_by: Span | None = None
    phase: str = ""
    task: str = ""
    shadow: bool = False


class Gate(Struct, frozen=True):
    """A legal condition on sharing a fact: the newest one with the same `by` field must fulfil all
    of `where` (Besluit gemeentelijke schuldhulpverlening, art. 2)."""

    by: str
    where: tuple[Where, ...]


class SharedFields(Struct, frozen=True):
    """What one role may see of one fact type, why, and on which legal basis."""

    fields: tuple[str, ...]
    purpose: str
    basis: str
    gate: Gate | None = None


class Responsibility(Struct, frozen=True):
    """Who is responsible for a task in a phase: `full` or `shared` (memo, bijlage 2)."""

    phase: str
    task: str
    roles: Mapping[str, Literal["full", "shared"]]


class Convenant(Struct, frozen=True):
    """The paper that this rests on. Without it nothing is routed."""

    name: str
    date: date
    dpia: str


class Thresholds(Struct, frozen=True):
    """Numbers that are agreed rather than programmed."""

    address_lead_days: int = 60
    wait_limit_days: int = 90
    clock_tolerance_minutes: int = 5
    small_count: int = 10


class Agreement(Struct, frozen=True, dict=True):
    """One version of an agreement."""

    id: str
    version: str
    valid_from: date
    valid_until: date | None
    gemeenten: frozenset[str]
    region: str
    convenant: Convenant
    calendar: Calendar
    states: Mapping[str, State]
    rules: tuple[Rule, ...]
    region_rules: tuple[RegionRule, ...]
    respond_by: Mapping[str, Span | None]
    sharing: Mapping[str, Mapping[str, SharedFields]]
    responsibilities: tuple[Responsibility, ...]
    retention: Span
    thresholds: Thresholds
    digest: str = ""

    @cached_property
    def begins(self) -> Instant:
        return start_of_day(self.valid_from)

    @cached_property
    def ends(self) -> Instant:
        return NEVER if self.valid_until is None else end_of_day(self.valid_until)

    def is_in_force(self, at: Instant) -> bool:
        return self.begins <= at < self.ends

    @cached_property
    def by_id(self) -> Mapping[str, Rule | RegionRule]:
        every: tuple[Rule | RegionRule, ...] = (*self.rules, *self.region_rules)
        return {rule.id: rule for rule in every}

    @cached_property
    def strongest_first(self) -> tuple[Rule, ...]:
        """The rules so that each comes after all that inhibit it (lint refuses circles)."""
        return tuple(strongest_first(self.rules))

    @cached_property
    def needs_of(self) -> Mapping[str, Needs]:
        """For each rule the fact types without which it can't hold."""
        return {rule.id: needs_of(rule.when, self.states) for rule in self.rules}

    @cached_property
    def reads_of(self) -> Mapping[str, frozenset[str]]:
        """For each rule the fact types that can change what it finds."""
        return {
            rule.id: reads_of(rule.when, rule.until.facts, rule.during, self.states)
            for rule in self.rules
        }

    @cached_property
    def readers_of(self) -> Mapping[str, frozenset[str]]:
        """For each fact type the rules that read it."""
        read = {name for reads in self.reads_of.values() for name in reads}
        return {
            name: frozenset(rule for rule, reads in self.reads_of.items() if name in reads)
            for name in read
        }

    @cached_property
    def entangled(self) -> frozenset[str]:
        """The rules that inhibit others, and those: what one finds may depend on another."""
        weaker = {name for rule in self.rules for name in rule.inhibits}
        return frozenset(weaker | {rule.id for rule in self.rules if rule.inhibits})

    @cached_property
    def rank_of(self) -> Mapping[str, int]:
        """The place of each rule in `strongest_first`."""
        return {rule.id: place for place, rule in enumerate(self.strongest_first)}

    @cached_property
    def inhibitors_of(self) -> Mapping[str, tuple[str, ...]]:
        """For each rule the rules that inhibit it."""
        return {
            rule.id: tuple(r.id for r in self.rules if rule.id in r.inhibits) for rule in self.rules
        }

    @cached_property
    def gated(self) -> frozenset[str]:
        """The fact types that are shared with some role under a condition only."""
        return frozenset(
            name
            for name, roles in self.sharing.items()
            if any(shared.gate is not None for shared in roles.values())
        )

    def respond_within(self, rule: Rule | RegionRule) -> Span | None:
        """How long a party that acts has to acknowledge."""
        return rule.respond_by or self.respond_by.get(rule.severity)


def strongest_first(rules: Iterable[Rule]) -> list[Rule]:
    """Each rule after all that inhibit it; of several versions, in any of them."""
    rules = list(rules)
    inhibitors = {rule.id: {r.id for r in rules if rule.id in r.inhibits} for rule in rules}
    placed: list[Rule] = []
    done: set[str] = set()
    while len(placed) < len(rules):
        free = [r for r in rules if r.id not in done and inhibitors[r.id] <= done]
        if not free:  # a circle: lint has said so; keep the order of the file
            free = [r for r in rules if r.id not in done]
        placed.extend(free)
        done.update(rule.id for rule in free)
    return placed


class Agreements:
    """All versions that a hub knows, and which one counts for whom and when."""

    def __init__(self, agreements: Iterable[Agreement]) -> None:
        self.all = tuple(sorted(agreements, key=lambda a: (a.valid_from, a.id, a.version)))
        self._of_gemeente: dict[str, tuple[Agreement, ...]] = {}
        self._of_region: dict[str, tuple[Agreement, ...]] = {}

    def of_gemeente(self, gemeente: str) -> tuple[Agreement, ...]:
        """Every version for a gemeente, earliest first."""
        if gemeente not in self._of_gemeente:
            self._of_gemeente[gemeente] = tuple(a for a in self.all if gemeente in a.gemeenten)
        return self._of_gemeente[gemeente]

    def of_region(self, region: str) -> tuple[Agreement, ...]:
        """Every version for a region, earliest first."""
        if region not in self._of_region:
            self._of_region[region] = tuple(a for a in self.all if a.region == region)
        return self._of_region[region]

    def find(self, versions: Iterable[Agreement], at: Instant) -> Agreement | None:
        """The version in force at `at`, None where there is none."""
        return next((a for a in versions if a.is_in_force(at)), None)

    def covers(self, place: str, at: Instant) -> bool:
        """Whether an agreement is in force at `at` for this gemeente or region."""
        return self.find((*self.of_gemeente(place), *self.of_region(place)), at) is not None
