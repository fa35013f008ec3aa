"""Parties: who takes part, for which gemeenten, in which role (agreement document, Parts)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from hub.domain.facts import Role, Scheme
from hub.domain.time import Instant, Span


class Feed(Struct, frozen=True):
    """A promise to say, with `feed-complete`, how far these fact types have been delivered.

    A finding that rests on the absence of one of them waits for that word, at most `grace` before
    ops hear `source-silent`.
    """

    types: tuple[str, ...]
    grace: Span


class Party(Struct, frozen=True):
    """An organisation in the agreement.

    `urn` is `urn:nld:oin:<20>` or `urn:nld:kvknr:<8>`: what its sources begin with. `patterns` are
    the regular expressions that its references must match, by scheme. `live_from`: findings raised
    before it are shown, not announced.
    """

    id: str
    role: Role
    urn: str
    gemeenten: frozenset[str]
    name: str = ""
    acts_for: frozenset[str] = frozenset()
    patterns: Mapping[Scheme, str] = {}
    contact: str = ""
    live_from: Instant | None = None
    feeds: tuple[Feed, ...] = ()
    max_new_notices_per_hour: int | None = None


class Parties:
    """All parties, with the look-ups that everything else needs."""

    def __init__(
        self, parties: Iterable[Party], successors: Mapping[str, str] | None = None
    ) -> None:
        self.by_id: dict[str, Party] = {party.id: party for party in parties}
        self._by_urn = {party.urn: party for party in self.by_id.values()}
        # herindeling: former gemeente code → the code of today
        self.successors: Mapping[str, str] = successors or {}
        self.gemeenten = frozenset(
            code for party in self.by_id.values() for code in party.gemeenten
        )
        self.roles: Mapping[str, Role] = {name: it.role for name, it in self.by_id.items()}
        self._voices: dict[str, frozenset[str]] = {}
        self._around: dict[tuple[str, str], tuple[Party, ...]] = {}
        self._gemeente_of = {
            code: party
            for party in self.by_id.values()
            if party.role == "gemeente"
            for code in party.gemeenten
        }

    def find_by_source(self, source: str) -> Party | None:
        """The party that a source belongs to: its URN and then `:systeem:`; None if nobody's."""
        urn, found, system = source.partition(":systeem:")
        return self._by_urn.get(urn) if found and system else None

    def current_code(self, gemeente: str) -> str:
        """The code that a gemeente has today."""
        return self.successors.get(gemeente, gemeente)

    def speaks_for_gemeente(self, party: Party, gemeente: str) -> bool:
        """Whether the word of `party` is the word of this gemeente: itself or its begeleider."""
        return party.id in self._voices_of(gemeente)

    def _voices_of(self, gemeente: str) -> frozenset[str]:
        voices = self._voices.get(gemeente)
        if voices is None:
            owner = self._gemeente_of.get(gemeente)
            voices = self._voices[gemeente] = frozenset(
                party.id
                for party in self.by_id.values()
                if gemeente in party.gemeenten
                and (party.role == "gemeente" or _acts_for(party, owner))
            )
        return voices

    def acting_for(self, gemeente: str) -> tuple[Party, ...]:
        """The gemeente and the begeleiders that act for it, by id."""
        found = (p for p in self.by_id.values() if self.speaks_for_gemeente(p, gemeente))
        return tuple(sorted(found, key=lambda party: party.id))

    def around(self, gemeente: str, lease_issuer: str) -> tuple[Party, ...]:
        """Who has to do with a household: the gemeente and who acts for it, the corporatie of the
        lease ('' without one), the huurders of the gemeente; by id."""
        found = self._around.get((gemeente, lease_issuer))
        if found is None:
            voices = self._voices_of(gemeente)
            found = self._around[gemeente, lease_issuer] = tuple(
                party
                for name, party in sorted(self.by_id.items())
                if name in voices
                or name == lease_issuer
                or (party.role == "huurders" and gemeente in party.gemeenten)
            )
        return found

    def within(self, gemeenten: Iterable[str]) -> tuple[Party, ...]:
        """The parties that serve any of these gemeenten, by id."""
        wanted = frozenset(gemeenten)
        found = (party for party in self.by_id.values() if party.gemeenten & wanted)
        return tuple(sorted(found, key=lambda party: party.id))


def _acts_for(party: Party, owner: Party | None) -> bool:
    return party.role == "begeleider" and owner is not None and owner.id in party.acts_for
