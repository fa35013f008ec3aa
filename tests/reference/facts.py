"""Reading CloudEvents as facts of known parties.

The facts document, Envelope, Data and Catalogue. Of what intake refuses only that is here which
changes findings: unknown type or source, a role that may not publish the type, a correction of
another party's fact, a gemeente that no party lists, and a fact that names two leases. The shape
of the data is taken to be good.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tests.reference.catalogue import MAY_PUBLISH
from tests.reference.clock import instant

Json = dict[str, Any]
Name = tuple[str, str]  # (source, id): the identity of a fact
Reference = tuple[str, str, str]  # (scheme, issuer, value)
Scope = tuple[str, str]  # ("gemeente", code) or ("region", name)


@dataclass(frozen=True)
class Party:
    id: str
    role: str
    urn: str
    gemeenten: frozenset[str]
    acts_for: frozenset[str]


class Parties:
    """Who is who, from the list of parties of the agreement."""

    def __init__(self, listed: Json) -> None:
        self.all = [
            Party(
                entry["id"],
                entry["role"],
                entry["urn"],
                frozenset(entry.get("gemeenten", ())),
                frozenset(entry.get("actsFor", ())),
            )
            for entry in listed["parties"]
        ]
        self.gemeenten = frozenset().union(*(party.gemeenten for party in self.all))

    def of_source(self, source: str) -> Party | None:
        owners = [party for party in self.all if source.startswith(f"{party.urn}:systeem:")]
        return owners[0] if owners else None

    def gemeente_side(self, gemeente: str) -> set[str]:
        """Ids of the gemeente itself and of the begeleiders that act for it."""
        own = {p.id for p in self.all if p.role == "gemeente" and gemeente in p.gemeenten}
        return own | {p.id for p in self.all if p.role == "begeleider" and p.acts_for & own}


@dataclass(frozen=True, eq=False)
class Fact:
    source: str
    id: str
    type: str
    at: int
    party: Party
    data: Json

    @property
    def name(self) -> Name:
        return (self.source, self.id)

    @property
    def key(self) -> tuple[int, str, str]:
        """The order of facts everywhere: (occurredAt, source, id)."""
        return (self.at, self.source, self.id)

    @property
    def scope(self) -> Scope:
        # Only regional facts, and acts on their alerts, name a region; a correction of a regional
        # fact has to name it too.
        if "region" in self.data:
            return ("region", self.data["region"])
        return ("gemeente", self.data.get("gemeente", ""))

    def pointer(self, field: str) -> Name | None:
        """`replaces`, `retracts` or `concerns`: the fact that it names."""
        target = self.data.get(field)
        return (target["source"], target["id"]) if target else None

    def references(self, scheme: str) -> set[Reference]:
        return {
            (ref["scheme"], ref["issuer"], ref["value"])
            for ref in self.data.get("references") or ()
            if ref["scheme"] == scheme
        }


def read_facts(events: Iterable[Json], parties: Parties) -> list[Fact]:
    """The accepted facts, in the order given; the same identity again is dropped.

    With other content it would be a conflicting duplicate, of which the first accepted stays.
    """
    accepted: dict[tuple[Scope, Name], Fact] = {}
    for event in events:
        fact = _fact(event, parties)
        if fact is not None:
            accepted.setdefault((fact.scope, fact.name), fact)
    return list(accepted.values())


def _fact(event: Json, parties: Parties) -> Fact | None:
    party = parties.of_source(event["source"])
    kind = event["type"].removeprefix("nl.seintje.").removesuffix(".v1")
    if party is None or kind not in MAY_PUBLISH[party.role]:
        return None
    data = event["data"]
    fact = Fact(event["source"], event["id"], kind, instant(data["occurredAt"]), party, data)
    return None if _is_refused(fact, parties) else fact


def _is_refused(fact: Fact, parties: Parties) -> bool:
    if len(fact.references("lease")) > 1:
        return True
    # The target's source tells whose it is, so this does not depend on the target being known.
    # A target in another gemeente is simply not found there: identity is per gemeente.
    for field in ("replaces", "retracts"):
        target = fact.pointer(field)
        if target and parties.of_source(target[0]) != fact.party:
            return True
    return "gemeente" in fact.data and fact.data["gemeente"] not in parties.gemeenten
