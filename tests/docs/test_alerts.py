"""docs/alerts.md says what the code does, and its example follows alerts."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from hub.domain.acts import Status
from hub.gateway.alerts import LONGEST_WAIT_SECONDS, MOST, PARAMETERS
from hub.gateway.event_stream import MEDIA_TYPE
from tests.gateway.desk import WEERT, Desk, a_desk, served
from tests.house.sources import ROOT
from tests.streams.world import signed

PAGE: Final = (ROOT / "docs" / "alerts.md").read_text("utf-8")
PATIENCE_SECONDS: Final = 60.0


def test_every_parameter_and_status_stands_in_the_page() -> None:
    assert [it for it in (*PARAMETERS, *Status) if f"`{it}`" not in PAGE] == []


def test_the_limits_are_those_of_the_code() -> None:
    told = (f"at most {MOST} |", f"at most {LONGEST_WAIT_SECONDS} |", MEDIA_TYPE, "`listed` false")
    assert [it for it in told if it not in PAGE] == []


@pytest.mark.slow
async def test_the_example_follows_alerts(tmp_path: Path) -> None:
    async with a_desk(tmp_path / "data") as desk, served(desk) as reached:
        await reached.send(signed())
        listed = await reached.alerts(WEERT, order="cursor")
        async with example(reached) as running:
            lines = [await line_of(running) for _ in listed]
            assert lines == [f"{it['alertId']} 1 open" for it in listed]
            alert_id = listed[0]["alertId"]
            await reached.act(alert_id, "acknowledgement", WEERT)
            assert await line_of(running) == f"{alert_id} 2 acknowledged"


@asynccontextmanager
async def example(desk: Desk) -> AsyncIterator[Process]:
    """The Python of the page, as a process that asks this hub."""
    code = PAGE.partition("```python\n")[2].partition("```")[0]
    code = code.replace("sk_…", desk.keys[WEERT])
    code = code.replace("http://127.0.0.1:8300", str(desk.client.base_url).rstrip("/"))
    running = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=PIPE)
    try:
        yield running
    finally:
        running.kill()
        await running.wait()


async def line_of(running: Process) -> str:
    assert running.stdout is not None
    line = await asyncio.wait_for(running.stdout.readline(), PATIENCE_SECONDS)
    return line.decode().strip()
