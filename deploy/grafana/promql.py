"""Queries to Prometheus, made of the families in `hub.telemetry.catalogue` and nothing else.

A family or label that is not there, a counter that is read as a level and a gauge that is given a
rate are errors while dashboards are made, not empty panels at night. What the processes of a hub
counted each by itself is added up; what each read of the hub is told alike by all, so the highest
counts (`Of`).
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from hub.telemetry.catalogue import FAMILIES
from hub.telemetry.family import Family, Kind, Of

# What a scrape adds. `hub` says which hub, `job` which role, `instance` which process of it.
TARGET: Final = ("hub", "job", "instance")
SHARD: Final = "$shard"
PARTY: Final = "$party"
# Over the time between two points of a graph; over all that the dashboard shows.
STEP: Final = "$__rate_interval"
RANGE: Final = "$__range"

_CHOSEN: Final = 'hub="$hub",job=~"$job",instance=~"$instance"'


class Series(Struct, frozen=True):
    """The series of one family that a query looks at."""

    family: Family
    where: str

    def named(self, ending: str = "") -> str:
        return f"{self.family.name}{ending}{{{self.where}}}"

    def by(self, labels: tuple[str, ...]) -> str:
        """How they are taken together."""
        known = (*self.family.labels, *TARGET)
        unknown = [it for it in labels if it not in known]
        if unknown:
            raise ValueError(f"{self.family.name} has no label {', '.join(unknown)}")
        return f" by ({', '.join(labels)})" if labels else ""

    @property
    def together(self) -> str:
        return "max" if self.family.of is Of.HUB else "sum"


def of(name: str, **where: str) -> Series:
    """The series of `seintje_<name>`. `where` a label is a word, a variable of the dashboard, or,
    with `=~` or `!=` before it, whatever fits or differs.

    KeyError: there is no such family. ValueError: it has no such label.
    """
    family = FAMILIES[f"seintje_{name}"]
    found = Series(family, ",".join([_CHOSEN, *(_matcher(*it) for it in where.items())]))
    found.by(tuple(where))
    return found


def rate(series: Series, *by: str) -> str:
    """How many a second."""
    return _over_time("rate", series, by, STEP)


def gained(series: Series, *by: str) -> str:
    """How many in each step of a graph."""
    return _over_time("increase", series, by, STEP)


def in_range(series: Series, *by: str) -> str:
    """How many in all the time that is shown."""
    return _over_time("increase", series, by, RANGE)


def level(series: Series, *by: str) -> str:
    """How much there is. ValueError: of an age, or of what is left, there is no sum; ask for the
    highest or the lowest."""
    if series.family.of not in (Of.PROCESS, Of.HUB):
        raise ValueError(f"{series.family.name} is not added up: it is the {series.family.of}")
    return _of_gauge(series.together, series, by)


def highest(series: Series, *by: str) -> str:
    """That of the process where it is most: ages, and whatever else adds up to nothing."""
    return _of_gauge("max", series, by)


def lowest(series: Series, *by: str) -> str:
    """That of the process where it is least."""
    return _of_gauge("min", series, by)


def ready(*by: str) -> str:
    """1 for a process that can do its work, 0 for one that cannot and for one that is not there
    any more: what is dead shows nothing, so only Prometheus knows of it (`up`)."""
    of_a_hub = f'{_CHOSEN},job!="seintje-connect"'
    gone = f"min{of('ready').by(by)} (up{{{of_a_hub}}} == 0)"
    return f"{lowest(of('ready'), *by)} or {gone}"


def raw(series: Series) -> str:
    """Series as they are, with all their labels: for what says something by its labels."""
    return highest(series, *series.family.labels, "instance")


def quantile(share: float, series: Series, *by: str, over: str = STEP) -> str:
    """Below which that share of what was timed stays."""
    _must(series, Kind.HISTOGRAM)
    series.by(by)
    together = f"sum by ({', '.join(('le', *by))})"
    return f"histogram_quantile({share:g}, {together} (rate({series.named('_bucket')}[{over}])))"


def buckets(series: Series) -> str:
    """How many came in each bucket in each step: for a heatmap."""
    _must(series, Kind.HISTOGRAM)
    return f"sum by (le) (increase({series.named('_bucket')}[{STEP}]))"


def timed(series: Series, *by: str) -> str:
    """How many were timed a second."""
    _must(series, Kind.HISTOGRAM)
    return f"sum{series.by(by)} (rate({series.named('_count')}[{STEP}]))"


def timed_in_range(series: Series, *by: str) -> str:
    """How many were timed in all the time that is shown."""
    _must(series, Kind.HISTOGRAM)
    return f"sum{series.by(by)} (increase({series.named('_count')}[{RANGE}]))"


def memory(*by: str) -> str:
    """Bytes of memory that processes have: a series of every program, not of ours."""
    return f"sum{of('ready').by(by)} (process_resident_memory_bytes{{{_CHOSEN}}})"


def cores(*by: str) -> str:
    """How many cores processes keep busy; see `memory`."""
    grown = f"rate(process_cpu_seconds_total{{{_CHOSEN}}}[{STEP}])"
    return f"sum{of('ready').by(by)} ({grown})"


def recorded(name: str) -> str:
    """What the recording rules in `deploy/prometheus` keep, by hub; a test knows their names."""
    return f'{name}{{hub="$hub"}}'


def share(part: str, whole: str) -> str:
    """A part of a whole; 0 of nothing, for then nothing went wrong."""
    return f"{part} / ({whole} > 0) or 0 * {whole}"


def some(query: str) -> str:
    """Only what is not 0: a table without empty rows."""
    return f"{query} > 0"


def most(count: int, query: str, in_all: str, *by: str) -> str:
    """Those of a query over time that have most in all the time that is shown. `topk` alone chooses
    anew for each point, and a graph then has any number of lines."""
    at_the_end = in_all.replace(f"[{RANGE}]", f"[{RANGE}] @ end()")
    return f"{query} and on ({', '.join(by)}) topk({count}, {at_the_end})"


def _over_time(function: str, series: Series, by: tuple[str, ...], over: str) -> str:
    _must(series, Kind.COUNTER)
    grown = f"{function}({series.named('_total')}[{over}])"
    return f"{series.together}{series.by(by)} ({grown})"


def _of_gauge(function: str, series: Series, by: tuple[str, ...]) -> str:
    _must(series, Kind.GAUGE)
    return f"{function}{series.by(by)} ({series.named()})"


def _must(series: Series, kind: Kind) -> None:
    if series.family.kind is not kind:
        raise ValueError(f"{series.family.name} is a {series.family.kind}, not a {kind}")


def _matcher(label: str, value: str) -> str:
    if value.startswith("$"):
        return f'{label}=~"{value}"'
    for operator in ("=~", "!="):
        if value.startswith(operator):
            return f'{label}{operator}"{value.removeprefix(operator)}"'
    return f'{label}="{value}"'
