"""Corporaties that export tables: whole tables are dropped at an SFTP server when something in them
changed, and alerts come there as files, of which each is taken away once."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from connectors.index import Name
from hub.domain.time import local
from tests.region import tables
from tests.region.checking import Check
from tests.region.connected import Connected, Desired, connected
from tests.region.housing import SAYS
from tests.region.life import Said
from tests.region.stage import Stage
from tests.region.tables import COLUMNS, is_a_row, row_of, written
from tests.region.telling import Delivered, told_over
from tests.systems.sftp import PASSWORD, USER, SftpSystem, serving

# The housing system of corporatie-maas speaks VERA; what that has no words for is exported too.
VERA_PARTY: Final = "corporatie-maas"
WITH_FILES: Final = ("corporatie-peel", VERA_PARTY)
_STATUS: Final = {
    "open": "open",
    "gezien": "acknowledged",
    "aanpak afgesproken": "agreed",
    "opgelost": "resolved",
    "gesloten": "closed",
    "ingetrokken": "withdrawn",
    "gewist": "erased",
}
_ALWAYS: Final = (7, 0)
_IN: Final = "in"
_OUT: Final = "uit"


class WithFiles:
    """The exports of a party with its connector."""

    def __init__(self, party: str, at_work: Connected, root: Path, stage: Stage) -> None:
        self.connectors = (at_work,)
        self._stage = stage
        self._party = party
        self._root = root
        self._tables: dict[str, dict[str, Mapping[str, str]]] = {}
        self._changed: set[str] = set()
        self._twice: set[str] = set()
        self._dropped = 0
        self._got: list[Delivered] = []

    def takes(self, said: Said) -> bool:
        if said.voice.party != self._party or said.kind not in kinds_of(self._party):
            return False
        is_known = said.thing in self._tables.get(said.kind, {})
        return is_known or (said.now is not None and is_a_row(said.now))

    async def hear(self, said: Said) -> None:
        rows = self._tables.setdefault(said.kind, {})
        if said.again:
            self._twice.add(said.kind)
        elif said.now is None:
            del rows[said.thing]
            self._changed.add(said.kind)
        else:
            rows[said.thing] = {**row_of(said.now), tables.KEY: said.thing}
            self._changed.add(said.kind)

    async def turn(self) -> None:
        """When something was dropped, each morning, and at the end: to look at all folders of such
        a server takes a while."""
        hour = local(self._stage.now()).hour
        if hour not in _ALWAYS and not self._changed and not self._twice:
            return
        for kind in sorted(self._changed | self._twice):
            for _ in range(1 + (kind in self._twice)):
                self._drop(kind)
        self._changed.clear()
        self._twice.clear()
        for it in self.connectors:
            await it.turn()
        self._take_away()

    async def checks(self, stage: Stage) -> list[Check]:
        views = await stage.views(self._party)
        left = [it.name for it in (self._root / _IN).iterdir()]
        return [
            told_over(f"files of {self._party}", self._got, views),
            Check(f"files of {self._party}: all were read", self._dropped, left),
        ]

    def _drop(self, kind: str) -> None:
        """A whole table, renamed when it is whole."""
        self._dropped += 1
        name = f"{kind}-{self._dropped:05}.csv"
        part = self._root / _IN / f"{name}.part"
        part.write_bytes(written(list(self._tables[kind].values()), kind))
        now = self._stage.now() / 1000
        os.utime(part, (now, now))  # there as well the only clock is that of the region
        part.rename(part.with_name(name))

    def _take_away(self) -> None:
        for file in sorted((self._root / _OUT).iterdir()):
            [row] = csv.DictReader(io.StringIO(file.read_text("utf-8-sig")), delimiter=";")
            revision = int(row["Versie"])
            self._got.append(Delivered(row["Seintje"], revision, _STATUS[row["Status"]]))
            file.unlink()


def kinds_of(party: str) -> list[str]:
    """Of which kinds of things a corporatie exports tables."""
    other_way = SAYS if party == VERA_PARTY else frozenset[str]()
    return [kind for kind in COLUMNS if kind not in other_way]


@asynccontextmanager
async def files(stage: Stage, folder: Path, party: str) -> AsyncIterator[WithFiles]:
    """The party for as long as the block runs."""
    own = folder / f"files-{party}"
    root = own / "drop"
    for name in (_IN, _OUT, "gelezen", "afgekeurd"):
        (root / name).mkdir(parents=True)
    for kind in kinds_of(party):
        (own / f"{kind}.yaml").write_bytes(tables.mapping_of(kind, party))
    async with serving(root) as system:
        (own / "known_hosts").write_text(system.known_hosts)
        (own / "sftp.password").write_text(PASSWORD)
        desired = Desired(Name.FILES, party, own, lambda _: _settings(system, party))
        async with connected(stage, desired) as at_work:
            yield WithFiles(party, at_work, root, stage)


def _settings(system: SftpSystem, party: str) -> Mapping[str, Any]:
    return {
        "sftp": {
            "host": system.host,
            "port": system.port,
            "user": USER,
            "knownHosts": "known_hosts",
            "passwordFile": "sftp.password",
            "drop": f"/{_IN}",
            "done": "/gelezen",
            "rejected": "/afgekeurd",
            "alerts": f"/{_OUT}",
        },
        "read": [
            {
                "name": kind,
                "files": f"{kind}-[0-9]*.csv",
                "mapping": f"{kind}.yaml",
                "end": {"quietSeconds": 0},
                "order": "name",
                "full": True,
                "mostMissingPercent": 100,
            }
            for kind in kinds_of(party)
        ],
    }
