"""Schemathesis finds nothing: the few requests that a run of all tests has time for (make fuzz)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gateway.desk import a_desk
from tests.gateway.fuzzing import NOW, TAKEN, fuzz

# The same each time: what it finds must be about the change.
SAME = ("--seed", "1", "--generation-deterministic", "--max-examples", "12")
FEW = ("--phases", "fuzzing,stateful")


@pytest.mark.slow
async def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    async with a_desk(tmp_path / "data", NOW) as desk:
        outcome = await fuzz(desk, tmp_path, *SAME, *FEW)
    assert outcome.is_good, outcome.told
    assert outcome.cases >= 120


@pytest.mark.slow
async def test_nor_where_facts_are_taken_in(tmp_path: Path) -> None:
    about_facts = ("--include-tag", "facts")
    async with a_desk(tmp_path / "data", NOW) as desk:
        outcome = await fuzz(desk, tmp_path, *SAME, *TAKEN, *about_facts, is_taken=True)
    assert outcome.is_good, outcome.told
    assert outcome.cases >= 50
