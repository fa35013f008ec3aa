"""A hub on the broker that all tests share, and the moments at which faults strike."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator
from pathlib import Path
from random import Random

import pytest

from hub.streams.kafka.connection import Connection
from hub.streams.kafka.names import Names
from tests.faults.kafka.stage import Stage, staged
from tests.faults.kafka.striking import NOW


@pytest.fixture
async def stage(kafka: Connection, kafka_names: Names, tmp_path: Path) -> AsyncIterator[Stage]:
    """A hub without workers; nobody may harm its broker."""
    async with staged(kafka, kafka_names, NOW, tmp_path) as it:
        yield it


@pytest.fixture
def chance(request: pytest.FixtureRequest, kill_seed: int) -> Random:
    """When faults strike; a run that fails says how it is repeated."""
    return Random(f"{request.node.name} {kill_seed}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure says how it is repeated: the same faults at the same moments."""
    report = yield
    if report.failed and "chance" in getattr(item, "fixturenames", ()):
        set_to = [f"--{name} {item.config.getoption(name)}" for name in ("kills", "freezes")]
        words = [f"'{item.nodeid}'", *set_to, f"--kill-seed {item.config.getoption('kill_seed')}"]
        report.sections.append(("repeat it with", f".venv/bin/python -m pytest {' '.join(words)}"))
    return report
