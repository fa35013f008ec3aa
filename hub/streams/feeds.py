"""Feeds: how far each source has delivered (agreement document, Held, not lost).

`feed-complete` says that everything of these types that occurred before an instant has been
delivered. A finding that rests on the absence of a type waits for that word, where a party has
promised it; a source that is down is not a silent household.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hub.domain.conditions import Condition, Lapsed, Missing, Without, walk
from hub.domain.facts import CATALOGUE, Fact, FeedComplete
from hub.domain.findings import Finding
from hub.domain.parties import Parties, Party
from hub.domain.patterns import types_of
from hub.domain.time import BEGINNING, NEVER, Calendar, Instant, add, parse_instant
from hub.streams.overlay import Overlay

FEEDS: Final = "feed"


class Feeds:
    """What sources promised and how far they have come."""

    def __init__(self, parties: Parties) -> None:
        self._promising = [party for party in parties.by_id.values() if party.feeds]

    def take(self, state: Overlay, fact: Fact) -> bool:
        """Note how far a feed has come; whether that is news."""
        assert isinstance(fact.own, FeedComplete)
        up_to = parse_instant(fact.own.up_to)
        news = False
        for name in fact.own.types:
            key = _key(fact.party, fact.gemeente, name)
            if up_to > self._reached(state, key):
                state.put(FEEDS, key, up_to.to_bytes(8, "big", signed=True))
                news = True
        return news

    def behind(self, state: Overlay, finding: Finding) -> tuple[Party, ...]:
        """The parties whose promised feed has not reached the silence that a finding rests on."""
        if not self._promising:
            return ()
        silent = silent_types(finding)
        return tuple(
            party
            for party in self._promising
            if finding.gemeente in party.gemeenten
            and any(
                self._reached(state, _key(party.id, finding.gemeente, name)) < finding.raised_at
                for name in _promised(party, silent)
            )
        )

    def grace_ends(self, party: Party, finding: Finding, calendar: Calendar) -> Instant:
        """When ops are told that a source is silent."""
        graces = [
            add(finding.raised_at, feed.grace, calendar)
            for feed in party.feeds
            if set(feed.types) & silent_types(finding)
        ]
        return min(graces, default=NEVER)

    def _reached(self, state: Overlay, key: bytes) -> Instant:
        value = state.get(FEEDS, key)
        return BEGINNING if value is None else int.from_bytes(value, "big", signed=True)


def silent_types(finding: Finding) -> frozenset[str]:
    """The fact types whose absence the finding rests on."""
    when = getattr(finding.rule, "when", None)
    states = finding.agreement.states
    found: set[str] = set()
    for leaf in _leaves(when):
        if isinstance(leaf, Missing | Lapsed):
            found |= types_of(leaf.facts)
        if isinstance(leaf, Missing | Without) and leaf.state is not None:
            found |= types_of(states[leaf.state].starts)
    return frozenset(found)


def _leaves(when: object) -> Iterable[Condition]:
    return walk(when) if isinstance(when, Condition) else ()


def _promised(party: Party, silent: Iterable[str]) -> list[str]:
    wanted = set(silent)
    return [
        name
        for feed in party.feeds
        for name in feed.types
        if name in wanted and party.role in CATALOGUE[name].roles
    ]


def _key(party: str, gemeente: str, fact_type: str) -> bytes:
    return f"{party}\0{gemeente}\0{fact_type}".encode()
