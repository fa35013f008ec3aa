"""Region processing: the share of homes, the yearly consultation, the targets.

One step over the regional facts of a shard; a region is one cluster, and everything else is as in
correlation: facts in, findings evaluated at `now`, parties told, ticks for what time alone changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from hub.domain.acts import Status
from hub.domain.facts import Fact
from hub.domain.findings import known_at, next_change
from hub.domain.refusals import Slug
from hub.domain.region import region_of, search_region
from hub.domain.time import BEGINNING, NEVER, Instant
from hub.streams.cluster import Cluster
from hub.streams.clusters import DUE, TEXTS, Clusters
from hub.streams.correlate import AGREEMENTS, META, NOW, Deployment, agreements_digest
from hub.streams.entries import REGION_FACTS
from hub.streams.floor import floor_in
from hub.streams.gauge import Gauge
from hub.streams.loop import dead_letter
from hub.streams.nodes import Nodes
from hub.streams.notices import Notices, Subject
from hub.streams.overlay import Overlay
from hub.streams.receipts import ReceiptStatus, receipt, receipt_id
from hub.streams.revisions import because
from hub.streams.schedule import Schedule
from hub.streams.seam import CAUSE, Effects, Record, State
from hub.wire.state import Book, PartyOf, Unreadable, decode_fact


class Regional:
    """The step that looks at regions; one instance a shard."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._party_of = PartyOf(deployment.parties.find_by_source)
        self._clusters = Clusters(deployment.keys, self._party_of, deployment.fresh_salt)
        self._nodes = Nodes(deployment.keys)
        self._schedule = Schedule()
        self._gauge = Gauge()
        self._latest: Instant = BEGINNING

    def open(self, state: State) -> Instant | None:
        """Read the schedule; with another agreement than last time every region is due at once."""
        self._clusters.open(Book(value.decode() for _, value in state.scan(TEXTS)))
        self._schedule.clear()
        now = state.get(META, NOW)
        self._latest = BEGINNING if now is None else int.from_bytes(now, "big", signed=True)
        is_same = state.get(META, AGREEMENTS) == agreements_digest(self._deployment)
        for cluster, due in state.scan(DUE):
            at = int.from_bytes(due[:8], "big", signed=True) if is_same else self._latest
            self._schedule.put(cluster, at, held=False)
        return self._schedule.next_at()

    def take(
        self, state: State, batch: Sequence[Record], now: Instant, *, more: bool = False
    ) -> Effects:
        # a region is looked at all the same: there are few, and what comes of them is cheap
        overlay, notices = self._begin(state, now)
        dirty: dict[bytes, None] = {}
        for record in batch:
            try:
                fact = decode_fact(record.value, self._party_of)
            except Unreadable:
                notices.emits.append(dead_letter(record, Slug.MALFORMED, REGION_FACTS))
                continue
            cluster = self._cluster_of(overlay, fact.region)
            if self._receive(fact, cluster, notices):
                dirty[cluster.id] = None
                cluster.news.cause = cluster.news.cause or record.headers.get(CAUSE, b"")
        return self._end(overlay, notices, list(dirty))

    def tick(self, state: State, now: Instant, limit: int) -> Effects:
        overlay, notices = self._begin(state, now)
        return self._end(overlay, notices, self._schedule.due(self._latest, limit))

    def freeze(self, state: State, record: Record | None, now: Instant) -> Effects:
        """Nothing: a region without one of its facts is what it is, and there is but one."""
        return Effects({}, [], self._schedule.next_at())

    def _begin(self, state: State, now: Instant) -> tuple[Overlay, Notices]:
        self._latest = max(self._latest, now)
        deployment = self._deployment
        handle = deployment.keys.handle
        return Overlay(state), Notices(deployment.parties, handle, self._gauge, floor_in(state))

    def _end(self, overlay: Overlay, notices: Notices, due: list[bytes]) -> Effects:
        for id_ in due:
            self._look_at(self._clusters.find(overlay, id_), overlay, notices)
        self._clusters.save_texts(overlay)
        overlay.put(META, NOW, self._latest.to_bytes(8, "big", signed=True))
        overlay.put(META, AGREEMENTS, agreements_digest(self._deployment))
        return Effects(overlay.changes, notices.emits, self._schedule.next_at())

    def _cluster_of(self, overlay: Overlay, region: str) -> Cluster:
        id_ = hashlib.blake2b(region.encode(), digest_size=8).digest()
        if self._clusters.exists(overlay, id_):
            return self._clusters.find(overlay, id_)
        return self._clusters.create(overlay, id_, region)

    def _receive(self, fact: Fact, cluster: Cluster, notices: Notices) -> bool:
        """Keep the fact; whether it is new."""
        node = self._nodes.of_identity(fact.region, fact.identity)
        there = cluster.facts.get(node)
        name, now = receipt_id(self._deployment.keys, fact), self._latest
        if there is None:
            cluster.put(node, fact)
            notices.emits.append(receipt(name, fact, ReceiptStatus.ACCEPTED, now))
            return True
        if there == fact:
            notices.emits.append(receipt(name, fact, ReceiptStatus.DUPLICATE, now))
        else:
            problem = Slug.CONFLICTING_DUPLICATE
            answer = receipt(name, fact, ReceiptStatus.REFUSED, now, problem=problem)
            notices.emits.append(answer)
        return False

    def _look_at(self, cluster: Cluster, overlay: Overlay, notices: Notices) -> None:
        now, name = self._latest, cluster.gemeente
        agreements = self._deployment.agreements
        versions = agreements.of_region(name)
        known = [fact for fact in cluster.facts.values() if fact.at <= now]
        found = search_region(region_of(name, known), versions, self._deployment.parties)
        current = known_at(found, now)
        wake_at = next_change(found, now)
        sharing = agreements.find(versions, now)
        told_before = len(notices.emits)
        if sharing is not None:
            subject = Subject(None, b"", sharing)
            changed, due_at = notices.tell(subject, current, cluster.alerts, now)
            cluster.changed_alerts |= changed
            wake_at = min(wake_at, due_at)
        self._withdraw(cluster, {finding.alert_id for finding in current}, notices)
        because(notices.emits, told_before, cluster.news.cause)
        cluster.news.cause = b""
        coming = min((f.at for f in cluster.facts.values() if f.at > now), default=NEVER)
        wake_at = min(wake_at, coming)
        cluster.evaluated_at = now
        self._clusters.save(overlay, cluster, wake_at, held=False)
        self._schedule.put(cluster.id, wake_at, held=False)

    def _withdraw(self, cluster: Cluster, existing: set[str], notices: Notices) -> None:
        for alert_id in sorted(cluster.alerts.keys() - existing):
            record = cluster.alerts[alert_id]
            if notices.withdraw(alert_id, record, Status.WITHDRAWN, self._latest):
                cluster.touch(alert_id)
