"""Facts that join those that are placed, without finding the place of all of them anew.

Most facts change nothing but what is known of one household: no tenancy, no link, no correction.
They join it where it stands. Only an economy: what comes out is what `resolve` makes of all facts
together (`tests/domain/test_joining.py`), and where that is not certain it is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from hub.domain.facts import Fact, Reference
from hub.domain.links import pairs_of
from hub.domain.tenancy import Places, Resolution, Unbound, acts_in
from hub.domain.timeline import Household, in_order

_TENANCIES = ("lease-signed", "lease-ended")


class Joined(Struct, frozen=True):
    """Where every fact belongs, and which facts were bound to which household to get there."""

    resolution: Resolution
    bound: Sequence[tuple[Reference, Fact]]

    @classmethod
    def whole(cls, resolution: Resolution) -> Joined:
        """All of what was found by looking at everything."""
        households = resolution.households.items()
        return cls(resolution, [(key, fact) for key, home in households for fact in home.facts])


def joined(before: Resolution, came: Iterable[Fact]) -> Joined | None:
    """`before` and the facts that came since; None where they might move what was there."""
    facts = sorted(came, key=lambda fact: fact.key)
    if not facts:
        return Joined(before, ())
    if before.erased or any(_may_move(fact, before) for fact in facts):
        return None
    if any("household-erased" in household.by_type for household in before.households.values()):
        return None  # it may reach what came
    return _placed(before, facts)


def _may_move(fact: Fact, before: Resolution) -> bool:
    """Whether a fact might change the place of others, or not be in force itself."""
    if fact.replaces is not None or fact.identity in before.corrected:
        return True
    if fact.kind == "act":
        return False
    if fact.kind != "household" or fact.type in _TENANCIES:
        return True
    return _links_anew(fact, before.places)


def _links_anew(fact: Fact, places: Places) -> bool:
    """Whether it names a dossier and a lease together that do not belong together yet. If they do,
    saying it once more changes nothing."""
    pairs = pairs_of(fact, places.tenancies, places.at_address)
    return any(
        places.tenancies[lease] not in places.attached.get(dossier, ()) for lease, dossier in pairs
    )


def _placed(before: Resolution, came: Sequence[Fact]) -> Joined:
    bound: list[tuple[Reference, Fact]] = []
    unbound = dict(before.unbound)
    for fact in came:
        if fact.kind == "act":
            continue  # an act goes where its alert is
        place = before.places.of(fact)
        if isinstance(place, Unbound):
            unbound[place] = in_order(unbound[place], (fact,))
        else:
            bound.append((place, fact))
    acts = dict(before.acts)
    for alert_id, done in acts_in(came).items():
        acts[alert_id] = in_order(acts.get(alert_id, ()), done)
    households = _joined_by(before, bound)
    after = Resolution(households, unbound, (), acts, before.corrected, before.places)
    return Joined(after, bound)


def _joined_by(
    before: Resolution, bound: Iterable[tuple[Reference, Fact]]
) -> Mapping[Reference, Household]:
    joining: dict[Reference, list[Fact]] = {}
    for key, fact in bound:
        joining.setdefault(key, []).append(fact)
    households = dict(before.households)
    for key, facts in joining.items():
        there = households.get(key)
        if there is None:
            households[key] = before.places.household(key, facts)
        else:
            households[key] = there.joined_by(facts)
    if len(households) > len(before.households):
        return {key: households[key] for key in sorted(households)}
    return households
