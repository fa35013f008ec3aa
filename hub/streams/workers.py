"""Workers: shards that are driven in a thread of their own, and what to do when one fails.

A shard that is lost is dropped and opened anew, and so is one whose store is away for a while; any
other fault ends the thread, for going on would be guessing. The thread has an event loop of its
own: correlating a batch is plain computing, and whoever asks over HTTP should not wait for it.

    opening → running → opening    the shard was lost
                      → waiting    the store is away; then opening
    any     → stopped              asked to
            → failed               a bug, or a setting that is wrong
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from enum import StrEnum
from typing import Final

import structlog
from msgspec import Struct

from hub.clocks import seconds
from hub.domain.time import Instant
from hub.errors import Bug, ShardLost, Unavailable
from hub.streams.bell import Bell
from hub.streams.loop import Limits, Turn, drive
from hub.streams.seam import Clock, Position, Shard, Step, StreamName

STALLED_SECONDS: Final = 60.0

_log = structlog.get_logger("seintje.workers")


class Life(StrEnum):
    """The life of a shard in this process."""

    OPENING = "opening"
    RUNNING = "running"
    WAITING = "waiting"
    STOPPED = "stopped"
    FAILED = "failed"


NEXT: Final[Mapping[Life, frozenset[Life]]] = {
    Life.OPENING: frozenset({Life.RUNNING, Life.WAITING, Life.STOPPED, Life.FAILED}),
    Life.RUNNING: frozenset({Life.OPENING, Life.WAITING, Life.STOPPED, Life.FAILED}),
    Life.WAITING: frozenset({Life.OPENING, Life.STOPPED, Life.FAILED}),
    Life.STOPPED: frozenset(),
    Life.FAILED: frozenset(),
}


class Processor(Struct, frozen=True):
    """A step and the shard it is driven over. All three are called in the thread of the workers;
    `position` says how far the shard has come."""

    stream: StreamName
    open_shard: Callable[[], Shard]
    make_step: Callable[[], Step]
    position: Callable[[], Position]


class Pulse(Struct):
    """How a shard does; `turned_at` is when it last turned or moved, in `clocks.seconds`."""

    life: Life = Life.OPENING
    turned_at: float = 0.0
    position: Position = 0
    wake_at: Instant | None = None

    def moved(self, life: Life) -> None:
        if life not in NEXT[self.life]:
            raise Bug(f"a shard went from {self.life} to {life}")
        self.life, self.turned_at = life, seconds()

    @property
    def is_stalled(self) -> bool:
        """Whether the loop should turn and does not. Opening may take as long as it takes."""
        if self.life is Life.FAILED:
            return True
        return self.life is Life.RUNNING and seconds() - self.turned_at > STALLED_SECONDS


Heard = Callable[[StreamName, Turn | None], None]


class Workers:
    """Drives the processors until `stop`, or until one of them fails. `heard` is called in their
    thread: at each turn, and with None when a shard was dropped."""

    def __init__(
        self, processors: Sequence[Processor], clock: Clock, limits: Limits, heard: Heard
    ) -> None:
        self._processors = processors
        self._clock = clock
        self._limits = limits
        self._heard = heard
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
            tasks = [group.create_task(self._keep(it)) for it in self._processors]
            await self._stopping.wait()
            for task in tasks:
                task.cancel()

    async def _keep(self, processor: Processor) -> None:
        """Drive one shard, again and again, for as long as that makes sense."""
        pulse = self.pulses[processor.stream]
        ended = Life.FAILED
        try:
            while True:
                wait = await self._drive(processor, pulse)
                self._heard(processor.stream, None)
                if wait:
                    pulse.moved(Life.WAITING)
                    await asyncio.sleep(wait)
                pulse.moved(Life.OPENING)
        except asyncio.CancelledError:
            ended = Life.STOPPED
            raise
        finally:
            pulse.moved(ended)

    async def _drive(self, processor: Processor, pulse: Pulse) -> float:
        """Until the shard has to be dropped: how many seconds to wait before it is opened anew."""
        name = processor.stream
        shard: Shard | None = None

        def watch(turn: Turn) -> None:
            if pulse.life is Life.OPENING:
                pulse.moved(Life.RUNNING)
            pulse.turned_at = seconds()
            pulse.position, pulse.wake_at = processor.position(), turn.wake_at
            self._heard(name, turn)
            self._turned.ring(name)

        try:
            shard = processor.open_shard()
            await drive(processor.make_step(), shard, self._clock, self._limits, watch)
        except ShardLost as lost:
            _log.warning("shard lost, opening it anew", shard=name, reason=type(lost).__name__)
            return 0.0
        except Unavailable as away:
            _log.warning("store away", shard=name, retry_after=away.retry_after)
            return away.retry_after
        finally:
            if shard is not None:
                await shard.close()
        raise Bug("a loop ended without being asked to")

    def _ring(self, _ended: Future[None]) -> None:
        for processor in self._processors:
            self._turned.ring(processor.stream)
