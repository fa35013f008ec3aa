"""Instants, local dates and spans of time (agreement document, Time).

An instant is a whole number of milliseconds since 1970-01-01T00:00Z. Every calculation with days,
working days, months and years happens on the wall clock of Europe/Amsterdam: the same wall time n
dates later, months and years clamped to the end of the month, a time in the spring gap moved on by
the gap, a time in the autumn fold the first of the two.
"""

from __future__ import annotations

import calendar as gregorian
import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

Instant: TypeAlias = int  # milliseconds since the epoch, UTC
Unit: TypeAlias = Literal["d", "wd", "mo", "y"]

AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")
BEGINNING: Final[Instant] = -(1 << 62)  # before every instant
NEVER: Final[Instant] = 1 << 62  # after every instant
DAY_MS: Final = 86_400_000
HOUR_MS: Final = 3_600_000
MINUTE_MS: Final = 60_000

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_RFC3339: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_SPAN: Final = re.compile(r"(\d{1,4}) ?(d|wd|mo|y)", re.ASCII)


class Span(msgspec.Struct, frozen=True):
    """`n` days, working days, months or years on the wall clock."""

    n: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.n} {self.unit}"


class Calendar(msgspec.Struct, frozen=True):
    """The days on which nobody works besides Saturday and Sunday, as the agreement lists them."""

    holidays: frozenset[date]

    def is_working_day(self, day: date) -> bool:
        return day.weekday() < 5 and day not in self.holidays


def parse_span(text: str) -> Span:
    """`"14 d"`, `"5 wd"`, `"6 mo"`, `"1 y"`; ValueError says what is allowed."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise ValueError("a number and d, wd, mo or y, like `14 d`")
    return Span(int(found[1]), found[2])  # type: ignore[arg-type]  # the pattern allows no other


@lru_cache(maxsize=1 << 16)
def parse_instant(text: str) -> Instant:
    """RFC 3339 with an offset, or a bare date = 00:00 Europe/Amsterdam; ValueError otherwise."""
    if _DATE.fullmatch(text):
        return start_of_day(date.fromisoformat(text))
    if not _RFC3339.fullmatch(text):
        raise ValueError("a date, or a time with its offset, like 2026-01-31T10:00:00+01:00")
    # RFC 3339 allows a small t and z, which fromisoformat does not
    return (datetime.fromisoformat(text.upper()) - _EPOCH) // _MILLISECOND


@lru_cache(maxsize=1 << 16)
def format_instant(at: Instant) -> str:
    """UTC with milliseconds: `2026-01-31T23:00:00.000Z`."""
    whole, ms = divmod(at, 1000)
    return f"{(_EPOCH + timedelta(seconds=whole)):%Y-%m-%dT%H:%M:%S}.{ms:03d}Z"


@lru_cache(maxsize=1 << 16)
def local(at: Instant) -> datetime:
    """The wall clock of Europe/Amsterdam at `at`, naive."""
    return (_EPOCH + timedelta(milliseconds=at)).astimezone(AMSTERDAM).replace(tzinfo=None)


def local_date(at: Instant) -> date:
    """The date that Europe/Amsterdam has at `at`."""
    return local(at).date()


def local_month(at: Instant) -> str:
    """The local month of `at` as a rent period: `2026-01`."""
    return local(at).strftime("%Y-%m")


@lru_cache(maxsize=1 << 14)
def start_of_day(day: date) -> Instant:
    """00:00 Europe/Amsterdam of `day`."""
    return _instant_of(datetime(day.year, day.month, day.day))  # noqa: DTZ001  # wall time on purpose


def end_of_day(day: date) -> Instant:
    """00:00 of the next day: where a last day (`endDate`, `until`) ends."""
    return start_of_day(day + timedelta(days=1))


@lru_cache(maxsize=1 << 16)
def add(at: Instant, span: Span, calendar: Calendar) -> Instant:
    """The instant `span` after `at` on the wall clock."""
    wall = local(at)
    match span.unit:
        case "d":
            return _instant_of(wall + timedelta(days=span.n))
        case "wd":
            return _instant_of(datetime.combine(_working_day(wall, span.n, calendar), wall.time()))
        case "mo":
            return _instant_of(_plus_months(wall, span.n))
        case "y":
            return _instant_of(_plus_months(wall, 12 * span.n))


@lru_cache(maxsize=1 << 14)
def days_before(at: Instant, days: int) -> Instant:
    """The same wall time `days` dates earlier."""
    return _instant_of(local(at) - timedelta(days=days))


def _instant_of(wall: datetime) -> Instant:
    # fold=0 is the first of an ambiguous time, and moves a time in the gap on by the gap (PEP 495)
    moment = wall.replace(tzinfo=AMSTERDAM, fold=0).astimezone(UTC)
    return (moment - _EPOCH) // _MILLISECOND


def _working_day(wall: datetime, n: int, calendar: Calendar) -> date:
    day = wall.date()
    while n > 0:
        day += timedelta(days=1)
        n -= calendar.is_working_day(day)
    return day


def _plus_months(wall: datetime, months: int) -> datetime:
    years, month0 = divmod(wall.month - 1 + months, 12)
    year, month = wall.year + years, month0 + 1
    return wall.replace(
        year=year, month=month, day=min(wall.day, gregorian.monthrange(year, month)[1])
    )
