"""Workers: the shards of the embedded hub, kept going in a thread of their own.

The thread has an event loop of its own: correlating a batch is plain computing, and whoever asks
over HTTP should not wait for it. What can't be mended ends the thread, and with it the hub.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from hub.domain.time import Instant
from hub.errors import ShardLost, Unavailable
from hub.streams.bell import Bell
from hub.streams.keeping import Heard, Keeper, Life, Processor, Pulse
from hub.streams.loop import Limits, Turn
from hub.streams.seam import Clock, Position, StreamName


class Workers:
    """Drives the processors until `stop`, or until one of them fails. `heard` is called in their
    thread: at each turn, and why a shard was dropped."""

    def __init__(
        self, processors: Sequence[Processor], clock: Clock, limits: Limits, heard: Heard
    ) -> None:
        self._processors = processors
        self._heard = heard
        self._keeper = Keeper(clock, limits, self._hear)
        self._turned = Bell()
        self._thread = ThreadPoolExecutor(1, "seintje-work")
        self._is_up = threading.Event()
        self._loop: asyncio.AbstractEventLoop
        self._stopping: asyncio.Event
        self.pulses: Mapping[StreamName, Pulse] = {it.stream: Pulse() for it in processors}
        self.ended: Future[None]

    def start(self) -> None:
        """Begin. `ended` is done when they have stopped, or holds why they failed."""
        self.ended = self._thread.submit(self._run)
        self.ended.add_done_callback(self._ring)
        self._is_up.wait()

    async def stop(self) -> None:
        """Let the turn that is going on finish; raises what they failed of."""
        if not self.ended.done():
            self._loop.call_soon_threadsafe(self._stopping.set)
        try:
            await asyncio.wrap_future(self.ended)
        finally:
            self._thread.shutdown()

    async def reach(self, stream: StreamName, position: Position, now: Instant) -> None:
        """Wait until all up to `position` is processed, and what was due at `now` is done."""

        async def look() -> Sequence[bool]:
            if self.ended.done():
                self.ended.result()
                raise Unavailable("the hub is stopping")
            pulse = self.pulses[stream]
            is_due = pulse.wake_at is not None and pulse.wake_at <= now
            there = pulse.life is Life.RUNNING and pulse.position >= position and not is_due
            return [True] if there else []

        await self._turned.first(stream, None, look)

    def _run(self) -> None:
        try:
            asyncio.run(self._drive_all())
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None  # the first to fail took the others with it
        finally:
            self._is_up.set()

    async def _drive_all(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        self._is_up.set()
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._keeper.keep(it, self.pulses[it.stream]))
                for it in self._processors
            ]
            await self._stopping.wait()
            for task in tasks:
                task.cancel()

    def _hear(self, stream: StreamName, turn: Turn | ShardLost | Unavailable) -> None:
        self._heard(stream, turn)
        self._turned.ring(stream)

    def _ring(self, _ended: Future[None]) -> None:
        for processor in self._processors:
            self._turned.ring(processor.stream)
