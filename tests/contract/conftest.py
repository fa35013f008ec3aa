"""Each test of the suite runs once for each runtime."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.streams.kafka.connection import Connection
from hub.streams.kafka.names import Names
from tests.contract.runtimes import RUNTIMES, Runtime


@pytest.fixture(params=RUNTIMES)
async def runtime(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Runtime]:
    if request.param == "kafka":
        connection: Connection = request.getfixturevalue("kafka")
        names: Names = request.getfixturevalue("kafka_names")
        (tmp_path / "kafka").write_text(f"{connection.brokers} {names.prefix}")
    opened = RUNTIMES[request.param](tmp_path)
    await opened.start()
    yield opened
    await opened.close()
