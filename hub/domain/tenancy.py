"""Which household a fact belongs to: a pure function of a set of facts (facts document, Finding
the household).

A tenancy is the interval in which one lease holds an address; a household is one tenancy of a
vergunninghouder, or one dossier as long as no tenancy has it. `resolve` takes the facts in force of
one gemeente (or of any part of it that shares no reference with the rest) and tells for each fact
where it belongs: to a household, to a regular tenant (and then it is none of our business), to
nobody yet, or to two at once.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from enum import Enum
from typing import Final

from msgspec import Struct

from hub.domain.anchors import NO_LEASE
from hub.domain.corrections import InForce, in_force
from hub.domain.facts import (
    HUURDERS_MAY,
    AlertAcknowledged,
    AlertClosed,
    ApproachAgreed,
    Fact,
    Identity,
    Reference,
)
from hub.domain.links import attachments
from hub.domain.parties import Parties
from hub.domain.tenancies import Tenancy, at_address, tenancies_of
from hub.domain.time import Instant, days_before
from hub.domain.timeline import Household

ERASURE: Final = "household-erased"


class Unbound(Enum):
    """Why a fact belongs to no household."""

    WAITING = "waiting"
    AMBIGUOUS = "ambiguous-address"
    REGULAR = "regular"


class Reached(Struct, frozen=True):
    """The tenancies that erasures reached: the references of their households, but for addresses,
    and the erasures that are done with that.

    One that reached what is a dossier's own may reach more when a lease comes.
    """

    references: frozenset[Reference] = frozenset()
    done: tuple[Fact, ...] = ()


class Resolution(Struct, frozen=True):
    """Where every fact belongs. `erased` are facts that an erasure took with it."""

    households: Mapping[Reference, Household]
    unbound: Mapping[Unbound, Sequence[Fact]]
    erased: Sequence[Fact]
    # acts by the alert that they name; a household reads those of its own alerts
    acts: Mapping[str, Sequence[Fact]]
    corrected: Container[Identity]  # what corrections are about, there or not
    places: Places
    reached: Reached = Reached()

    @property
    def tenancies(self) -> Mapping[Reference, Tenancy]:
        return self.places.tenancies

    @property
    def attached(self) -> Mapping[Reference, tuple[Tenancy, ...]]:
        """Each reference that leads to a household, with the households it leads to."""
        return self.places.attached


def resolve(facts: Iterable[Fact], gemeente: str, parties: Parties, lead_days: int) -> Resolution:
    """Households and what is left over, from facts that exist (each identity once)."""
    found = in_force(facts)
    acts = acts_in(found.facts)
    places = Places(found, gemeente, parties, lead_days)
    households, unbound = places.of_all()
    erased: list[Fact] = []
    reached = Reached()
    while hit := _hit_in(households.values()):
        # what an erasure reached is gone, links and lease included: find the households again
        gone = [fact for household in hit for fact in _erased_in(household)]
        erased.extend(gone)
        reached = _reached(reached, hit)
        left = {fact.identity for fact in gone}
        kept = tuple(f for f in places.found.facts if f.identity not in left)
        places = Places(found.only(kept), gemeente, parties, lead_days)
        households, unbound = places.of_all()
    return Resolution(households, unbound, tuple(erased), acts, found.corrected, places, reached)


def acts_in(facts: Iterable[Fact]) -> dict[str, list[Fact]]:
    """Those of the facts that are acts, by the alert that they name."""
    acts: dict[str, list[Fact]] = {}
    for fact in facts:
        if isinstance(fact.own, AlertAcknowledged | ApproachAgreed | AlertClosed):
            acts.setdefault(fact.own.alert_id, []).append(fact)
    return acts


def _hit_in(households: Iterable[Household]) -> list[Household]:
    return [household for household in households if _erased_in(household)]


def _erased_in(household: Household) -> list[Fact]:
    erasures = household.by_type.get(ERASURE)
    if not erasures:
        return []
    upto = erasures[-1].at
    return [f for f in household.facts if f.at <= upto and f.type != ERASURE]


def _reached(before: Reached, hit: Iterable[Household]) -> Reached:
    tenancies = [household for household in hit if household.key.scheme == "lease"]
    references = {ref for it in tenancies for ref in it.references if ref.scheme != "address"}
    done = [erasure for it in tenancies for erasure in it.by_type[ERASURE]]
    return Reached(before.references | references, (*before.done, *done))


class Places:
    """Where each fact goes: tenancies first, then links, then each fact to its place."""

    def __init__(self, found: InForce, gemeente: str, parties: Parties, lead_days: int) -> None:
        self.found = found
        self.gemeente = gemeente
        self.parties = parties
        self.lead_days = lead_days
        self.tenancies = tenancies_of(found.facts)
        self._by_address: dict[str, list[Tenancy]] = {}
        for tenancy in self.tenancies.values():
            self._by_address.setdefault(tenancy.address, []).append(tenancy)
        self.attached = attachments(found.facts, gemeente, parties, self.tenancies, self.at_address)

    def of_all(self) -> tuple[dict[Reference, Household], dict[Unbound, list[Fact]]]:
        """Every household with its facts, and what has none."""
        bound: dict[Reference, list[Fact]] = {}
        unbound: dict[Unbound, list[Fact]] = {reason: [] for reason in Unbound}
        for fact in self.found.facts:
            if fact.kind == "act":
                continue  # an act goes where its alert is
            place = self.of(fact)
            if isinstance(place, Unbound):
                unbound[place].append(fact)
            else:
                bound.setdefault(place, []).append(fact)
        return {key: self.household(key, bound[key]) for key in sorted(bound)}, unbound

    def of(self, fact: Fact) -> Reference | Unbound:
        """The household of a fact that is no act, or why it has none."""
        lease = fact.reference("lease")
        if lease is not None:
            return self._place_in(fact, self.tenancies.get(lease))
        dossier = fact.reference("dossier")
        address = fact.reference("address")
        if address is not None:
            found = self.at_address(fact, address.value)
            if isinstance(found, Tenancy) and (found.is_monitored or dossier is None):
                return self._place_in(fact, found)
            if dossier is None:
                return found if isinstance(found, Unbound) else Unbound.WAITING
        return self._place_of_dossier(fact) if dossier is not None else Unbound.WAITING

    def _place_in(self, fact: Fact, tenancy: Tenancy | None) -> Reference | Unbound:
        if tenancy is None:
            return Unbound.WAITING
        if not tenancy.is_monitored:
            return Unbound.REGULAR
        if not self.has_standing(fact, tenancy.lease.issuer):
            return Unbound.WAITING
        return tenancy.lease

    def _place_of_dossier(self, fact: Fact) -> Reference | Unbound:
        dossiers = [ref for ref in fact.references if ref.scheme == "dossier"]
        attached = {t.lease: t for ref in dossiers for t in self.attached.get(ref, ())}
        if attached:
            tenancy = self._of_several(fact.at, list(attached.values()))
            return self._place_in(fact, tenancy)
        if not self.has_standing(fact, None):
            return Unbound.WAITING
        return min(dossiers)

    def _of_several(self, at: Instant, tenancies: list[Tenancy]) -> Tenancy:
        """The one tenancy of those attached that a dossier-only fact is about."""
        in_force = [t for t in tenancies if t.is_in_force(at)]
        if in_force:
            return max(in_force, key=Tenancy.by_start)
        coming = [t for t in tenancies if days_before(t.start, self.lead_days) <= at < t.start]
        if coming:
            return min(coming, key=Tenancy.by_start)
        ended = [t for t in tenancies if t.end <= at]
        if ended:
            return max(ended, key=Tenancy.by_end)
        return min(tenancies, key=Tenancy.by_start)

    def at_address(self, fact: Fact, address: str) -> Tenancy | Unbound:
        """The one tenancy that a fact with only an address is about."""
        found = at_address(fact, self._by_address.get(address, ()), self.lead_days)
        if len(found) == 1:
            return found[0]
        return Unbound.AMBIGUOUS if found else Unbound.WAITING

    def has_standing(self, fact: Fact, lease_issuer: str | None) -> bool:
        """Whether its publisher has to do with the household at all (facts document, Standing)."""
        party = self.parties.by_id.get(fact.party)
        if party is None:
            return False
        if party.id == lease_issuer:
            return True
        if party.role == "huurders":
            return self.gemeente in party.gemeenten and fact.type in HUURDERS_MAY
        return self.parties.speaks_for_gemeente(party, self.gemeente)

    def household(self, key: Reference, facts: Sequence[Fact]) -> Household:
        """A household of these facts, which are in order."""
        tenancy = self.tenancies.get(key)
        references = {key}
        if tenancy is not None:
            references.add(Reference("address", "bag", tenancy.address))
            references |= {dossier for dossier, held in self.attached.items() if tenancy in held}
        return Household(
            key,
            self.gemeente,
            facts,
            anchors=tenancy.anchors if tenancy else NO_LEASE,
            references=tuple(sorted(references)),
            roots=self.found.roots,
        )
