"""A site for each test."""

from pathlib import Path

import pytest

from hub.streams.kafka.connection import Connection
from hub.streams.kafka.names import Names
from tests.following.site import Site


@pytest.fixture
def site(kafka: Connection, kafka_names: Names, tmp_path: Path) -> Site:
    return Site(kafka, kafka_names, tmp_path)
