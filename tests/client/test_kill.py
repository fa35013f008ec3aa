"""kill -9 of a client: what was handed over is sent, and what was not dealt with comes again."""

from __future__ import annotations

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

import pytest

from hub.client import AsyncClient
from tests.client.site import FEW, Plan, Site
from tests.gateway.desk import MAAS, WEERT
from tests.house.sources import ROOT
from tests.streams.world import signed

pytestmark = pytest.mark.slow


async def victim(site: Site, party: str, state: Path, place: str) -> Process:
    command = [sys.executable, "-m", "tests.client.victim", site.address, site.keys[party]]
    return await asyncio.create_subprocess_exec(*command, state, place, cwd=ROOT, stdout=PIPE)


async def told(process: Process, most: int | None = None) -> list[str]:
    """The lines that a process wrote whole; so many of them, or all until it ended."""
    assert process.stdout is not None
    found: list[str] = []
    while most is None or len(found) < most:
        line = await process.stdout.readline()
        if not line.endswith(b"\n"):
            break
        found.append(line.decode().strip())
    return found


async def test_what_was_handed_over_before_a_kill_is_sent_in_order(
    site: Site, tmp_path: Path
) -> None:
    state = tmp_path / "state.db"
    process = await victim(site, MAAS, state, "handing-over")
    kept = await told(process, 25)
    process.kill()
    kept += await told(process)
    assert await process.wait() == -signal.SIGKILL
    assert site.sent == []
    async with AsyncClient(site.address, site.keys[MAAS], state, FEW) as client:
        assert client.pending in (len(kept), len(kept) + 1)  # one was kept and not told
        sent = [outcome.id for outcome in await client.flush()]
    assert sent[: len(kept)] == kept
    assert [event["id"] for call in site.sent for event in call] == sent


async def test_an_event_that_the_hub_has_and_nobody_knows_counts_once(
    site: Site, tmp_path: Path
) -> None:
    state = tmp_path / "state.db"
    site.plans.append(Plan(502, kept=True))
    process = await victim(site, MAAS, state, "answer-lost")
    assert await process.wait() == -signal.SIGKILL
    async with AsyncClient(site.address, site.keys[MAAS], state, FEW) as client:
        assert client.pending == 1
        [outcome] = await client.flush()
    assert outcome.status == "duplicate"
    assert site.sent[0] == site.sent[1]


async def test_an_alert_that_was_being_dealt_with_comes_again(site: Site, tmp_path: Path) -> None:
    async with AsyncClient(site.address, site.keys[MAAS], tmp_path / "maas.db", FEW) as corporatie:
        await corporatie.publish(signed())
    await site.hub.settled()
    state = tmp_path / "state.db"
    process = await victim(site, WEERT, state, "following")
    before = await told(process)
    assert await process.wait() == -signal.SIGKILL
    async with AsyncClient(site.address, site.keys[WEERT], state, FEW) as client:
        after = [alert.alert_id async for alert in client.catch_up()]
    assert len(before) == 3
    assert after[0] == before[2]
    assert not set(after) & set(before[:2])
