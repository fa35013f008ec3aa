"""`seintje dead-letters` of a hub on Kafka: what intake refused goes back to where it came from."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from hub.clocks import ClockChoice
from hub.domain.time import parse_instant
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.names import Names
from hub.streams.loop import DEAD_LETTERS
from tests.cli.terminal import Ran, command, environment, piped
from tests.kafka.hubs import HubOnKafka
from tests.letters.kept import household
from tests.streams.world import CORPORATIE, GEMEENTE, Event, event

pytestmark = pytest.mark.slow

LETTERS = int(os.environ.get("LETTERS", "120"))
LATER = "2024-03-01T12:00:00Z"
FAST = ("--rate", "200", "--cap", str(LETTERS))
REDRIVE = ("dead-letters", "redrive", "--reason", "in-the-future", *FAST)


@pytest.fixture
def hub(kafka: Connection, kafka_names: Names, tmp_path: Path) -> HubOnKafka:
    return HubOnKafka(kafka, kafka_names, tmp_path)


def too_early(number: int) -> Event:
    """A household whose lease is signed after the clock of the hub."""
    lease = household(number)
    return {**lease, "data": {**lease["data"], "occurredAt": "2024-02-20"}}


def time_passes(hub: HubOnKafka) -> None:
    """What was refused for being of the future is not any more."""
    hub.at = LATER
    hub.settings = replace(hub.settings, clock=ClockChoice(parse_instant(LATER), 0))


def ours(hub: HubOnKafka) -> dict[str, str]:
    return {name: it for name, it in hub.environment.items() if name.startswith("SEINTJE_")}


async def seintje(hub: HubOnKafka, *words: str | Path) -> Ran:
    ask = partial(piped, *words, "--lang", "en", stdin=b"", **ours(hub))
    return await asyncio.to_thread(ask)


async def letters(hub: HubOnKafka, *more: str) -> list[dict[str, Any]]:
    ran = await seintje(hub, "dead-letters", "list", "--limit", "100000", *more)
    assert ran.code == 0, ran.err
    return ran.rows


async def refused(hub: HubOnKafka, count: int) -> None:
    async with hub.working():
        await hub.publish(CORPORATIE, *map(too_early, range(count)))
        await hub.when(partial(hub.read, DEAD_LETTERS), lambda it: len(it) >= count)


async def test_many_go_back_once_though_the_run_is_killed(hub: HubOnKafka) -> None:
    await refused(hub, LETTERS)
    rows = await letters(hub)
    assert {(it["reason"], it["stream"], it["type"], it["place"]) for it in rows} == {
        ("in-the-future", f"in/{CORPORATIE}", "lease-signed", "0988")
    }
    time_passes(hub)
    async with hub.working():
        process = subprocess.Popen(
            command(*REDRIVE), stdout=subprocess.PIPE, env=environment(**ours(hub))
        )
        assert process.stdout is not None
        await asyncio.to_thread(process.stdout.readline)  # it has begun, and dies
        process.kill()
        await asyncio.to_thread(process.communicate)
        ran = await seintje(hub, *REDRIVE, "--wait")
        assert ran.code == 0, ran.err
    sent = [it.headers for it in await hub.read(f"in/{CORPORATIE}", 100_000)]
    again = Counter(it["redriven"] for it in sent if "redriven" in it)
    assert (len(again), set(again.values())) == (LETTERS, {1})
    assert {it["state"] for it in await letters(hub)} == {"redriven"}
    assert (await seintje(hub, *REDRIVE)).out == b""


async def test_a_run_stops_when_intake_refuses_again(hub: HubOnKafka) -> None:
    await refused(hub, 20)
    async with hub.working():
        ran = await seintje(hub, *REDRIVE)
    assert (ran.code, len(ran.rows)) == (1, 3)
    assert "came back" in ran.err
    came_from = [it["cameFrom"] for it in await letters(hub, "--state", "open")]
    assert len([it for it in came_from if it is not None]) == 3


async def test_what_is_put_right_goes_in_its_place_and_the_rest_is_dismissed(
    hub: HubOnKafka, tmp_path: Path
) -> None:
    wrong = event("signal-raised", "s-1", "2024-01-21", category="other")
    async with hub.working():
        await hub.publish(GEMEENTE, {**wrong, "data": {"occurredAt": "2024-01-21"}}, too_early(1))
        await hub.when(partial(hub.read, DEAD_LETTERS), lambda it: len(it) == 2)
        ran = await seintje(hub, "dead-letters", "show", "1", "--as-fact")
        mended = tmp_path / "fact.json"
        mended.write_text(json.dumps(json.loads(ran.out) | {"data": wrong["data"]}))
        ran = await seintje(hub, "dead-letters", "redrive", "1", "--with", mended, "--wait")
        assert (ran.code, ran.rows) == (0, [{"position": 1, "stream": "facts"}])
        words = ("dead-letters", "dismiss", "--party", GEMEENTE, "--why", "not theirs")
        ran = await seintje(hub, *words)
        assert (ran.code, [it["position"] for it in ran.rows]) == (0, [2])
    assert [it["state"] for it in await letters(hub)] == ["dismissed", "redriven"]
