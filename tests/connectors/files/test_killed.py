"""kill -9 in the middle of a large file, over SFTP: it goes on there, and says nothing twice."""

from __future__ import annotations

import asyncio
import random
from asyncio.subprocess import Process
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

from connectors.kept import Kept
from tests.client.site import a_site
from tests.contract.connectors.files_world import MAPPING, FilesWorld
from tests.contract.connectors.scene import Scene
from tests.contract.toy import PATIENCE_SECONDS
from tests.systems import sftp

pytestmark = pytest.mark.slow

ROWS = 30_000
OURS = 100  # one row of so many
PADDING = "x" * 120


class LargeWorld(FilesWorld):
    """One export, of which few rows are of those who count."""

    def own(self) -> Mapping[str, Any]:
        found = super().own()
        only = {"only": {"Groep": ["VGH"]}}
        (self._folder / "schade.yaml").write_text(yaml.safe_dump(MAPPING | only))
        return found

    def drop(self) -> None:
        rows = (
            f"M-{n};01-02-2024;H-{n};bewoner;{'REG' if n % OURS else 'VGH'};{PADDING}\r\n"
            for n in range(ROWS)
        )
        header = "Melding;Datum;Contract;Oorzaak;Groep;Toelichting\r\n"
        self._rows = dict.fromkeys(range(0, ROWS, OURS), "bewoner")
        (self.root / "in" / "schade.csv").write_text(header + "".join(rows), newline="")


async def killed(process: Process, folder: Path, seconds: float) -> None:
    """kill -9, some time after it has come further: a busy machine needs longer for that."""
    assert process.stdout is not None
    before = cursor(folder, is_copy=True)
    await process.stdout.readline()  # it is at work
    async with asyncio.timeout(PATIENCE_SECONDS):
        while process.returncode is None and cursor(folder, is_copy=True) == before:
            await asyncio.sleep(0.01)
    await asyncio.sleep(seconds)
    with suppress(ProcessLookupError):
        process.kill()
    await process.communicate()


def cursor(folder: Path, *, is_copy: bool = False) -> str | None:
    kept = Kept(folder / "state", is_copy=is_copy)
    try:
        return kept.cursor("schade")
    finally:
        kept.close()


async def test_a_large_file_goes_on_in_the_middle(
    tmp_path: Path, kills: int, kill_seed: int
) -> None:
    chance = random.Random(kill_seed)
    (tmp_path / "root").mkdir()
    async with a_site(tmp_path / "data") as site, sftp.serving(tmp_path / "root") as system:
        world = LargeWorld(tmp_path, system)
        scene = Scene(site, world, tmp_path)
        world.drop()
        in_the_middle = 0
        for _ in range(max(3, kills // 2)):
            process = await scene.process("run")
            await killed(process, tmp_path, chance.uniform(0.0, 0.1))
            in_the_middle += '"doing"' in str(cursor(tmp_path))
        await scene.once()
        assert in_the_middle
        assert scene.agrees(), scene.differences()
        assert scene.dead_letters() == []
