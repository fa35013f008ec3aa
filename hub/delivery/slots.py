"""How many receivers are called at the same time.

A receiver that does not answer takes a place for as long as that lasts, so those that failed before
have places of their own: however many they are, they take none from those that work.
"""

from __future__ import annotations

import asyncio
from typing import Final

WORKING: Final = 192
FAILING: Final = 64


class Slots:
    """The places of one process."""

    def __init__(self, working: int = WORKING, failing: int = FAILING) -> None:
        self._working = asyncio.Semaphore(working)
        self._failing = asyncio.Semaphore(failing)

    def of(self, *, is_failing: bool) -> asyncio.Semaphore:
        """A place to be taken with `async with`."""
        return self._failing if is_failing else self._working
