"""What happened to a household as a drawing: when each thing was, and how long each alert lasted.

Only geometry: places on a canvas, in its own units. What is drawn there is the template's, what
colour it has the stylesheet's; the same things stand in a table below it for whoever cannot see it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from msgspec import Struct

from hub.domain.time import DAY_MS, Instant, local_date, start_of_day

WIDTH: Final = 960
LEFT: Final = 150  # where the names of the lanes stand
RIGHT: Final = 24
LANE: Final = 44
TOP: Final = 34
LANES: Final = ("corporatie", "gemeente", "other", "answers")

_MOST_TICKS: Final = 12


class Happened(Struct, frozen=True):
    """One moment of a household. `lane` is the side that it belongs to."""

    at: Instant
    lane: str
    kind: str
    text: str


class Lasted(Struct, frozen=True):
    """An alert from when until when; `until` None: it still lasts."""

    since: Instant
    until: Instant | None
    severity: str
    text: str


class Dot(Struct, frozen=True):
    x: int
    y: int
    kind: str
    text: str


class Bar(Struct, frozen=True):
    x: int
    y: int
    width: int
    severity: str
    text: str


class Tick(Struct, frozen=True):
    """A date below which a line is drawn; `day` 0: it is about the month."""

    x: int
    day: int
    month: int
    year: int


class Lane(Struct, frozen=True):
    name: str
    y: int


class Drawing(Struct, frozen=True):
    """Everything on the canvas. `now_x` None: the present is not on it."""

    height: int
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    dots: tuple[Dot, ...]
    bars: tuple[Bar, ...]
    now_x: int


def drawn(moments: Sequence[Happened], alerts: Sequence[Lasted], now: Instant) -> Drawing | None:
    """The drawing of these, from the first of them until now; None if there is nothing to draw."""
    if not moments and not alerts:
        return None
    starts = [*(it.at for it in moments), *(it.since for it in alerts)]
    scale = _Scale(min(starts), max(now, *starts))
    names = [
        it
        for it in ("corporatie", "gemeente", "other", "answers")
        if it in {m.lane for m in moments}
    ]
    lanes = tuple(Lane(name, TOP + LANE * place + LANE // 2) for place, name in enumerate(names))
    height_of = {lane.name: lane.y for lane in lanes}
    below = TOP + LANE * len(lanes)
    bars = tuple(
        _bar(it, scale, below + 22 * row + 8, now) for row, it in enumerate(_by_start(alerts))
    )
    return Drawing(
        height=below + 22 * len(bars) + 16,
        lanes=lanes,
        ticks=tuple(_ticks(scale)),
        dots=tuple(Dot(scale.x(it.at), height_of[it.lane], it.kind, it.text) for it in moments),
        bars=bars,
        now_x=scale.x(now),
    )


class _Scale(Struct, frozen=True):
    """Instants to places; a margin of two days keeps marks off the edge."""

    first: Instant
    last: Instant

    def x(self, at: Instant) -> int:
        begin, end = self.first - 2 * DAY_MS, self.last + 2 * DAY_MS
        return LEFT + (at - begin) * (WIDTH - LEFT - RIGHT) // (end - begin)


def _bar(alert: Lasted, scale: _Scale, y: int, now: Instant) -> Bar:
    x = scale.x(alert.since)
    end = scale.x(now if alert.until is None else alert.until)
    return Bar(x, y, max(end - x, 6), alert.severity, alert.text)


def _by_start(alerts: Iterable[Lasted]) -> list[Lasted]:
    return sorted(alerts, key=lambda it: it.since)


def _ticks(scale: _Scale) -> Iterator[Tick]:
    """Mondays where there are few; else the first of each month, or of every few."""
    begin, end = local_date(scale.first), local_date(scale.last)
    if (end - begin).days <= 7 * _MOST_TICKS // 2:
        monday = begin - timedelta(days=begin.weekday())
        while (monday := monday + timedelta(days=7)) <= end:
            yield Tick(scale.x(start_of_day(monday)), monday.day, monday.month, monday.year)
        return
    first, last = begin.year * 12 + begin.month, end.year * 12 + end.month - 1
    for number in range(first, last + 1, -(-(last - first + 1) // _MOST_TICKS)):
        year, month0 = divmod(number, 12)
        yield Tick(scale.x(start_of_day(date(year, month0 + 1, 1))), 0, month0 + 1, year)
