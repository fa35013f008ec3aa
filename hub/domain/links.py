"""Which dossier goes with which tenancy (facts document, Finding the household, Standing).

A dossier and a lease named together in one fact, or in `reference-linked`, belong together: when
the gemeente or its begeleider says so, or when both issuers do. `reference-unlinked` undoes it for
whatever was said before or at the same instant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from hub.domain.facts import Fact, Reference
from hub.domain.parties import Parties
from hub.domain.tenancies import Tenancy
from hub.domain.time import Instant

Pair: TypeAlias = tuple[Reference, Reference]  # lease, dossier
ByAddress: TypeAlias = Callable[[Fact, str], object]


def attachments(
    facts: Iterable[Fact],
    gemeente: str,
    parties: Parties,
    tenancies: Mapping[Reference, Tenancy],
    by_address: ByAddress,
) -> dict[Reference, tuple[Tenancy, ...]]:
    """For each attached dossier its tenancies, by lease."""
    said: dict[Pair, list[Fact]] = {}
    denied: dict[Pair, Instant] = {}
    for fact in facts:
        for pair in pairs_of(fact, tenancies, by_address):
            if fact.type != "reference-unlinked":
                said.setdefault(pair, []).append(fact)
            elif _may_unlink(fact, pair, gemeente, parties):
                denied[pair] = fact.at  # facts come in order: the last stays
    attached: dict[Reference, list[Tenancy]] = {}
    for pair in sorted(said):
        last = _last_effective(said[pair], pair, gemeente, parties)
        if last is not None and (pair not in denied or last > denied[pair]):
            attached.setdefault(pair[1], []).append(tenancies[pair[0]])
    return {dossier: tuple(found) for dossier, found in attached.items()}


def pairs_of(
    fact: Fact, tenancies: Mapping[Reference, Tenancy], by_address: ByAddress
) -> list[Pair]:
    """The leases of monitored tenancies and the dossiers that a fact names together."""
    dossiers = [ref for ref in fact.references if ref.scheme == "dossier"]
    if not dossiers:
        return []
    lease = fact.reference("lease")
    if lease is None and (address := fact.reference("address")) is not None:
        found = by_address(fact, address.value)
        lease = found.lease if isinstance(found, Tenancy) else None
    tenancy = tenancies.get(lease) if lease is not None else None
    if tenancy is None or not tenancy.is_monitored:
        return []
    return [(tenancy.lease, dossier) for dossier in dossiers]


def _may_unlink(fact: Fact, pair: Pair, gemeente: str, parties: Parties) -> bool:
    party = parties.by_id.get(fact.party)
    return party is not None and (
        party.id == pair[0].issuer or parties.speaks_for_gemeente(party, gemeente)
    )


def _last_effective(
    said: Iterable[Fact], pair: Pair, gemeente: str, parties: Parties
) -> Instant | None:
    said = list(said)
    sayers = {fact.party for fact in said}
    voices = {
        name
        for name in sayers
        if (party := parties.by_id.get(name)) and parties.speaks_for_gemeente(party, gemeente)
    }
    issuers = {pair[0].issuer, pair[1].issuer}
    effective = set(voices)
    if voices or issuers <= sayers:
        # one reference is its own, and the other issuer or the gemeente says the same
        effective |= issuers & sayers
    return max((fact.at for fact in said if fact.party in effective), default=None)
