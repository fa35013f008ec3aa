"""How often something may happen in a minute."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connectors.gemeente.cloudevents_pace import Pace
from hub.domain.time import MINUTE_MS

gaps = st.lists(st.integers(0, 40_000), max_size=60)


@given(gaps, st.integers(1, 5))
def test_no_minute_holds_more_than_the_rate(gaps: list[int], rate: int) -> None:
    pace, now, times = Pace(), 0, []
    for gap in gaps:
        now += gap
        if pace.wait(rate, now) is None:
            pace.took(now)
            times.append(now)
    for first in times:
        assert sum(first <= it < first + MINUTE_MS for it in times) <= rate


@given(gaps, st.integers(1, 5), st.integers(1, 5))
def test_who_waits_as_long_as_told_has_room_and_not_earlier(
    gaps: list[int], rate: int, later: int
) -> None:
    pace, now = Pace(), 0
    for gap in gaps:  # while another rate was allowed
        now += gap
        if pace.wait(rate, now) is None:
            pace.took(now)
    wait = pace.wait(later, now)
    if wait is not None:
        assert pace.wait(later, now + round(wait * 1000) - 1) is not None
        assert pace.wait(later, now + round(wait * 1000)) is None


def test_without_a_rate_there_is_always_room() -> None:
    pace = Pace()
    for _ in range(1000):
        pace.took(0)
    assert pace.wait(None, 0) is None
