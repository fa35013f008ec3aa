"""The metrics of one process as Prometheus reads them, each made of its family in the catalogue.

It is of one hub, not of the interpreter: its registry is made with it. Some families are counted
here, others are told by whoever knows them when somebody looks. Never a name, a label or a help
that does not stand in the catalogue, and never a family of another role.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

import structlog
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from hub.errors import Bug, Unavailable
from hub.telemetry.catalogue import FAMILIES
from hub.telemetry.family import Family, Kind, Role

EXPOSITION: Final = CONTENT_TYPE_LATEST

# The value of each series of a family, by the values of its labels in their order.
Rows: TypeAlias = Mapping[tuple[str, ...], float]
# Rows by the name of their family.
Shown: TypeAlias = Mapping[str, Rows]
# Asked at each scrape, on the thread that answers it: it must be quick. Unavailable: not now, and
# what it would have told is left out; so it is of one that fails.
Asked: TypeAlias = Callable[[], Shown]


def by_one(counts: Mapping[str, float]) -> Rows:
    """Rows of a family with one label."""
    return {(value,): count for value, count in counts.items()}


_log = structlog.get_logger("seintje.metrics")


class Board:
    """What a process of this role shows."""

    def __init__(self, role: Role) -> None:
        # Of the whole interpreter: those series would be half of all, and say little.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has no type for it
        self.role = role
        self._registry = CollectorRegistry()
        self._asked: list[Asked] = []
        self._registry.register(_Told(role, self._asked))
        ProcessCollector(registry=self._registry)

    def counter(self, name: str) -> Counter:
        """A counter to count with. One that this role does not show counts for nobody."""
        family = _family(name, Kind.COUNTER)
        return Counter(name, family.told, family.labels, registry=self._registry_of(family))

    def gauge(self, name: str) -> Gauge:
        """A gauge to set; see `counter`."""
        family = _family(name, Kind.GAUGE)
        return Gauge(name, family.told, family.labels, registry=self._registry_of(family))

    def histogram(self, name: str) -> Histogram:
        """A histogram to observe with; see `counter`."""
        family = _family(name, Kind.HISTOGRAM)
        return Histogram(
            name,
            family.told,
            family.labels,
            registry=self._registry_of(family),
            buckets=family.buckets,
        )

    def add(self, asked: Asked) -> None:
        """What is counted elsewhere too. Several may tell rows of one family."""
        self._asked.append(asked)

    def exposition(self) -> bytes:
        """Everything as Prometheus reads it, in its text format."""
        return generate_latest(self._registry)

    def _registry_of(self, family: Family) -> CollectorRegistry | None:
        return self._registry if self.role in family.roles else None


class _Told(Collector):
    """What others tell, when somebody looks."""

    def __init__(self, role: Role, asked: Iterable[Asked]) -> None:
        self._role = role
        self._asked = asked

    def describe(self) -> Iterable[Metric]:
        return ()  # or the registry would ask while the hub is being made

    def collect(self) -> Iterable[Metric]:
        found: defaultdict[str, dict[tuple[str, ...], float]] = defaultdict(dict)
        for ask in self._asked:
            try:
                told = ask()
            except Unavailable as away:
                # All else is worth knowing, now more than ever.
                _log.warning("some metrics are left out", says=str(away))
                continue
            except Exception:  # nothing is swallowed: it is told, and shown by what is missing
                _log.exception("some metrics are left out")
                continue
            for name, rows in told.items():
                found[name].update(rows)
        for name, rows in found.items():
            yield self._metric(name, rows)

    def _metric(self, name: str, rows: Rows) -> Metric:
        family = _family(name)
        if self._role not in family.roles:
            raise Bug(f"{name} is not shown by {self._role} (hub.telemetry.catalogue)")
        made: CounterMetricFamily | GaugeMetricFamily
        if family.kind is Kind.COUNTER:
            made = CounterMetricFamily(name, family.told, labels=family.labels)
        else:
            made = GaugeMetricFamily(name, family.told, labels=family.labels)
        for values, count in rows.items():
            made.add_metric(values, count)
        return made


def _family(name: str, kind: Kind | None = None) -> Family:
    family = FAMILIES[name]
    if kind is not None and family.kind is not kind:
        raise Bug(f"{name} is a {family.kind} (hub.telemetry.catalogue)")
    return family
