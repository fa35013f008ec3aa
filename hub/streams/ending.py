"""Letting what was begun come to its end before a cancellation goes on its way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable


async def to_the_end(commit: Awaitable[None]) -> tuple[BaseException | None, bool]:
    """Let a commit end before a cancellation goes on: its fault, and whether there was one.

    Else whoever opens the shard next would read the cursor of before it.
    """
    ending = asyncio.ensure_future(commit)
    was_cancelled = False
    while not ending.done():
        try:
            await asyncio.wait([ending])
        except asyncio.CancelledError:
            was_cancelled = True
    return ending.exception(), was_cancelled
