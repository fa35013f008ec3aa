"""What takes minutes runs with `make watching` (`--long`) only."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

LONG: Final = frozenset({"test_on_kafka.py", "test_fast_clock.py", "test_upkeep.py"})


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return True if collection_path.name in LONG and not config.getoption("--long") else None
