"""What `seintje doctor` finds of the disk under the data directory: room, and for how long."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from sqlite3 import Connection
from typing import Final

from hub.cli.examining import Examined
from hub.cli.finding import Finding, look

_DISK: Final = "disk"
_ROOM_BYTES: Final = 1 << 30  # a year of a small gemeente, with its backups
_LEAST_BYTES: Final = 64 << 20  # soon too little: with 16 MiB left a hub takes no more facts
_SOON_DAYS: Final = 60
_LEARNT_DAYS: Final = 1.0  # of less than that nothing is foretold


def disk(examined: Examined) -> Iterator[Finding]:
    """How much is free, and when that is gone at the pace of until now."""
    folder = examined.settings.data
    there = next(it for it in (folder, *folder.absolute().parents) if it.exists())
    free = shutil.disk_usage(there).free
    told = f"{free >> 20} MiB left for {folder}"
    make_room = f"make room: at least {_ROOM_BYTES >> 20} MiB"
    if free < _LEAST_BYTES:
        yield Finding(_DISK, told, f"{make_room}; facts are refused when it is full")
        return
    if free < _ROOM_BYTES:
        yield look(_DISK, told, make_room)
        return
    pace = _bytes_a_day(folder)
    if pace is None:
        yield Finding(_DISK, told)
        return
    told += f"; the database grew {pace / (1 << 20):.1f} MiB a day"
    days = free / max(pace, 1)
    if days < _SOON_DAYS:
        yield look(_DISK, told, f"at that pace it is full in {days:.0f} days: make room")
        return
    yield Finding(_DISK, told)


def _bytes_a_day(folder: Path) -> float | None:
    """How fast the database grew from its first receipt on; None: nobody knows yet."""
    from hub.clocks import SystemClock
    from hub.domain.time import DAY_MS
    from hub.reading.model import Reading
    from hub.streams.sqlite.directory import DATABASE

    database = folder / DATABASE
    if not database.exists():
        return None
    reading = Reading(database)
    try:
        first = reading.ask(_first_receipt)
    finally:
        reading.close()
    days = 0.0 if first is None else (SystemClock().now() - first) / DAY_MS
    return database.stat().st_size / days if days >= _LEARNT_DAYS else None


def _first_receipt(connection: Connection) -> int | None:
    there = "SELECT 1 FROM sqlite_master WHERE name = 'read_receipt'"
    if connection.execute(there).fetchone() is None:
        return None
    at: int | None
    (at,) = connection.execute("SELECT min(at) FROM read_receipt").fetchone()
    return at
