"""Which household each fact belongs to: a pure function of the facts of one gemeente.

The facts document, Finding the household: a household is one tenancy, or one dossier before there
is a lease; a fact that finds none, or whose publisher has nothing to do with it, waits (here: it
is simply nobody's).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.reference.clock import FOREVER, NEVER, add_days, end_of_day, instant
from tests.reference.facts import Fact, Parties, Reference

ADDRESS_LEAD_DAYS = 60
PRE_VESTIGING_TYPES = frozenset(
    {
        "intake-completed",
        "aanspreekpunt-assigned",
        "aanspreekpunt-withdrawn",
        "inburgering-started",
        "first-rent-arranged",
        "begeleiding-started",
        "housing-information-provided",
    }
)
HUURDERS_TYPES = frozenset({"introduction-held", "signal-raised"})


@dataclass(eq=False)
class Tenancy:
    """The interval in which one lease holds an address."""

    lease: Reference
    signed: Fact
    start: int
    end: int
    addresses: set[Reference]

    @property
    def is_household(self) -> bool:
        # Any other target group only holds its address.
        return bool(self.signed.data.get("targetGroup") == "vergunninghouder")

    def is_in_force(self, at: int) -> bool:
        return self.start <= at < self.end

    def is_upcoming(self, at: int) -> bool:
        return add_days(self.start, -ADDRESS_LEAD_DAYS) <= at < self.start


@dataclass(eq=False)
class Household:
    gemeente: str
    references: list[Reference]
    tenancy: Tenancy | None = None
    facts: list[Fact] = field(default_factory=list)


def households_of(facts: list[Fact], gemeente: str, parties: Parties) -> list[Household]:
    """All households among the facts in force (sorted) of a gemeente, erased facts gone."""
    found = Directory(facts, gemeente, parties).households()
    erased = {fact for household in found for fact in _erased(household)}
    if not erased:
        return found
    # What was erased has no effect on resolution either: without its lease-signed a tenancy is
    # unknown, and later facts that name it wait.
    left = [fact for fact in facts if fact not in erased]
    return Directory(left, gemeente, parties).households()


def _erased(household: Household) -> list[Fact]:
    """Facts up to a `household-erased` of this household; such a fact itself stays."""
    erasures = [fact.at for fact in household.facts if fact.type == "household-erased"]
    last = max(erasures, default=NEVER)
    return [f for f in household.facts if f.type != "household-erased" and f.at <= last]


class Directory:
    def __init__(self, facts: list[Fact], gemeente: str, parties: Parties) -> None:
        self._facts = facts
        self._gemeente = gemeente
        self._gemeente_side = parties.gemeente_side(gemeente)
        self._tenancies = _tenancies(facts)
        self._by_address: dict[Reference, list[Tenancy]] = {}
        for tenancy in self._tenancies.values():
            for address in tenancy.addresses:
                self._by_address.setdefault(address, []).append(tenancy)
        _end_regular_tenancies(self._by_address)
        self._attached = self._attachments()

    def households(self) -> list[Household]:
        found: dict[Reference, Household] = {}
        for lease, tenancy in self._tenancies.items():
            if tenancy.is_household:
                known = {lease, *tenancy.addresses, *self._dossiers_of(tenancy)}
                found[lease] = Household(self._gemeente, sorted(known), tenancy)
        for fact in self._facts:
            home = self._home_of(fact)
            if home is not None:
                own = Household(self._gemeente, [home])
                found.setdefault(home, own).facts.append(fact)
        return list(found.values())

    def _home_of(self, fact: Fact) -> Reference | None:
        """The lease (or, with no tenancy, the dossier) whose household the fact belongs to."""
        tenancy = self._tenancy_named(fact)
        if tenancy is None and not fact.references("lease") and fact.references("dossier"):
            attached = [t for d in fact.references("dossier") for t in self._attached.get(d, [])]
            if not attached:
                # Of two dossiers without a tenancy (the text is silent) the first in order.
                return min(fact.references("dossier")) if self._has_standing(fact, None) else None
            tenancy = _tenancy_for(fact, attached)
        if tenancy is None or not tenancy.is_household or not self._has_standing(fact, tenancy):
            return None
        return tenancy.lease

    def _tenancy_named(self, fact: Fact) -> Tenancy | None:
        """By lease; only without one by address. An unknown lease waits, whatever else is named."""
        leases = fact.references("lease")
        if leases:
            return self._tenancies.get(min(leases))
        return self._by_address_rule(fact)

    def _by_address_rule(self, fact: Fact) -> Tenancy | None:
        """The one vergunninghouder tenancy that holds (or will soon hold) the address."""
        addresses = fact.references("address")
        here = {t for address in addresses for t in self._by_address.get(address, [])}
        candidates = [t for t in here if t.is_in_force(fact.at)]
        if fact.type in PRE_VESTIGING_TYPES and not any(t.is_household for t in candidates):
            # Only vergunninghouders are awaited; a regular tenant still in force is looked past.
            upcoming = [t for t in here if t.is_household and t.is_upcoming(fact.at)]
            candidates = upcoming or candidates
        # Two candidates, a regular one included, are ambiguous: never to either.
        if len(candidates) != 1 or not candidates[0].is_household:
            return None
        return candidates[0]

    def _has_standing(self, fact: Fact, tenancy: Tenancy | None) -> bool:
        if fact.party.id in self._gemeente_side:
            return True
        if fact.party.role == "huurders":
            return self._gemeente in fact.party.gemeenten and fact.type in HUURDERS_TYPES
        return tenancy is not None and _is_issuer(fact, tenancy)

    def _dossiers_of(self, tenancy: Tenancy) -> list[Reference]:
        return [dossier for dossier, tenancies in self._attached.items() if tenancy in tenancies]

    def _attachments(self) -> dict[Reference, list[Tenancy]]:
        attached: dict[Reference, list[Tenancy]] = {}
        for (dossier, tenancy), statements in self._statements().items():
            links = [fact for fact in statements if fact.type != "reference-unlinked"]
            unlinks = [fact.at for fact in statements if fact.type == "reference-unlinked"]
            if not any(fact.party.id in self._gemeente_side for fact in links):
                continue  # a corporatie's word alone is not effective
            # With the gemeente's word (whenever said) the corporatie's own link counts as well.
            if max(fact.at for fact in links) > max(unlinks, default=NEVER):
                attached.setdefault(dossier, []).append(tenancy)
        return attached

    def _statements(self) -> dict[tuple[Reference, Tenancy], list[Fact]]:
        """Facts that say that a dossier and a tenancy are, or are no longer, one household."""
        said: dict[tuple[Reference, Tenancy], list[Fact]] = {}
        for fact in self._facts:
            if not fact.references("dossier") or fact.party.role == "huurders":
                continue  # huurders may say other things only, and none of the references is theirs
            tenancy = self._tenancy_named(fact)
            if tenancy and tenancy.is_household and self._has_standing(fact, tenancy):
                for dossier in fact.references("dossier"):
                    said.setdefault((dossier, tenancy), []).append(fact)
        return said


def _tenancies(facts: Iterable[Fact]) -> dict[Reference, Tenancy]:
    """Of several `lease-signed` (or `lease-ended`) of one lease the last counts."""
    signed: dict[Reference, Fact] = {}
    ended: dict[Reference, Fact] = {}
    for fact in sorted(facts, key=lambda f: f.key):
        for lease in fact.references("lease"):
            if lease[1] == fact.party.id and fact.type == "lease-signed":
                signed[lease] = fact
            if lease[1] == fact.party.id and fact.type == "lease-ended":
                ended[lease] = fact
    return {
        lease: Tenancy(
            lease,
            fact,
            instant(fact.data["startDate"]),
            end_of_day(ended[lease].data["endDate"]) if lease in ended else FOREVER,
            fact.references("address"),
        )
        for lease, fact in signed.items()
    }


def _end_regular_tenancies(by_address: dict[Reference, list[Tenancy]]) -> None:
    """A regular tenancy without an end is ended by the next start at its address."""
    endless = {t for here in by_address.values() for t in here if t.end == FOREVER}
    for tenancy in endless:
        starts = [t.start for address in tenancy.addresses for t in by_address[address]]
        if not tenancy.is_household:
            tenancy.end = min((s for s in starts if s > tenancy.start), default=FOREVER)


def _is_issuer(fact: Fact, tenancy: Tenancy) -> bool:
    return fact.party.id == tenancy.lease[1]


def _tenancy_for(fact: Fact, attached: list[Tenancy]) -> Tenancy:
    """The one of the attached tenancies to which a dossier-only fact belongs."""
    in_force = [t for t in attached if t.is_in_force(fact.at)]
    if in_force:
        return max(in_force, key=lambda t: (t.start, t.lease))
    upcoming = [t for t in attached if t.is_upcoming(fact.at)]
    if upcoming:
        return min(upcoming, key=lambda t: (t.start, t.lease))
    ended = [t for t in attached if t.end <= fact.at]
    if ended:
        return max(ended, key=lambda t: (t.end, t.start, t.lease))
    return min(attached, key=lambda t: (t.start, t.lease))
