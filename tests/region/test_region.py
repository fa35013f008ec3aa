"""A short life of a small region, through every connector; `make demo-region` is a longer one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.region.life import Size
from tests.region.region import played

# What even a short life must hold; the rest may be about nothing in it.
CORE = (
    "kept by the hub = backtest of what it accepted",
    "told to parties = backtest of the same",
    "facts in force: hub = life",
    "acts: each has its alert in the life",
    "findings: hub = life, without ids",
    "no fact accepted twice",
    "told by CloudEvents = shown by the hub",
    "told by ZGW of gemeente-weert = shown by the hub",
    "told by files of corporatie-peel = shown by the hub",
    "mail counts what the hub shows",
    "connectors: nothing put aside",
)


@pytest.mark.slow
async def test_a_region_of_systems_ends_as_its_life_says(tmp_path: Path) -> None:
    checks = await played(tmp_path, Size(households=8, months=1, seed=1), lambda *_: None)
    assert not [f"{it.name}: {wrong}" for it in checks for wrong in it.wrong]
    compared = {it.name for it in checks if it.compared}
    assert not set(CORE) - compared
