"""Schemathesis finds nothing: the few requests that a run of all tests has time for (make fuzz)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gateway.desk import a_desk
from tests.gateway.fuzzing import NOW, fuzz

# The same each time: what it finds must be about the change.
FEW = ("--phases", "fuzzing,stateful", "--max-examples", "14")
SAME = ("--seed", "1", "--generation-deterministic")


@pytest.mark.slow
async def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    async with a_desk(tmp_path / "data", NOW) as desk:
        outcome = await fuzz(desk, tmp_path, *FEW, *SAME)
    assert outcome.is_good, outcome.told
    assert outcome.cases >= 150
