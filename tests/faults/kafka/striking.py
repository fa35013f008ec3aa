"""What comes in while faults strike, and how the two go together."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from random import Random
from typing import Final

from hub.domain.time import Instant, parse_instant
from hub.simulation import Fault, simulate
from tests.faults.kafka.stage import Stage

NOW: Final[Instant] = parse_instant("2024-07-01T12:00:00Z")  # half a year after regions begin
FAULTS: Final = frozenset(Fault)

# Does its worst, in a thread; what it does is over when it returns.
Strike = Callable[[], None]


@lru_cache(maxsize=4)
def region(households: int, seed: int) -> tuple[bytes, ...]:
    """The lines of a simulated half year with every fault, in order of arrival."""
    return tuple(simulate(households, 6, seed, FAULTS))


def pieces(lines: Sequence[bytes], count: int) -> Iterator[Sequence[bytes]]:
    """So many pieces of about the same size, in order."""
    for number in range(count):
        yield lines[number * len(lines) // count : (number + 1) * len(lines) // count]


async def under(stage: Stage, lines: Sequence[bytes], strikes: Sequence[Strike]) -> None:
    """Send lines, a piece under each strike, and a last one when all is over."""
    *during, last = pieces(lines, len(strikes) + 1)
    for strike, piece in zip(strikes, during, strict=True):
        await asyncio.gather(stage.send(piece), asyncio.to_thread(strike))
    await stage.send(last)


def wait(seconds: float) -> None:
    """Let some time go by; nothing is expected of it."""
    threading.Event().wait(seconds)


def moment(chance: Random) -> None:
    """Wait until a fault may strike: while a piece comes in, or just after."""
    wait(chance.uniform(0.0, 0.6))
