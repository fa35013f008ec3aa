"""What a finding rests on, fixed at its start (agreement document, Evidence)."""

from __future__ import annotations

from hub.domain.agreement import Rule
from hub.domain.conditions import Condition, Exceeds, Not, Open, parts_of
from hub.domain.facts import Fact
from hub.domain.leaves import holds_at
from hub.domain.opened import open_keys
from hub.domain.sums import summed_at
from hub.domain.time import Instant
from hub.domain.timeline import Timeline


def evidence_of(
    rule: Rule, timeline: Timeline, found: tuple[Fact, ...], at: Instant
) -> tuple[Fact, ...]:
    """What the condition found (the opener and its partners), and what is open or summed at `at`,
    in timeline order."""
    if len(found) == 1 and not rule.rests_on_more:
        return found
    facts = [*found, *_resting_on(rule.when, timeline, at)]
    return tuple(sorted({fact.identity: fact for fact in facts}.values(), key=lambda it: it.key))


def _resting_on(condition: Condition, timeline: Timeline, at: Instant) -> list[Fact]:
    if isinstance(condition, Not):
        return []  # what is denied is no evidence
    if isinstance(condition, Open):
        keys = open_keys(condition, timeline, holds_at)
        return [key.opener for key in keys if key.holds_at(at) and key.opener is not None]
    if isinstance(condition, Exceeds):
        return list(summed_at(condition, timeline, at))
    return [fact for part in parts_of(condition) for fact in _resting_on(part, timeline, at)]
