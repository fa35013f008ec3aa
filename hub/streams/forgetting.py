"""Forgetting: households that are erased, and those whose retention is over.

Whatever says anything about them goes: facts in force, facts that were corrected or taken back,
acts. Everybody who was told hears `erased` without data, the key that sealed them is destroyed, and
marks keep late facts from bringing them back (agreement document, Retention).
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence, Set

from msgspec import Struct

from hub.domain.acts import Status
from hub.domain.corrections import target_of
from hub.domain.facts import Fact, FactRetracted, Identity, Reference
from hub.domain.retention import forget_at
from hub.domain.tenancy import ERASURE, Resolution, Unbound
from hub.domain.time import NEVER, Instant, add
from hub.domain.timeline import Household
from hub.streams.glance import Glance
from hub.streams.receipts import ReceiptStatus


def erase(glance: Glance, resolved: Resolution) -> bool:
    """Carry out the erasures that reached something, and let go of those that waited long enough;
    whether there were any.

    An erasing fact that reached a tenancy goes with the rest, for it names the household. One that
    reached a dossier's own waits for the lease that may have been sent together with it, and takes
    then what it would have taken (ADR 0014).
    """
    households = resolved.households.values()
    if not resolved.erased and not any(ERASURE in household.by_type for household in households):
        return False
    reached = resolved.reached.references | _names(resolved.erased)
    staying, going = _erasures(glance, resolved, reached)
    if not resolved.erased and not going:
        return False
    for fact in going:
        glance.answer(fact, ReceiptStatus.ACCEPTED)
    goes = _Going(
        (*resolved.erased, *going),
        reached | _names(going),
        frozenset(_names(staying)),
        max((fact.at for fact in (*going, *staying)), default=NEVER),
    )
    _drop(glance, resolved, goes)
    return True


def forget_joined_late(glance: Glance, resolved: Resolution) -> bool:
    """Forget what dossiers said of households that were erased before it was known whose they are;
    whether there was any. Another tenancy that has the dossier keeps it."""
    late = glance.cluster.joined_late
    forgot = False
    for dossier, upto in sorted(late.items()):
        if dossier in resolved.attached:
            continue
        household = resolved.households.get(dossier)
        facts = [] if household is None else [fact for fact in household.facts if fact.at <= upto]
        _drop(glance, resolved, _Going(facts, {dossier}, upto=upto))
        forgot = True
    late.clear()
    return forgot


def _erasures(
    glance: Glance, resolved: Resolution, reached: Container[Reference]
) -> tuple[list[Fact], list[Fact]]:
    """Those that stay for a while, and those that are done."""
    waiting = _of_dossiers(resolved)
    until = glance.cluster.arrived_at + glance.wait_ms
    staying = waiting if until > glance.now else []
    if staying:
        glance.outcome.wake(until)
    going = [fact for fact in waiting if fact not in staying]
    if resolved.erased:
        others = (fact for fact in glance.cluster.facts.values() if fact not in waiting)
        going += [fact for fact in others if _has_reached(fact, resolved, reached)]
    return staying, going


def _of_dossiers(resolved: Resolution) -> list[Fact]:
    """The erasures that may still reach a lease that has not come."""
    done = {fact.identity for fact in resolved.reached.done}
    return [
        fact
        for household in resolved.households.values()
        for fact in household.by_type.get(ERASURE, ())
        if fact.identity not in done and household.key.scheme == "dossier"
    ]


def _has_reached(fact: Fact, resolved: Resolution, reached: Container[Reference]) -> bool:
    return fact.type == ERASURE and (
        fact in resolved.reached.done or any(ref in reached for ref in fact.references)
    )


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
        _drop(glance, resolved, _Going(household.facts, names))
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
    glance.forget(gone)
    glance.outcome.rekey |= bool(gone)
    return bool(gone)


class _Going(Struct, frozen=True):
    """What is to be forgotten: facts, and what occurred up to then under these names. `awaited` are
    the names for which an erasure that stays keeps out what is late; others are marked."""

    facts: Sequence[Fact]
    names: Set[Reference]
    awaited: frozenset[Reference] = frozenset()
    upto: Instant = NEVER


def _drop(glance: Glance, resolved: Resolution, going: _Going) -> None:
    """Take out facts with all that says the same, and end the alerts of what they were about."""
    gone = {fact.identity for fact in going.facts}
    names = going.names - _still_named(resolved, gone, going.names)
    same = _saying_the_same(glance, resolved, names, going)
    for alert_id in _end_alerts(glance, sorted(names - _lasting(resolved, gone))):
        same += resolved.acts.get(alert_id, ())
    glance.forget((*going.facts, *same))
    glance.outcome.marks += [
        (glance.household_key(ref), going.upto) for ref in sorted(names - going.awaited)
    ]
    glance.outcome.rekey = True


def _still_named(
    resolved: Resolution, gone: Set[Identity], names: Container[Reference]
) -> set[Reference]:
    """The references of other households, which stay."""
    return {
        ref
        for household in resolved.households.values()
        if household.key not in names and not gone & {fact.identity for fact in household.facts}
        for ref in household.references
    }


def _lasting(resolved: Resolution, gone: Set[Identity]) -> set[Reference]:
    """The households of which something is left: of their alerts each ends by itself."""
    return {
        key
        for key, household in resolved.households.items()
        if any(fact.type != ERASURE and fact.identity not in gone for fact in household.facts)
    }


def _saying_the_same(
    glance: Glance, resolved: Resolution, names: Container[Reference], going: _Going
) -> list[Fact]:
    """Facts that are not in force (corrected, taken back, or the taking back itself) and are about
    the same household or about facts that go."""
    loose = [fact for fact in _loose(glance, resolved, going.awaited) if fact.at <= going.upto]
    gone = {fact.identity for fact in going.facts}
    found: dict[Identity, Fact] = {}
    while fresh := [
        fact
        for fact in loose
        if fact.identity not in found
        and (any(ref in names for ref in fact.references) or target_of(fact) in gone)
    ]:
        found |= {fact.identity: fact for fact in fresh}
        gone |= found.keys()
    return list(found.values())


def _loose(glance: Glance, resolved: Resolution, awaited: Set[Reference]) -> list[Fact]:
    """What is not in force, and what takes back; but for what waits to join a dossier that an
    erasure stays for with the lease that it waits for."""
    placed = {f.identity for household in resolved.households.values() for f in household.facts}
    placed |= {f.identity for facts in resolved.unbound.values() for f in facts}
    placed |= {f.identity for acts in resolved.acts.values() for f in acts}
    waiting = resolved.unbound[Unbound.WAITING]
    joining = {f.identity for f in waiting if not awaited.isdisjoint(f.references)}
    return [
        fact
        for fact in glance.cluster.facts.values()
        if fact.identity not in joining
        and (fact.identity not in placed or isinstance(fact.own, FactRetracted))
    ]


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
        glance.nodes.disconnect(glance.state, glance.nodes.of_alert(cluster.gemeente, alert_id))
        del cluster.alerts[alert_id]
        cluster.touch(alert_id)
    return [alert_id for alert_id, _ in ended]


def _names(facts: Iterable[Fact]) -> set[Reference]:
    return {ref for fact in facts for ref in fact.references if ref.scheme != "address"}
