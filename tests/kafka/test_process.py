"""A worker as a process, started as operators and people who know Faust do."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.keys import Keys
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.names import Names
from hub.telemetry.family import Role
from tests.cli.terminal import Ran, seintje
from tests.kafka.hubs import HubOnKafka
from tests.metrics.shown import differences, known, read
from tests.streams.world import CORPORATIE, GEMEENTE, event, quiet_household

pytestmark = pytest.mark.slow

SEINTJE = [sys.executable, "-m", "hub", "worker"]
FAUST = [sys.executable, "-m", "faust", "-A", "hub.streams.kafka.app", "worker", "-l", "warn"]
SIGNAL = event("signal-raised", "s-1", "2024-01-21", category="other", party=CORPORATIE)


@pytest.fixture
def hub(kafka: Connection, kafka_names: Names, tmp_path: Path) -> HubOnKafka:
    return HubOnKafka(kafka, kafka_names, tmp_path)


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        found: int = free.getsockname()[1]
        return found


@contextmanager
def started(
    command: Sequence[str], hub: HubOnKafka, port: int, folder: Path
) -> Iterator[subprocess.Popen[bytes]]:
    environment = hub.environment | {"SEINTJE_WORKER_LISTEN": f"127.0.0.1:{port}"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


async def ready(hub: HubOnKafka, port: int) -> dict[str, Any]:
    """Its page says so."""

    async def look() -> dict[str, Any] | None:
        try:
            answer = httpx.get(f"http://127.0.0.1:{port}/readyz")
        except httpx.TransportError:
            return None
        return answer.json() if answer.status_code == 200 else None

    found: dict[str, Any] = await hub.when(look)
    return found


async def by(hub: HubOnKafka, *words: str, **more: str) -> Ran:
    """A command with the settings of the hub; it has an event loop of its own."""
    ours = {name: value for name, value in hub.environment.items() if "SEINTJE_" in name}
    return await asyncio.to_thread(partial(seintje, *words, **(ours | more)))


@pytest.mark.parametrize("command", [SEINTJE, FAUST], ids=["seintje", "faust"])
async def test_it_gets_ready_works_and_stops_when_asked(
    hub: HubOnKafka, port: int, tmp_path: Path, command: Sequence[str]
) -> None:
    with started(command, hub, port, tmp_path) as process:
        assert await ready(hub, port) == {"status": "ready", "reasons": []}
        await hub.send(*quiet_household(), SIGNAL)
        await hub.when_told(GEMEENTE, "signal")
        page = httpx.get(f"http://127.0.0.1:{port}/metrics")
        assert 'seintje_records_total{shard="facts"} 9.0' in page.text
        assert differences(Role.WORKER, page.text, known()) == []
        # Faust serves these pages, and opens no Kafka of its own.
        told = {it.labels["event"]: it.value for it in read(page.text)["seintje_faust"].samples}
        assert told.pop("web-request") > told.pop("web-error")
        assert set(told.values()) == {0.0}
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


async def test_the_owner_of_a_household_says_why(
    hub: HubOnKafka, port: int, tmp_path: Path
) -> None:
    with started(SEINTJE, hub, port, tmp_path):
        await ready(hub, port)
        await hub.send(*quiet_household(), SIGNAL)
        (told,) = await hub.when_told(GEMEENTE, "signal")
        [why] = (await by(hub, "explain", told["alertId"])).rows
        assert (why["rule"], why["status"]) == ("signal", "open")
        assert [it["type"] for it in why["evidence"]] == ["signal-raised"]
        household = ("--reference", f"lease:{CORPORATIE}:L-1")
        [unmet] = (await by(hub, "why-not", *household, "--rule", "rent-arrears")).rows
        assert unmet["unmet"]["reason"]
        assert (await by(hub, "why-not", *household, "--rule", "rent-arears")).code == 2
        assert (await by(hub, "explain", "al-22222222222222222222222222")).code == 1


async def test_who_has_another_key_is_told_nothing(
    hub: HubOnKafka, port: int, tmp_path: Path
) -> None:
    with started(SEINTJE, hub, port, tmp_path):
        await ready(hub, port)
        other = tmp_path / "other.key"
        Keys.load_or_create(other)
        ran = await by(hub, "explain", "al-2", "--lang", "en", SEINTJE_KEY_FILE=str(other))
        assert ran.code == 2
        assert "SEINTJE_KEY_FILE — the workers have another key" in ran.err
        page = f"http://127.0.0.1:{port}/look-ups/explanation"
        assert httpx.post(page, content=b"{}").status_code == 401


async def test_without_workers_there_is_nobody_to_ask(hub: HubOnKafka) -> None:
    ran = await by(hub, "explain", "al-2", "--lang", "en")
    assert ran.code == 3
    assert "start one: seintje worker" in ran.err


def test_what_is_wrong_with_the_topics_ends_it_with_words(
    kafka: Connection, kafka_names: Names, tmp_path: Path, port: int
) -> None:
    hub = HubOnKafka(kafka, kafka_names, tmp_path)
    more = {"SEINTJE_KAFKA_PARTITIONS": "5", "SEINTJE_WORKER_LISTEN": f"127.0.0.1:{port}"}
    ran = subprocess.run(
        SEINTJE, env=hub.environment | more, capture_output=True, timeout=60, check=False
    )
    assert ran.returncode == 2
    assert f"{kafka_names.prefix}.facts.v1: partitions 3, wanted 5".encode() in ran.stderr
