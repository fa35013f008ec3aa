"""What leads to which cluster: facts come together by what they name, and clusters become one.

Only connects: what a fact means is not asked here, and a cluster never splits (ADR 0007).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hub.domain.facts import Fact
from hub.domain.time import Instant
from hub.streams.cluster import Cluster
from hub.streams.clusters import Clusters
from hub.streams.frozen import Frozen
from hub.streams.nodes import Node, Nodes
from hub.streams.overlay import Overlay
from hub.streams.schedule import Schedule
from hub.streams.work import Work


class Connections:
    """Nodes, the clusters that they lead to, and whatever must follow when these become one."""

    def __init__(
        self,
        nodes: Nodes,
        clusters: Clusters,
        schedule: Schedule,
        frozen: Frozen,
        load: Callable[[Overlay, bytes, Instant], Cluster],
    ) -> None:
        self._nodes = nodes
        self._clusters = clusters
        self._schedule = schedule
        self._frozen = frozen
        self._load = load

    def of(self, fact: Fact, work: Work) -> list[bytes]:
        """The clusters of what a fact names."""
        found = (self.find(work.state, node) for node in self._nodes.named_by(fact))
        return [*dict.fromkeys(id_ for id_ in found if id_ is not None)]

    def gather(self, fact: Fact, named: Mapping[bytes, Node], work: Work) -> Cluster:
        """The one cluster of everything the fact names; those that it connects become one."""
        ids = dict.fromkeys(it.cluster for it in named.values() if it.cluster is not None)
        clusters = [
            self._load(work.state, id_, work.now)
            for id_ in ids
            if self._clusters.exists(work.state, id_)
        ]
        if clusters:
            cluster = max(clusters, key=lambda it: (len(it.facts), it.id))
            for other in clusters:
                if other is not cluster:
                    self.merge(cluster, other, work)
        else:
            cluster = self._clusters.create(work.state, next(iter(named)), fact.gemeente)
        for node, there in named.items():
            if there.cluster != cluster.id:
                self._nodes.connect(work.state, node, cluster.id)
        return cluster

    def merge(self, into: Cluster, other: Cluster, work: Work) -> None:
        """Everything of `other`, and all that leads to it, is that of `into` now."""
        for fact in other.facts.values():
            for node in self._nodes.named_by(fact):
                self._nodes.connect(work.state, node, into.id)
        for alert_id in other.alerts:
            node = self._nodes.of_alert(other.gemeente, alert_id)
            self._nodes.connect(work.state, node, into.id)
        self._frozen.merge(work.state, into.id, other.id, work.now)
        self._clusters.merge(work.state, into, other)
        self._schedule.remove(other.id)
        work.dirty.pop(other.id, None)
        work.dirty[into.id] = None

    def connect_alert(self, cluster: Cluster, alert_id: str, work: Work) -> None:
        """Acts on the alert come to this cluster from now on."""
        node = self._nodes.of_alert(cluster.gemeente, alert_id)
        there = self.find(work.state, node)
        if there is None:
            self._nodes.connect(work.state, node, cluster.id)
        elif there != cluster.id:
            # an act on this alert came first, and waited by itself
            self.merge(cluster, self._load(work.state, there, work.now), work)
        cluster.connected.add(alert_id)

    def find(self, state: Overlay, node: bytes) -> bytes | None:
        """The cluster that a node leads to; one that is gone is nothing."""
        found = self._nodes.find(state, node)
        return found if found is not None and self._clusters.exists(state, found) else None

    def disconnect_removed(self, cluster: Cluster, work: Work) -> None:
        """What only facts that are gone named leads nowhere any more."""
        if not cluster.removed:
            return
        cluster.connected.clear()  # acts that are gone named alerts that may still be there
        left = {node for fact in cluster.facts.values() for node in self._nodes.named_by(fact)}
        for fact in cluster.removed:
            for node in self._nodes.named_by(fact):
                if node not in left and self._nodes.find(work.state, node) == cluster.id:
                    self._nodes.disconnect(work.state, node)
