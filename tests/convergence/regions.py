"""Simulated regions for convergence tests, and what backtest finds in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from random import Random

from msgspec import UnsetType
from msgspec.structs import replace

from hub.domain.acts import LIVING
from hub.domain.facts import Fact, HouseholdErased, Identity
from hub.domain.tenancy import ERASURE, resolve
from hub.domain.time import DAY_MS, Instant
from hub.simulation import Fault, simulate
from hub.streams.backtest import Alert, Backtest
from hub.streams.intake import Admission, judge
from hub.streams.receipts import receipt_id
from hub.wire import cloudevents
from tests.streams.world import AGREEMENTS, PARTIES, World

FAULTS = frozenset({Fault.DUPLICATES, Fault.REORDER, Fault.LATE, Fault.CORRECTIONS})


# what is left of an alert that was told and is not there
TAKEN_BACK = frozenset({"withdrawn", "erased"})


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


def with_erasures(facts: tuple[Fact, ...], chance: Random, most: int = 2) -> list[Fact]:
    """Some households are erased too, named as the gemeente's side once named them, and once each:
    an erasure that was carried out can't be undone by what comes later."""
    spoken = [fact for fact in facts if _may_be_erased(fact)]
    erased = {_number_of(fact) for fact in facts if fact.type == ERASURE}
    found = list(facts)
    for fact in chance.sample(spoken, k=min(most, len(spoken))):
        if _number_of(fact) not in erased:
            erased.add(_number_of(fact))
            name, at = f"erasure-{fact.id}", fact.at + chance.randrange(60) * DAY_MS
            own = HouseholdErased("other")
            found.append(replace(fact, type=ERASURE, id=name, at=at, own=own, concerns=None))
    return found


def _may_be_erased(fact: Fact) -> bool:
    is_spoken = PARTIES.by_id[fact.party].role in ("gemeente", "begeleider")
    has_dossier = fact.reference("dossier") is not None
    return fact.kind == "household" and is_spoken and has_dossier and fact.replaces is None


def _number_of(fact: Fact) -> str:
    """Which household of a simulated region says it."""
    return fact.id.partition("-")[0]


def kept_of_erased(world: World, facts: Iterable[Fact], now: Instant) -> list[str]:
    """What is kept in spite of an erasure. What names only an address may wait there for a while:
    whose it was is known no more."""
    erased: set[tuple[str, Identity]] = set()
    for gemeente in {fact.gemeente for fact in facts if fact.gemeente and not fact.is_regional}:
        here = {f.identity: f for f in facts if f.gemeente == gemeente and not f.is_regional}
        existing = [fact for fact in here.values() if fact.at <= now and fact.kind != "feed"]
        gone = resolve(existing, gemeente, PARTIES, 60).erased
        erased |= {(gemeente, fact.identity) for fact in gone if _is_named(fact)}
    return [f.id for f in world.facts() if (f.gemeente, f.identity) in erased]


def unanswered(world: World, facts: Iterable[Fact]) -> list[str]:
    """The facts of which their publishers never heard what became of them."""
    answered = {receipt["receiptId"] for receipt in world.emitted("receipts")}
    return [fact.id for fact in facts if receipt_id(world.keys, fact) not in answered]


def _is_named(fact: Fact) -> bool:
    return any(reference.scheme != "address" for reference in fact.references)


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
    """Where what parties of a hub were told last is not what is found."""
    held = {key: told["reason"] for key, told in world.held().items()}
    return differences_in(told_statuses(world), held, alerts)


def differences_in(
    told: Mapping[str, Mapping[str, str]],
    held: Mapping[tuple[str, str], str],
    alerts: Mapping[str, Alert],
) -> list[str]:
    """Where what parties were told last (the status, by alert and party) is not what is found;
    `held` is what operators see, by party and alert, with its reason.

    Alerts that a stronger one of the same household inhibits may be told as they were, or not.
    """
    inhibited = inhibited_in(alerts)
    found = [
        f"{party} was told of {name}, which does not exist: {status}"
        for name in sorted(told.keys() - alerts.keys())
        for party, status in told[name].items()
        if status not in TAKEN_BACK
    ]
    found += differences_of_held(held, alerts)
    for name, alert in alerts.items():
        if name not in inhibited:
            found += differences_of(alert, told.get(name, {}))
    return found


def differences_of(alert: Alert, told: Mapping[str, str]) -> list[str]:
    """Where an alert that is there is not what each party was told last."""
    found = []
    for party in told_of(alert) | told.keys():
        status = told.get(party)
        if party in alert.held_for:
            if status is not None and status != "withdrawn":
                found.append(f"{alert.rule} {alert.alert_id}: {party} told in spite of the gate")
        elif status != alert.status:
            found.append(f"{alert.rule} {alert.alert_id}: {party} {status}, it is {alert.status}")
    return found


def told_of(alert: Alert) -> set[str]:
    """The parties that are to know of a household's alert, where its roles alone tell."""
    if isinstance(alert.references, UnsetType) or isinstance(alert.gemeente, UnsetType):
        return set()  # of a region
    [rule] = [rule for rule in AGREEMENTS.all[0].rules if rule.id == alert.rule]
    issuer = next((ref.issuer for ref in alert.references if ref.scheme == "lease"), "")
    around = PARTIES.around(alert.gemeente, issuer)
    return {party.id for party in around if party.role in rule.tells}


def differences_of_held(
    held: Mapping[tuple[str, str], str], alerts: Mapping[str, Alert]
) -> list[str]:
    """Where what operators see held is not there, or not held, or is held and not seen."""
    found = [f"{name} is held, and does not exist" for _, name in held if name not in alerts]
    for name, alert in alerts.items():
        by_gate = {
            party
            for (party, alert_id), reason in held.items()
            if alert_id == name and reason == "legal-gate"
        }
        is_right = by_gate == set(alert.held_for) if alert.status in LIVING else True
        if not is_right:
            found.append(f"{alert.rule} {name}: {by_gate} seen, {alert.held_for} held")
    return found


def told_statuses(world: World) -> dict[str, dict[str, str]]:
    """The last status of each alert that each party was told."""
    told: dict[str, dict[str, str]] = {}
    for party in PARTIES.by_id:
        for name, notice in world.last(party).items():
            told.setdefault(name, {})[party] = notice["status"]
    return told


def inhibited_in(alerts: Mapping[str, Alert]) -> set[str]:
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
