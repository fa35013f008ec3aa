"""How a waiting reader hears that something was appended.

Each stream counts its rings. A reader notes the count, looks, and waits only if nobody rang since:
so an append between the look and the wait is heard. One event loop; time is that of the loop, for
how long a caller waits has nothing to do with `now`.
"""

from __future__ import annotations

import asyncio
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

    def ring(self, stream: StreamName) -> None:
        self._rung[stream] += 1
        for waiter in self._waiting.pop(stream, ()):
            if not waiter.done():
                waiter.set_result(None)

    def ring_all(self, streams: Iterable[StreamName]) -> None:
        for stream in streams:
            self.ring(stream)

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
            if heard == self._rung[stream]:
                await self._wait(stream, left)

    async def _wait(self, stream: StreamName, left: float | None) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[stream].add(waiter)
        try:
            async with asyncio.timeout(left):
                await waiter
        except TimeoutError:
            pass  # the caller looks once more and returns what it finds
        finally:
            self._waiting[stream].discard(waiter)
