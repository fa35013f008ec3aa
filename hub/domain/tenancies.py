"""Tenancies: which lease holds which address from when until when (facts document, Finding the
household)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from hub.domain.anchors import Anchors, anchors_of
from hub.domain.facts import PRE_VESTIGING, Fact, LeaseSigned, Reference
from hub.domain.time import NEVER, Instant, days_before

MONITORED = "vergunninghouder"


class Tenancy(Struct, frozen=True):
    """One lease at its address, `[start, end)`. Only a monitored one is a household."""

    lease: Reference
    address: str
    start: Instant
    end: Instant
    is_monitored: bool
    anchors: Anchors

    def is_in_force(self, at: Instant) -> bool:
        return self.start <= at < self.end

    def by_start(self) -> tuple[Instant, Reference]:
        return (self.start, self.lease)

    def by_end(self) -> tuple[Instant, Instant, Reference]:
        return (self.end, self.start, self.lease)


def tenancies_of(facts: Iterable[Fact]) -> dict[Reference, Tenancy]:
    """The tenancies that the issuers of leases have told of.

    Of several `lease-signed` (or `lease-ended`) for one lease the last by (occurredAt, source, id)
    counts. A regular tenant without an end makes room for the next that starts at the address.
    """
    signed: dict[Reference, Fact] = {}
    ended: dict[Reference, Fact] = {}
    for fact in facts:
        told = {"lease-signed": signed, "lease-ended": ended}.get(fact.type)
        lease = fact.reference("lease") if told is not None else None
        if told is not None and lease is not None and lease.issuer == fact.party:
            told[lease] = fact  # facts come in order
    found = {lease: _tenancy(lease, fact, ended.get(lease)) for lease, fact in signed.items()}
    return {lease: _making_room(tenancy, found.values()) for lease, tenancy in found.items()}


def _tenancy(lease: Reference, signed: Fact, ended: Fact | None) -> Tenancy:
    own = signed.own
    assert isinstance(own, LeaseSigned)
    anchors = anchors_of(signed, ended)
    assert anchors.start is not None
    address = signed.reference("address")
    return Tenancy(
        lease,
        address.value if address is not None else "",
        anchors.start,
        anchors.end,
        own.target_group == MONITORED,
        anchors,
    )


def _making_room(tenancy: Tenancy, others: Iterable[Tenancy]) -> Tenancy:
    if tenancy.is_monitored or tenancy.end != NEVER:
        return tenancy
    following = [
        other.start
        for other in others
        if other.address == tenancy.address and other.start > tenancy.start
    ]
    if not following:
        return tenancy
    return Tenancy(
        tenancy.lease, tenancy.address, tenancy.start, min(following), False, tenancy.anchors
    )


def at_address(fact: Fact, tenancies: Sequence[Tenancy], lead_days: int) -> list[Tenancy]:
    """The tenancies that a fact with only an address may be about: none, one, or too many."""
    in_force = [t for t in tenancies if t.is_in_force(fact.at)]
    if fact.type not in PRE_VESTIGING or any(t.is_monitored for t in in_force):
        return in_force
    coming = [
        t
        for t in tenancies
        if t.is_monitored and days_before(t.start, lead_days) <= fact.at < t.start
    ]
    return coming or in_force
