"""What the answer to a webhook means, and when it is tried again."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from random import Random
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.delivery.backoff import (
    FIRST_MS,
    LONGEST_MS,
    PATIENCE_MS,
    SOONEST_MS,
    retry_at,
    wait_for,
)
from hub.delivery.outcome import (
    FAILURES,
    LONGEST_RETRY_AFTER_MS,
    Outcome,
    Reason,
    Ruling,
    answered,
    read_retry_after,
)
from hub.domain.time import Instant

NOW: Final[Instant] = 784_111_777_000  # 1994-11-06T08:49:37Z, the example of RFC 9110
DOWN: Final = Outcome(Reason.UNREACHABLE)
HOUR_MS: Final = 3_600_000

jitters = st.floats(0, 1)


@pytest.mark.parametrize(
    ("status", "reason", "ruling"),
    [
        (200, Reason.DELIVERED, Ruling.DONE),
        (202, Reason.DELIVERED, Ruling.DONE),
        (204, Reason.DELIVERED, Ruling.DONE),
        (299, Reason.DELIVERED, Ruling.DONE),
        (300, Reason.REDIRECTED, Ruling.PARK),
        (301, Reason.REDIRECTED, Ruling.PARK),
        (308, Reason.REDIRECTED, Ruling.PARK),
        (400, Reason.REJECTED, Ruling.PARK),
        (401, Reason.REJECTED, Ruling.PARK),
        (404, Reason.REJECTED, Ruling.PARK),
        (408, Reason.REJECTED, Ruling.PARK),
        (410, Reason.GONE, Ruling.DISABLE),
        (415, Reason.REJECTED, Ruling.PARK),
        (429, Reason.THROTTLED, Ruling.RETRY),
        (499, Reason.REJECTED, Ruling.PARK),
        (500, Reason.SERVER_ERROR, Ruling.RETRY),
        (501, Reason.SERVER_ERROR, Ruling.RETRY),
        (502, Reason.SERVER_ERROR, Ruling.RETRY),
        (503, Reason.UNAVAILABLE, Ruling.RETRY),
        (504, Reason.SERVER_ERROR, Ruling.RETRY),
        (599, Reason.SERVER_ERROR, Ruling.RETRY),
        (101, Reason.NO_SUCH_ANSWER, Ruling.RETRY),
        (600, Reason.NO_SUCH_ANSWER, Ruling.RETRY),
        (0, Reason.NO_SUCH_ANSWER, Ruling.RETRY),
    ],
)
def test_a_status_means(status: int, reason: Reason, ruling: Ruling) -> None:
    outcome = answered(status, None, NOW)
    assert (outcome.reason, outcome.ruling, outcome.status) == (reason, ruling, status)


def test_what_got_no_answer_is_tried_again() -> None:
    assert {Outcome(reason).ruling for reason in FAILURES} == {Ruling.RETRY}


@pytest.mark.parametrize("status", [200, 301, 400, 410, 500, 502])
def test_only_429_and_503_may_say_when(status: int) -> None:
    assert answered(status, "120", NOW).retry_after_ms is None


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("text", "after_ms"),
    [
        pytest.param("0", 0, id="at once"),
        pytest.param("120", 120_000, id="seconds"),
        pytest.param(" 120 ", 120_000, id="spaces around"),
        pytest.param("999999999999", LONGEST_RETRY_AFTER_MS, id="more than a day"),
        pytest.param("Sun, 06 Nov 1994 08:50:37 GMT", 60_000, id="a date"),
        pytest.param("Sunday, 06-Nov-94 08:50:37 GMT", 60_000, id="a date of RFC 850"),
        pytest.param("Sun Nov  6 08:50:37 1994", 60_000, id="a date of asctime"),
        pytest.param("Sun, 06 Nov 1994 08:48:37 GMT", 0, id="a date that is past"),
        pytest.param("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_RETRY_AFTER_MS, id="the last date"),
        pytest.param("-5", None, id="less than nothing"),
        pytest.param("1.5", None, id="a fraction"),
        pytest.param("٣", None, id="other digits"),
        pytest.param("9" * 5000, None, id="very long"),
        pytest.param("soon", None, id="a word"),
        pytest.param("", None, id="nothing"),
        pytest.param("Sun, 99 Nov 1994 08:50:37 GMT", None, id="no such day"),
    ],
)
def test_retry_after_is_read(status: int, text: str, after_ms: int | None) -> None:
    assert answered(status, text, NOW).retry_after_ms == after_ms


@settings(deadline=None)
@given(st.text(max_size=80))
def test_no_retry_after_makes_it_raise_or_wait_longer_than_a_day(text: str) -> None:
    found = read_retry_after(text, NOW)
    assert found is None or 0 <= found <= LONGEST_RETRY_AFTER_MS


@settings(deadline=None)
@given(st.integers(0, 86_400))
def test_a_date_and_seconds_say_the_same(seconds: int) -> None:
    moment = datetime.fromtimestamp(NOW // 1000 + seconds, UTC)
    assert read_retry_after(format_datetime(moment, usegmt=True), NOW) == seconds * 1000


def test_the_wait_doubles_from_five_seconds_to_an_hour() -> None:
    waits = [wait_for(failures, 1) for failures in range(1, 14)]
    assert waits[:10] == [FIRST_MS * 2**n for n in range(10)]
    assert waits[10:] == [LONGEST_MS] * 3
    assert [wait_for(failures, 0) for failures in range(1, 14)] == [it // 2 for it in waits]


@settings(deadline=None)
@given(st.integers(1, 10_000), jitters)
def test_jitter_takes_at_most_half_of_a_wait(failures: int, jitter: float) -> None:
    assert wait_for(failures, 0) <= wait_for(failures, jitter) <= wait_for(failures, 1)


@settings(deadline=None)
@given(st.randoms(use_true_random=False))
def test_a_streak_lasts_75_hours_whatever_the_jitter(chance: Random) -> None:
    now, attempts = NOW, 1
    while (again := retry_at(NOW, attempts, DOWN, now, chance.random())) is not None:
        assert now < again <= now + LONGEST_MS
        now, attempts = again, attempts + 1
    assert now == NOW + PATIENCE_MS
    assert 84 <= attempts <= 180


def test_a_receiver_that_says_when_is_not_asked_before() -> None:
    told = Outcome(Reason.THROTTLED, 429, 2 * HOUR_MS)
    assert retry_at(NOW, 1, told, NOW, 0.5) == NOW + 2 * HOUR_MS
    # Not even where its 75 hours would end sooner.
    late = NOW + PATIENCE_MS - 1000
    assert retry_at(NOW, 90, told, late, 0.5) == late + 2 * HOUR_MS
    assert retry_at(NOW, 91, told, late + 2 * HOUR_MS, 0.5) is None


def test_a_receiver_that_says_now_is_asked_soon_but_not_without_end() -> None:
    told = Outcome(Reason.THROTTLED, 429, 0)
    assert retry_at(NOW, 1, told, NOW, 1) == NOW + FIRST_MS
    assert retry_at(NOW, 50, told, NOW, 1) == NOW + SOONEST_MS
