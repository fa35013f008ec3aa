"""Metrics: what a process of a hub counts of itself, in the words of what happens there.

Labels come from closed lists: types of the catalogue, slugs, rules of the agreement; no party but
its id, no household. What the read model counts is counted there and only shown here, so it
survives a restart. Every family stands in `hub.telemetry.catalogue`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hub import __version__
from hub.domain.facts import CATALOGUE
from hub.domain.refusals import Slug
from hub.telemetry.board import Asked, Board
from hub.telemetry.family import Role

OTHER: Final = "other"
OUTCOMES: Final = ("accepted", "duplicate", "refused")
SHARDS: Final = ("facts", "region-facts")
IN: Final = "in"  # what parties write to their topics, until intake has taken it in
TRANSACTIONS: Final = ("committed", "aborted", "unknown")


class Metrics:
    """The metrics of one process of this role."""

    def __init__(self, role: Role) -> None:
        self.role = role
        self._board = board = Board(role)
        self._facts = board.counter("seintje_facts")
        self._refusals = board.counter("seintje_refusals")
        self._unknown = board.counter("seintje_unknown_codes")
        self._dropped = board.counter("seintje_dropped_attributes")
        self._other_tenants = board.counter("seintje_other_tenants")
        self._batches = board.counter("seintje_batches")
        self._records = board.counter("seintje_records")
        self._ticks = board.counter("seintje_ticks")
        self._restarts = board.counter("seintje_shard_restarts")
        self._requests = board.histogram("seintje_http_request_seconds")
        self._declined = board.counter("seintje_http_declined")
        self._streams = board.gauge("seintje_event_streams")
        self._ready = board.gauge("seintje_ready")
        self._agreements = board.gauge("seintje_agreement_info")
        self._transactions = board.counter("seintje_transactions")
        self._fences = board.counter("seintje_fences")
        self._restores = board.histogram("seintje_restore_seconds")
        self._restored = board.counter("seintje_restored_records")
        self._webhooks = board.histogram("seintje_webhook_seconds")
        self._hosted = board.counter("seintje_faust")
        self._views = board.histogram("seintje_fact_to_view_seconds")
        self._start_series()

    def offered(self, fact_type: str, outcome: str, reason: Slug | None = None) -> None:
        """A fact was offered to intake; `reason` if it was refused."""
        known = fact_type if fact_type in CATALOGUE else OTHER
        self._facts.labels(known, outcome).inc()
        if reason is not None:
            self._refusals.labels(reason.value).inc()

    def unknown_codes(self, fact_type: str, found: int) -> None:
        self._unknown.labels(fact_type).inc(found)

    def dropped_attributes(self, found: int) -> None:
        self._dropped.inc(found)

    def other_tenant(self, *, is_regular: bool) -> None:
        """A lease that was reduced; `regular`, or a target group that nobody agreed on."""
        self._other_tenants.labels("regular" if is_regular else OTHER).inc()

    def turned(self, shard: str, records: int, *, ticked: bool) -> None:
        """A turn of the loop over a shard."""
        if records:
            self._batches.labels(shard).inc()
            self._records.labels(shard).inc(records)
        if ticked:
            self._ticks.labels(shard).inc()

    def restarted(self, shard: str) -> None:
        self._restarts.labels(shard).inc()

    def transacted(self, shard: str, outcome: str) -> None:
        """A transaction of Kafka ended; how, of `TRANSACTIONS`."""
        self._transactions.labels(shard, outcome).inc()

    def fenced(self, shard: str) -> None:
        """A shard was lost to another process."""
        self._fences.labels(shard).inc()

    def restored(self, shard: str, records: int, took: float) -> None:
        """A shard was taken over, with so many records read, in so many seconds."""
        self._restored.labels(shard).inc(records)
        self._restores.labels(shard).observe(took)

    def hosted(self, event: str, times: int = 1) -> None:
        """Faust counted something."""
        self._hosted.labels(event).inc(times)

    def viewed(self, ages: Iterable[float]) -> None:
        """What became of facts can be read; each after so many seconds."""
        for age in ages:
            self._views.observe(age)

    def delivered(self, took: float) -> None:
        """A receiver was called, and that took so many seconds."""
        self._webhooks.observe(took)

    def knows(self, agreement: str, version: str) -> None:
        """An agreement was read."""
        self._agreements.labels(agreement, version).set(1)

    def answered(self, route: str, status: int, took: float) -> None:
        """A request was answered; `route` is its template, `took` in seconds."""
        self._requests.labels(route, f"{status // 100}xx").observe(took)

    def may_answer(self, route: str) -> None:
        """A route of which the first answers count too, the bad ones before all."""
        for status in ("2xx", "4xx", "5xx"):
            self._requests.labels(route, status)

    def may_decline(self, reasons: Iterable[str]) -> None:
        """Why requests can be declined: all there is."""
        for reason in reasons:
            self._declined.labels(reason)

    def declined(self, reason: str) -> None:
        """A request was declined, for one of the reasons that there are."""
        self._declined.labels(reason).inc()

    def streams(self, change: int) -> None:
        """So many more event streams are open."""
        self._streams.inc(change)

    def add(self, *asked: Asked) -> None:
        """What is counted elsewhere too, asked at each scrape (`hub.telemetry.board`)."""
        for it in asked:
            self._board.add(it)

    def exposition(self, *, is_ready: bool) -> bytes:
        """Everything as Prometheus reads it."""
        self._ready.set(is_ready)
        return self._board.exposition()

    def _start_series(self) -> None:
        """A series that begins at its first event hides that event from a rate."""
        role = self._board.role
        self._board.gauge("seintje_build_info").labels(__version__, role.value).set(1)
        for name in (*CATALOGUE, OTHER):
            for outcome in OUTCOMES:
                self._facts.labels(name, outcome)
            self._unknown.labels(name)
        for slug in Slug:
            self._refusals.labels(slug.value)
        for shard in SHARDS:
            for counter in (self._batches, self._records, self._ticks, self._restarts):
                counter.labels(shard)
        for group in ("regular", OTHER):
            self._other_tenants.labels(group)
        if role is Role.WORKER:
            self._start_series_of_worker()

    def _start_series_of_worker(self) -> None:
        for shard in SHARDS:
            for outcome in TRANSACTIONS:
                self._transactions.labels(shard, outcome)
            for one in (self._fences, self._restored, self._restores):
                one.labels(shard)
        for counter in (self._batches, self._records):
            counter.labels(IN)
