"""Figures of a hub out of those of its processes, at two moments: the last look and the one before.

What a process counted by itself is added up; what it read of the hub is told alike by each of its
kind, so the highest is taken (`Family.of`). Rates are of what was counted between the two looks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from hub.cli.exposition import Exposition, quantile
from hub.cli.pages import Pages
from hub.telemetry.catalogue import FAMILIES
from hub.telemetry.family import Of

Rows: TypeAlias = Mapping[tuple[str, ...], float]
Buckets: TypeAlias = Sequence[tuple[float, float]]

_AT_ONCE: Final = 0.001  # seconds; two looks are never at one moment


class Figures:
    """What the processes of a hub tell, together; None or empty where none tells it."""

    def __init__(self, now: Sequence[Pages], before: Sequence[Pages] = ()) -> None:
        earlier = {it.url: it for it in before if it.figures is not None}
        self._now = [it.figures for it in now if it.figures is not None]
        # one that has just come back has nothing to be compared with
        self._pairs: list[tuple[Exposition, Exposition, float]] = []
        for it in now:
            was = earlier.get(it.url)
            if it.figures is not None and was is not None and was.figures is not None:
                seconds = max((it.at - was.at) / 1000, _AT_ONCE)
                self._pairs.append((it.figures, was.figures, seconds))

    def by(self, name: str, *labels: str) -> Rows:
        """By the values of these labels."""
        family = FAMILIES[name.removesuffix("_total")]
        merge: Callable[[float, float], float] = max if family.of is Of.HUB else float.__add__
        return _merged((it.by(name, *labels) for it in self._now), merge)

    def highest(self, name: str, *labels: str) -> Rows:
        """The same of what is no count: the highest that a process tells."""
        return _merged((it.by(name, *labels) for it in self._now), max)

    def most(self, name: str) -> float | None:
        """The highest of all series."""
        return max(self.highest(name, *FAMILIES[name].labels).values(), default=None)

    def least(self, name: str) -> float | None:
        """The lowest of all series."""
        labels = FAMILIES[name].labels
        found = [value for it in self._now for value in it.by(name, *labels).values()]
        return min(found, default=None)

    def total(self, name: str) -> float | None:
        """All series together."""
        found = self.by(name)
        return sum(found.values()) if found else None

    def rate(self, name: str, *labels: str) -> Rows:
        """How many a second, by these labels; empty at the first look."""
        found: list[Rows] = []
        for now, before, seconds in self._pairs:
            was = before.by(name, *labels)
            # less than before: it was started anew, and counts from nothing
            found.append(
                {
                    it: (value - was.get(it, 0.0) if value >= was.get(it, 0.0) else value) / seconds
                    for it, value in now.by(name, *labels).items()
                }
            )
        return _merged(found, float.__add__)

    def quantile(self, name: str, part: float) -> float | None:
        """Of what came since the last look; where nothing did, of all until now."""
        since: dict[float, float] = {}
        for now, before, _ in self._pairs:
            was = dict(before.buckets(name))
            for end, count in now.buckets(name):
                since[end] = since.get(end, 0.0) + max(count - was.get(end, 0.0), 0.0)
        found = quantile(sorted(since.items()), part)
        if found is not None:
            return found
        every: dict[float, float] = {}
        for one in self._now:
            for end, count in one.buckets(name):
                every[end] = every.get(end, 0.0) + count
        return quantile(sorted(every.items()), part)


def _merged(found: Iterable[Rows], merge: Callable[[float, float], float]) -> Rows:
    merged: dict[tuple[str, ...], float] = {}
    for rows in found:
        for labels, value in rows.items():
            merged[labels] = merge(merged[labels], value) if labels in merged else value
    return merged
