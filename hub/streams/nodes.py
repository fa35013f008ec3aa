"""Nodes: what connects facts to clusters (references, identities, alerts), and the marks of what
was forgotten.

A node is a keyed hash, so that the table tells nothing to who reads it without the key. Its value
is the id of a cluster, or a mark that something is gone, kept 400 days so that late facts do not
bring it back and repeats are known as such (architecture, Dedupe, time, retention); or both: what
is named again leads to a cluster, and what is gone stays gone.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import islice, takewhile
from typing import Final, NamedTuple

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


class Node(NamedTuple):
    """The cluster that a node leads to, and the mark that is there."""

    cluster: bytes | None
    mark: Mark | None


_NOTHING: Final = Node(None, None)


def cluster_in(value: bytes) -> bytes | None:
    """The cluster that the value of a node names."""
    return value[:ID_SIZE] if len(value) in (ID_SIZE, ID_SIZE + MARK_SIZE) else None


def mark_in(value: bytes) -> bytes | None:
    """The mark in the value of a node: the partition's own, or a copy that is now its own."""
    mark = value[ID_SIZE:] if cluster_in(value) is not None else value[:MARK_SIZE]
    return mark or None


def _unpacked(mark: bytes) -> Mark:
    upto = int.from_bytes(mark[1:9], "big", signed=True)
    return Mark(upto, int.from_bytes(mark[9:13], "big") * DAY_MS)


class Nodes:
    """Reads and writes the table of nodes."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        # a keyed hash costs 2 µs, and a household is named again and again by the same references
        self._of_reference = lru_cache(maxsize=_REFERENCES)(keys.reference_key)
        self._of_references = lru_cache(maxsize=_REFERENCES)(self._hashed)

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
        found = [*self._of_references(place, fact.references)]
        own = fact.own
        if fact.replaces is not None:
            found.append(self.of_identity(place, fact.replaces))
        if isinstance(own, FactRetracted):
            found.append(self.of_identity(place, Identity(*own.retracts)))
        if isinstance(own, AlertAcknowledged | ApproachAgreed | AlertClosed):
            found.append(self.of_alert(place, own.alert_id))
        found.append(node or self.of_fact(fact))
        return found

    def _hashed(self, place: str, references: tuple[Reference, ...]) -> tuple[bytes, ...]:
        return tuple([self.of_reference(place, reference) for reference in references])

    def look(self, state: Overlay, node: bytes) -> Node:
        """What there is at a node."""
        value = state.get(NODES, node)
        if value is None:
            return _NOTHING
        if len(value) == ID_SIZE:
            return Node(value, None)
        mark = mark_in(value)
        return Node(cluster_in(value), None if mark is None else _unpacked(mark))

    def find(self, state: Overlay, node: bytes) -> bytes | None:
        """The cluster that a node leads to, if it leads to one."""
        return self.look(state, node).cluster

    def find_mark(self, state: Overlay, node: bytes) -> Mark | None:
        """The mark that what this node stands for is gone, if it is."""
        return self.look(state, node).mark

    def connect(self, state: Overlay, node: bytes, cluster: bytes) -> None:
        """The node leads to this cluster; what is marked there stays marked."""
        value = state.get(NODES, node)
        state.put(NODES, node, cluster + ((mark_in(value) if value is not None else None) or b""))

    def mark(self, state: Overlay, node: bytes, upto: Instant, now: Instant) -> None:
        """What occurred up to then is gone; what is later is found where it was."""
        value = state.get(NODES, node)
        before = self.find_mark(state, node)
        upto = upto if before is None else max(upto, before.upto)
        day = (now // DAY_MS).to_bytes(4, "big")
        mark = _MARK + upto.to_bytes(8, "big", signed=True) + day
        state.put(NODES, node, ((cluster_in(value) if value is not None else None) or b"") + mark)
        state.put(MARKS, day + node, b"")

    def sweep(self, state: Overlay, now: Instant, limit: int) -> None:
        """Remove at most `limit` marks that are older than they are kept."""
        oldest = (now // DAY_MS - MARKED_DAYS).to_bytes(4, "big")
        found = takewhile(lambda entry: entry[0][:4] < oldest, state.scan(MARKS))
        for key, _ in list(islice(found, limit)):
            state.put(MARKS, key, None)
            value = state.get(NODES, key[4:])
            mark = None if value is None else mark_in(value)
            if value is not None and mark is not None and mark[9:13] == key[:4]:
                state.put(NODES, key[4:], cluster_in(value))  # else it was marked anew

    def disconnect(self, state: Overlay, node: bytes) -> None:
        """The node leads nowhere any more; what is marked there stays marked."""
        value = state.get(NODES, node)
        state.put(NODES, node, None if value is None else mark_in(value))
