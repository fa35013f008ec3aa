"""Keeping one shard going: opened, driven, dropped and opened anew, while that makes sense.

A shard that is lost is opened anew, and so is one whose store is away for a while; any other fault
ends it, for going on would be guessing. Written once, for the thread of the embedded hub
(`workers`) and for the workers on Kafka.

    opening → running → opening    the shard was lost
                      → waiting    the store is away, or another has the shard; then opening
    any     → stopped              asked to
            → failed               a bug, or a setting that is wrong
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Final

import structlog
from msgspec import Struct

from hub.clocks import seconds
from hub.domain.time import Instant
from hub.errors import Bug, Fenced, ShardLost, Unavailable
from hub.streams.loop import Limits, Turn, drive
from hub.streams.seam import Clock, Position, Shard, Step, StreamName

STALLED_SECONDS: Final = 60.0
# One that was frozen, and does not know yet that its partitions are another's, must not take them
# back at once, and have the other take them back, and so on. By then its group has told it.
FENCED_SECONDS: Final = 1.0

_log = structlog.get_logger("seintje.keeping")


class Life(StrEnum):
    """The life of a shard in this process."""

    OPENING = "opening"
    RUNNING = "running"
    WAITING = "waiting"
    STOPPED = "stopped"
    FAILED = "failed"


NEXT: Final[Mapping[Life, frozenset[Life]]] = {
    Life.OPENING: frozenset(
        # lost while it was opened, it is opened anew
        {Life.OPENING, Life.RUNNING, Life.WAITING, Life.STOPPED, Life.FAILED}
    ),
    Life.RUNNING: frozenset({Life.OPENING, Life.WAITING, Life.STOPPED, Life.FAILED}),
    Life.WAITING: frozenset({Life.OPENING, Life.STOPPED, Life.FAILED}),
    Life.STOPPED: frozenset(),
    Life.FAILED: frozenset(),
}


class Processor(Struct, frozen=True):
    """A step and the shard it is driven over; `position` says how far the shard has come."""

    stream: StreamName
    open_shard: Callable[[], Awaitable[Shard]]
    make_step: Callable[[], Step]
    position: Callable[[], Position]


class Pulse(Struct):
    """How a shard does; `turned_at` is when it last turned or moved, in `clocks.seconds`;
    `is_away` from when its store did not answer until the next turn."""

    life: Life = Life.OPENING
    turned_at: float = 0.0
    position: Position = 0
    wake_at: Instant | None = None
    is_away: bool = False

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


# Hears of each turn, and why a shard was dropped.
Heard = Callable[[StreamName, Turn | ShardLost | Unavailable], None]


class Keeper:
    """Keeps shards going; `heard` is called on the loop that drives them."""

    def __init__(self, clock: Clock, limits: Limits, heard: Heard) -> None:
        self._clock = clock
        self._limits = limits
        self._heard = heard

    async def keep(self, processor: Processor, pulse: Pulse) -> None:
        """Drive one shard, again and again, until cancelled. Raises what can't be mended."""
        ended = Life.FAILED
        try:
            while True:
                dropped = await self._drive(processor, pulse)
                self._heard(processor.stream, dropped)
                if wait := _wait_after(dropped):
                    pulse.moved(Life.WAITING)
                    await asyncio.sleep(wait)
                pulse.moved(Life.OPENING)
        except asyncio.CancelledError:
            ended = Life.STOPPED
            raise
        finally:
            pulse.moved(ended)

    async def _drive(self, processor: Processor, pulse: Pulse) -> ShardLost | Unavailable:
        """Until the shard has to be dropped: why."""
        name = processor.stream
        shard: Shard | None = None

        def watch(turn: Turn) -> None:
            if pulse.life is Life.OPENING:
                pulse.moved(Life.RUNNING)
            pulse.turned_at, pulse.is_away = seconds(), False
            pulse.position, pulse.wake_at = processor.position(), turn.wake_at
            self._heard(name, turn)

        try:
            shard = await processor.open_shard()
            await drive(processor.make_step(), shard, self._clock, self._limits, watch)
        except Fenced as fenced:
            _log.warning("another has taken the shard", shard=name, retry_after=FENCED_SECONDS)
            return fenced
        except ShardLost as lost:
            _tell_lost(name, lost)
            return lost
        except Unavailable as away:
            _tell(name, pulse, away)
            return away
        finally:
            if shard is not None:
                await shard.close()
        raise Bug("a loop ended without being asked to")


def _tell_lost(name: StreamName, lost: ShardLost) -> None:
    why = type(lost).__name__
    _log.warning("shard lost, opening it anew", shard=name, reason=why, says=str(lost))


def _wait_after(dropped: ShardLost | Unavailable) -> float:
    """How many seconds to wait before it is opened anew."""
    if isinstance(dropped, Unavailable):
        return dropped.retry_after
    return FENCED_SECONDS if isinstance(dropped, Fenced) else 0.0


def _tell(name: StreamName, pulse: Pulse, away: Unavailable) -> None:
    """Once, however often it is tried: each shard does so every second."""
    if not pulse.is_away:
        _log.warning("store away", shard=name, says=str(away), retry_after=away.retry_after)
    pulse.is_away = True
