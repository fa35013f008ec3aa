"""Each test of the suite runs once for each runtime."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.streams.kafka.connection import Connection
from hub.streams.kafka.names import Names
from tests.letters.desks import BACKED, Scene


@pytest.fixture(params=BACKED)
async def scene(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Scene]:
    if request.param == "kafka":
        connection: Connection = request.getfixturevalue("kafka")
        names: Names = request.getfixturevalue("kafka_names")
        (tmp_path / "kafka").write_text(f"{connection.brokers} {names.prefix}")
    backed = BACKED[request.param](tmp_path)
    await backed.runtime.start()
    yield Scene(backed)
    await backed.runtime.close()
