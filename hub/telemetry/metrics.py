"""Metrics: what a process of a hub counts of itself, in the words of what happens there.

Labels come from closed lists: types of the catalogue, slugs, rules of the agreement; no party but
its id, no household. What the read model counts is counted there and only shown here, so it
survives a restart. Every family stands in `hub.telemetry.catalogue`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hub.domain.facts import CATALOGUE
from hub.domain.refusals import Slug
from hub.telemetry.board import Asked, Board
from hub.telemetry.family import Role

OTHER: Final = "other"
OUTCOMES: Final = ("accepted", "duplicate", "refused")
SHARDS: Final = ("facts", "region-facts")


class Metrics:
    """The metrics of one process of this role."""

    def __init__(self, role: Role) -> None:
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

    def answered(self, route: str, status: int, took: float) -> None:
        """A request was answered; `route` is its template, `took` in seconds."""
        self._requests.labels(route, f"{status // 100}xx").observe(took)

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

    def add(self, asked: Asked) -> None:
        """What is counted elsewhere too, asked at each scrape (`hub.telemetry.board`)."""
        self._board.add(asked)

    def exposition(self, *, is_ready: bool) -> bytes:
        """Everything as Prometheus reads it."""
        self._ready.set(is_ready)
        return self._board.exposition()

    def _start_series(self) -> None:
        """A series that begins at its first event hides that event from a rate."""
        for name in (*CATALOGUE, OTHER):
            for outcome in OUTCOMES:
                self._facts.labels(name, outcome)
        for slug in Slug:
            self._refusals.labels(slug.value)
        for shard in SHARDS:
            for counter in (self._batches, self._records, self._ticks, self._restarts):
                counter.labels(shard)
        for group in ("regular", OTHER):
            self._other_tenants.labels(group)
