"""The quota by itself: what is spent comes back evenly, and never more than there was."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from hub.gateway.quota import Quota, Spent, spend

NEVER = -math.inf  # spent before
TEN = Quota(10, 60)


def test_all_of_it_can_be_spent_at_once_and_no_more() -> None:
    all_of_it = spend(TEN, NEVER, 10, 0.0)
    assert all_of_it == Spent(60.0, 0)
    assert spend(TEN, all_of_it.whole_at, 1, 0.0) == Spent(60.0, 0, 6.0)


def test_a_unit_comes_back_after_its_share_of_the_time() -> None:
    whole_at = spend(TEN, NEVER, 10, 0.0).whole_at
    assert spend(TEN, whole_at, 1, 5.9).wait is not None
    assert spend(TEN, whole_at, 1, 6.0).wait is None
    assert spend(TEN, whole_at, 1, 6.0).left == 0
    assert spend(TEN, whole_at, 1, 30.0).left == 4


def test_what_was_not_spent_for_long_is_no_more_than_the_quota() -> None:
    whole_at = spend(TEN, NEVER, 1, 0.0).whole_at
    assert spend(TEN, whole_at, 1, 1e6).left == 9


def test_what_never_fits_is_told_to_wait_for_ever() -> None:
    assert spend(TEN, NEVER, 11, 0.0).wait == math.inf


def test_a_refusal_costs_nothing() -> None:
    whole_at = spend(TEN, NEVER, 4, 0.0).whole_at
    refused = spend(TEN, whole_at, 7, 0.0)
    assert (refused.whole_at, refused.left) == (whole_at, 6)
    assert spend(TEN, refused.whole_at, 6, 0.0).wait is None


QUOTAS = st.builds(Quota, st.integers(1, 200_000), st.integers(1, 3600))
WISHES = st.lists(st.tuples(st.floats(0, 100), st.integers(1, 50)), max_size=60)


@given(quota=QUOTAS, wishes=WISHES)
def test_within_any_time_no_more_is_spent_than_the_quota_and_what_came_back(
    quota: Quota, wishes: list[tuple[float, int]]
) -> None:
    whole_at, now, taken = NEVER, 0.0, 0
    for pause, units in wishes:
        now += pause
        spent = spend(quota, whole_at, units, now)
        whole_at = spent.whole_at
        taken += units if spent.wait is None else 0
        assert 0 <= spent.left <= quota.units
        assert taken <= quota.units + now / quota.each + 1e-3


@given(quota=QUOTAS, wishes=WISHES, units=st.integers(1, 50))
def test_whoever_waits_as_long_as_was_said_gets_it(
    quota: Quota, wishes: list[tuple[float, int]], units: int
) -> None:
    whole_at, now = NEVER, 0.0
    for pause, each in wishes:
        now += pause
        whole_at = spend(quota, whole_at, each, now).whole_at
    told = spend(quota, whole_at, units, now)
    if told.wait is not None and told.wait < math.inf:
        assert spend(quota, told.whole_at, units, now + told.wait).wait is None
