"""How long a client waits, and when it gives up."""

from __future__ import annotations

import pytest

from hub.client import Policy
from hub.client.http import Answer

FRIDAY = "Fri, 01 Mar 2024 12:00:00 GMT"


def policy(jitter: float) -> Policy:
    return Policy(attempts=5, first_pause=2.0, longest_pause=10.0, jitter=lambda: jitter)


@pytest.mark.parametrize(
    ("attempt", "least", "most"), [(1, 1.0, 2.0), (2, 2.0, 4.0), (3, 4.0, 8.0), (4, 5.0, 10.0)]
)
def test_pauses_double_and_chance_shortens_them(attempt: int, least: float, most: float) -> None:
    assert policy(0.0).pause(attempt, None) == least
    assert policy(1.0).pause(attempt, None) == most


@pytest.mark.parametrize("told", [None, 1.0])
def test_after_the_last_attempt_there_is_no_pause(told: float | None) -> None:
    assert policy(1.0).pause(5, told) is None


def test_it_never_comes_back_earlier_than_it_was_told() -> None:
    assert policy(0.0).pause(1, 9.0) == 9.0
    assert policy(1.0).pause(1, 9.0) == 11.0


def test_who_is_told_to_wait_for_longer_than_it_will_gives_up() -> None:
    assert policy(0.0).pause(1, 10.5) is None


def test_who_never_gives_up_waits_an_hour_at_most() -> None:
    endless = policy(0.0).endless()
    assert endless.pause(100_000, None) == 5.0
    assert endless.pause(100_000, 900.0) == 900.0
    assert endless.pause(1, 1e9) == 3600.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({}, None, id="nothing"),
        pytest.param({"retry-after": "7"}, 7.0, id="seconds"),
        pytest.param({"retry-after": "-7"}, None, id="seconds that were"),
        pytest.param({"retry-after": "soon"}, None, id="no number"),
        pytest.param(
            {"date": FRIDAY, "retry-after": "Fri, 01 Mar 2024 12:00:20 GMT"}, 20.0, id="an instant"
        ),
        pytest.param(
            {"date": FRIDAY, "retry-after": "Fri, 01 Mar 2024 11:00:00 GMT"}, 0.0, id="one that was"
        ),
        pytest.param({"retry-after": FRIDAY}, None, id="an instant by an unknown clock"),
        pytest.param(
            {"date": f"{FRIDAY}, {FRIDAY}", "retry-after": FRIDAY}, 0.0, id="two dates are read"
        ),
    ],
)
def test_a_hub_may_say_when_to_come_back(headers: dict[str, str], seconds: float | None) -> None:
    assert Answer(503, headers, b"").retry_after == seconds
