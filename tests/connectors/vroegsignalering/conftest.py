"""A vroegsignalering system on loopback, and a corporatie that gives it signals."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.connectors.vroegsignalering.corporatie import Corporatie, a_corporatie
from tests.systems.vroegsignalering import VroegsignaleringSystem, serving


@pytest.fixture
async def system() -> AsyncIterator[VroegsignaleringSystem]:
    async with serving() as found:
        yield found


@pytest.fixture
async def corporatie(system: VroegsignaleringSystem, tmp_path: Path) -> AsyncIterator[Corporatie]:
    async with a_corporatie(system, tmp_path) as found:
        yield found
