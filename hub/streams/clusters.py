"""Clusters: facts that share a reference, a correction or an alert, kept and loaded together.

What is outside a cluster can't change where its facts belong, so that resolution and evaluation
look at one cluster at a time, and the state of a cluster is what one household costs. A cluster
only grows: when a fact connects two, the smaller moves into the larger. It is a way of keeping,
not a concept of the domain: a household may move within its cluster, never out of it.

Facts are sealed under the key of their cluster; destroying its salt makes them unreadable wherever
copies of them lie.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import Struct

from hub.domain.alerts import Told
from hub.domain.facts import Reference
from hub.domain.time import Instant
from hub.errors import Bug
from hub.keys import Keys
from hub.streams.cluster import AlertRecord, Cluster, Unbound
from hub.streams.overlay import Overlay
from hub.wire.state import Book, PartyOf, References, check_version, pack, unpack

CLUSTERS: Final = "cluster"
FACTS: Final = "fact"
ALERTS: Final = "alert"
NODES: Final = "node"
DUE: Final = "due"
TEXTS: Final = "text"

ID_SIZE: Final = 8
_V1: Final = b"\x01"
_CACHED: Final = 4096  # clusters; some 25 kB each once loaded


class StoredAlert(Struct, array_like=True, omit_defaults=True):
    """An alert record as it is kept: names that come back again and again are numbers."""

    rule: int
    household: bytes
    severity: int
    told: dict[int, Told]
    silent_told: bool = False


class Meta(Struct, array_like=True, omit_defaults=True):
    """What is kept of a cluster besides its facts and alerts."""

    gemeente: str
    references: list[Reference]
    unbound: dict[bytes, Unbound]
    evaluated_at: Instant
    arrived_at: Instant
    unseen: list[bytes] = []
    views: dict[bytes, bytes] = {}


_META: Final = msgspec.msgpack.Decoder(Meta)
_ALERT: Final = msgspec.msgpack.Decoder(StoredAlert)
_encode: Final = msgspec.msgpack.Encoder().encode


class Clusters:
    """Loads, keeps and saves clusters; finds them by the nodes that their facts name."""

    def __init__(self, keys: Keys, party_of: PartyOf, fresh_salt: Callable[[], bytes]) -> None:
        self._keys = keys
        self._party_of = party_of
        self._fresh_salt = fresh_salt
        self._loaded: OrderedDict[bytes, Cluster] = OrderedDict()
        self._book = Book()
        self._stored_texts = 0

    def open(self, texts: Book) -> None:
        """Forget what is in memory; `texts` are those that state knows."""
        self._loaded.clear()
        self._book = texts
        self._stored_texts = len(texts)

    def exists(self, state: Overlay, id_: bytes) -> bool:
        return id_ in self._loaded or state.get(CLUSTERS, id_) is not None

    def find(self, state: Overlay, id_: bytes) -> Cluster:
        """A cluster that exists."""
        cluster = self._loaded.get(id_)
        if cluster is None:
            cluster = self._loaded[id_] = self._load(state, id_)
        self._loaded.move_to_end(id_)
        return cluster

    def create(self, state: Overlay, node: bytes, gemeente: str) -> Cluster:
        """A new cluster, named after the first node of its first fact."""
        id_ = node[:ID_SIZE]
        while state.get(CLUSTERS, id_) is not None or id_ in self._loaded:
            number = (int.from_bytes(id_, "big") + 1) % (1 << 8 * ID_SIZE)
            id_ = number.to_bytes(ID_SIZE, "big")
        salt = self._fresh_salt()
        cluster = Cluster(id_, gemeente, salt, self._keys.cipher(salt))
        self._loaded[id_] = cluster
        return cluster

    def merge(self, state: Overlay, into: Cluster, other: Cluster) -> None:
        """Everything of `other` becomes part of `into`; its nodes are the caller's to move."""
        if into.places is None or other.places is None:
            raise Bug("a cluster must have been looked at before it is merged")
        for key, fact in other.facts.items():
            into.put(key, fact)
        into.placed = None  # what came from both sides may belong together
        into.unbound |= other.unbound
        into.views |= other.views
        into.joined_late |= other.joined_late
        into.news.join(other.news)
        into.places |= other.places
        into.arrived_at = max(into.arrived_at, other.arrived_at)
        for alert_id, record in other.alerts.items():
            into.alerts[alert_id] = record
            into.touch(alert_id)
        self._erase(state, other)

    def rekey(self, cluster: Cluster) -> None:
        """A new key: what was sealed under the old one can't be read again, wherever it lies."""
        cluster.salt = self._fresh_salt()
        cluster.cipher = self._keys.cipher(cluster.salt)
        cluster.changed_facts |= cluster.facts.keys()
        cluster.references = References()

    def save(self, state: Overlay, cluster: Cluster, wake_at: Instant, *, held: bool) -> None:
        """Write what changed. A cluster without facts and alerts is erased."""
        if not cluster.facts and not cluster.alerts:
            self._erase(state, cluster)
            return
        for key in sorted(cluster.changed_facts):
            self._save_fact(state, cluster, key)
        for alert_id in sorted(cluster.changed_alerts):
            record = cluster.alerts.get(alert_id)
            value = self._packed(record) if record is not None else None
            state.put(ALERTS, cluster.id + alert_id.encode(), value)
        cluster.changed_facts.clear()
        cluster.changed_alerts.clear()
        cluster.removed.clear()
        self._save_meta(state, cluster)
        due = wake_at.to_bytes(8, "big", signed=True) + bytes([held])
        if state.get(DUE, cluster.id) != due:
            state.put(DUE, cluster.id, due)

    def save_texts(self, state: Overlay) -> None:
        """Write the texts that came into use."""
        for number in range(self._stored_texts, len(self._book)):
            state.put(TEXTS, number.to_bytes(4, "big"), self._book.texts[number].encode())
        self._stored_texts = len(self._book)

    def trim(self) -> None:
        """Forget the clusters that were not used for longest."""
        while len(self._loaded) > _CACHED:
            self._loaded.popitem(last=False)

    def _save_fact(self, state: Overlay, cluster: Cluster, key: bytes) -> None:
        stored = cluster.id + key
        fact = cluster.facts.get(key)
        if fact is None:
            state.put(FACTS, stored, None)
            return
        packed = pack(fact, self._book, cluster.references.numbers_of(fact))
        state.put(FACTS, stored, _V1 + cluster.cipher.seal(stored, packed))

    def _save_meta(self, state: Overlay, cluster: Cluster) -> None:
        known, unbound = cluster.references.known, cluster.unbound
        at = (cluster.evaluated_at, cluster.arrived_at)
        unseen, views = sorted(cluster.news.nodes), cluster.views
        meta = Meta(cluster.gemeente, known, unbound, *at, unseen, views)
        sealed = cluster.cipher.seal(cluster.id, _encode(meta))
        state.put(CLUSTERS, cluster.id, _V1 + cluster.salt + sealed)

    def _erase(self, state: Overlay, cluster: Cluster) -> None:
        for table in (FACTS, ALERTS):
            for key, _ in list(state.scan(table, cluster.id)):
                state.put(table, key, None)
        state.put(CLUSTERS, cluster.id, None)
        state.put(DUE, cluster.id, None)
        self._loaded.pop(cluster.id, None)

    def _load(self, state: Overlay, id_: bytes) -> Cluster:
        stored = state.get(CLUSTERS, id_)
        if stored is None:
            raise Bug("a node names a cluster that is not there")
        check_version(stored)
        salt, sealed = stored[1:17], stored[17:]
        cipher = self._keys.cipher(salt)
        meta = _META.decode(cipher.open(id_, sealed))
        cluster = Cluster(id_, meta.gemeente, salt, cipher)
        cluster.references = References(meta.references)
        cluster.unbound, cluster.evaluated_at = meta.unbound, meta.evaluated_at
        cluster.arrived_at = meta.arrived_at
        cluster.places = None
        for key, value in state.scan(FACTS, id_):
            check_version(value)
            packed = cipher.open(key, value[1:])
            fact = unpack(packed, self._book, cluster.references, self._party_of)
            cluster.put(key[ID_SIZE:], fact)
        cluster.changed_facts.clear()
        cluster.news.nodes = set(meta.unseen)
        cluster.views = meta.views
        for key, value in state.scan(ALERTS, id_):
            check_version(value)
            cluster.alerts[key[ID_SIZE:].decode()] = self._unpacked(value)
        return cluster

    def _packed(self, record: AlertRecord) -> bytes:
        number_of = self._book.number_of
        told = {number_of(party): told for party, told in record.told.items()}
        rule, severity = number_of(record.rule), number_of(record.severity)
        kept = StoredAlert(rule, record.household, severity, told, record.silent_told)
        return _V1 + _encode(kept)

    def _unpacked(self, value: bytes) -> AlertRecord:
        kept, texts = _ALERT.decode(memoryview(value)[1:]), self._book.texts
        told = {texts[party]: told for party, told in kept.told.items()}
        rule, severity = texts[kept.rule], texts[kept.severity]
        return AlertRecord(rule, kept.household, severity, told, kept.silent_told)
