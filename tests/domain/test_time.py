"""Instants, wall time and working days (agreement document, Time)."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.time import (
    Calendar,
    Span,
    add,
    days_before,
    end_of_day,
    format_instant,
    local_date,
    local_month,
    parse_instant,
    parse_span,
    start_of_day,
)
from tests.building import agreement, instant, wall

NO_HOLIDAYS = Calendar(frozenset())


def plus(at: str, span: str, calendar: Calendar = NO_HOLIDAYS) -> int:
    return add(instant(at), parse_span(span), calendar)


@pytest.mark.parametrize(
    ("at", "span", "ends"),
    [
        pytest.param("2026-02-26 10:00", "3 d", "2026-03-01 10:00", id="days cross a month"),
        pytest.param("2024-02-28", "2 d", "2024-03-01", id="a leap day is a day"),
        pytest.param("2026-03-28 12:00", "1 d", "2026-03-29 12:00", id="over spring: 23 hours"),
        pytest.param("2026-10-24 12:00", "1 d", "2026-10-25 12:00", id="over autumn: 25 hours"),
        pytest.param(
            "2026-03-28 02:30", "1 d", "2026-03-29T03:30+02:00", id="the spring gap moves it on"
        ),
        pytest.param(
            "2026-02-28 02:00", "29 d", "2026-03-29T03:00+02:00", id="so does the gap's first"
        ),
        pytest.param(
            "2026-10-24 02:30", "1 d", "2026-10-25T02:30+02:00", id="of the autumn fold the first"
        ),
        pytest.param(
            "2026-10-25T02:30+01:00", "1 d", "2026-10-26 02:30", id="from the fold's second on"
        ),
        pytest.param(
            "2026-10-25T02:30+01:00", "0 d", "2026-10-25T02:30+02:00", id="0 d is in the fold too"
        ),
        pytest.param(
            "2026-01-31 09:00", "1 mo", "2026-02-28 09:00", id="a month clamps to its end"
        ),
        pytest.param(
            "2024-01-31 09:00", "1 mo", "2024-02-29 09:00", id="in a leap year to the 29th"
        ),
        pytest.param("2026-08-31", "6 mo", "2027-02-28", id="months cross a year"),
        pytest.param("2026-12-15", "12 mo", "2027-12-15", id="twelve months are a year"),
        pytest.param("2024-02-29", "1 y", "2025-02-28", id="a year after a leap day clamps"),
        pytest.param(
            "2025-09-29 02:30", "6 mo", "2026-03-29T03:30+02:00", id="months into the gap"
        ),
        pytest.param(
            "2025-10-25 02:30", "1 y", "2026-10-25T02:30+02:00", id="a year into the fold"
        ),
    ],
)
def test_a_span_later_is_the_same_wall_time(at: str, span: str, ends: str) -> None:
    assert wall(plus(at, span)) == wall(instant(ends))
    assert plus(at, span) == instant(ends)


@pytest.mark.parametrize(
    ("at", "span", "ends"),
    [
        pytest.param("2026-06-01 10:00", "1 wd", "2026-06-02 10:00", id="Monday to Tuesday"),
        pytest.param("2026-06-05 10:00", "1 wd", "2026-06-08 10:00", id="Friday to Monday"),
        pytest.param("2026-06-06 10:00", "1 wd", "2026-06-08 10:00", id="Saturday to Monday"),
        pytest.param("2026-06-07 23:59", "1 wd", "2026-06-08 23:59", id="Sunday to Monday"),
        pytest.param("2026-06-01", "10 wd", "2026-06-15", id="ten are two weeks"),
        pytest.param("2025-12-31", "1 wd", "2026-01-02", id="not New Year"),
        pytest.param("2026-04-02", "1 wd", "2026-04-07", id="not Good Friday nor Easter Monday"),
        pytest.param("2026-04-24", "1 wd", "2026-04-28", id="not King's day on a Monday"),
        pytest.param(
            "2025-04-25", "1 wd", "2025-04-28", id="King's day on a Saturday, a Sunday off"
        ),
        pytest.param("2026-05-04", "1 wd", "2026-05-06", id="not 5 May, also outside a lustrum"),
        pytest.param(
            "2026-05-13", "1 wd", "2026-05-15", id="not Ascension; the Friday after is one"
        ),
        pytest.param("2026-05-22", "1 wd", "2026-05-26", id="not Whit Monday"),
        pytest.param("2026-12-24", "1 wd", "2026-12-28", id="not Christmas, both days"),
        pytest.param("2026-12-23", "3 wd", "2026-12-29", id="over Christmas and a weekend"),
        pytest.param("2026-03-27 02:30", "0 wd", "2026-03-27 02:30", id="none is the same day"),
        pytest.param(
            "2026-04-03 10:00", "0 wd", "2026-04-03 10:00", id="none, even on Good Friday"
        ),
    ],
)
def test_working_days_leave_out_weekends_and_holidays(at: str, span: str, ends: str) -> None:
    assert wall(plus(at, span, agreement().calendar)) == ends


def easter(year: int) -> date:
    """Easter Sunday by the Gregorian computus (Meeus, Jones, Butcher)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    month, day = divmod(h + m - 7 * ((a + 11 * h + 22 * m) // 451) + 114, 31)
    return date(year, month, day + 1)


def holidays(year: int) -> set[date]:
    """The list of the agreement document."""
    sunday = easter(year)
    kings = date(year, 4, 27)
    fixed = {date(year, 1, 1), date(year, 5, 5), date(year, 12, 25), date(year, 12, 26)}
    moving = {sunday + timedelta(days=n) for n in (-2, 1, 39, 50)}
    return fixed | moving | {kings - timedelta(days=kings.weekday() == 6)}


@pytest.mark.parametrize("year", range(2018, 2028))
def test_the_default_calendar_lists_exactly_these_holidays(year: int) -> None:
    listed = {day for day in agreement().calendar.holidays if day.year == year}
    assert listed == holidays(year)


@pytest.mark.parametrize(
    ("text", "means"),
    [
        pytest.param("2026-01-31T10:00:00+01:00", "2026-01-31T09:00:00.000Z", id="an offset"),
        pytest.param("2026-01-31T10:00:00Z", "2026-01-31T10:00:00.000Z", id="UTC"),
        pytest.param("2026-01-31t10:00:00z", "2026-01-31T10:00:00.000Z", id="small letters"),
        pytest.param("2026-01-31 10:00:00-05:30", "2026-01-31T15:30:00.000Z", id="a space"),
        pytest.param("2026-01-31T10:00:00.5Z", "2026-01-31T10:00:00.500Z", id="tenths"),
        pytest.param("2026-01-31T10:00:00.1239999Z", "2026-01-31T10:00:00.123Z", id="cut to ms"),
        pytest.param("1969-12-31T23:59:59.9995Z", "1969-12-31T23:59:59.999Z", id="before 1970"),
        pytest.param("2026-02-01", "2026-01-31T23:00:00.000Z", id="a winter date, 00:00 local"),
        pytest.param("2026-07-01", "2026-06-30T22:00:00.000Z", id="a summer date, 00:00 local"),
        pytest.param("2024-02-29", "2024-02-28T23:00:00.000Z", id="a leap day"),
    ],
)
def test_what_is_read_is_written_in_utc(text: str, means: str) -> None:
    assert format_instant(parse_instant(text)) == means
    assert parse_instant(means) == parse_instant(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("2026-01-31T10:00:00", id="no offset"),
        pytest.param("2026-01-31T10:00+01:00", id="no seconds"),
        pytest.param("2026-01-31T10:00:00+0100", id="an offset without a colon"),
        pytest.param("2026-02-29", id="a day that is not there"),
        pytest.param("2026-13-01T00:00:00Z", id="a thirteenth month"),
        pytest.param("2026-01-31T24:00:00Z", id="hour 24"),
        pytest.param("2026-01-31T23:59:60Z", id="a leap second"),
        pytest.param("2026-W05-6", id="a week date"),
        pytest.param("20260131", id="no hyphens"),
        pytest.param("2026-1-31", id="a short month"),
        pytest.param(" 2026-01-31", id="a space before"),
        pytest.param("2026-01-31\n", id="a line end after"),
        pytest.param("٢٠٢٦-01-31", id="digits of another script"),
        pytest.param("0000-01-01", id="year 0"),
        pytest.param("", id="nothing"),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_instant(text)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        pytest.param("14 d", Span(14, "d"), id="days"),
        pytest.param("5wd", Span(5, "wd"), id="working days, without a space"),
        pytest.param(" 6 mo ", Span(6, "mo"), id="months, with spaces around"),
        pytest.param("1 y", Span(1, "y"), id="a year"),
    ],
)
def test_spans_are_read_and_written(text: str, span: Span) -> None:
    assert parse_span(text) == span
    assert parse_span(str(span)) == span


@pytest.mark.parametrize("text", ["", "d", "14", "-1 d", "1.5 d", "14 days", "2 w", "14  d", "²d"])
def test_other_spans_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a number and"):
        parse_span(text)


@pytest.mark.parametrize(
    ("day", "starts", "ends"),
    [
        pytest.param("2026-03-29", "2026-03-29T00:00+01:00", "2026-03-30T00:00+02:00", id="spring"),
        pytest.param("2026-10-25", "2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00", id="autumn"),
        pytest.param("2026-12-31", "2026-12-31T00:00+01:00", "2027-01-01T00:00+01:00", id="year's"),
    ],
)
def test_a_last_day_ends_at_the_start_of_the_next(day: str, starts: str, ends: str) -> None:
    assert start_of_day(date.fromisoformat(day)) == instant(starts)
    assert end_of_day(date.fromisoformat(day)) == instant(ends)


@pytest.mark.parametrize(
    ("at", "day", "month"),
    [
        pytest.param("2026-01-31T23:00Z", date(2026, 2, 1), "2026-02", id="midnight is the next"),
        pytest.param("2026-01-31T22:59:59.999Z", date(2026, 1, 31), "2026-01", id="just before"),
        pytest.param(
            "2026-06-30T22:00Z", date(2026, 7, 1), "2026-07", id="in summer an hour sooner"
        ),
    ],
)
def test_dates_and_months_are_those_of_amsterdam(at: str, day: date, month: str) -> None:
    assert (local_date(instant(at)), local_month(instant(at))) == (day, month)


@pytest.mark.parametrize(
    ("at", "days", "before"),
    [
        pytest.param("2026-05-01", 60, "2026-03-02", id="over spring still midnight"),
        pytest.param("2026-12-01 08:00", 60, "2026-10-02 08:00", id="over autumn the same time"),
    ],
)
def test_days_before_keep_the_wall_time(at: str, days: int, before: str) -> None:
    assert wall(days_before(instant(at), days)) == before


@given(
    st.datetimes(datetime(1950, 1, 1), datetime(2150, 1, 1)),  # noqa: DTZ001  # wall time on purpose
    st.integers(0, 800),
    st.sampled_from(["d", "wd", "mo", "y"]),
)
def test_more_of_a_span_is_later(moment: datetime, n: int, unit: str) -> None:
    at = instant(str(moment))
    shorter, longer = (add(at, parse_span(f"{m} {unit}"), NO_HOLIDAYS) for m in (n, n + 1))
    assert shorter < longer
