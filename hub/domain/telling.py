"""Who is told of a finding, and whether it acts or is informed (agreement document, Default rules).

A rule speaks of roles; a household makes parties of them: the gemeente and the begeleiders that act
for it, the corporatie of the lease, the huurders of the gemeente.
"""

from __future__ import annotations

from collections.abc import Mapping

from hub.domain.agreement import OTHER_SIDE, Part, Rule
from hub.domain.facts import SIDE_OF, Role, Side
from hub.domain.parties import Parties, Party
from hub.domain.timeline import Household


def told_parties(
    rule: Rule, household: Household, parties: Parties, publisher: str
) -> Mapping[str, Part]:
    """For each party that is told: its part. `publisher` is the party of the opener."""
    told = roles_told(rule.tells, parties.by_id.get(publisher))
    return {
        party.id: told[party.role] for party in involved(household, parties) if party.role in told
    }


def roles_told(tells: Mapping[str, Part], publisher: Party | None) -> dict[Role, Part]:
    """The roles that are told; `other-side` becomes the roles that the publisher does not have.

    A publisher on neither side (huurders) is answered by both.
    """
    told: dict[Role, Part] = {}
    for role, side in SIDE_OF.items():
        if role in tells:
            told[role] = tells[role]
        elif OTHER_SIDE in tells and side is not None and side != _side(publisher):
            told[role] = tells[OTHER_SIDE]
    return told


def involved(household: Household, parties: Parties) -> tuple[Party, ...]:
    """The parties that have to do with a household, by id."""
    issuer = household.key.issuer if household.key.scheme == "lease" else ""
    return parties.around(household.gemeente, issuer)


def _side(publisher: Party | None) -> Side | None:
    return None if publisher is None else SIDE_OF[publisher.role]
