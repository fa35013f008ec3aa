"""How often something may happen, counted in requests a minute as web hooks do (HTTP 1.1 Web Hooks
for Event Delivery, 4.2.2): so many in any minute, at once if need be.

Remembers the last minute, in memory: after a restart it begins anew.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from hub.domain.time import MINUTE_MS, Instant

_SECOND_MS: Final = 1000


class Pace:
    """The times of the last minute."""

    def __init__(self) -> None:
        self._times: deque[Instant] = deque()

    def wait(self, rate: int | None, now: Instant) -> float | None:
        """In how many seconds there is room again among `rate` a minute; None: now."""
        while self._times and self._times[0] <= now - MINUTE_MS:
            self._times.popleft()
        if rate is None or len(self._times) < rate:
            return None
        # Room comes when the oldest but (rate - 1) has left the minute.
        oldest = self._times[len(self._times) - rate]
        return (oldest + MINUTE_MS - now) / _SECOND_MS

    def took(self, now: Instant) -> None:
        """It happened once more."""
        self._times.append(now)
