"""Another key for a hub in one process: everything sealed anew under a successor, in its place.

The new database is made beside the old one and takes its place in one rename; the new key takes its
place after it. Whatever stops this in between, the hub starts on the old ones, or says that another
key sealed its database: then this goes on where it was.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import closing
from pathlib import Path
from typing import Final

from msgspec import Struct

from hub.cli.options import agreements_at
from hub.cli.screen import Screen
from hub.cli.state_files import Exporting, bring_in, checked
from hub.compose.key_source import Source, own_key_of
from hub.durable import sync_directory
from hub.errors import Bug, Misconfigured
from hub.key_text import create, read
from hub.keys import Keys
from hub.settings import Settings
from hub.streams.sqlite.directory import DATABASE, DataDirectory
from hub.streams.sqlite.opening import connect_to_read
from hub.streams.sqlite.progress import claimed_by

_BESIDE: Final = ".seintje-rotate"


class Rotated(Struct, frozen=True):
    """Which key seals now, where it is, and where the one of before is kept."""

    fingerprint: str
    key_file: Path
    former: Path


def rotate(screen: Screen, settings: Settings) -> Rotated:
    """Seal the hub of a data directory under a successor of its key, and put that in its place.

    Misconfigured: the key is not in a file, or a hub runs.
    """
    key = own_key_of(settings)
    if key.file is None:
        told = "it is not in a file of ours; see docs/keys.md for how such a key is replaced"
        raise Misconfigured(key.where, told)
    beside = settings.data / _BESIDE
    if not _is_half_done(settings.data, beside):
        _seal_anew(screen, settings, key, beside)
    return _put_in_place(key.file, beside)


def _is_half_done(data: Path, beside: Path) -> bool:
    """Whether the new database is in its place already, and its key not yet."""
    if not (beside / "next.key").exists():
        return False
    return sealed_by(data) == Keys.load(beside / "next.key").fingerprint


def sealed_by(data: Path) -> str | None:
    """The fingerprint of the key that sealed a database; None where there is none yet."""
    if not (data / DATABASE).exists():
        return None
    with closing(connect_to_read(data / DATABASE)) as connection:
        return claimed_by(connection)


def _seal_anew(screen: Screen, settings: Settings, key: Source, beside: Path) -> None:
    """The new database in the place of the old one, its key ready."""
    data = settings.data
    with closing(Exporting(data)) as exporting, exporting.outlasting():
        shutil.rmtree(beside, ignore_errors=True)  # of one that was stopped before it counted
        beside.mkdir(mode=0o700)
        former = key.raw()
        (beside / "former").write_text(Keys(*former).fingerprint, "ascii")
        onto = Keys.load_or_succeed(beside / "next.key", former)
        file = beside / "export"
        told = screen.words(nl=f"{data} verzegelen", en=f"Sealing {data}")
        with screen.progress(told, exporting.count) as advance:
            asyncio.run(exporting.to(file, Keys(*former), onto, advance))
        _bring_in(screen, settings, file, beside)
        exporting.close()
        if any(it.stat().st_size for it in data.glob(DATABASE + "-*")):
            raise Bug("the log of the old database was not written back")
        os.replace(beside / "new" / DATABASE, data / DATABASE)
        sync_directory(data)


def _bring_in(screen: Screen, settings: Settings, file: Path, beside: Path) -> None:
    parties = agreements_at(settings.agreements, None)[1]
    next_key = Source(str(beside / "next.key"), beside / "next.key", settings)
    header, trailer = checked(file, beside / "new", next_key)
    told = screen.words(nl="Nieuwe database maken", en="Making the new database")
    with screen.progress(told, trailer.entries) as advance:
        asyncio.run(bring_in(file, beside / "new", header, parties, advance))


def _put_in_place(key_file: Path, beside: Path) -> Rotated:
    """The new key in the place of the old one, which is kept under its fingerprint."""
    with closing(DataDirectory(beside.parent)):
        raw = read(beside / "next.key")
        before = (beside / "former").read_text("ascii")
        former = key_file.with_name(f"{key_file.name}.{before}")
        if not former.exists():  # or this was stopped when it stood there already
            os.link(key_file, former)
        draft = key_file.with_name(key_file.name + ".next")
        draft.unlink(missing_ok=True)
        create(draft, *raw)  # there: another file system may not be renamed into
        os.replace(draft, key_file)
        sync_directory(key_file.parent)
        shutil.rmtree(beside)
    return Rotated(Keys(*raw).fingerprint, key_file, former)
