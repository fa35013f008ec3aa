"""What was found in a household before, so that only rules that read what is new are asked again.

Only an economy: what is remembered would be found again (`tests/domain/test_economies.py`). What a
rule finds follows from the facts of the types that it reads, from the acts on the alerts that it
comes upon, and from approaches on stronger alerts; as long as these are the same, so is the rest.
What all of it rests on, the lease and the corrections, makes everything new when it changes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from msgspec import Struct

from hub.domain.facts import Fact
from hub.domain.needs import FIRST_FACT
from hub.domain.time import Instant

if TYPE_CHECKING:
    from hub.domain.agreement import Agreement
    from hub.domain.findings import Finding
    from hub.domain.timeline import Household

Acts: TypeAlias = Mapping[str, Sequence[Fact]]  # by the alert that they name


class Found(Struct, frozen=True):
    """What one rule found, the alerts that it asked acts of, and the approaches it was told of."""

    findings: Sequence[Finding]
    asked: Collection[str]
    approached: tuple[Instant, ...]


NOTHING: Final = Found((), (), ())


class Remembered:
    """The findings of one household, rule by rule, and what they were found in."""

    def __init__(self) -> None:
        self._household: Household | None = None
        self._acts: Acts = {}
        self._news: frozenset[str] = frozenset()
        self._acted: frozenset[str] = frozenset()
        self._found: dict[int, dict[str, Found]] = {}  # by agreement and rule

    def begin(self, household: Household, acts: Acts) -> None:
        """Look at a household anew: what has changed since the last time?"""
        before = self._household
        if before is None or before.anchors != household.anchors or before.roots != household.roots:
            self._found.clear()
        self._news = _new_types(before, household)
        self._acted = _changed(self._acts, acts)
        self._household, self._acts = household, acts

    def under(self, agreement: Agreement) -> tuple[dict[str, Found], Collection[str]]:
        """What the rules of an agreement found, in their order, and which of them might find
        something else now; whoever looks anew puts it there."""
        found = self._found.setdefault(id(agreement), {})
        stale = {rule for name in self._news for rule in agreement.readers_of.get(name, ())}
        if self._acted:
            stale |= {rule for rule, it in found.items() if not self._acted.isdisjoint(it.asked)}
        return found, stale


def _new_types(before: Household | None, now: Household) -> frozenset[str]:
    """The types of which there are other facts than before; the first fact counts as one."""
    if before is None or before is now:
        return frozenset()
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
