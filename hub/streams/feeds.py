"""Feeds: how far each source has delivered (agreement document, Held, not lost).

`feed-complete` says that everything of these types that occurred before an instant has been
delivered. A finding that rests on the absence of a type waits for that word, where a party has
promised it; a source that is down is not a silent household.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import product
from typing import Final

from hub.domain.conditions import Condition, Lapsed, Missing, Without, walk
from hub.domain.facts import CATALOGUE, Fact, FeedComplete
from hub.domain.findings import Finding
from hub.domain.parties import Feed, Parties, Party
from hub.domain.patterns import types_of
from hub.domain.time import BEGINNING, NEVER, Calendar, Instant, add, parse_instant
from hub.streams.overlay import Overlay
from hub.streams.seam import State

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
        return BEGINNING if value is None else _instant_in(value)


def late(
    parties: Parties,
    state_of: Callable[[str], State | None],
    calendar_of: Callable[[str], Calendar | None],
    times: tuple[Instant, Instant],
) -> dict[tuple[str, str], float]:
    """For how many seconds each promised feed has been overdue, by party and type; of several
    gemeenten the one that waits longest.

    `state_of` a gemeente: None where another process has it. `calendar_of`: None where no agreement
    is in force, and nobody waits. `times`: now, and since when one is awaited that never came.
    """
    now, began = times
    found: dict[tuple[str, str], float] = {}
    for party, gemeente, feed, name in _promises(parties):
        state, calendar = state_of(gemeente), calendar_of(gemeente)
        if state is None or calendar is None:
            continue
        value = state.get(FEEDS, _key(party.id, gemeente, name))
        reached = began if value is None else _instant_in(value)
        over = max(now - add(reached, feed.grace, calendar), 0) / 1000
        found[party.id, name] = max(found.get((party.id, name), 0.0), over)
    return found


def _promises(parties: Parties) -> Iterator[tuple[Party, str, Feed, str]]:
    """Every fact type that a party promised, for each gemeente that it serves."""
    for party in parties.by_id.values():
        for feed in party.feeds:
            for gemeente, name in product(sorted(party.gemeenten), feed.types):
                yield party, gemeente, feed, name


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


def _instant_in(value: bytes) -> Instant:
    return int.from_bytes(value, "big", signed=True)


def _key(party: str, gemeente: str, fact_type: str) -> bytes:
    return f"{party}\0{gemeente}\0{fact_type}".encode()
