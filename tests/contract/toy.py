"""A step that is small enough to know by heart, and ways to drive it.

It counts the records of a key and tells each count on `counted`. Two values are special: `poison`
makes it raise, after it has spoilt what it keeps in memory; `ring <instant>` sets the alarm of the
key, which tells on `rung` when its time has come.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from hub.domain.time import Instant
from hub.streams.loop import Limits, Turn, drive
from hub.streams.overlay import Overlay
from hub.streams.seam import Clock, Effects, Emit, FactLog, Outbox, Record, Shard, State

COUNTS: Final = "counts"
ALARMS: Final = "alarms"
PATIENCE_SECONDS: Final = 60.0  # a wake-up that got lost fails a test instead of hanging it

Answer = TypeVar("Answer")


class Counting:
    """The step."""

    def __init__(self) -> None:
        self._alarms: dict[bytes, Instant] = {}

    def open(self, state: State) -> Instant | None:
        self._alarms = {key: int(value) for key, value in state.scan(ALARMS)}
        return self._next()

    def take(
        self, state: State, batch: Sequence[Record], now: Instant, *, more: bool = False
    ) -> Effects:
        overlay, emits = Overlay(state), list[Emit]()
        for record in batch:
            value = record.value or b""
            if value == b"poison":
                self._alarms[record.key] = 0
                raise ValueError("poison")
            if value.startswith(b"ring "):
                self._alarms[record.key] = int(value[5:])
                overlay.put(ALARMS, record.key, value[5:])
                continue
            count = b"%d" % (int(overlay.get(COUNTS, record.key) or b"0") + 1)
            overlay.put(COUNTS, record.key, count)
            emits.append(Emit("counted", record.key, count))
        return Effects(overlay.changes, emits, self._next())

    def tick(self, state: State, now: Instant, limit: int) -> Effects:
        due = sorted(key for key, at in self._alarms.items() if at <= now)[:limit]
        for key in due:
            del self._alarms[key]
        emits = [Emit("rung", key, b"%d" % now) for key in due]
        return Effects({(ALARMS, key): None for key in due}, emits, self._next())

    def freeze(self, state: State, record: Record | None, now: Instant) -> Effects:
        key = b"" if record is None else record.key
        return Effects({}, [Emit("frozen", key, b"%d" % now)], self._next())

    def _next(self) -> Instant | None:
        return min(self._alarms.values(), default=None)


class Enough(Exception):
    """The test has seen what it waited for."""


async def drive_until(
    shard: Shard, clock: Clock, enough: Callable[[Turn], bool], records: int = 10
) -> list[Turn]:
    """Drive the toy until a turn is enough; the turns up to and with that one."""
    turns: list[Turn | None] = []  # the first only says that the shard was opened

    def watch(turn: Turn) -> None:
        turns.append(turn if turns else None)
        if len(turns) > 1 and enough(turn):
            raise Enough

    limits = Limits(records=records, ticks=2, longest_wait=0.0)
    try:
        await patiently(drive(Counting(), shard, clock, limits, watch))
    except Enough:
        return [turn for turn in turns if turn is not None]
    raise AssertionError("drive ended by itself")


def caught_up(turn: Turn) -> bool:
    """There was nothing left to read."""
    return turn.caught_up


async def patiently(waiting: Awaitable[Answer]) -> Answer:
    """The answer, however long it takes within reason."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await waiting


async def tell(log: FactLog, *told: tuple[bytes, bytes], stream: str = "facts") -> None:
    """Append (key, value) pairs."""
    await log.append(stream, [Emit(stream, key, value) for key, value in told])


async def heard(outbox: Outbox, stream: str) -> list[tuple[bytes, bytes | None]]:
    """Everything on a stream as (key, value) pairs."""
    return [(it.key, it.value) for it in await outbox.read(stream, None, 1_000_000, 0.0)]


def counted(told: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """What must be heard on `counted` when just this was told."""
    seen: Counter[bytes] = Counter()
    heard: list[tuple[bytes, bytes]] = []
    for key, value in told:
        if value != b"poison" and not value.startswith(b"ring "):
            seen[key] += 1
            heard.append((key, b"%d" % seen[key]))
    return heard
