"""The other side of the template, for the contract."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from connectors.index import Name
from connectors.template import Report, drafts_of
from tests.contract.connectors.world import Can, Said
from tests.systems.serving import Place, served
from tests.systems.template import KEY, TemplateSystem


class TemplateWorld:
    """Reports that come, change and are withdrawn."""

    name = Name.TEMPLATE
    party = "corporatie-maas"
    source = "urn:nld:kvknr:90000001:systeem:meldingen"
    lacks: Mapping[Can, str] = {}
    secrets = (KEY,)

    def __init__(self, system: TemplateSystem, place: Place, folder: Path) -> None:
        self.system, self._place, self._folder = system, place, folder
        self._number = 0

    def own(self) -> Mapping[str, Any]:
        (self._folder / "system.key").write_text(KEY)
        return {"address": self._place.address, "keyFile": "system.key", "gemeente": "0988"}

    async def come(self) -> None:
        await self._place.come()

    async def go(self) -> None:
        await self._place.go()

    async def add(self, number: int) -> None:
        for _ in range(number):
            self._number += 1
            self.system.put(f"R{self._number}", contract=f"H-{self._number}")

    async def change(self) -> None:
        self.system.put("R1", cause="wear")

    async def shift(self) -> None:
        self.system.put("R1")  # to the end of the row

    async def repeat(self) -> None:
        for report in list(self.system.reports):
            self.system.put(report["id"])

    async def surprise(self) -> str:
        self.system.put("S1", reportedOn=7)
        return "/reports/S1"

    def expected(self) -> Sequence[Said]:
        reports = [msgspec.convert(it, Report) for it in self.system.reports if it["id"] != "S1"]
        drafts = [it for report in reports for it in drafts_of(report, "0988", self.party)]
        return [(it.type, it.data) for it in drafts]

    def told(self) -> Sequence[tuple[str, int]]:
        names = [key.rpartition("_") for key in self.system.tasks]
        return [(alert, int(revision)) for alert, _, revision in names]


@asynccontextmanager
async def template_world(folder: Path) -> AsyncIterator[TemplateWorld]:
    system = TemplateSystem()
    async with served(system.app()) as place:
        yield TemplateWorld(system, place, folder)
