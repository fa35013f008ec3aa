"""What a process of a hub says of itself at `/metrics`, to ask by name and label.

Reads what was scraped, once; what is not in it is None or empty. Names are those of
`hub.telemetry.catalogue`, with `_total` where the exposition adds it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

_QUANTILE_LIMIT: Final = float("inf")

Labels = Mapping[str, str]


class Exposition:
    """One scrape."""

    def __init__(self, text: str) -> None:
        """ValueError: it is no exposition of Prometheus."""
        from prometheus_client.parser import text_string_to_metric_families

        self._samples: dict[str, list[tuple[Labels, float]]] = defaultdict(list)
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                self._samples[sample.name].append((sample.labels, sample.value))

    def total(self, name: str, **labels: str) -> float | None:
        """The sum of all series with these labels; None if there is none."""
        found = [value for _, value in self._of(name, labels)]
        return sum(found) if found else None

    def highest(self, name: str, **labels: str) -> float | None:
        """The highest of all series with these labels; None if there is none."""
        return max((value for _, value in self._of(name, labels)), default=None)

    def by(self, name: str, *labels: str) -> Mapping[tuple[str, ...], float]:
        """Sums by the values of these labels."""
        found: dict[tuple[str, ...], float] = defaultdict(float)
        for known, value in self._samples.get(name, ()):
            found[tuple(known.get(it, "") for it in labels)] += value
        return dict(found)

    def buckets(self, name: str) -> Sequence[tuple[float, float]]:
        """Upper ends of a histogram with how many are below them, all series together."""
        found: dict[float, float] = defaultdict(float)
        for labels, value in self._samples.get(f"{name}_bucket", ()):
            found[float(labels["le"])] += value
        return sorted(found.items())

    def _of(self, name: str, wanted: Labels) -> Iterator[tuple[Labels, float]]:
        for labels, value in self._samples.get(name, ()):
            if wanted.items() <= labels.items():
                yield labels, value


def quantile(buckets: Sequence[tuple[float, float]], part: float) -> float | None:
    """The value below which this part of a histogram lies, as Prometheus guesses it: evenly within
    a bucket. None: there is nothing in it; beyond the last end: that end."""
    if not buckets or buckets[-1][1] <= 0:
        return None
    rank, start, below = part * buckets[-1][1], 0.0, 0.0
    for end, count in buckets:
        if count >= rank and count > below:
            if end == _QUANTILE_LIMIT:
                return start
            return start + (end - start) * (rank - below) / (count - below)
        start, below = (end if end != _QUANTILE_LIMIT else start), count
    return start
