"""Simulated regions for convergence tests, and what backtest finds in them."""

from __future__ import annotations

from functools import lru_cache

from hub.domain.acts import LIVING
from hub.domain.facts import Fact
from hub.domain.time import Instant
from hub.simulation import Fault, simulate
from hub.streams.backtest import Alert, Backtest
from hub.streams.intake import Admission, judge
from hub.wire import cloudevents
from tests.streams.world import AGREEMENTS, PARTIES, World

FAULTS = frozenset({Fault.DUPLICATES, Fault.REORDER, Fault.LATE, Fault.CORRECTIONS})


@lru_cache(maxsize=4)
def facts_of_region(households: int, seed: int) -> tuple[Fact, ...]:
    """The accepted facts of a simulated half year with every fault but bad input."""
    admission = Admission(PARTIES)
    found = []
    for line in simulate(households, 6, seed, FAULTS):
        fact = judge(cloudevents.decode(line), admission, None, None)  # type: ignore[arg-type]
        if isinstance(fact, Fact):
            found.append(fact)
    return tuple(found)


def backtest(
    facts: tuple[Fact, ...], now: Instant | None = None
) -> tuple[Instant, dict[str, Alert]]:
    """The alerts at `now`, or at the last instant of the facts; and that instant."""
    test = Backtest(AGREEMENTS, PARTIES)
    for fact in facts:
        test.put_fact(fact)
    at = test.last if now is None else now
    return at, {alert.alert_id: alert for alert in test.alerts(at)}


def differences(world: World, alerts: dict[str, Alert]) -> list[str]:
    """Where what parties were told last is not what is found.

    Alerts that a stronger one of the same household inhibits may be told as they were, or not.
    """
    told = told_statuses(world)
    inhibited = inhibited_in(alerts)
    found = [f"told of {name}, which does not exist" for name in told.keys() - alerts.keys()]
    found += differences_of_held(world, alerts)
    for name, alert in alerts.items():
        if name in inhibited:
            continue
        statuses = told.get(name, {})
        if not statuses and not alert.held_for:
            found.append(f"{alert.rule} {name} {alert.status}: nobody was told")
        if set(statuses) & set(alert.held_for):
            found.append(f"{alert.rule} {name}: told in spite of the gate")
        if any(status != alert.status for status in statuses.values()):
            found.append(f"{alert.rule} {name}: {statuses}, but it is {alert.status}")
    return found


def differences_of_held(world: World, alerts: dict[str, Alert]) -> list[str]:
    """Where what operators see held is not there, or not held, or is held and not seen."""
    seen = world.held()
    found = [f"{name} is held, and does not exist" for _, name in seen if name not in alerts]
    for name, alert in alerts.items():
        by_gate = {
            party
            for (party, alert_id), told in seen.items()
            if alert_id == name and told["reason"] == "legal-gate"
        }
        is_right = by_gate == set(alert.held_for) if alert.status in LIVING else True
        if not is_right:
            found.append(f"{alert.rule} {name}: {by_gate} seen, {alert.held_for} held")
    return found


def told_statuses(world: World) -> dict[str, dict[str, str]]:
    """The last status of each alert that each party was told, but for what was withdrawn."""
    told: dict[str, dict[str, str]] = {}
    for party in PARTIES.by_id:
        for name, notice in world.last(party).items():
            if notice["status"] != "withdrawn":
                told.setdefault(name, {})[party] = notice["status"]
    return told


def inhibited_in(alerts: dict[str, Alert]) -> set[str]:
    """The alerts that lasted while a stronger one that is open now was raised."""
    rules = {rule.id: rule for rule in AGREEMENTS.all[0].rules}
    by_household: dict[object, list[Alert]] = {}
    for alert in alerts.values():
        by_household.setdefault(alert.references, []).append(alert)
    return {
        weaker.alert_id
        for household in by_household.values()
        for stronger in household
        if stronger.status in ("open", "acknowledged", "agreed") and stronger.rule in rules
        for weaker in household
        if weaker.rule in rules[stronger.rule].inhibits
        and (weaker.resolved_at is None or weaker.resolved_at > stronger.raised_at)
    }
