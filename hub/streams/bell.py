"""How a waiting reader hears that something was appended.

Each stream counts its rings. A reader notes the count, looks, and waits only if nobody rang since:
so an append between the look and the wait is heard. Rung and heard from any thread, for facts come
in on one event loop and are correlated on another; time is that of the loop, for how long a caller
waits has nothing to do with `now`.
"""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

from hub.streams.seam import StreamName

Found = TypeVar("Found")


class Bell:
    """Wakes those who wait for a stream."""

    def __init__(self) -> None:
        self._rung: defaultdict[StreamName, int] = defaultdict(int)
        self._waiting: defaultdict[StreamName, set[asyncio.Future[None]]] = defaultdict(set)
        self._changing = threading.Lock()

    def ring(self, stream: StreamName) -> None:
        with self._changing:
            self._rung[stream] += 1
            waiters = self._waiting.pop(stream, set())
            for waiter in waiters:  # a loop that still waits cannot close: it needs the lock first
                waiter.get_loop().call_soon_threadsafe(_wake, waiter)

    def ring_all(self, streams: Iterable[StreamName]) -> None:
        for stream in streams:
            self.ring(stream)

    async def heard(self, stream: StreamName, before: int) -> int:
        """How often it rang so far, as soon as that is more than `before`."""
        while (rung := self._rung[stream]) <= before:
            await self._wait(stream, rung, None)
        return rung

    async def first(
        self,
        stream: StreamName,
        wait: float | None,
        look: Callable[[], Awaitable[Sequence[Found]]],
    ) -> Sequence[Found]:
        """What `look` finds, as soon as that is something; nothing after `wait` seconds.

        `wait` None: as long as it takes.
        """
        loop = asyncio.get_running_loop()
        end = None if wait is None else loop.time() + wait
        while True:
            heard = self._rung[stream]
            found = await look()
            left = None if end is None else end - loop.time()
            if found or (left is not None and left <= 0):
                return found
            await self._wait(stream, heard, left)

    async def _wait(self, stream: StreamName, heard: int, left: float | None) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with self._changing:
            if self._rung[stream] != heard:
                return
            self._waiting[stream].add(waiter)
        try:
            async with asyncio.timeout(left):
                await waiter
        except TimeoutError:
            pass  # the caller looks once more and returns what it finds
        finally:
            with self._changing:
                self._waiting[stream].discard(waiter)


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
