"""Instants are milliseconds since 1970 (UTC); dates and deadlines live in Europe/Amsterdam.

The agreement document, Time: a date is 00:00 local, `n d` / `mo` / `y` on is the same local wall
time n dates later (a time in the spring gap moves on by the gap, in the autumn fold it is the
first), `n wd` the same wall time on the n-th working day after the local date.
"""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)

# Before and after everything: ends of intervals that have none.
NEVER = -(10**18)
FOREVER = 10**18


def instant(text: str) -> int:
    """Read an RFC 3339 timestamp with offset, or a bare date (00:00 local)."""
    if len(text) == len("2024-01-31"):
        return midnight(date.fromisoformat(text))
    return (datetime.fromisoformat(text) - EPOCH) // MILLISECOND


def printed(at: int) -> str:
    """Write an instant as the output does: UTC with milliseconds."""
    moment = EPOCH + at * MILLISECOND
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def local_date(at: int) -> date:
    return _wall(at).date()


def period_of(at: int) -> str:
    """The local month, as rent periods are written: YYYY-MM."""
    return f"{local_date(at):%Y-%m}"


def midnight(day: date) -> int:
    return _at_wall(datetime.combine(day, time()))


def end_of_day(text: str) -> int:
    """`endDate` and `until` are last days: they end at 00:00 of the next."""
    return midnight(date.fromisoformat(text) + timedelta(days=1))


@lru_cache(maxsize=100_000)
def add_days(at: int, days: int) -> int:
    return _at_wall(_wall(at) + timedelta(days=days))


@lru_cache(maxsize=100_000)
def add_months(at: int, months: int) -> int:
    """Months clamp to the end of the month: 31 January + 1 mo is the last of February."""
    wall = _wall(at)
    years, month = divmod(wall.month - 1 + months, 12)
    year = wall.year + years
    day = min(wall.day, calendar.monthrange(year, month + 1)[1])
    return _at_wall(wall.replace(year=year, month=month + 1, day=day))


def add_years(at: int, years: int) -> int:
    return add_months(at, 12 * years)


def add_working_days(at: int, days: int) -> int:
    wall = _wall(at)
    day = wall.date()
    while days > 0:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return _at_wall(datetime.combine(day, wall.time()))


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and day not in _holidays(day.year)


def _holidays(year: int) -> set[date]:
    easter = _easter(year)
    kings_day = date(year, 4, 27)
    if kings_day.weekday() == 6:
        kings_day = date(year, 4, 26)
    moving = [-2, 1, 39, 50]  # Good Friday, Easter Monday, Ascension, Whit Monday
    fixed = [date(year, 1, 1), kings_day, date(year, 5, 5), date(year, 12, 25), date(year, 12, 26)]
    return {*fixed, *(easter + timedelta(days=n) for n in moving)}


def _easter(year: int) -> date:
    """Easter Sunday by the anonymous Gregorian computus."""
    golden = year % 19
    century, rest = divmod(year, 100)
    leap_centuries, century_rest = divmod(century, 4)
    moon = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap_centuries - moon + 15) % 30
    leaps, leap_rest = divmod(rest, 4)
    weekday = (32 + 2 * century_rest + 2 * leaps - epact - leap_rest) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _wall(at: int) -> datetime:
    """The local wall time, without zone: arithmetic on it is arithmetic on dates."""
    return (EPOCH + at * MILLISECOND).astimezone(AMSTERDAM).replace(tzinfo=None, fold=0)


def _at_wall(wall: datetime) -> int:
    # fold=0 is the first of the two in autumn, and in the spring gap the offset from before the
    # gap, which moves the time on by the gap.
    return (wall.replace(tzinfo=AMSTERDAM, fold=0) - EPOCH) // MILLISECOND
