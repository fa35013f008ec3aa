"""Local time as the agreement document, Time, has it."""

from collections.abc import Callable

import pytest

from tests.reference import clock


@pytest.mark.parametrize(
    ("begin", "later", "end"),
    [
        pytest.param("2024-01-31", lambda at: clock.add_months(at, 1), "2024-02-29", id="clamp"),
        pytest.param("2024-02-29", lambda at: clock.add_years(at, 1), "2025-02-28", id="leap day"),
        pytest.param(
            "2024-03-30T02:30:00+01:00",
            lambda at: clock.add_days(at, 1),
            "2024-03-31T03:30:00+02:00",
            id="spring gap moves on",
        ),
        pytest.param(
            "2024-10-26T02:30:00+02:00",
            lambda at: clock.add_days(at, 1),
            "2024-10-27T02:30:00+02:00",
            id="autumn fold is the first",
        ),
        pytest.param(
            "2024-09-01", lambda at: clock.add_days(at, -60), "2024-07-03", id="backwards"
        ),
        pytest.param(
            "2024-05-08", lambda at: clock.add_working_days(at, 1), "2024-05-10", id="Ascension"
        ),
        pytest.param(
            "2024-05-17T15:00:00+02:00",
            lambda at: clock.add_working_days(at, 1),
            "2024-05-21T15:00:00+02:00",
            id="Whit Monday",
        ),
        pytest.param(
            "2025-12-24", lambda at: clock.add_working_days(at, 2), "2025-12-30", id="Christmas"
        ),
        pytest.param(
            "2026-05-04", lambda at: clock.add_working_days(at, 1), "2026-05-06", id="5 May"
        ),
    ],
)
def test_later(begin: str, later: Callable[[int], int], end: str) -> None:
    assert clock.printed(later(clock.instant(begin))) == clock.printed(clock.instant(end))
