"""Silence raises alerts on a hub to which nobody says anything, and after it slept through them."""

from __future__ import annotations

import json
from pathlib import Path

from hub.clocks import VirtualClock, seconds
from hub.domain.time import parse_instant
from hub.streams.revisions import OUT
from tests.embedded.hubs import running
from tests.streams.world import GEMEENTE, signed

DEADLINE = parse_instant("2024-01-08T23:00:00Z")  # S + 1 d of the usual lease


async def test_a_deadline_fires_on_a_silent_hub_and_not_before(tmp_path: Path) -> None:
    clock = VirtualClock(DEADLINE - 1500, 1, seconds)
    async with running(tmp_path / "data", clock.now(), clock) as client:
        await client.send([signed()])
        found = await client.hub.outbox.read(OUT + GEMEENTE, None, 10, 30.0)
        told = [json.loads(record.value or b"") for record in found]
        assert [notice["rule"] for notice in told] == ["intake-missing"]
        assert found[0].appended_at >= DEADLINE


async def test_what_was_slept_through_fires_when_the_hub_is_back(tmp_path: Path) -> None:
    async with running(tmp_path / "data", DEADLINE - 86_400_000) as client:
        await client.send([signed()])
        assert not await client.alerts(GEMEENTE)
    async with running(tmp_path / "data", DEADLINE + 3 * 86_400_000) as client:
        found = await client.hub.outbox.read(OUT + GEMEENTE, None, 10, 30.0)
        told = [json.loads(record.value or b"") for record in found]
        assert [notice["rule"] for notice in told] == ["intake-missing"]
        assert told[0]["raisedAt"] == "2024-01-08T23:00:00.000Z"
