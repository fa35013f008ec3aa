"""kill -9 while a sender is at the door: what was answered with 202 is at the hub in the end."""

from __future__ import annotations

import json
import random
from asyncio import Task, create_task, wait_for
from asyncio.subprocess import Process
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.client.site import a_site
from tests.contract.connectors.cloudevents_world import DOOR_TOKEN, SOURCE, fact, sender_world
from tests.contract.connectors.scene import Scene
from tests.systems.cloudevents import Sender

pytestmark = pytest.mark.slow


async def struck(process: Process, seconds: float) -> None:
    with suppress(TimeoutError):
        await wait_for(process.wait(), seconds)
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()


async def brought(pages: str, events: list[dict[str, Any]], strike: Task[None]) -> list[str]:
    """The ids of those that were answered, in order; until nobody answers any more."""
    answered: list[str] = []
    async with httpx.AsyncClient(base_url=pages) as client:
        sender = Sender(client, DOOR_TOKEN)
        with suppress(httpx.TransportError):
            for event in events:
                assert (await sender.structured(event)).status_code == 202
                answered.append(event["id"])
    await strike
    return answered


async def test_what_was_answered_is_at_the_hub_once(
    tmp_path: Path, kills: int, kill_seed: int
) -> None:
    chance = random.Random(kill_seed)
    folder = tmp_path / "connector"
    folder.mkdir()
    answered: list[str] = []
    async with a_site(tmp_path / "data") as site, sender_world(folder) as world:
        scene = Scene(site, world, folder)
        for _ in range(max(2, kills // 2)):
            process = await scene.process("run")
            assert process.stdout is not None
            pages = json.loads(await process.stdout.readline())["pages"]
            strike = create_task(struck(process, 0.1 + chance.random() * 0.4))
            # Whoever got no answer sends it again, to whoever comes up next.
            waiting = [fact(f"D-{n}") for n in range(len(answered), len(answered) + 1000)]
            answered += await brought(pages, waiting, strike)
        await scene.once()
        assert answered
        said = scene.said()
        assert {(SOURCE, id_) for id_ in answered} <= said.keys()
        assert len(scene.in_force()) == len(said)
        assert scene.dead_letters() == []
