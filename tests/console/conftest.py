"""A console for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.console.front import Front, a_front


@pytest.fixture
async def front(tmp_path: Path) -> AsyncIterator[Front]:
    async with a_front(tmp_path / "data") as opened:
        yield opened
