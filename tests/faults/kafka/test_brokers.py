"""A broker that is killed, or frozen: workers wait, lose nothing, and go on by themselves."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from random import Random

import pytest

from hub.streams.kafka.names import Names
from tests.faults.kafka.stage import staged
from tests.faults.kafka.striking import NOW, Strike, moment, region, under, wait
from tests.kafka.broker import Broker

pytestmark = pytest.mark.slow

FROZEN_S = 15.0


async def test_a_broker_is_killed_and_frozen(
    own_broker: Broker, tmp_path: Path, freezes: int, chance: Random
) -> None:
    strikes: list[Strike] = [
        strike
        for _ in range(freezes)
        for strike in (
            partial(killed_and_restarted, own_broker, chance),
            partial(frozen_and_thawed, own_broker, chance),
        )
    ]
    async with staged(own_broker.connection, Names("seintje"), NOW, tmp_path) as stage:
        workers = [stage.worker(name) for name in ("a", "b")]
        for worker in workers:
            await asyncio.to_thread(worker.start)
        await under(stage, region(10 + 6 * freezes, 7), strikes)
        await stage.check()
        for worker in workers:
            assert worker.running, worker.log.read_text("utf-8")[-4000:]


def killed_and_restarted(broker: Broker, chance: Random) -> None:
    moment(chance)
    broker.kill()
    wait(chance.uniform(0.0, 2.0))
    broker.start()


def frozen_and_thawed(broker: Broker, chance: Random) -> None:
    moment(chance)
    broker.freeze()
    wait(FROZEN_S)
    broker.thaw()
