"""Each test of the suite runs once for each runtime."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract.runtimes import RUNTIMES, Runtime


@pytest.fixture(params=RUNTIMES)
async def runtime(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Runtime]:
    if request.param == "kafka":
        (tmp_path / "kafka").write_text(f"127.0.0.1:19092 t-{tmp_path.name[-20:]}-{id(tmp_path)}")
    opened = RUNTIMES[request.param](tmp_path)
    await opened.start()
    yield opened
    await opened.close()
