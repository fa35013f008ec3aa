"""Workers that are killed, frozen and moved about: nothing is lost, and nothing is told twice."""

from __future__ import annotations

import asyncio
from functools import partial
from random import Random

import pytest

from tests.faults.kafka.stage import Stage
from tests.faults.kafka.striking import Strike, moment, pieces, region, under
from tests.kafka.workers import Worker, started

pytestmark = pytest.mark.slow

_PER_STRIKE = 4  # households


async def test_workers_are_killed_in_rotation(stage: Stage, kills: int, chance: Random) -> None:
    workers = [stage.worker(name) for name in ("a", "b")]
    await started(*workers)
    strikes: list[Strike] = [
        partial(killed_and_back, workers[number % 2], chance) for number in range(kills // 2)
    ]
    *lines, rest = pieces(region(8 + _PER_STRIKE * len(strikes), 4), 6)
    await under(stage, [line for piece in lines for line in piece], strikes)
    await asyncio.to_thread(workers[0].kill)  # for good: the other takes its partitions
    await stage.send(rest)
    await stage.check()


async def test_a_worker_thaws_after_others_have_its_partitions(
    stage: Stage, freezes: int, chance: Random
) -> None:
    workers = [stage.worker(name) for name in ("a", "b")]
    await started(*workers)
    sent = pieces(region(8 + _PER_STRIKE * freezes, 5), 3 * freezes)
    for number in range(freezes):
        worker = workers[number % 2]
        await asyncio.gather(stage.send(next(sent)), asyncio.to_thread(frozen, worker, chance))
        await stage.send(next(sent))
        await stage.settled()  # only the other can have taken this in
        # It wakes up over partitions that it thinks are its own, and there is something to do.
        await asyncio.gather(stage.send(next(sent)), asyncio.to_thread(worker.thaw))
        await asyncio.to_thread(worker.wait_until_ready)
    await stage.check()


async def test_workers_come_and_go_while_facts_come_in(
    stage: Stage, freezes: int, chance: Random
) -> None:
    first, *others = (stage.worker(name) for name in ("a", "b", "c"))
    await started(first)
    strikes: list[Strike] = []
    for _ in range(freezes):
        strikes += [partial(added, it, chance) for it in others]
        strikes += [partial(removed, first, chance), partial(added, first, chance)]
        strikes += [partial(removed, it, chance) for it in others]
    await under(stage, region(16 + _PER_STRIKE * freezes, 6), strikes)
    await stage.check()


def killed_and_back(worker: Worker, chance: Random) -> None:
    moment(chance)
    worker.kill()
    worker.start()
    if chance.random() < 0.7:  # else the next strike comes while it takes its partitions
        worker.wait_until_ready()


def frozen(worker: Worker, chance: Random) -> None:
    moment(chance)
    worker.freeze()


def added(worker: Worker, chance: Random) -> None:
    worker.start()
    if chance.random() < 0.5:  # else it comes and others go at the same time
        worker.wait_until_ready()
    moment(chance)


def removed(worker: Worker, chance: Random) -> None:
    moment(chance)
    worker.stop()
