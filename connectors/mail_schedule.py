"""When mail may go to a recipient: on the wall clock of Europe/Amsterdam, and never in quiet hours.

Pure: `now` is handed in. Moments are instants, so a night that is an hour longer or shorter is
neither told twice nor left out: a time in the spring gap moves on by the gap, one in the autumn
fold is the first of the two (hub.domain.time).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from msgspec import Struct

from hub.domain.time import AMSTERDAM, Instant, local_date

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
# A slot may move into the next day by quiet hours, and a weekend has none: this reaches over both.
_AROUND: Final = range(-2, 6)


class Quiet(Struct, frozen=True):
    """Every day from one time until another, over midnight if that is earlier."""

    begin: time
    until: time


class Schedule(Struct, frozen=True):
    """At which times of the day, on which days, and when never."""

    times: tuple[time, ...]
    working_days: bool = True
    quiet: Quiet | None = None


def next_at(schedule: Schedule, now: Instant) -> Instant:
    """The first moment after `now` at which it is time; what falls in quiet hours, at their end."""
    today = local_date(now)
    slots = (
        after_quiet(schedule, _instant(day, at))
        for day in (today + n * _DAY for n in _AROUND)
        if _is_day(schedule, day)
        for at in schedule.times
    )
    return min(slot for slot in slots if slot > now)


def last_at(schedule: Schedule, after: Instant, now: Instant) -> Instant | None:
    """The latest such moment in (after, now]; whatever was missed before it is not made up for."""
    found, slot = None, next_at(schedule, max(after, now - _WEEK_MS))
    while slot <= now:
        found, slot = slot, next_at(schedule, slot)
    return found


def free_at(schedule: Schedule, at: Instant) -> Instant:
    """The first moment from `at` on that is on one of its days, and not in quiet hours."""
    day = local_date(at)
    if not _is_day(schedule, day):
        while not _is_day(schedule, day):
            day += _DAY
        return free_at(schedule, _instant(day, time()))
    free = after_quiet(schedule, at)
    return free if _is_day(schedule, local_date(free)) else free_at(schedule, free)


def after_quiet(schedule: Schedule, at: Instant) -> Instant:
    """`at`, or the end of the quiet hours in which it lies."""
    if schedule.quiet is None:
        return at
    return next((end for begin, end in _quiet(schedule.quiet, at) if begin <= at < end), at)


def _quiet(quiet: Quiet, at: Instant) -> Iterator[tuple[Instant, Instant]]:
    today, days = local_date(at), 1 if quiet.until <= quiet.begin else 0
    for day in (today - _DAY, today):
        yield _instant(day, quiet.begin), _instant(day + days * _DAY, quiet.until)


def _is_day(schedule: Schedule, day: date) -> bool:
    return not schedule.working_days or day.weekday() < _SATURDAY


def _instant(day: date, at: time) -> Instant:
    wall = datetime.combine(day, at, tzinfo=AMSTERDAM)  # fold=0: see above
    return (wall.astimezone(UTC) - _EPOCH) // _MILLISECOND


_WEEK_MS: Final = 7 * 86_400_000
