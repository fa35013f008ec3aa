"""Correlation: facts in, findings evaluated, parties told (architecture, the house).

One step over the facts of a shard. A fact goes to the cluster of what it names; every cluster that
got something is resolved and evaluated once a batch, at `now`; what parties should know is compared
with what they were told. A tick does the same for clusters whose next deadline has come: silence
takes the same way as a fact. Pure but for the salts of new clusters, which are handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from msgspec import Struct

from hub.domain.agreement import Agreements
from hub.domain.facts import Fact
from hub.domain.parties import Parties
from hub.domain.refusals import Slug
from hub.domain.time import BEGINNING, DAY_MS, NEVER, Instant
from hub.keys import Keys
from hub.streams.cluster import Cluster
from hub.streams.clusters import DUE, TEXTS, Clusters
from hub.streams.connections import Connections
from hub.streams.entries import FACTS as FACTS_STREAM
from hub.streams.evaluation import Evaluator
from hub.streams.feeds import Feeds
from hub.streams.floor import floor_in
from hub.streams.frozen import THAWS_ONLY, Frozen, thaws
from hub.streams.gauge import Gauge
from hub.streams.household_views import FORM
from hub.streams.intake import reduced
from hub.streams.latecomers import Latecomers
from hub.streams.loop import dead_letter
from hub.streams.nodes import Nodes
from hub.streams.notices import Notices
from hub.streams.overlay import Overlay
from hub.streams.receipts import ReceiptStatus, receipt, receipt_id
from hub.streams.schedule import Schedule
from hub.streams.seam import Effects, Headers, Record, State
from hub.streams.suspects import suspects
from hub.streams.work import Work
from hub.wire.state import Alike, Book, PartyOf, Unreadable, decode_fact

META: Final = "meta"
NOW: Final = b"now"
_SWEPT_AT_ONCE: Final = 1000
AGREEMENTS: Final = b"agreements"
VIEWS: Final = b"views"  # the form in which all views of households were written


class Deployment(Struct, frozen=True):
    """What a deployment runs with: the agreed, the parties, its keys."""

    agreements: Agreements
    parties: Parties
    keys: Keys
    fresh_salt: Callable[[], bytes]


def agreements_digest(deployment: Deployment) -> bytes:
    """What tells one set of agreements from another; stored with the state that they made."""
    return b"\n".join(sorted(a.digest.encode() for a in deployment.agreements.all))


class Correlate:
    """The step that correlates; one instance a shard."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._keys = deployment.keys
        self._party_of = PartyOf(deployment.parties.find_by_source)
        self._alike = Alike()
        self._clusters = Clusters(deployment.keys, self._party_of, deployment.fresh_salt)
        self._nodes = Nodes(deployment.keys)
        self._feeds = Feeds(deployment.parties)
        self._gauge = Gauge()
        self._schedule = Schedule()
        self._frozen = Frozen()
        self._connections = Connections(
            self._nodes, self._clusters, self._schedule, self._frozen, self._load
        )
        self._evaluator = Evaluator(
            deployment.agreements, deployment.parties, deployment.keys, self._nodes, self._feeds
        )
        self._latecomers = Latecomers(
            self._nodes, deployment.parties, self._evaluator, self._cluster_at
        )
        # a handle costs 6 µs, and each view of each revision shows one
        self._handle = lru_cache(maxsize=1 << 15)(deployment.keys.handle)
        self._latest: Instant = BEGINNING
        self._digest = agreements_digest(deployment)
        self._digest_stored = self._views_stored = False
        self._swept_on = 0  # the day on which old marks were last removed

    def open(self, state: State) -> Instant | None:
        """Read the schedule; with another agreement than last time everything is due at once."""
        texts = (value.decode() for _, value in state.scan(TEXTS))
        self._clusters.open(Book(texts))
        self._schedule.clear()
        self._frozen.open(state)
        now = state.get(META, NOW)
        self._latest = BEGINNING if now is None else int.from_bytes(now, "big", signed=True)
        self._digest_stored = state.get(META, AGREEMENTS) == self._digest
        self._views_stored = state.get(META, VIEWS) == FORM
        for cluster, due in state.scan(DUE):
            wake_at = int.from_bytes(due[:8], "big", signed=True)
            is_looked_at = self._digest_stored and self._views_stored
            self._schedule.put(
                cluster, wake_at if is_looked_at else self._latest, held=due[8:] == b"\x01"
            )
        return self._schedule.next_at()

    def take(
        self, state: State, batch: Sequence[Record], now: Instant, *, more: bool = False
    ) -> Effects:
        work = self._begin(state, now)
        work.more = more
        for record in batch:
            try:
                fact = decode_fact(record.value, self._party_of, self._alike)
            except Unreadable:
                work.notices.emits.append(dead_letter(record, Slug.MALFORMED, FACTS_STREAM))
                continue
            if fact.kind == "feed":
                self._receive_feed(fact, work)
            elif THAWS_ONLY not in record.headers:
                self._receive(fact, record.headers, work)
            if thaws(record, fact.type):
                self._thaw(fact, work)
        return self._end(work)

    def tick(self, state: State, now: Instant, limit: int) -> Effects:
        work = self._begin(state, now)
        for cluster in self._schedule.due(work.now, limit):
            work.dirty[cluster] = None
        return self._end(work)

    def freeze(self, state: State, record: Record | None, now: Instant) -> Effects:
        """Tell nothing more about the household of a fact that made evaluation fail."""
        work = self._begin(state, now)
        if record is None:
            party, ids = "", self._schedule.due(work.now, 1)
        else:
            fact = decode_fact(record.value, self._party_of)
            party, ids = fact.party, self._connections.of(fact, work)
        self._frozen.freeze(work.state, ids, work.now)
        for id_ in ids:
            cluster = self._load(work.state, id_, work.now)
            if record is None:
                work.notices.emits += suspects(cluster, self._keys, work.now)
            self._rest(cluster, work)
        if ids:
            work.notices.ops("household-frozen", party, work.now)
        return self._end(work)

    def facts(self, state: State) -> list[Fact]:
        """Every fact that is kept, cluster by cluster; for looking into a hub."""
        found = (self._clusters.find(Overlay(state), id_) for id_, _ in state.scan(DUE))
        return [fact for cluster in found for fact in cluster.facts.values()]

    def _thaw(self, fact: Fact, work: Work) -> None:
        for id_ in self._connections.of(fact, work):
            self._frozen.thaw(work.state, id_)
            work.dirty[id_] = None

    def _rest(self, cluster: Cluster, work: Work) -> None:
        """Keep what came in, and do not look at it."""
        # as if it had never been looked at: what comes in now gets its receipt when it thaws
        cluster.evaluated_at, cluster.places = 0, None
        self._clusters.save(work.state, cluster, NEVER, held=False)
        self._schedule.put(cluster.id, NEVER, held=False)

    def _begin(self, state: State, now: Instant) -> Work:
        # `now` never goes back: a clock that is set back would make deadlines come undone
        self._latest = max(self._latest, now)
        notices = Notices(self._deployment.parties, self._handle, self._gauge, floor_in(state))
        return Work(Overlay(state), self._latest, notices, {})

    def _end(self, work: Work) -> Effects:
        if work.now // DAY_MS > self._swept_on:
            self._nodes.sweep(work.state, work.now, _SWEPT_AT_ONCE)
            self._swept_on = work.now // DAY_MS
        while work.dirty:
            id_ = next(iter(work.dirty))
            del work.dirty[id_]
            self._look_at(self._load(work.state, id_, work.now), work)
        self._clusters.save_texts(work.state)
        self._clusters.trim()
        work.state.put(META, NOW, work.now.to_bytes(8, "big", signed=True))
        wake_at = self._schedule.next_at()
        if wake_at is None or wake_at > work.now:
            self._note_all_seen(work)
        return Effects(work.state.changes, work.notices.emits, wake_at)

    def _note_all_seen(self, work: Work) -> None:
        """Everything was looked at under the agreement of today, and every view written."""
        if not self._digest_stored:
            work.state.put(META, AGREEMENTS, self._digest)
        if not self._views_stored:
            work.state.put(META, VIEWS, FORM)
        self._digest_stored = self._views_stored = True

    def _receive(self, fact: Fact, headers: Headers, work: Work) -> None:
        node = self._nodes.of_fact(fact)
        there = self._nodes.look(work.state, node)
        if self._latecomers.is_gone(fact, there, work):
            self._answer(work, fact, ReceiptStatus.DUPLICATE)
            return
        if there.cluster is not None and self._is_known(there.cluster, node, fact, work):
            return
        look, names = self._nodes.look, self._nodes.named_by(fact, node)
        named = {it: there if it is node else look(work.state, it) for it in names}
        is_late = any(it.mark is not None for it in named.values())
        if is_late and self._latecomers.is_refused(fact, named):
            self._latecomers.refuse(fact, named, work)
            self._answer(work, fact, ReceiptStatus.REFUSED, Slug.HOUSEHOLD_FORGOTTEN)
            return
        cluster = self._connections.gather(fact, named, work)
        cluster.put(node, fact)
        cluster.news.add(node, headers)
        cluster.arrived_at = work.now
        work.dirty[cluster.id] = None
        if is_late:
            self._latecomers.join(fact, work)

    def _receive_feed(self, fact: Fact, work: Work) -> None:
        if self._feeds.take(work.state, fact):
            work.dirty |= dict.fromkeys(sorted(self._schedule.held))
        self._answer(work, fact, ReceiptStatus.ACCEPTED)

    def _is_known(self, id_: bytes, node: bytes, fact: Fact, work: Work) -> bool:
        """Whether the fact is there already; the same again is a duplicate, other content is not
        an update."""
        if not self._clusters.exists(work.state, id_):
            return False
        cluster = self._load(work.state, id_, work.now)
        there = cluster.facts.get(node)
        if there is None:
            return False  # it was only named, by a correction that came first
        if there == fact or (fact.type == "lease-ended" and there == reduced(fact)):
            self._answer(work, fact, ReceiptStatus.DUPLICATE)
            return True
        unbound = cluster.unbound.get(node)
        if unbound is not None and unbound.refused:
            return False  # it went back to its publisher, who says it better now
        self._answer(work, fact, ReceiptStatus.REFUSED, Slug.CONFLICTING_DUPLICATE)
        return True

    def _load(self, state: Overlay, id_: bytes, now: Instant) -> Cluster:
        cluster = self._clusters.find(state, id_)
        if cluster.places is None:
            bound = self._evaluator.place(cluster, cluster.evaluated_at)
            if cluster.unbound or cluster.news.nodes:
                cluster.placed = None  # what waits may have a place by now: it is to be answered
            new = cluster.news.nodes
            cluster.places = {node: key for node, key in bound.items() if node not in new}
            if not self._views_stored:  # elsewhere, in another form, or by another key
                cluster.views = dict.fromkeys(cluster.views, b"")
        return cluster

    def _look_at(self, cluster: Cluster, work: Work) -> None:
        """Resolve and evaluate a cluster, tell its parties, save it, and put it on the schedule."""
        if cluster.id in self._frozen:
            self._rest(cluster, work)
            return
        if work.more and not (cluster.removed or cluster.joined_late):
            self._put_off(cluster, work)
            return
        outcome = self._evaluator.evaluate(cluster, work.state, work.notices, work.now)
        for alert_id in outcome.alerts:
            if alert_id not in cluster.connected:
                self._connections.connect_alert(cluster, alert_id, work)
        self._connections.disconnect_removed(cluster, work)
        for node, upto in outcome.marks:
            self._nodes.mark(work.state, node, upto, work.now)
        if outcome.rekey:
            self._clusters.rekey(cluster)
        if cluster.id in work.dirty:
            return  # joined with an act that waited: new to it until it is looked at once more
        cluster.news.clear()
        self._clusters.save(work.state, cluster, outcome.wake_at, held=outcome.held)
        if cluster.facts or cluster.alerts:
            self._schedule.put(cluster.id, outcome.wake_at, held=outcome.held)
        else:
            self._schedule.remove(cluster.id)

    def _put_off(self, cluster: Cluster, work: Work) -> None:
        """Keep what came in, and look at it as soon as the rest has come: what would be missing
        now may be in it (ADR 0015)."""
        held = cluster.id in self._schedule.held
        self._clusters.save(work.state, cluster, work.now, held=held)
        self._schedule.put(cluster.id, work.now, held=held)

    def _cluster_at(self, node: bytes, work: Work) -> Cluster | None:
        id_ = self._connections.find(work.state, node)
        return None if id_ is None else self._load(work.state, id_, work.now)

    def _answer(
        self, work: Work, fact: Fact, status: ReceiptStatus, problem: Slug | None = None
    ) -> None:
        name = receipt_id(self._keys, fact)
        work.notices.emits.append(receipt(name, fact, status, work.now, problem=problem))
