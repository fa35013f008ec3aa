"""The loop over every runtime, with the toy step: ticks, poison, and dying at the worst moment."""

import asyncio
import random

import pytest

from hub.domain.time import MINUTE_MS, Instant
from hub.errors import Bug
from hub.streams.loop import Turn
from hub.streams.seam import Batch, Effects, Shard, State
from tests.contract.runtimes import START, Runtime
from tests.contract.toy import (
    COUNTS,
    caught_up,
    counted,
    drive_until,
    heard,
    tell,
)

HOUR_MS = 60 * MINUTE_MS


class Passing:
    """A clock that goes on by as much each time that it is read."""

    def __init__(self, step: int) -> None:
        self._at, self._step = START, step

    def now(self) -> Instant:
        self._at += self._step
        return self._at


class Died(Exception):
    """The process, at the place that the test chose."""


class Mortal:
    """A shard whose process dies before or after its n-th commit."""

    def __init__(self, shard: Shard, commits: int, after: int) -> None:
        self._shard = shard
        self._before = commits - after
        self._after = commits

    @property
    def state(self) -> State:
        return self._shard.state

    async def read(self, limit: int, wait: float | None) -> Batch:
        return await self._shard.read(limit, wait)

    async def commit(self, batch: Batch | None, effects: Effects) -> None:
        if self._before == 0:
            raise Died
        await self._shard.commit(batch, effects)
        self._before -= 1
        self._after -= 1
        if self._after == 0:
            raise Died

    async def close(self) -> None:
        await self._shard.close()


async def test_everything_is_counted_once(runtime: Runtime) -> None:
    told = [(b"%d" % (number % 3), b"x") for number in range(50)]
    await tell(runtime.log, *told)
    await drive_until(await runtime.shard("toy", "facts"), runtime.clock, caught_up, records=7)
    assert await heard(runtime.outbox, "counted") == counted(told)


async def test_an_alarm_rings_when_its_time_has_come_and_not_before(runtime: Runtime) -> None:
    await tell(runtime.log, (b"k", b"ring %d" % (START + HOUR_MS)))
    shard = await runtime.shard("toy", "facts")

    def move_on(turn: Turn) -> bool:
        """A minute before it twice, then on the spot."""
        if len(seen) == 2:
            runtime.clock.at = START + HOUR_MS - MINUTE_MS
        if len(seen) == 4:
            runtime.clock.at = START + HOUR_MS
        seen.append(turn.ticked)
        return len(seen) == 7

    seen: list[bool] = []
    await drive_until(shard, runtime.clock, move_on)
    assert seen == [False, False, False, False, False, True, False]
    assert await heard(runtime.outbox, "rung") == [(b"k", b"%d" % (START + HOUR_MS))]


async def test_a_backlog_is_not_silence(runtime: Runtime) -> None:
    """What was due long ago rings only when everything was read."""
    told = [(b"k", b"ring %d" % (START - HOUR_MS)), *[(b"k", b"x")] * 4]
    await tell(runtime.log, *told)
    turns = await drive_until(
        await runtime.shard("toy", "facts"), runtime.clock, lambda it: it.ticked, records=1
    )
    assert [turn.ticked for turn in turns] == [False, False, False, False, True]
    assert [turn.caught_up for turn in turns] == [False, False, False, False, True]


async def test_a_deadline_survives_a_restart(runtime: Runtime) -> None:
    await tell(runtime.log, (b"k", b"ring %d" % (START + HOUR_MS)))
    await drive_until(await runtime.shard("toy", "facts"), runtime.clock, caught_up)
    await runtime.reopen()
    runtime.clock.at = START + 2 * HOUR_MS
    turns = await drive_until(
        await runtime.shard("toy", "facts"), runtime.clock, lambda it: it.ticked
    )
    assert len(turns) == 1


async def test_a_tick_does_no_more_than_its_limit(runtime: Runtime) -> None:
    await tell(runtime.log, *[(b"%d" % key, b"ring %d" % START) for key in range(5)])
    turns = await drive_until(
        await runtime.shard("toy", "facts"), runtime.clock, lambda it: not it.ticked
    )
    assert [turn.ticked for turn in turns] == [True, True, True, False]  # two at a time
    assert len(await heard(runtime.outbox, "rung")) == 5


async def test_a_poison_record_becomes_a_dead_letter_and_the_rest_goes_on(
    runtime: Runtime,
) -> None:
    told = [(b"a", b"x"), (b"b", b"poison"), (b"a", b"x"), (b"b", b"x")]
    await tell(runtime.log, *told)
    turns = await drive_until(await runtime.shard("toy", "facts"), runtime.clock, caught_up)
    assert len(turns) == 1
    assert not turns[0].ticked, "what the record left in memory was forgotten"
    assert await heard(runtime.outbox, "counted") == counted(told)
    (letter,) = await runtime.outbox.read("dead-letters", None, 10, 0.0)
    assert (letter.key, letter.value) == (b"b", b"poison")
    why = {"reason": b"processing-error", "stream": b"facts", "position": b"2"}
    assert letter.headers == why
    assert [key for key, _ in await heard(runtime.outbox, "frozen")] == [b"b"]


@pytest.mark.parametrize("records", [1, 10], ids=["one by one", "in a batch"])
async def test_five_poison_records_within_a_minute_stop_the_shard(
    runtime: Runtime, records: int
) -> None:
    await tell(runtime.log, *[(b"k", b"poison")] * 5)
    with pytest.raises(Bug):
        await drive_until(
            await runtime.shard("toy", "facts"), runtime.clock, lambda _: False, records
        )


async def test_poison_now_and_then_stops_nothing(runtime: Runtime) -> None:
    await tell(runtime.log, *[(b"k", b"poison")] * 8, (b"k", b"x"))
    shard = await runtime.shard("toy", "facts")
    await drive_until(shard, Passing(MINUTE_MS // 4), caught_up, records=1)
    assert len(await heard(runtime.outbox, "dead-letters")) == 8
    assert await heard(runtime.outbox, "counted") == [(b"k", b"1")]


@pytest.mark.parametrize("seed", range(8))
async def test_dying_around_commits_changes_nothing_in_the_end(runtime: Runtime, seed: int) -> None:
    chance = random.Random(seed)
    told = [(b"%d" % chance.randrange(4), b"x") for _ in range(60)]
    await tell(runtime.log, *told)
    for _ in range(6):
        shard = await runtime.shard("toy", "facts")
        mortal = Mortal(shard, chance.randint(1, 4), after=chance.randint(0, 1))
        with pytest.raises(Died):
            await drive_until(mortal, runtime.clock, lambda _: False, chance.randint(1, 3))
        await runtime.reopen()
    last = await runtime.shard("toy", "facts")
    await drive_until(last, runtime.clock, caught_up, records=100)
    assert await heard(runtime.outbox, "counted") == counted(told)
    assert {key: int(value) for key, value in last.state.scan(COUNTS)} == dict(
        (key, int(value)) for key, value in counted(told)
    )


@pytest.mark.parametrize("seed", range(5))
async def test_being_cancelled_anywhere_changes_nothing_in_the_end(
    runtime: Runtime, seed: int
) -> None:
    chance = random.Random(seed)
    told = [(b"%d" % chance.randrange(4), b"x") for _ in range(60)]
    await tell(runtime.log, *told)
    for _ in range(10):
        shard = await runtime.shard("toy", "facts")
        driving = asyncio.create_task(drive_until(shard, runtime.clock, lambda _: False, records=2))
        for _ in range(chance.randrange(30)):
            await asyncio.sleep(0)
        driving.cancel()
        await asyncio.wait([driving])
        assert driving.cancelled()
    await drive_until(await runtime.shard("toy", "facts"), runtime.clock, caught_up, records=100)
    assert await heard(runtime.outbox, "counted") == counted(told)
