"""Whether all of a partition was read that was there a moment ago.

In a steady stream there always is something new by the time that the batch before it has been
committed: who asks only whether the end has been reached is never told so.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from msgspec import Struct

from hub.clocks import seconds

FRESH_SECONDS: Final = 3.0  # what is known of an end that is older says nothing of now


class _Goal(Struct, frozen=True):
    """Where the partition ended when it was asked for."""

    end: int
    seen_at: float


class Lately:
    """Remembers where a partition ended; `last` asks where it ends now."""

    def __init__(self, last: Callable[[], Awaitable[int]]) -> None:
        self._last = last
        self._goal: _Goal | None = None

    async def is_reached(self, reached: int) -> bool:
        """Whether reading up to offset `reached` was reading all there was a moment ago."""
        goal, now = self._goal, seconds()
        has_reached = goal is not None and reached >= goal.end
        is_fresh = goal is not None and now - goal.seen_at <= FRESH_SECONDS
        if has_reached or not is_fresh:
            self._goal = _Goal(await self._last(), now)
        return has_reached and is_fresh
