"""Exports that hold everything: a row that is gone is retracted, but never by mistake."""

from __future__ import annotations

import pytest

from connectors.seam import Entry, Record
from tests.connectors.files.stage import WRITTEN, Stage, bad, export, leases, row

MINUTE = 60_000


def gone(entries: list[Entry]) -> list[str]:
    """The keys of records that say nothing any more."""
    return [
        it.key
        for it in entries
        if isinstance(it, Record) and not it.drafts and not it.key.startswith("file ")
    ]


async def keys(stage: Stage, text: str, minute: int, **changes: int) -> list[Entry]:
    stage.put("betalingen.csv", text, at=WRITTEN + minute * MINUTE)
    return await stage.read_all(stage.source(most_missing=changes.get("most", 50)))


async def test_a_row_that_is_missing_in_the_next_export_is_retracted(stage: Stage) -> None:
    first = await keys(stage, export(1, 2, 3), 0)
    second = await keys(stage, export(1, 3, 4), 1)
    assert leases(second) == ["H-1", "H-3", "H-4"]
    assert gone(second) == [first[1].key] if isinstance(first[1], Record) else False
    third = await keys(stage, export(1, 3, 4) + row(5), 2)
    assert gone(third) == []


async def test_without_that_setting_nothing_is_retracted(stage: Stage) -> None:
    stage.put("betalingen.csv", export(1, 2))
    await stage.read_all(stage.source())
    stage.put("betalingen.csv", export(1), at=WRITTEN + MINUTE)
    assert gone(await stage.read_all(stage.source())) == []


async def test_an_export_that_lacks_too_much_retracts_nothing(stage: Stage) -> None:
    await keys(stage, export(1, 2, 3, 4), 0)
    half = await keys(stage, export(1), 1)
    assert gone(half) == []
    (letter,) = bad(half)
    assert "3 of 4 rows" in letter.why
    # The next whole one is compared with what stood before.
    assert len(gone(await keys(stage, export(1, 2, 3), 2))) == 1


async def test_an_export_with_a_bad_row_retracts_nothing(stage: Stage) -> None:
    await keys(stage, export(1, 2), 0)
    second = await keys(stage, export(1) + row(2, amount="veel"), 1)
    assert gone(second) == []
    assert len(bad(second)) == 2


async def test_what_was_retracted_comes_back_with_its_row(stage: Stage) -> None:
    await keys(stage, export(1, 2), 0)
    assert len(gone(await keys(stage, export(1), 1))) == 1
    assert leases(await keys(stage, export(1, 2), 2)) == ["H-1", "H-2"]
    assert len(gone(await keys(stage, export(1), 3))) == 1


@pytest.mark.parametrize("crashes", [False, True])
async def test_a_large_export_is_compared_whole(folder: Stage, crashes: bool) -> None:
    await keys(folder, export(*range(5000)), 0)
    folder.put("betalingen.csv", export(*range(0, 5000, 2)), at=WRITTEN + MINUTE)
    found: list[Entry] = []
    while True:
        if crashes:
            await folder.source(most_missing=50).read(folder.cursor, folder.now)
        page = await folder.step(folder.source(most_missing=50))
        found += page.entries
        if page.is_last:
            break
    assert len(set(gone(found))) == 2500
    assert len(leases(found)) == 2500
    assert not [it for it in folder.shelf.kept.values() if "H-" in it]
