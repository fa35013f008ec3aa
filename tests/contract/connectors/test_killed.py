"""kill -9 at any moment: nothing is lost, and nothing is said or told twice."""

from __future__ import annotations

import asyncio
import random
from asyncio.subprocess import Process
from contextlib import suppress

import pytest

from tests.contract.connectors.scene import Scene
from tests.contract.connectors.test_telling import trouble
from tests.contract.connectors.world import Can

pytestmark = pytest.mark.slow


async def struck(process: Process, seconds: float) -> str:
    """kill -9, after some time at work; what it said."""
    assert process.stdout is not None
    await process.stdout.readline()  # it is at work
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), seconds)
    with suppress(ProcessLookupError):
        process.kill()
    out, err = await process.communicate()
    return (out + err).decode()


async def test_a_connector_that_is_killed_loses_nothing_and_says_nothing_twice(
    scene: Scene, kills: int, kill_seed: int
) -> None:
    chance = random.Random(kill_seed)
    told = ""
    is_read = Can.BE_READ not in scene.world.lacks
    if Can.BE_TOLD not in scene.world.lacks:
        await trouble(scene)
    for _ in range(max(2, kills // 2)):
        if is_read:
            await scene.world.add(3)
        process = await scene.process("run")
        told += await struck(process, chance.random() * 0.4)
    await scene.once()
    if is_read:
        assert scene.agrees(), scene.differences()
    if Can.BE_TOLD not in scene.world.lacks:
        assert sorted(scene.world.told()) == sorted(await scene.alerts())
    for secret in (*scene.world.secrets, scene.site.keys[scene.world.party]):
        assert secret not in told
