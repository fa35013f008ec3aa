"""Each test of the suite runs once for each runtime."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract.runtimes import RUNTIMES, Runtime


@pytest.fixture(params=RUNTIMES)
async def runtime(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Runtime]:
    opened = RUNTIMES[request.param](tmp_path)
    yield opened
    opened.close()
