"""Nodes: what connects facts to clusters (references, identities, alerts), and the marks of what
was forgotten.

A node is a keyed hash, so that the table tells nothing to who reads it without the key. Its value
is the id of a cluster; or a mark that something is gone, kept 400 days so that late facts do not
bring it back and repeats are known as such (architecture, Dedupe, time, retention).
"""

from __future__ import annotations

from functools import lru_cache
from itertools import islice, takewhile
from typing import Final

from msgspec import Struct

from hub.domain.facts import (
    AlertAcknowledged,
    AlertClosed,
    ApproachAgreed,
    Fact,
    FactRetracted,
    Identity,
    Reference,
)
from hub.domain.time import DAY_MS, Instant
from hub.keys import Keys
from hub.streams.clusters import ID_SIZE, NODES
from hub.streams.overlay import Overlay

MARKS: Final = "mark"  # the marks by the day they were made
MARKED_DAYS: Final = 400
MARK_SIZE: Final = 13
# Ends a mark that lies in every partition, for whose it is cannot be told (hub.streams.transfer).
COPIED: Final = b"\x01"
_MARK: Final = b"\x00"
_REFERENCES: Final = 1 << 16  # whose keys are remembered


class Mark(Struct, frozen=True):
    """Something that is gone: facts about it that occurred up to `upto` stay away."""

    upto: Instant
    marked_at: Instant


class Nodes:
    """Reads and writes the table of nodes."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        # a keyed hash costs 2 µs, and a household is named again and again by the same references
        self._of_reference = lru_cache(maxsize=_REFERENCES)(keys.reference_key)

    def of_reference(self, gemeente: str, reference: Reference) -> bytes:
        return self._of_reference(gemeente, reference)

    def of_fact(self, fact: Fact) -> bytes:
        return self.of_identity(fact.gemeente or fact.region, fact.identity)

    def of_identity(self, place: str, identity: Identity) -> bytes:
        return self._keys.identity_key(place, identity)

    def of_alert(self, place: str, alert_id: str) -> bytes:
        return self._keys.identity_key(place, Identity("alert", alert_id))

    def named_by(self, fact: Fact, node: bytes | None = None) -> list[bytes]:
        """Everything that connects this fact to others, its own identity last; `node` is that,
        if it is known."""
        place = fact.gemeente
        found = [self.of_reference(place, reference) for reference in fact.references]
        own = fact.own
        if fact.replaces is not None:
            found.append(self.of_identity(place, fact.replaces))
        if isinstance(own, FactRetracted):
            found.append(self.of_identity(place, Identity(*own.retracts)))
        if isinstance(own, AlertAcknowledged | ApproachAgreed | AlertClosed):
            found.append(self.of_alert(place, own.alert_id))
        found.append(node or self.of_fact(fact))
        return found

    def find(self, state: Overlay, node: bytes) -> bytes | Mark | None:
        """The cluster that a node belongs to, the mark that it is gone, or None."""
        value = state.get(NODES, node)
        if value is None or len(value) == ID_SIZE:
            return value
        return Mark(
            int.from_bytes(value[1:9], "big", signed=True),
            int.from_bytes(value[9:13], "big") * DAY_MS,
        )

    def connect(self, state: Overlay, node: bytes, cluster: bytes) -> None:
        state.put(NODES, node, cluster)

    def mark(self, state: Overlay, node: bytes, upto: Instant, now: Instant) -> None:
        day = (now // DAY_MS).to_bytes(4, "big")
        state.put(NODES, node, _MARK + upto.to_bytes(8, "big", signed=True) + day)
        state.put(MARKS, day + node, b"")

    def sweep(self, state: Overlay, now: Instant, limit: int) -> None:
        """Remove at most `limit` marks that are older than they are kept."""
        oldest = (now // DAY_MS - MARKED_DAYS).to_bytes(4, "big")
        found = takewhile(lambda entry: entry[0][:4] < oldest, state.scan(MARKS))
        for key, _ in list(islice(found, limit)):
            state.put(MARKS, key, None)
            value = state.get(NODES, key[4:])
            # it may have been marked anew, or lead to a cluster again
            if value is not None and value[9:13] == key[:4]:
                state.put(NODES, key[4:], None)

    def disconnect(self, state: Overlay, node: bytes) -> None:
        state.put(NODES, node, None)
