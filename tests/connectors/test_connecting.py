"""A connector as a process: whether it lives, how it ends."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from msgspec import json
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.index import Name
from connectors.kept import Kept
from hub.compose.connecting import Connecting, Ready
from tests.house.sources import ROOT
from tests.systems.serving import served

REPORT = {
    "id": "R1",
    "contract": "H-1",
    "reportedOn": "2024-02-01",
    "cause": "resident",
    "category": "other",
}


def settings(folder: Path, hub: str, system: str) -> Path:
    (folder / "key").write_text("a-key")
    file = folder / "meldingen.yaml"
    file.write_text(
        f"hub: {{address: '{hub}', keyFile: key}}\n"
        "party: corporatie-maas\n"
        "source: urn:nld:kvknr:90000001:systeem:meldingen\n"
        "listen: 127.0.0.1:0\n"
        f"template: {{address: '{system}', keyFile: key, gemeente: '0988'}}\n"
    )
    return file


@pytest.fixture
async def ready(tmp_path: Path) -> AsyncIterator[Ready]:
    file = settings(tmp_path, "http://127.0.0.1:9", "http://127.0.0.1:9")
    async with Connecting(Name.TEMPLATE, file).ready() as ready:
        yield ready


async def health(ready: Ready) -> tuple[int, str]:
    transport = httpx.ASGITransport(ready.pages)
    async with httpx.AsyncClient(transport=transport, base_url="http://connector") as client:
        answer = await client.get("/healthz")
    return answer.status_code, answer.text


async def test_a_part_that_is_stuck_is_no_longer_alive(ready: Ready) -> None:
    assert await health(ready) == (200, "ok\n")
    with ready.way.pulse.at_rest("reports", -1e9):
        assert await health(ready) == (503, "stuck: reports\n")


async def test_an_outage_of_both_sides_is_no_reason_to_be_restarted(ready: Ready) -> None:
    running = asyncio.create_task(ready.run())
    while b'failures_total{part="reports",reason="unavailable"} 1.0' not in await metrics(ready):
        await asyncio.sleep(0)
    assert await health(ready) == (200, "ok\n")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def metrics(ready: Ready) -> bytes:
    transport = httpx.ASGITransport(ready.pages)
    async with httpx.AsyncClient(transport=transport, base_url="http://connector") as client:
        return (await client.get("/metrics")).content


async def reports(request: Request) -> Response:
    is_first = not request.query_params["after"]
    return JSONResponse({"reports": [REPORT] if is_first else [], "next": "1"})


async def connector(file: Path, do: str = "run") -> Process:
    command = [sys.executable, "-m", "hub", "connect", "template", do, "--settings", str(file)]
    return await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=PIPE, stderr=PIPE)


async def test_a_connector_that_is_stopped_while_it_publishes_ends_well(tmp_path: Path) -> None:
    came = asyncio.Event()

    async def silent(_request: Request) -> Response:
        came.set()
        await asyncio.Event().wait()
        raise AssertionError("it never answers")

    hub = Starlette(routes=[Route("/v1/events", silent, methods=["POST"])])
    system = Starlette(routes=[Route("/reports", reports)])
    async with served(hub) as there, served(system) as here:
        process = await connector(settings(tmp_path, there.address, here.address))
        await came.wait()
        process.send_signal(signal.SIGTERM)
        _, err = await process.communicate()
        assert process.returncode == 0
        assert b"Traceback" not in err


@pytest.mark.parametrize("do", ["once", "run"])
async def test_a_mistake_of_the_program_ends_it_loudly_and_shows_no_fact(
    tmp_path: Path, do: str
) -> None:
    async with served(Starlette(routes=[Route("/reports", reports)])) as here:
        file = settings(tmp_path, "http://127.0.0.1:9", here.address)
        Kept(tmp_path / "seintje-meldingen").close()
        with closing(sqlite3.connect(tmp_path / "seintje-meldingen" / "kept.db")) as kept:
            kept.execute("DROP TABLE said")
        process = await connector(file, do)
        _, err = await process.communicate()
    assert process.returncode == 1
    told = next(json.decode(it) for it in err.splitlines() if b'"error"' in it)
    assert (told["where"], told["error"]) == ("reports", "OperationalError")
    assert any("connectors/outbox.py" in it for it in told["frames"])
    assert b"H-1" not in err
