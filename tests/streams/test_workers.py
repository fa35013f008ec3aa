"""Shards are driven in a thread of their own, and what can be mended is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from hub.errors import Bug, OutcomeUnknown, ShardLost, Unavailable
from hub.streams.keeping import NEXT, STALLED_SECONDS, Life, Processor, Pulse
from hub.streams.loop import Limits, Turn
from hub.streams.memory.runtime import MemoryLog, MemoryShard
from hub.streams.memory.store import MemoryStore
from hub.streams.seam import Batch, Effects, Emit, Record, Shard, State, Step
from hub.streams.workers import Workers
from tests.contract.toy import Counting, patiently
from tests.streams.world import StillClock

IMPATIENT = Limits(longest_wait=0.01)


class Bench:
    """Two shards over a store in memory, and what the workers told of them."""

    def __init__(self) -> None:
        self.clock = StillClock(1_000)
        self.store = MemoryStore(self.clock)
        self.told: list[tuple[str, bool]] = []
        self.open_shard: Callable[[], Shard] = lambda: MemoryShard(self.store, "a", "facts")
        self.make_step: Callable[[], Step] = Counting

    def processors(self) -> Sequence[Processor]:
        return [
            Processor(
                "facts",
                self._opened,
                lambda: self.make_step(),
                lambda: self.store.cursors.get(("a", "facts"), 0),
            ),
            Processor(
                "others",
                self._other,
                Counting,
                lambda: self.store.cursors.get(("b", "others"), 0),
            ),
        ]

    async def _opened(self) -> Shard:
        return self.open_shard()

    async def _other(self) -> Shard:
        return MemoryShard(self.store, "b", "others")

    def heard(self, stream: str, turn: Turn | ShardLost | Unavailable) -> None:
        self.told.append((stream, isinstance(turn, Turn)))

    async def tell(self, *values: bytes) -> int:
        emits = [Emit("facts", b"k", value) for value in values]
        return (await MemoryLog(self.store).append("facts", emits))[-1]

    def counted(self) -> list[bytes | None]:
        return [record.value for record in self.store.streams["counted"].after(0, 100)]

    @asynccontextmanager
    async def working(self) -> AsyncIterator[Workers]:
        workers = Workers(self.processors(), self.clock, IMPATIENT, self.heard)
        workers.start()
        try:
            yield workers
        finally:
            if not workers.ended.done():
                await workers.stop()


@pytest.fixture
def bench() -> Bench:
    return Bench()


class Away:
    """A shard whose store is away for the first commit."""

    def __init__(self, shard: Shard, moods: Iterator[Exception | None]) -> None:
        self._shard = shard
        self._moods = moods

    @property
    def state(self) -> State:
        return self._shard.state

    async def read(self, limit: int, wait: float | None) -> Batch:
        return await self._shard.read(limit, wait)

    async def commit(self, batch: Batch | None, effects: Effects) -> None:
        mood = next(self._moods, None)
        if mood is not None:
            raise mood
        await self._shard.commit(batch, effects)

    async def close(self) -> None:
        await self._shard.close()


async def test_reached_is_what_was_processed(bench: Bench) -> None:
    async with bench.working() as workers:
        position = await bench.tell(b"1", b"2")
        await patiently(workers.reach("facts", position, 1_000))
        assert bench.counted() == [b"1", b"2"]
        await patiently(workers.reach("others", 0, 1_000))
        lives = [pulse.life for pulse in workers.pulses.values()]
    assert lives == [Life.RUNNING, Life.RUNNING]
    assert [pulse.life for pulse in workers.pulses.values()] == [Life.STOPPED, Life.STOPPED]


async def test_reached_is_also_what_was_due(bench: Bench) -> None:
    async with bench.working() as workers:
        await bench.tell(b"ring 2000")
        bench.clock.at = 2_000
        await patiently(workers.reach("facts", 1, 2_000))
        assert bench.store.streams["rung"].last == 1


async def test_a_lost_shard_is_opened_anew(bench: Bench) -> None:
    async with bench.working() as workers:
        await patiently(workers.reach("facts", await bench.tell(b"1"), 1_000))
        MemoryShard(bench.store, "a", "facts")  # somebody else took it
        await patiently(workers.reach("facts", await bench.tell(b"2"), 1_000))
    assert bench.counted() == [b"1", b"2"]
    assert ("facts", False) in bench.told
    assert ("others", False) not in bench.told


async def test_a_store_that_is_away_is_waited_for(bench: Bench) -> None:
    moods: Iterator[Exception | None] = iter([Unavailable("full", 0.01), Unavailable("full", 0.0)])
    bench.open_shard = lambda: Away(MemoryShard(bench.store, "a", "facts"), moods)
    async with bench.working() as workers:
        await patiently(workers.reach("facts", await bench.tell(b"1"), 1_000))
    assert bench.counted() == [b"1"]
    assert bench.told.count(("facts", False)) == 2


async def test_a_store_that_stays_away_is_told_once(bench: Bench) -> None:
    moods: Iterator[Exception | None] = iter([Unavailable("gone", 0.01)] * 3)

    def open_shard() -> Shard:
        mood = next(moods, None)
        if mood is not None:
            raise mood
        return MemoryShard(bench.store, "a", "facts")

    bench.open_shard = open_shard
    with capture_logs() as logs:
        async with bench.working() as workers:
            await patiently(workers.reach("facts", await bench.tell(b"1"), 1_000))
    assert bench.told.count(("facts", False)) == 3
    told = [(it["event"], it["shard"], it["says"]) for it in logs]
    assert told == [("store away", "facts", "gone")]


async def test_a_shard_that_is_lost_while_it_is_opened_is_opened_anew(bench: Bench) -> None:
    moods: Iterator[Exception] = iter([OutcomeUnknown("no answer"), OutcomeUnknown("no answer")])

    def open_shard() -> Shard:
        for mood in moods:
            raise mood
        return MemoryShard(bench.store, "a", "facts")

    bench.open_shard = open_shard
    async with bench.working() as workers:
        await patiently(workers.reach("facts", await bench.tell(b"1"), 1_000))
    assert bench.counted() == [b"1"]


class Failing(Counting):
    """A step with a bug."""

    def take(
        self, state: State, batch: Sequence[Record], now: int, *, more: bool = False
    ) -> Effects:
        raise Bug("two households with one key")


async def test_a_bug_stops_all_of_them(bench: Bench) -> None:
    bench.make_step = Failing
    async with bench.working() as workers:
        position = await bench.tell(b"1")
        with pytest.raises(Bug, match="two households"):
            await patiently(workers.reach("facts", position, 1_000))
        with pytest.raises(Bug, match="two households"):
            await workers.stop()
        lives = {name: pulse.life for name, pulse in workers.pulses.items()}
        assert lives == {"facts": Life.FAILED, "others": Life.STOPPED}
        assert workers.pulses["facts"].is_stalled


async def test_nobody_waits_for_workers_that_were_stopped(bench: Bench) -> None:
    async with bench.working() as workers:
        waiting = asyncio.create_task(workers.reach("facts", 7, 1_000))
        await patiently(workers.reach("facts", 0, 1_000))
        await workers.stop()
        with pytest.raises(Unavailable):
            await patiently(waiting)


def test_every_life_says_what_may_follow() -> None:
    assert NEXT.keys() == set(Life)


@pytest.mark.parametrize("life", Life)
@pytest.mark.parametrize("after", Life)
def test_a_shard_lives_by_the_table(life: Life, after: Life) -> None:
    pulse = Pulse(life=life)
    if after in NEXT[life]:
        pulse.moved(after)
        assert pulse.life is after
    else:
        with pytest.raises(Bug):
            pulse.moved(after)


def test_only_a_loop_that_should_turn_stalls() -> None:
    long_ago = -2 * STALLED_SECONDS
    stalled = {life for life in Life if Pulse(life=life, turned_at=long_ago).is_stalled}
    assert stalled == {Life.RUNNING, Life.FAILED}
