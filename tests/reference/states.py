"""The timeline of one household, and its states: in force from … until ….

The agreement document, Time and States. The end of a state is the first ending fact strictly
after its start; a second start changes nothing, except that a second payment arrangement runs
until its own `until`.
"""

from functools import cached_property

from tests.reference.catalogue import ACTS
from tests.reference.clock import (
    FOREVER,
    add_days,
    add_years,
    end_of_day,
    instant,
    period_of,
)
from tests.reference.facts import Fact
from tests.reference.findings import Subject
from tests.reference.households import Household
from tests.reference.spans import Span, union

PHASES = ["pre-vestiging", "coaching-vestiging", "coaching-integratie"]
CONTACT_LAPSES_AFTER_DAYS = 42
NO_FIRST_FACT = ACTS | {"reference-linked", "reference-unlinked", "fact-retracted"}


class Timeline:
    """The facts of one household, sorted by (occurredAt, source, id)."""

    def __init__(self, household: Household, subject: Subject) -> None:
        self.household = household
        self.subject = subject
        self.facts = sorted(household.facts, key=lambda f: f.key)

    def of(self, *types: str) -> list[Fact]:
        return [fact for fact in self.facts if fact.type in types]

    @cached_property
    def begeleiding(self) -> list[Span]:
        return self._state(self.of("begeleiding-started"), self.of("begeleiding-ended"))

    @cached_property
    def aanspreekpunt(self) -> list[Span]:
        return self._state(self.of("aanspreekpunt-assigned"), self.of("aanspreekpunt-withdrawn"))

    @cached_property
    def administrative_support(self) -> list[Span]:
        starts = self.of("administrative-support-started")
        return self._state(starts, self.of("administrative-support-ended"))

    @cached_property
    def payment_arrangement(self) -> list[Span]:
        agreed = self.of("payment-arrangement-agreed")
        return self._state(agreed, self.of("payment-arrangement-broken"))

    def phase(self, phase: str) -> list[Span]:
        if phase == "pre-vestiging":
            return self._pre_vestiging()
        starts = [f for f in self.of("phase-started") if f.data.get("phase") == phase]
        ends = [f for f in self.of("phase-completed") if f.data.get("phase") == phase]
        return self._state(starts, ends)

    @cached_property
    def contact_lapsed(self) -> list[Span]:
        """`lapsed`: from 42 d after the last contact (or start) until the next one."""
        facts = self.of("begeleiding-contact", "begeleiding-started")
        nexts = [*(fact.at for fact in facts[1:]), FOREVER]
        lapses = [
            Span(add_days(fact.at, CONTACT_LAPSES_AFTER_DAYS), until, fact)
            for fact, until in zip(facts, nexts, strict=False)
        ]
        return [lapse for lapse in lapses if lapse.start < lapse.end]

    def _pre_vestiging(self) -> list[Span]:
        """From the household's first fact until signed, or for ever while nobody signed."""
        facts = [fact for fact in self.facts if fact.type not in NO_FIRST_FACT]
        lease = self.subject.lease
        if not facts:
            return []
        return union([Span(facts[0].at, lease.at if lease else FOREVER, facts[0], lease)])

    def _state(self, starts: list[Fact], ends: list[Fact]) -> list[Span]:
        return union(self._in_force(start, ends) for start in starts)

    @staticmethod
    def _in_force(start: Fact, ends: list[Fact]) -> Span:
        ender = next((end for end in ends if end.at > start.at), None)
        until = ender.at if ender else FOREVER
        # Only a payment arrangement has a last day; where it is broken just then, breaking ends it.
        if start.type == "payment-arrangement-agreed" and start.data.get("until"):
            last = end_of_day(start.data["until"])
            if last < until:
                return Span(start.at, last, start, start)
        return Span(start.at, until, start, ender)


class Tenant(Timeline):
    """The timeline of a household with a lease, and what is counted from it."""

    def __init__(self, household: Household, subject: Subject) -> None:
        super().__init__(household, subject)
        assert household.tenancy is not None
        self.lease = household.tenancy.signed
        self.signed = self.lease.at
        self.start = household.tenancy.start
        self.tenancy_end = household.tenancy.end
        self.monitoring_end = min(add_years(self.start, 1), self.tenancy_end)
        self.first_period = period_of(self.start)

    @property
    def first_rent_due(self) -> int:
        due = self.lease.data.get("firstRentDue")
        return max(self.start, instant(due)) if due else add_days(self.start, 7)

    def is_monitored(self, fact: Fact) -> bool:
        return self.start <= fact.at < self.monitoring_end

    def ended_before_a_year(self, fact: Fact) -> bool:
        """Of a `begeleiding-ended`: before signed + 1 y."""
        return fact.at < add_years(self.signed, 1)
