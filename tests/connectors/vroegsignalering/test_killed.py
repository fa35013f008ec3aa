"""kill -9 of the half of the corporatie at any moment: in the end what stands is what may stand."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from tests.connectors.vroegsignalering.households import LEASE, NOT_YET, OBJECTED, TAKEN
from tests.connectors.vroegsignalering.region import Region, a_region, living
from tests.gateway.desk import MAAS, WEERT
from tests.systems.vroegsignalering import KEY

pytestmark = pytest.mark.slow

HOUSEHOLDS = 6


async def test_what_stands_in_the_end_is_what_the_gemeente_may_see(
    tmp_path: Path, kills: int, kill_seed: int
) -> None:
    chance = random.Random(kill_seed)
    told = b""
    async with a_region(tmp_path) as region:
        for number in range(HOUSEHOLDS):
            await region.lease(number)
        for strike in range(kills):
            for number in range(HOUSEHOLDS):
                steps = chance.choice((TAKEN, TAKEN, NOT_YET, OBJECTED))
                await region.miss(number, f"2024-02-{10 + strike % 19}", steps)
            told += await _struck(region, chance.random() * 0.5)
        await region.run(MAAS)
        assert set(region.system.signals) == living(await region.alerts(WEERT))
    for secret in (KEY, region.site.keys[MAAS], LEASE, "6001AA"):
        assert secret.encode() not in told


async def _struck(region: Region, seconds: float) -> bytes:
    """kill -9 some time after it began to work; what it said."""
    process = await region.process(MAAS)
    assert process.stdout is not None
    await process.stdout.readline()  # it is at work
    try:
        await asyncio.wait_for(process.wait(), seconds)
    except TimeoutError:
        process.kill()
    out, err = await process.communicate()
    return out + err
