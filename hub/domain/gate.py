"""The legal gate: what may not be shared yet (agreement document, Legal gate).

A fact type may be shared with a role under a condition on the newest fact of the same lease and,
say, rent period. A finding that rests on a fact whose newest one does not fulfil it is held for
that recipient; a newer fact releases it, an objection closes it again.
"""

from __future__ import annotations

from hub.domain.agreement import Agreement, Gate
from hub.domain.anchors import NO_LEASE
from hub.domain.facts import Fact, Role, fields_of
from hub.domain.findings import Finding
from hub.domain.parties import Parties
from hub.domain.timeline import Household


def held_for(
    finding: Finding, household: Household, sharing: Agreement, parties: Parties
) -> tuple[str, ...]:
    """The told parties for which the gate holds the finding, by id.

    `sharing` is the version in force when sending.
    """
    return tuple(
        name
        for name in sorted(finding.tells)
        if closed_gate(finding, household, sharing, parties.by_id[name].role) is not None
    )


def closed_gate(
    finding: Finding, household: Household, sharing: Agreement, role: Role
) -> Fact | None:
    """The newest fact that keeps the gate closed for a role, None if it is open."""
    for fact in finding.evidence:
        shared = sharing.sharing.get(fact.type, {}).get(role)
        if shared is None or shared.gate is None:
            continue
        newest = _newest(fact, shared.gate, household)
        if not all(where.holds_for(newest, NO_LEASE) for where in shared.gate.where):
            return newest
    return None


def _newest(fact: Fact, gate: Gate, household: Household) -> Fact:
    read = fields_of(fact.type)[gate.by]
    same = [f for f in household.of((fact.type,)) if read(f.own) == read(fact.own)]
    return same[-1] if same else fact
