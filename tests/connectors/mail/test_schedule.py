"""When it is time: on the wall clock of Europe/Amsterdam, through both nights on which it jumps."""

from __future__ import annotations

from datetime import time

import pytest

from connectors.mail_schedule import Quiet, Schedule, after_quiet, free_at, last_at, next_at
from hub.domain.time import Instant, format_instant, local, parse_instant


def at(wall: str, offset: str = "+01:00") -> Instant:
    return parse_instant(f"2026-{wall}:00{offset}")


def daily(*times: str, working: bool = False, quiet: str | None = None) -> Schedule:
    hours = None
    if quiet is not None:
        begin, until = quiet.split("-")
        hours = Quiet(time.fromisoformat(begin), time.fromisoformat(until))
    return Schedule(tuple(map(time.fromisoformat, times)), working, hours)


NIGHT = "22:00-07:00"


@pytest.mark.parametrize(
    ("schedule", "now", "expected"),
    [
        pytest.param(daily("08:30"), at("03-02T08:29"), at("03-02T08:30"), id="later today"),
        pytest.param(daily("08:30"), at("03-02T08:30"), at("03-03T08:30"), id="not this one again"),
        pytest.param(daily("08:30", "13:00"), at("03-02T09:00"), at("03-02T13:00"), id="two"),
        pytest.param(
            daily("08:30", working=True), at("03-06T09:00"), at("03-09T08:30"), id="over a weekend"
        ),
        pytest.param(
            daily("08:30"), at("03-06T09:00"), at("03-07T08:30"), id="on a Saturday, if every day"
        ),
        pytest.param(daily("00:00"), at("03-02T23:59"), at("03-03T00:00"), id="midnight"),
        pytest.param(
            daily("08:30"), at("03-28T09:00"), at("03-29T08:30", "+02:00"), id="into summer time"
        ),
        pytest.param(
            daily("02:30"),
            at("03-28T09:00"),
            at("03-29T03:30", "+02:00"),
            id="a time that the night in spring has not",
        ),
        pytest.param(
            daily("02:30"),
            at("03-29T03:30", "+02:00"),
            at("03-30T02:30", "+02:00"),
            id="and the next is as ever",
        ),
        pytest.param(
            daily("02:30"),
            at("10-24T09:00", "+02:00"),
            at("10-25T02:30", "+02:00"),
            id="the first of two in autumn",
        ),
        pytest.param(
            daily("02:30"),
            at("10-25T02:30", "+02:00"),
            at("10-26T02:30"),
            id="and not the second too",
        ),
        pytest.param(
            daily("06:00", quiet=NIGHT), at("03-02T01:00"), at("03-02T07:00"), id="after the night"
        ),
        pytest.param(
            daily("23:00", working=True, quiet=NIGHT),
            at("03-06T22:30"),
            at("03-07T07:00"),
            id="of Friday night, though it is Saturday then",
        ),
        pytest.param(
            daily("06:00", "06:30", quiet=NIGHT),
            at("03-02T01:00"),
            at("03-02T07:00"),
            id="two in quiet hours are one",
        ),
    ],
)
def test_the_next_time(schedule: Schedule, now: Instant, expected: Instant) -> None:
    assert format_instant(next_at(schedule, now)) == format_instant(expected)


@pytest.mark.parametrize(
    ("after", "now", "expected"),
    [
        pytest.param(at("03-02T08:00"), at("03-02T08:29"), None, id="not yet"),
        pytest.param(at("03-02T08:00"), at("03-02T08:30"), at("03-02T08:30"), id="now"),
        pytest.param(at("03-02T08:30"), at("03-02T23:00"), None, id="it was"),
        pytest.param(
            at("03-02T08:30"), at("03-05T12:00"), at("03-05T08:30"), id="of three that went by"
        ),
        pytest.param(
            at("01-02T08:30"), at("03-05T12:00"), at("03-05T08:30"), id="after a long time"
        ),
    ],
)
def test_the_last_time_that_went_by(after: Instant, now: Instant, expected: Instant | None) -> None:
    assert last_at(daily("08:30"), after, now) == expected


@pytest.mark.parametrize(
    ("schedule", "now", "expected"),
    [
        pytest.param(daily("08:00"), at("03-07T23:00"), at("03-07T23:00"), id="any time"),
        pytest.param(
            daily("08:00", working=True), at("03-07T23:00"), at("03-09T00:00"), id="on Monday"
        ),
        pytest.param(
            daily("08:00", working=True, quiet=NIGHT),
            at("03-07T23:00"),
            at("03-09T07:00"),
            id="on Monday, when the night is over",
        ),
        pytest.param(
            daily("08:00", working=True, quiet=NIGHT),
            at("03-06T23:00"),
            at("03-09T07:00"),
            id="Friday night ends on a Saturday",
        ),
        pytest.param(
            daily("08:00", working=True, quiet=NIGHT),
            at("03-02T12:00"),
            at("03-02T12:00"),
            id="now",
        ),
    ],
)
def test_the_first_free_moment(schedule: Schedule, now: Instant, expected: Instant) -> None:
    assert format_instant(free_at(schedule, now)) == format_instant(expected)


@pytest.mark.parametrize(
    ("quiet", "now", "expected"),
    [
        pytest.param(NIGHT, at("03-02T21:59"), at("03-02T21:59"), id="before"),
        pytest.param(NIGHT, at("03-02T22:00"), at("03-03T07:00"), id="from the first moment"),
        pytest.param(NIGHT, at("03-03T00:00"), at("03-03T07:00"), id="over midnight"),
        pytest.param(NIGHT, at("03-03T07:00"), at("03-03T07:00"), id="until the last"),
        pytest.param("12:00-13:00", at("03-02T12:30"), at("03-02T13:00"), id="at noon"),
        pytest.param("12:00-13:00", at("03-02T13:30"), at("03-02T13:30"), id="after noon"),
        pytest.param("18:00-00:00", at("03-02T18:30"), at("03-03T00:00"), id="until midnight"),
        pytest.param("00:00-06:00", at("03-02T00:00"), at("03-02T06:00"), id="from midnight"),
        pytest.param(
            NIGHT, at("03-28T22:00"), at("03-29T07:00", "+02:00"), id="a night of eight hours"
        ),
        pytest.param(
            NIGHT, at("10-24T22:00", "+02:00"), at("10-25T07:00"), id="a night of ten hours"
        ),
        pytest.param(
            "22:00-02:30",
            at("10-25T02:15"),
            at("10-25T02:15"),
            id="what is over does not begin again when the clock goes back",
        ),
        pytest.param(
            "02:00-03:00",
            at("03-29T01:59"),
            at("03-29T01:59"),
            id="an hour that the night in spring has not",
        ),
    ],
)
def test_quiet_hours(quiet: str, now: Instant, expected: Instant) -> None:
    found = after_quiet(daily("08:00", quiet=quiet), now)
    assert format_instant(found) == format_instant(expected)


def test_a_year_of_days_has_each_time_once() -> None:
    schedule, now = daily("02:30", quiet="23:00-02:00"), at("01-01T00:00")
    seen = []
    for _ in range(365):
        now = next_at(schedule, now)
        seen.append(local(now).date())
    assert len(set(seen)) == len(seen) == 365
    assert (seen[-1] - seen[0]).days == 364
