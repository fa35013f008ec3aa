"""Whether every part of a connector still turns.

A part that is at work is broken off when it takes longer than anything may, so what the other side
does can hold none up for ever. One that is not done, or does not come back from its rest, long
after that is stuck: then only a restart helps, and liveness says so. The other side being away is
no such thing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from hub.errors import Unavailable

# A page, an alert, an errand, or all that waits for the hub.
LONGEST_S: Final = 900.0
_SLACK_S: Final = 120.0


class Pulse:
    """Until when each part must show itself again; one that has no such time is waiting for what
    may never come. `ticks` are seconds of a clock that never jumps."""

    def __init__(self, ticks: Callable[[], float], longest: float = LONGEST_S) -> None:
        self._ticks, self._longest = ticks, longest
        self._until: dict[str, float] = {}

    @asynccontextmanager
    async def at_work(self, part: str) -> AsyncIterator[None]:
        """Unavailable: it took too long, and was broken off."""
        with self._expected(part, self._longest):
            try:
                async with asyncio.timeout(self._longest) as limit:
                    yield
            except TimeoutError as error:
                if not limit.expired():
                    raise
                told = f"it was not done in {self._longest:.0f} seconds, and was broken off"
                raise Unavailable(told) from error

    @contextmanager
    def at_rest(self, part: str, seconds: float) -> Iterator[None]:
        """While the block waits so long."""
        with self._expected(part, seconds):
            yield

    def stuck(self) -> list[str]:
        """The parts that should have shown themselves long ago."""
        now = self._ticks()
        return sorted(part for part, until in self._until.items() if now > until)

    @contextmanager
    def _expected(self, part: str, seconds: float) -> Iterator[None]:
        until = self._until[part] = self._ticks() + seconds + _SLACK_S
        try:
            yield
        finally:
            if self._until.get(part) == until:  # it may have gone on before this was over
                del self._until[part]
