"""The wall clock of the region, as whole numbers.

A day is its proleptic ordinal; a `Wall` is day × 86 400 + seconds on the clock of
Europe/Amsterdam. Nothing happens between midnight and four, when that clock is changed; a wall at
midnight itself is a bare date.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final, TypeAlias

from hub.domain.time import AMSTERDAM, Instant
from hub.simulation.chance import Chance

Day: TypeAlias = int
Wall: TypeAlias = int

DAY: Final = 86_400
HOUR: Final = 3_600
MINUTE: Final = 60
_EPOCH_DAY: Final[Day] = date(1970, 1, 1).toordinal()


def midnight(day: Day) -> Wall:
    """The bare date."""
    return day * DAY


def office(day: Day, chance: Chance) -> Wall:
    """A moment in office hours of `day`, or of the Monday after a weekend."""
    weekday = (day + 6) % 7  # day 1 was a Monday
    working_day = day + 7 - weekday if weekday > 4 else day
    return working_day * DAY + chance.between(17, 33) * 1800 + chance.between(0, 29) * MINUTE


def shifted(day: Day, months: int) -> Day:
    """The first of the month so many months on."""
    found = date.fromordinal(day)
    month = found.year * 12 + found.month - 1 + months
    return date(month // 12, month % 12 + 1, 1).toordinal()


@lru_cache(maxsize=1 << 12)
def date_text(day: Day) -> str:
    """`2026-01-31`"""
    return date.fromordinal(day).isoformat()


def period(day: Day) -> str:
    """The rent period that a day is in: `2026-01`."""
    return date_text(day)[:7]


def local_text(wall: Wall) -> str:
    """`2026-01-31T10:00:00+01:00`, and at midnight `2026-01-31`."""
    day, seconds = divmod(wall, DAY)
    if not seconds:
        return date_text(day)
    return f"{date_text(day)}T{_clock(seconds)}+0{_offset_hours(day)}:00"


def utc_text(wall: Wall) -> str:
    """`2026-01-31T09:00:00Z`"""
    day, seconds = divmod(wall - _offset_hours(wall // DAY) * HOUR, DAY)
    return f"{date_text(day)}T{_clock(seconds)}Z"


def instant(wall: Wall) -> Instant:
    """Milliseconds since 1970, UTC."""
    return (wall - _EPOCH_DAY * DAY - _offset_hours(wall // DAY) * HOUR) * 1000


def _clock(seconds: int) -> str:
    minutes, second = divmod(seconds, MINUTE)
    return f"{_minute_text(minutes)}:{second:02d}"


@lru_cache(maxsize=1 << 11)
def _minute_text(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@lru_cache(maxsize=1 << 12)
def _offset_hours(day: Day) -> int:
    noon = datetime.combine(date.fromordinal(day), datetime.min.time(), AMSTERDAM)
    offset = (noon + timedelta(hours=12)).utcoffset()
    assert offset is not None
    return offset // timedelta(hours=1)
