"""What was found in a household before, so that only rules that read what is new are asked again.

Only an economy: what is remembered would be found again (`tests/domain/test_economies.py`). What a
rule finds follows from the facts of the types that it reads, from the acts on the alerts that it
comes upon, and from approaches on stronger alerts; as long as these are the same, so is the rest.
What all of it rests on, the lease and the corrections, makes everything new when it changes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from hub.domain.facts import Fact
from hub.domain.needs import FIRST_FACT
from hub.domain.time import Instant

if TYPE_CHECKING:
    from hub.domain.agreement import Agreement, Rule
    from hub.domain.findings import Finding
    from hub.domain.timeline import Household

Acts: TypeAlias = Mapping[str, Sequence[Fact]]  # by the alert that they name


class Found(Struct, frozen=True):
    """What one rule found, the alerts that it asked acts of, and the approaches it was told of."""

    findings: Sequence[Finding]
    asked: Collection[str]
    approached: tuple[Instant, ...]


class Remembered:
    """The findings of one household, rule by rule, and what they were found in."""

    def __init__(self) -> None:
        self._household: Household | None = None
        self._acts: Acts = {}
        self._found: dict[tuple[int, str], Found] = {}
        self._news: frozenset[str] = frozenset()
        self._acted: frozenset[str] = frozenset()

    def begin(self, household: Household, acts: Acts) -> None:
        """Look at a household anew: what has changed since the last time?"""
        before = self._household
        if before is None or not _rests_on_the_same(before, household):
            self._found.clear()
        else:
            self._news = _new_types(before, household)
            self._acted = _changed(self._acts, acts)
        self._household, self._acts = household, acts

    def stale(self, agreement: Agreement) -> frozenset[str]:
        """The rules that read a type of which there is news."""
        if not self._news:
            return self._news
        return frozenset().union(*(agreement.readers_of.get(name, ()) for name in self._news))

    def find(
        self, agreement: Agreement, rule: Rule, approached: Sequence[Instant]
    ) -> Sequence[Finding] | None:
        """What a rule found that is not stale, if it would find the same again."""
        known = self._found.get((id(agreement), rule.id))
        if known is None or known.approached != tuple(approached):
            return None
        if self._acted and not self._acted.isdisjoint(known.asked):
            return None
        return known.findings

    def keep(self, agreement: Agreement, rule: Rule, found: Found) -> None:
        self._found[id(agreement), rule.id] = found


def _rests_on_the_same(before: Household, now: Household) -> bool:
    return before.anchors == now.anchors and before.roots == now.roots


def _new_types(before: Household, now: Household) -> frozenset[str]:
    """The types of which there are other facts than before; the first fact counts as one."""
    was, is_now = before.by_type, now.by_type
    news = {name for name, facts in is_now.items() if was.get(name) != facts}
    news |= was.keys() - is_now.keys()
    if news and before.first_fact() is not now.first_fact():
        news.add(FIRST_FACT)
    return frozenset(news)


def _changed(before: Acts, now: Acts) -> frozenset[str]:
    """The alerts of which there are other acts than before."""
    if before == now:
        return frozenset()
    return frozenset(
        name for name in before.keys() | now.keys() if before.get(name) != now.get(name)
    )
