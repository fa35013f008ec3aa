"""Backups in a directory: making one of a hub that runs, listing them, removing old ones."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from hub import __version__
from hub.cli.kept import database_in
from hub.cli.screen import Screen
from hub.cli.state_files import agreements_in, entries_of
from hub.clocks import SystemClock
from hub.compose.key_source import own_key_of
from hub.domain.time import format_instant
from hub.errors import Misconfigured, SeintjeError, Unavailable
from hub.settings import Settings
from hub.streams import backup_file, export_file, journal_file
from hub.streams.backup_file import ENDING, Head, recency
from hub.streams.export_file import Header
from hub.streams.journal_file import FOLDER, Place
from hub.streams.sqlite.faults import our_words
from hub.streams.sqlite.journaling import place_in
from hub.streams.sqlite.opening import connect_to_read
from hub.streams.sqlite.progress import claimed_by
from hub.streams.sqlite.transfer import count_in

_BEGINNING: Final = "seintje-"
_IN_ONE_SECOND: Final = tuple(f"-{number}" for number in range(2, 100))


class Made(Struct, frozen=True):
    """A backup that is there; `counts` is how many entries of each kind are in it."""

    file: Path
    head: Head
    size_bytes: int
    counts: dict[str, int]


def created(screen: Screen, settings: Settings, to: Path | None, *, on_kafka: bool) -> Made:
    """Make a backup. Misconfigured: what is to be put right. Unavailable: no space."""
    file = _file_for(to or folder_of(settings))
    export_file.require_free(file)
    with _in_words(file):
        if on_kafka:
            from hub.cli import backup_kafka

            backup_kafka.create(screen, settings, file)
        else:
            _create(screen, settings, file)
    return made_of(file)


def folder_of(settings: Settings) -> Path:
    """Where backups go; Misconfigured where nobody said."""
    if settings.backups is None:
        told = "write the directory where backups go, on another disk than the data"
        raise Misconfigured("SEINTJE_BACKUPS", told)
    return settings.backups


def made_in(folder: Path) -> list[Made]:
    """The backups in a directory, the newest first; what is none, or damaged, is passed over."""
    found, now = [], SystemClock().now()
    for file in folder.glob(f"*{ENDING}"):
        try:
            found.append(made_of(file))
        except Misconfigured:
            continue
    return sorted(found, key=lambda it: (recency(it.head.made_at, now), it.file.name), reverse=True)


def made_of(file: Path) -> Made:
    """What a backup says of itself, unchecked; Misconfigured if it is none."""
    counts = backup_file.tail_of(file).counts
    return Made(file, backup_file.head_of(file), file.stat().st_size, counts)


def newest_in(settings: Settings) -> Path:
    """The newest backup; Misconfigured if there is none."""
    folder = folder_of(settings)
    found = made_in(folder)
    if not found:
        raise Misconfigured(
            f"backups in {folder}", "there is none; make one: seintje backup create"
        )
    return found[0].file


def row_of(made: Made) -> dict[str, Any]:
    """What is shown of a backup."""
    return {
        "file": str(made.file),
        "madeAt": format_instant(made.head.made_at),
        "sizeBytes": made.size_bytes,
        "key": made.head.key,
        "release": made.head.release,
        "format": made.head.state_format,
        "journal": made.head.place is not None,
        "entries": made.counts,
    }


def pruned(settings: Settings, folder: Path, keep: int | None) -> int:
    """Remove all but the last backups of a directory, and what of the journal only those needed;
    how many files that were."""
    found = made_in(folder)
    kept, gone = found[: keep or settings.backups_kept], found[keep or settings.backups_kept :]
    for made in gone:
        made.file.unlink(missing_ok=True)
    oldest: dict[str, int] = {}
    for place in [it.head.place for it in kept if it.head.place is not None]:
        oldest[place.line] = min(place.segment, oldest.get(place.line, place.segment))
    used = _line_in_use(settings)
    if used is not None:
        oldest.setdefault(used.line, 0)
    return len(gone) + journal_file.remove_unneeded(folder / FOLDER, oldest)


def _create(screen: Screen, settings: Settings, file: Path) -> None:
    keys = own_key_of(settings).keys()
    told = screen.words(nl=f"Back-up van {settings.data}", en=f"Backing up {settings.data}")
    with at_one_moment(settings.data) as connection:
        if claimed_by(connection) != keys.fingerprint:
            sealed = claimed_by(connection) or "no key yet"
            told = f"the database was sealed with {sealed}, this is {keys.fingerprint}"
            raise Misconfigured("key file", f"{told}; give that one")
        agreements = agreements_in(connection)
        now = SystemClock().now()
        header = Header(export_file.FORMAT, __version__, keys.fingerprint, agreements, 1, now)
        with screen.progress(told, count_in(connection)) as advance:
            entries = entries_of(connection, keys, None)
            backup_file.write(file, header, place_in(connection), (entries, advance), keys)


@contextmanager
def at_one_moment(data: Path) -> Iterator[sqlite3.Connection]:
    """A data directory as it is at this moment, also while a hub goes on with it: who writes does
    not wait for us. Misconfigured: no hub of this release ever ran there."""
    with closing(connect_to_read(database_in(data))) as connection, our_words():
        connection.execute("BEGIN")
        try:
            connection.execute("SELECT 1 FROM read_version, setting, api_key LIMIT 1").fetchone()
        except sqlite3.OperationalError:
            told = "no hub of this release ran on it yet; start it once"
            raise Misconfigured(f"data directory {data}", told) from None
        yield connection


def _file_for(where: Path) -> Path:
    """The file of a backup that is made now."""
    if not where.is_dir():
        if where.suffix == ENDING and where.parent.is_dir():
            return where
        told = f"make this directory first, or give a new file in one that ends in {ENDING}"
        raise Misconfigured(str(where), told)
    now = datetime.fromtimestamp(SystemClock().now() / 1000, UTC)
    names = (f"{_BEGINNING}{now:%Y%m%dT%H%M%S}Z{more}{ENDING}" for more in ("", *_IN_ONE_SECOND))
    return next(where / name for name in names if not (where / name).exists())


def _line_in_use(settings: Settings) -> Place | None:
    """The journal that a hub on this directory goes on with."""
    try:
        with at_one_moment(settings.data) as connection:
            return place_in(connection)
    except (Misconfigured, Unavailable):
        return None


@contextmanager
def _in_words(file: Path) -> Iterator[None]:
    try:
        yield
    except SeintjeError:
        raise
    except OSError as error:
        free = shutil.disk_usage(file.parent).free >> 20 if file.parent.is_dir() else 0
        told = f"{file} could not be written ({error.strerror}; {free} MiB left there)"
        raise Unavailable(f"{told}; make room, or give another place") from error
