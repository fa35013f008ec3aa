"""Whatever is dropped, with crashes and repeats: in the end the last word on a row counts."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.corporatie.files_drop import FolderDrop
from connectors.seam import Page, Record
from tests.connectors.files.stage import FOLDERS, HEADER, WRITTEN, Stage

ROWS = 24
# So long that a file of all rows is some pages.
PADDING = "x" * 6000


class Dropped(NamedTuple):
    """A file: which rows are in it, and how much each was paid."""

    rows: tuple[tuple[int, int], ...]
    again: bool


files = st.builds(
    Dropped,
    st.lists(st.tuples(st.integers(1, ROWS), st.integers(1, 3)), min_size=1, max_size=ROWS).map(
        lambda it: tuple(dict(it).items())
    ),
    st.booleans(),
)


def text(file: Dropped) -> str:
    rows = "".join(
        f"B{row};02-03-2026;H-{row};03-2026;{amount},00;{PADDING}\n" for row, amount in file.rows
    )
    return HEADER + rows


async def played(stage: Stage, dropped: list[Dropped], chance: Random, *, moves: bool) -> Any:
    """What was said last of each row, as the common part keeps it."""
    said: dict[str, Any] = {}
    for minute, file in enumerate(written(dropped)):
        at = WRITTEN + minute * 60_000
        stage.put(f"betalingen-{minute}.csv", text(file), at=at)
        await read(stage, said, chance, moves=moves)
    return said


def written(dropped: list[Dropped]) -> list[Dropped]:
    """In order; what was written first may be written once more."""
    return [it for file in dropped for it in ((file, dropped[0]) if file.again else (file,))]


async def read(stage: Stage, said: dict[str, Any], chance: Random, *, moves: bool) -> None:
    source = stage.source(places=stage.places(moves=moves))
    while True:
        if chance.random() < 0.3:  # killed before, while or after a page was kept
            source = stage.source(places=stage.places(moves=moves))
            await source.read(stage.cursor, stage.now)
        page = await stage.step(source)
        keep(page, said)
        if page.is_last:
            return


def keep(page: Page, said: dict[str, Any]) -> None:
    for it in page.entries:
        assert isinstance(it, Record)
        said |= {it.key: it.drafts[0].data} if it.drafts else {}


def wanted(dropped: list[Dropped]) -> Mapping[str, int]:
    last = dict(pair for file in written(dropped) for pair in file.rows)
    return {f"H-{row}": amount * 100 for row, amount in last.items()}


@settings(max_examples=30, deadline=None)
@given(st.lists(files, min_size=1, max_size=4), st.integers(0, 999), st.booleans())
def test_the_last_word_on_a_row_counts(dropped: list[Dropped], seed: int, moves: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in FOLDERS:
            Path(folder, name).mkdir()
        stage = Stage(Path(folder), FolderDrop(), folder)
        said = asyncio.run(played(stage, dropped, Random(seed), moves=moves))
    found = {it["references"][0]["value"]: it["amount"] for it in said.values()}
    assert found == wanted(dropped)
