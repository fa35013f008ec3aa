"""A folder of files, and the same one behind an SFTP server, for the contract."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import yaml

from connectors.index import Name
from tests.contract.connectors.world import Can, Said
from tests.systems import sftp
from tests.systems.sftp import PASSWORD, USER, SftpSystem

FOLDERS: Final = ("in", "done", "rejected", "out")
HEADER: Final = "Melding;Datum;Contract;Oorzaak\r\n"
MAPPING: Final = {
    "type": "damage-reported",
    "id": "Melding",
    "columns": {"Datum": "occurredAt", "Contract": "lease", "Oorzaak": "cause"},
    "constants": {"gemeente": "0988", "category": "other"},
    "codes": {"cause": {"bewoner": "resident", "slijtage": "wear"}},
}
_TOLD: Final = re.compile(r"seintje-(al-[a-z2-7]{26})-(\d{5})\.csv")


class FilesWorld:
    """Reports of damage, a file at a time; each file says what is new or has changed."""

    name = Name.FILES
    party = "corporatie-maas"
    source = "urn:nld:kvknr:90000001:systeem:meldingen"
    secrets: Sequence[str] = (PASSWORD,)
    lacks: Mapping[Can, str] = {}

    def __init__(self, folder: Path, system: SftpSystem | None = None) -> None:
        self.root, self._folder, self._system = folder / "root", folder, system
        self._rows: dict[int, str] = {}
        self._files = 0
        for name in FOLDERS:
            (self.root / name).mkdir(parents=True, exist_ok=True)

    def own(self) -> Mapping[str, Any]:
        (self._folder / "schade.yaml").write_text(yaml.safe_dump(MAPPING))
        at_once = {"quietSeconds": 0}
        read = {"name": "schade", "files": "*.csv", "mapping": "schade.yaml", "end": at_once}
        return {"read": [read], **self._where()}

    async def come(self) -> None:
        if self._system is not None:
            await self._system.come()

    async def go(self) -> None:
        if self._system is not None:
            await self._system.go()

    async def add(self, number: int) -> None:
        first = len(self._rows) + 1
        self._rows |= {first + n: "bewoner" for n in range(number)}
        self._drop([self._row(first + n) for n in range(number)])

    async def change(self) -> None:
        self._rows[1] = "slijtage"
        self._drop([self._row(1)])

    async def shift(self) -> None:
        """An older file comes late, and says what is known."""
        self._drop([self._row(n) for n in self._rows], before=True)

    async def repeat(self) -> None:
        for file in sorted((self.root / "done").iterdir()):
            (self.root / "in" / f"weer-{file.name}").write_bytes(file.read_bytes())

    async def surprise(self) -> str:
        return self._drop(["M-?;eergisteren;H-1;bewoner\r\n"])

    def expected(self) -> Sequence[Said]:
        return [("damage-reported", self._data(n)) for n in self._rows]

    def told(self) -> Sequence[tuple[str, int]]:
        found = (_TOLD.fullmatch(it.name) for it in (self.root / "out").iterdir())
        return [(it[1], int(it[2])) for it in found if it is not None]

    def _where(self) -> Mapping[str, Any]:
        if self._system is None:
            folders = ("drop", "done", "rejected", "alerts")
            found = zip(folders, FOLDERS, strict=True)
            return {"folders": {name: f"root/{place}" for name, place in found}}
        (self._folder / "known_hosts").write_text(self._system.known_hosts)
        (self._folder / "password").write_text(PASSWORD)
        server = {"host": self._system.host, "port": self._system.port, "user": USER}
        proof = {"knownHosts": "known_hosts", "passwordFile": "password"}
        places = {"drop": "/in", "done": "/done", "rejected": "/rejected", "alerts": "/out"}
        return {"sftp": {**server, **proof, **places}}

    def _drop(self, rows: Sequence[str], *, before: bool = False) -> str:
        """As a careful system does: under another name until it is whole."""
        self._files += 1
        name = f"schade-{self._files}.csv"
        part = self.root / "in" / f"{name}.part"
        part.write_bytes((HEADER + "".join(rows)).encode("cp1252"))
        at = 1_000_000_000 if before else 1_700_000_000 + self._files
        os.utime(part, (at, at))
        part.rename(part.with_suffix(""))
        return name

    def _row(self, number: int) -> str:
        return f"M-{number};01-02-2024;H-{number};{self._rows[number]}\r\n"

    def _data(self, number: int) -> Mapping[str, Any]:
        return {
            "occurredAt": "2024-02-01",
            "gemeente": "0988",
            "references": [{"scheme": "lease", "issuer": self.party, "value": f"H-{number}"}],
            "category": "other",
            "cause": {"bewoner": "resident", "slijtage": "wear"}[self._rows[number]],
        }


class FolderWorld(FilesWorld):
    """The same without a server."""

    lacks: Mapping[Can, str] = {Can.GO_AWAY: "a folder of this machine is always there"}


@asynccontextmanager
async def folder_world(folder: Path) -> AsyncIterator[FolderWorld]:
    yield FolderWorld(folder)


@asynccontextmanager
async def sftp_world(folder: Path) -> AsyncIterator[FilesWorld]:
    (folder / "root").mkdir(parents=True)
    async with sftp.serving(folder / "root") as system:
        yield FilesWorld(folder, system)
