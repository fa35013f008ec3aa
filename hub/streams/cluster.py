"""One cluster in memory: facts that share a reference, a correction or an alert.

What it keeps besides its facts and what was told is what the last look found, to spare doing it
again; that dies with the cache. Changes are collected here and written by `Clusters.save`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct, field

from hub.domain.alerts import Told
from hub.domain.facts import Fact, Reference
from hub.domain.remembering import Remembered
from hub.domain.tenancy import Resolution
from hub.domain.time import Instant
from hub.domain.timeline import Household
from hub.keys import Cipher
from hub.streams.quiet import Quiet
from hub.streams.receipts import RECEIPT
from hub.streams.seam import CAUSE, Headers
from hub.wire.state import References

# (alert, party) → what its last view was made from, and the digest of that view
ShownBefore: TypeAlias = dict[tuple[str, str], tuple[tuple[object, ...], bytes]]


class Unbound(Struct, array_like=True):
    """A fact without a household: since when it waits, and the slug if it was refused."""

    since: Instant
    refused: str = ""


class Seen(Struct, frozen=True):
    """What the views of a household were made from, and the views by their keys: of each party its
    references and facts."""

    household: Household
    acts: Sequence[Fact]
    knowing: frozenset[str]
    views: Mapping[bytes, tuple[tuple[Reference, ...], Sequence[Fact]]]


class AlertRecord(Struct):
    """What was told of one alert, per party."""

    rule: str
    household: bytes
    severity: str
    told: dict[str, Told]
    silent_told: bool = False  # ops know that its source is silent


class News(Struct):
    """The facts that came to a cluster since it was last looked at, by their nodes: those that are
    there, those that are gone again, and the ids of receipts that came along. `cause` is a header
    of the first of them that had one (`revisions.because`)."""

    nodes: set[bytes] = field(default_factory=set)
    gone: dict[bytes, Fact] = field(default_factory=dict)
    receipts: dict[bytes, str] = field(default_factory=dict)
    cause: bytes = b""

    def add(self, node: bytes, headers: Headers) -> None:
        self.nodes.add(node)
        self.cause = self.cause or headers.get(CAUSE, b"")
        if RECEIPT in headers:
            self.receipts[node] = headers[RECEIPT].decode()

    def join(self, other: News) -> None:
        """Those of a cluster that is no more."""
        self.nodes |= other.nodes
        self.gone |= other.gone
        self.receipts |= other.receipts
        self.cause = self.cause or other.cause

    def clear(self) -> None:
        """Everything was looked at."""
        self.nodes.clear()
        self.gone.clear()
        self.receipts.clear()
        self.cause = b""


class Cluster:
    """One cluster in memory. Changes are written by `Clusters.save`."""

    __slots__ = (
        "alerts",
        "arrived_at",
        "changed_alerts",
        "changed_facts",
        "cipher",
        "connected",
        "evaluated_at",
        "facts",
        "gemeente",
        "id",
        "joined_late",
        "news",
        "nodes",
        "placed",
        "places",
        "quiet",
        "references",
        "remembered",
        "removed",
        "salt",
        "seen",
        "shown",
        "unbound",
        "unplaced",
        "views",
    )

    def __init__(self, id_: bytes, gemeente: str, salt: bytes, cipher: Cipher) -> None:
        self.id = id_
        self.gemeente = gemeente
        self.salt, self.cipher = salt, cipher
        self.references = References()
        self.facts: dict[bytes, Fact] = {}
        self.nodes: dict[int, bytes] = {}  # by `id` of the fact
        self.unbound: dict[bytes, Unbound] = {}
        self.alerts: dict[str, AlertRecord] = {}
        self.views: dict[bytes, bytes] = {}  # digests of what was written of its households
        self.evaluated_at: Instant = 0
        self.arrived_at: Instant = 0  # when the last fact came
        # where its facts belonged when it was last looked at, and where each fact was bound then;
        # None until it is looked at
        self.placed: Resolution | None = None
        self.places: dict[bytes, Reference] | None = {}
        self.unplaced: list[Fact] = []  # not in `placed`: they came later, or are still to happen
        self.removed: list[Fact] = []  # since the last save; their nodes may lead nowhere now
        # dossiers of households that were erased before that was known, and until when they were
        self.joined_late: dict[Reference, Instant] = {}
        self.news = News()
        self.changed_facts: set[bytes] = set()  # since the last save
        self.changed_alerts: set[str] = set()
        # what evaluation found and showed last, to spare doing it again; dies with the cache
        self.remembered: dict[Reference, Remembered] = {}
        self.shown: ShownBefore = {}
        self.connected: set[str] = set()  # alerts whose node is known to lead here
        self.quiet: dict[Reference, Quiet] = {}
        self.seen: dict[Reference, Seen] = {}

    @property
    def resolution(self) -> Resolution:
        """Where its facts belonged when it was last looked at."""
        assert self.placed is not None
        return self.placed

    def put(self, key: bytes, fact: Fact) -> None:
        former = self.facts.get(key)
        if former is None:
            self.unplaced.append(fact)
        else:
            self.placed = None
            del self.nodes[id(former)]
        self.facts[key] = fact
        self.nodes[id(fact)] = key
        self.changed_facts.add(key)

    def remove(self, key: bytes) -> None:
        fact = self.facts.pop(key, None)
        if fact is not None:
            self.removed.append(fact)
            self.placed = None
            del self.nodes[id(fact)]
        self.unbound.pop(key, None)
        if self.places is not None:
            self.places.pop(key, None)
        self.changed_facts.add(key)
        if fact is not None and key in self.news.nodes:
            self.news.nodes.remove(key)
            self.news.gone[key] = fact

    def node_of(self, fact: Fact) -> bytes:
        """The node of a fact of this cluster: hashing it anew costs 3 µs."""
        node = self.nodes[id(fact)]
        assert self.facts[node] is fact
        return node

    def touch(self, alert_id: str) -> None:
        self.changed_alerts.add(alert_id)
