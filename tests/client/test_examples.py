"""The examples of docs/examples, run as a party runs them, against a real hub."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from hub.domain.time import parse_instant
from tests.client.site import Site
from tests.gateway.desk import MAAS, WEERT
from tests.house.sources import ROOT

pytestmark = pytest.mark.slow

PUBLISHES, FOLLOWS = "corporatie_publishes.py", "gemeente_follows.py"


async def run(site: Site, name: str, party: str, state: Path) -> tuple[int, str, str]:
    """How an example ended, and what it said."""
    given = {"HUB_ADDRESS": site.address, "HUB_KEY": site.keys[party], "HUB_STATE": str(state)}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        ROOT / "docs" / "examples" / name,
        cwd=ROOT,
        env=os.environ | given,
        stdout=PIPE,
        stderr=PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_what_the_corporatie_publishes_the_gemeente_acknowledges(
    site: Site, tmp_path: Path
) -> None:
    corporatie, gemeente = tmp_path / "corporatie.db", tmp_path / "gemeente.db"
    site.clock.at = parse_instant("2026-03-10T08:00:00Z")
    assert await run(site, PUBLISHES, MAAS, corporatie) == (0, "contract-8842 accepted\n", "")
    await site.hub.settled()
    filed: list[tuple[str, ...]] = []
    for _ in range(2):  # what it acknowledges comes back as a change, the second time at the latest
        code, out, err = await run(site, FOLLOWS, WEERT, gemeente)
        assert (code, err) == (0, "")
        filed += [tuple(line.split()[:3]) for line in out.splitlines()]
        await site.hub.settled()
    alerts = {alert_id for alert_id, *_ in filed}
    assert alerts
    expected = [("1", "open"), ("2", "acknowledged")]
    assert sorted(filed) == sorted((it, *state) for it in alerts for state in expected)
    assert await run(site, PUBLISHES, MAAS, corporatie) == (0, "contract-8842 accepted\n", "")
    assert len(site.sent) == 1


async def test_what_is_refused_is_told_each_time(site: Site, tmp_path: Path) -> None:
    site.clock.at = parse_instant("2026-01-10T08:00:00Z")  # before it was signed
    for _ in range(2):
        code, out, err = await run(site, PUBLISHES, MAAS, tmp_path / "state.db")
        assert (code, out) == (1, "contract-8842 refused\n")
        assert "in-the-future" in err
