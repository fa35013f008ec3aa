"""Where the tests of files play: folders, a source on them, a shelf that outlives the source."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from connectors.corporatie.files_drop import Drop
from connectors.corporatie.files_forms import CsvKind, JsonKind
from connectors.corporatie.files_memory import Memory
from connectors.corporatie.files_reading import FileSource, Places, Reading
from connectors.corporatie.files_sftp import SftpSettings
from connectors.corporatie.files_whole import Ending
from connectors.seam import Entry, Page, Record, Unmapped
from connectors.secret import Secret
from hub.domain.time import Instant, parse_instant
from hub.wire.csv_mapping import CsvMapping
from tests.connectors.doubles import MemoryShelf
from tests.systems.sftp import USER, SftpSystem

FOLDERS: Final = ("in", "done", "rejected", "out")
NOW: Final = parse_instant("2026-03-10T10:00:00+01:00")
WRITTEN: Final = parse_instant("2026-03-02T14:05:10+01:00")
DO_AT_ONCE: Final = Ending(quiet_seconds=0)

HEADER: Final = "Boeking;Boekdatum;Contract;Maand;Bedrag;Groep\n"
MAPPING: Final[dict[str, Any]] = {
    "type": "rent-paid",
    "party": "corporatie-maas",
    "id": "Boeking",
    "columns": {
        "Boekdatum": "occurredAt",
        "Contract": "lease",
        "Maand": "period",
        "Bedrag": "amount",
    },
    "constants": {"gemeente": "0988"},
}


def mapping(**changes: Any) -> CsvMapping:
    return CsvMapping.parse(msgspec.yaml.encode(MAPPING | changes), "m.yaml")


def row(number: int, amount: str = "612,50", group: str = "VGH") -> str:
    return f"B{number};02-03-2026;H-{number};03-2026;{amount};{group}\n"


def export(*numbers: int, amount: str = "612,50") -> str:
    return HEADER + "".join(row(it, amount) for it in numbers)


class Stage:
    """Folders behind a drop, and what is read there."""

    def __init__(
        self, root: Path, drop: Drop, prefix: str, system: SftpSystem | None = None
    ) -> None:
        self.root, self.drop, self.prefix, self.system = root, drop, prefix, system
        self.shelf = MemoryShelf()
        self.cursor: str | None = None
        self.now: Instant = NOW

    def at(self, folder: str) -> str:
        """A folder as the drop names it."""
        return f"{self.prefix}/{folder}"

    def put(
        self, name: str, content: str | bytes, folder: str = "in", at: Instant = WRITTEN
    ) -> Path:
        file = self.root / folder / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        os.utime(file, ns=(at * 1_000_000, at * 1_000_000))
        return file

    def listing(self, folder: str) -> list[str]:
        return sorted(it.name for it in (self.root / folder).iterdir())

    def places(self, *, moves: bool = True) -> Places:
        if not moves:
            return Places(self.at("in"), None, None)
        return Places(self.at("in"), self.at("done"), self.at("rejected"))

    def source(self, name: str = "betalingen", **changes: Any) -> FileSource:
        usual: dict[str, Any] = {
            "kind": CsvKind(changes.pop("mapping", None) or mapping()),
            "places": self.places(),
            "is_mine": lambda it: it.startswith(name),
            "ending": DO_AT_ONCE,
        }
        return FileSource(name, self.drop, Memory(self.shelf, name), Reading(**(usual | changes)))

    def events(self, name: str = "feiten", **changes: Any) -> FileSource:
        return self.source(name, kind=JsonKind(), **changes)

    async def read_all(self, source: FileSource) -> list[Entry]:
        """Every entry until there is nothing more now."""
        found: list[Entry] = []
        while True:
            page = await self.step(source)
            found += page.entries
            if page.is_last:
                return found

    async def step(self, source: FileSource) -> Page:
        page = await source.read(self.cursor, self.now)
        self.cursor = page.cursor
        return page


def said(entries: Sequence[Entry]) -> list[Any]:
    """The data of the facts."""
    return [draft.data for it in entries if isinstance(it, Record) for draft in it.drafts]


def leases(entries: Sequence[Entry]) -> list[str]:
    return [it["references"][0]["value"] for it in said(entries)]


def bad(entries: Sequence[Entry]) -> list[Unmapped]:
    return [it for it in entries if isinstance(it, Unmapped)]


def sftp_settings(system: SftpSystem, folder: Path, **changes: Any) -> SftpSettings:
    known = folder / "known_hosts"
    known.write_text(system.known_hosts)
    usual: dict[str, Any] = {
        "host": system.host,
        "port": system.port,
        "user": USER,
        "known_hosts": known,
        "key_file": Secret(system.private_key()),
    }
    return SftpSettings(**(usual | changes))
