"""Metrics: what a hub counts of itself.

They are of one hub: they belong to a registry that is made with it. Labels come from closed lists:
types of the catalogue, slugs, rules of the agreement; no party but its id, no household. What the
read model counts is counted there and only shown here, so it survives a restart. Every family
stands in `hub.telemetry.catalogue`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from hub.domain.facts import CATALOGUE
from hub.domain.refusals import Slug

OTHER: Final = "other"
OUTCOMES: Final = ("accepted", "duplicate", "refused")
SHARDS: Final = ("facts", "region-facts")


class Counts(NamedTuple):
    """What the read model and the store know at this moment, for the metrics."""

    open_alerts: Mapping[tuple[str, str], int]  # by rule and severity
    held: Mapping[str, int]  # by reason
    dead_letters: Mapping[str, int]  # by reason
    receipts: Mapping[str, int]  # by status
    disclosures: int
    oldest_unprocessed: Mapping[str, float]  # seconds, by shard
    reading_behind: float | None = None  # seconds; None: it is filled as facts are processed


class Metrics:
    """The metrics of one hub. `counts` is asked at each scrape."""

    def __init__(self, counts: Callable[[], Counts]) -> None:
        self._registry = _registry_of(counts)
        self._facts = self._counter("seintje_facts", "Facts offered.", "type", "outcome")
        self._refusals = self._counter("seintje_refusals", "Facts refused at intake.", "reason")
        self._unknown = self._counter("seintje_unknown_codes", "Codes in no list.", "type")
        self._dropped = self._counter("seintje_dropped_attributes", "Unknown attributes dropped.")
        self._other_tenants = self._counter(
            "seintje_other_tenants", "Leases of others than vergunninghouders.", "group"
        )
        self._batches = self._counter("seintje_batches", "Batches committed.", "shard")
        self._records = self._counter("seintje_records", "Records processed.", "shard")
        self._ticks = self._counter("seintje_ticks", "Ticks committed.", "shard")
        self._restarts = self._counter("seintje_shard_restarts", "Shards reopened.", "shard")
        self._requests = Histogram(
            "seintje_http_request_seconds",
            "Time to answer a request.",
            ("route", "status"),
            registry=self._registry,
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 40),
        )
        self._declined = self._counter("seintje_http_declined", "Requests declined.", "reason")
        self._streams = self._gauge("seintje_event_streams", "Event streams that are open.")
        self._ready = self._gauge("seintje_ready", "1 if facts are accepted.")
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

    def add(self, figures: Collector) -> None:
        """What is counted elsewhere too, asked at each scrape."""
        self._registry.register(figures)

    def exposition(self, *, is_ready: bool) -> bytes:
        """Everything as Prometheus reads it."""
        self._ready.set(is_ready)
        return generate_latest(self._registry)

    def _counter(self, name: str, told: str, *labels: str) -> Counter:
        return Counter(name, told, labels, registry=self._registry)

    def _gauge(self, name: str, told: str) -> Gauge:
        return Gauge(name, told, registry=self._registry)

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


def _registry_of(counts: Callable[[], Counts]) -> CollectorRegistry:
    # Of the whole process: those series would be half of all, and say little.
    disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has no type for it
    registry = CollectorRegistry()
    registry.register(_Counted(counts))
    return registry


EXPOSITION: Final = CONTENT_TYPE_LATEST


class _Counted:
    """What is counted elsewhere, asked when somebody looks."""

    def __init__(self, counts: Callable[[], Counts]) -> None:
        self._counts = counts

    def describe(self) -> Iterable[Metric]:
        return ()  # or the registry would ask for counts while the hub is being made

    def collect(self) -> Iterable[Metric]:
        counts = self._counts()
        yield _gauge(
            "seintje_open_alerts",
            "Alerts that are open, acknowledged or agreed.",
            ("rule", "severity"),
            counts.open_alerts,
        )
        yield _gauge("seintje_held", "Notices held back.", ("reason",), _single(counts.held))
        yield _counter(
            "seintje_dead_letters",
            "Records that could not be processed.",
            ("reason",),
            _single({slug.value: 0 for slug in Slug} | dict(counts.dead_letters)),
        )
        yield _counter("seintje_receipts", "Receipts.", ("status",), _single(counts.receipts))
        yield _counter("seintje_disclosures", "Disclosures.", (), {(): counts.disclosures})
        yield _gauge(
            "seintje_oldest_unprocessed_seconds",
            "Age of the oldest fact that is not correlated yet.",
            ("shard",),
            _single(counts.oldest_unprocessed),
        )
        if counts.reading_behind is not None:
            yield _behind(counts.reading_behind)


_Rows: TypeAlias = Mapping[tuple[str, ...], float]


def _behind(seconds: float) -> Metric:
    told = "For how long there has been something that is not in the read model."
    return _gauge("seintje_reading_behind_seconds", told, (), {(): seconds})


def _single(counts: Mapping[str, float]) -> _Rows:
    return {(name,): count for name, count in counts.items()}


def _gauge(name: str, told: str, labels: Sequence[str], rows: Any) -> Metric:
    family = GaugeMetricFamily(name, told, labels=labels)
    for values, count in rows.items():
        family.add_metric(values, count)
    return family


def _counter(name: str, told: str, labels: Sequence[str], rows: Any) -> Metric:
    family = CounterMetricFamily(name, told, labels=labels)
    for values, count in rows.items():
        family.add_metric(values, count)
    return family
