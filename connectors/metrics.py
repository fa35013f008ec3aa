"""What Prometheus sees of a connector. Labels come from closed lists: the names of its own sources,
sinks and errands, and outcomes; no party, no household."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import generate_latest

from connectors.kept import Kept
from connectors.seam import Connector
from hub import __version__
from hub.domain.time import Instant

OUTCOMES: Final = ("accepted", "duplicate", "refused")
RECEIPTS: Final = "receipts"
_MILLIS: Final = 1000


def parts_of(connector: Connector) -> list[str]:
    """Everything that works by itself, by name; `hub` is the way there,
    `receipts` what becomes of what went it."""
    names = [it.name for it in connector.sources] + [it.name for it in connector.sinks]
    return [*names, *(it.name for it in connector.errands), "hub", RECEIPTS]


class Metrics:
    """The metrics of one connector, in a registry of their own."""

    def __init__(self, kept: Kept) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has no type for it
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        info = Gauge(
            "seintje_build_info",
            "1; the version that runs.",
            ("version", "role"),
            registry=self._registry,
        )
        info.labels(__version__, "connect").set(1)
        self._records = self._counter("records", "Things read, by source.", "source", "outcome")
        self._facts = self._counter("facts", "Facts published, as the hub answered.", "outcome")
        self._delivered = self._counter("delivered", "Alerts delivered.", "sink", "outcome")
        self._failures = self._counter("failures", "Attempts that failed.", "part", "reason")
        self._worked = self._gauge(
            "last_success_timestamp_seconds", "When a part last worked, since 1970.", "part"
        )
        self._asked("waiting_facts", "Facts on their way to the hub.", kept.outbox.count_waiting)
        self._asked("dead_letters", "What could not be read, said or delivered.", kept.count_dead)
        self._asked(
            "inbox", "What the other side brought and was not read yet.", kept.inbox.waiting
        )

    def start(self, connector: Connector) -> None:
        """Every series at zero: one that begins at its first event hides that event from a rate."""
        for source in connector.sources:
            for outcome in ("mapped", "unmapped"):
                self._records.labels(source.name, outcome)
        for sink in connector.sinks:
            for outcome in ("delivered", "undeliverable"):
                self._delivered.labels(sink.name, outcome)
        for outcome in OUTCOMES:
            self._facts.labels(outcome)
        for part in parts_of(connector):
            for reason in ("unavailable", "misconfigured"):
                self._failures.labels(part, reason)

    def read(self, source: str, mapped: int, unmapped: int) -> None:
        self._records.labels(source, "mapped").inc(mapped)
        self._records.labels(source, "unmapped").inc(unmapped)

    def published(self, outcome: str) -> None:
        self._facts.labels(outcome).inc()

    def delivered(self, sink: str, *, undeliverable: bool = False) -> None:
        self._delivered.labels(sink, "undeliverable" if undeliverable else "delivered").inc()

    def failed(self, part: str, reason: str) -> None:
        self._failures.labels(part, reason).inc()

    def worked(self, part: str, now: Instant) -> None:
        self._worked.labels(part).set(now / _MILLIS)

    def exposition(self) -> bytes:
        """Everything as Prometheus reads it."""
        return generate_latest(self._registry)

    def _counter(self, name: str, told: str, *labels: str) -> Counter:
        return Counter(f"seintje_connector_{name}", told, labels, registry=self._registry)

    def _gauge(self, name: str, told: str, *labels: str) -> Gauge:
        return Gauge(f"seintje_connector_{name}", told, labels, registry=self._registry)

    def _asked(self, name: str, told: str, count: Callable[[], int]) -> None:
        """A gauge that is asked at each scrape."""
        self._gauge(name, told).set_function(count)
