"""When to try again: sooner at first, then every hour, and after 75 hours no more.

The wait doubles from five seconds to an hour, and a number that is handed in takes up to half of it
away, so that many subscriptions of one receiver do not come back at once. It stops at an hour,
where Standard Webhooks suggests up to a day: everything of the subscription waits behind what
cannot be delivered, and a receiver that is back should not wait for it until tomorrow.
"""

from __future__ import annotations

from typing import Final

from hub.delivery.outcome import LONGEST_RETRY_AFTER_MS, Outcome
from hub.domain.time import Instant

FIRST_MS: Final = 5_000
LONGEST_MS: Final = 3_600_000
PATIENCE_MS: Final = 75 * 3_600_000
# However soon a receiver wants to be asked again, a streak of failures is never faster than this.
SOONEST_MS: Final = 60_000
# Between two attempts where nothing failed: one a minute is the lowest rate.
LONGEST_SPACING_MS: Final = 60_000

_MOST_DOUBLINGS: Final = 10  # 5 s doubled ten times is more than an hour


def wait_for(failures: int, jitter: float) -> int:
    """Milliseconds after the given failure of a streak, the first being 1; `jitter` from 0 up to
    1: between half of the step and all of it."""
    assert failures >= 1
    assert 0 <= jitter <= 1
    step = min(FIRST_MS << min(failures - 1, _MOST_DOUBLINGS), LONGEST_MS)
    return step - step // 2 + int(step // 2 * jitter)


def retry_at(
    since: Instant, failures: int, outcome: Outcome, now: Instant, jitter: float
) -> Instant | None:
    """When to try again in a streak of failures that began at `since`; None: no more.

    The last attempt comes when the 75 hours end, unless the receiver named a later instant: it is
    not asked before that.
    """
    end = since + PATIENCE_MS
    if now >= end:
        return None
    wait = wait_for(failures, jitter)
    if outcome.retry_after_ms is not None:
        return now + max(outcome.retry_after_ms, min(wait, SOONEST_MS))
    return min(now + wait, end)


def is_early(not_before: Instant, now: Instant, *, is_failing: bool) -> bool:
    """Whether a receiver is not to be asked yet. A wait that is longer than any that we give was
    told by a clock that has been put back since, and does not count."""
    longest = LONGEST_RETRY_AFTER_MS if is_failing else LONGEST_SPACING_MS
    return now < not_before <= now + longest
