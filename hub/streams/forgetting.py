"""Forgetting: households that are erased, and those whose retention is over.

Whatever says anything about them goes: facts in force, facts that were corrected or taken back,
acts. Everybody who was told hears `erased` without data, the key that sealed them is destroyed, and
marks keep late facts from bringing them back (agreement document, Retention).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from hub.domain.acts import Status
from hub.domain.facts import Fact, FactRetracted, Identity, Reference
from hub.domain.retention import forget_at
from hub.domain.tenancy import Resolution, Unbound
from hub.domain.time import NEVER, Instant, add
from hub.domain.timeline import Household
from hub.streams.glance import Glance
from hub.streams.receipts import ReceiptStatus

_ERASURE = "household-erased"


def erase(glance: Glance, resolved: Resolution) -> bool:
    """Carry out the erasures that reached something; whether there were any.

    The erasing fact goes with the rest, for it names the household.
    """
    if not resolved.erased:
        return False
    named = _names(resolved.erased)
    erasures = [
        fact
        for fact in glance.cluster.facts.values()
        if fact.type == _ERASURE and named & set(fact.references)
    ]
    upto = max((fact.at for fact in erasures), default=NEVER)
    for fact in erasures:
        glance.answer(fact, ReceiptStatus.ACCEPTED)
    _drop(glance, resolved, (*resolved.erased, *erasures), named, upto)
    return True


def forget_over(glance: Glance, resolved: Resolution) -> bool:
    """Forget the households whose retention is over; whether there were any."""
    if glance.sharing is None:
        return False
    over: list[Household] = []
    for household in resolved.households.values():
        # not before everything that was sent together can have come (ADR 0009)
        over_at = forget_at(household, glance.sharing, glance.roles)
        at = max(over_at, glance.cluster.arrived_at + glance.wait_ms)
        if at <= glance.now:
            over.append(household)
        else:
            glance.outcome.wake(at)
    forgot_regular = _forget_regular(glance, resolved)
    for household in over:
        names = {ref for ref in household.references if ref.scheme != "address"}
        _drop(glance, resolved, household.facts, names, NEVER)
    return bool(over) or forgot_regular


def _forget_regular(glance: Glance, resolved: Resolution) -> bool:
    """A regular tenant holds an address; when that is long over there is nothing left to say."""
    assert glance.sharing is not None
    leases = set()
    for lease, tenancy in resolved.tenancies.items():
        if tenancy.is_monitored or tenancy.end == NEVER:
            continue
        over = add(tenancy.end, glance.sharing.retention, glance.sharing.calendar)
        at = max(over, glance.cluster.arrived_at + glance.wait_ms)
        if at <= glance.now:
            leases.add(lease)
        else:
            glance.outcome.wake(at)
    gone = [f for f in resolved.unbound[Unbound.REGULAR] if leases & set(f.references)]
    for fact in gone:
        glance.forget(fact)
    glance.outcome.rekey |= bool(gone)
    return bool(gone)


def _drop(
    glance: Glance,
    resolved: Resolution,
    facts: Iterable[Fact],
    names: Collection[Reference],
    upto: Instant,
) -> None:
    """Take out facts with all that says the same, and end the alerts of what they were about."""
    facts = list(facts)
    gone = {fact.identity for fact in facts}
    still = _still_named(resolved, gone)
    names = [ref for ref in sorted(names) if ref not in still]
    same = _saying_the_same(glance, resolved, gone, set(names), upto)
    for alert_id in _end_alerts(glance, names):
        same += resolved.acts.get(alert_id, ())
    for fact in (*facts, *same):
        glance.forget(fact)
    glance.outcome.marks += [(glance.household_key(ref), upto) for ref in names]
    glance.outcome.rekey = True


def _still_named(resolved: Resolution, gone: set[Identity]) -> set[Reference]:
    """The references of the households that stay."""
    return {
        ref
        for household in resolved.households.values()
        if not gone & {fact.identity for fact in household.facts}
        for ref in household.references
    }


def _saying_the_same(
    glance: Glance,
    resolved: Resolution,
    gone: set[Identity],
    names: set[Reference],
    upto: Instant,
) -> list[Fact]:
    """Facts that are not in force (corrected, taken back, or the taking back itself) and are about
    the same household or about facts that go."""
    placed = {f.identity for household in resolved.households.values() for f in household.facts}
    placed |= {f.identity for facts in resolved.unbound.values() for f in facts}
    placed |= {f.identity for acts in resolved.acts.values() for f in acts}
    loose = [
        fact
        for fact in glance.cluster.facts.values()
        if fact.at <= upto and (fact.identity not in placed or isinstance(fact.own, FactRetracted))
    ]
    found: dict[Identity, Fact] = {}
    while fresh := [
        fact
        for fact in loose
        if fact.identity not in found and (names & set(fact.references) or _target_of(fact) in gone)
    ]:
        found |= {fact.identity: fact for fact in fresh}
        gone = gone | found.keys()
    return list(found.values())


def _target_of(fact: Fact) -> Identity | None:
    if isinstance(fact.own, FactRetracted):
        return Identity(*fact.own.retracts)
    return fact.replaces


def _end_alerts(glance: Glance, names: Iterable[Reference]) -> list[str]:
    """One last revision to everybody who was told; the ids of the alerts that ended."""
    cluster = glance.cluster
    keys = {glance.household_key(name) for name in names}
    ended = [
        (alert_id, record)
        for alert_id, record in sorted(cluster.alerts.items())
        if record.household in keys
    ]
    for alert_id, record in ended:
        glance.notices.withdraw(alert_id, record, Status.ERASED, glance.now)
        del cluster.alerts[alert_id]
        cluster.touch(alert_id)
    return [alert_id for alert_id, _ in ended]


def _names(facts: Iterable[Fact]) -> set[Reference]:
    return {ref for fact in facts for ref in fact.references if ref.scheme != "address"}
