"""What parties may see of households: what a hub wrote last, and what follows from all facts and
from what parties were told."""

from __future__ import annotations

from collections.abc import Iterable

from hub.domain.corrections import in_force
from hub.domain.facts import Fact, Reference
from hub.domain.tenancy import acts_in
from hub.domain.time import Instant
from hub.domain.timeline import Household
from hub.keys import Keys
from hub.streams.backtest import Backtest
from hub.streams.household_views import HOUSEHOLD_VIEWS, opened, party_and_handle
from hub.wire.household_views import OfHousehold, pack
from tests.convergence.regions import TAKEN_BACK, told_statuses
from tests.streams.world import AGREEMENTS, PARTIES, World

_ABOUT_ACTS = ("act", "correction")
# (party, handle) → a view as it is packed
Views = dict[tuple[str, str], bytes]


def written(world: World) -> Views:
    """The last view of each household that each party has."""
    return unsealed(((it.key, it.value) for it in world.records(HOUSEHOLD_VIEWS)), world.keys)


def unsealed(records: Iterable[tuple[bytes, bytes | None]], keys: Keys) -> Views:
    """What these records say last."""
    last = dict(records)
    return {
        party_and_handle(key): pack(opened(key, value, keys.views))
        for key, value in last.items()
        if value is not None
    }


def expected(world: World, facts: Iterable[Fact], now: Instant) -> Views:
    """By looking at everything once, and by what each party was told last."""
    test, facts = Backtest(AGREEMENTS, PARTIES), [*facts]
    for fact in facts:
        test.put_fact(fact)
    existing = {(it.gemeente, *it.identity): it for it in facts if it.at <= now}
    acts = acts_in(in_force([it for it in existing.values() if it.kind in _ABOUT_ACTS]).facts)
    told = told_statuses(world)
    found: Views = {}
    for evaluated in test.households(now):
        name = world.keys.reference_key(evaluated.household.gemeente, evaluated.household.key)
        alerts = [it.alert_id for it in evaluated.findings if it.raised_at <= now]
        for party in PARTIES.by_id:
            statuses = [told.get(alert, {}).get(party, "withdrawn") for alert in alerts]
            view = _view(
                evaluated.household,
                [act for alert in alerts for act in acts.get(alert, ())],
                party,
                knows=bool(set(statuses) - TAKEN_BACK),
            )
            if view is not None:
                found[party, world.keys.handle(party, name)] = pack(view)
    return found


def _view(
    household: Household, acts: Iterable[Fact], party: str, *, knows: bool
) -> OfHousehold | None:
    own = [
        fact
        for fact in sorted([*household.facts, *acts], key=lambda fact: fact.key)
        if fact.party == party and fact.type not in ("household-erased", "fact-retracted")
    ]
    if not own and not knows:
        return None
    issuers = {party, *PARTIES.by_id[party].acts_for}
    said: set[Reference] = {ref for fact in own for ref in fact.references}
    names = [ref for ref in household.references if ref.issuer in issuers]
    shown = tuple(ref for ref in names if knows or ref in said)
    return OfHousehold(household.gemeente, shown, own)
