"""Work that goes on beside something else, and ends with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def beside(
    works: Sequence[Coroutine[Any, Any, None]],
    stopping: asyncio.Event,
    end: Callable[[], Awaitable[None]],
) -> AsyncIterator[None]:
    """All of it while the block runs. One that ends by itself says `stopping`; at the end it is
    said, everything is cancelled beside `end`, and what made one end is raised."""
    tasks = [asyncio.create_task(work) for work in works]
    for task in tasks:
        task.add_done_callback(lambda _ended: stopping.set())
    try:
        yield
    finally:
        stopping.set()
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(end(), *tasks, return_exceptions=True)
    for fault in ended:
        if isinstance(fault, BaseException) and not isinstance(fault, asyncio.CancelledError):
            raise fault
