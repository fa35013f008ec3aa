"""Files that the commands of these tests read."""

from pathlib import Path

import pytest

from hub.simulation import Fault, simulate


@pytest.fixture(scope="session")
def small_region() -> tuple[bytes, ...]:
    return tuple(simulate(12, 12, 3))


@pytest.fixture(scope="session")
def facts(tmp_path_factory: pytest.TempPathFactory, small_region: tuple[bytes, ...]) -> Path:
    """A small region without faults."""
    file = tmp_path_factory.mktemp("facts") / "region.jsonl"
    file.write_bytes(b"\n".join(small_region) + b"\n")
    return file


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small region with everything that may go wrong, lines that are refused included."""
    file = tmp_path_factory.mktemp("faulty") / "region.jsonl"
    file.write_bytes(b"\n".join(simulate(12, 12, 3, frozenset(Fault))) + b"\n")
    return file
