"""What `seintje doctor` says of backups: where they go, how old the last is, whether it can be lost
with what it is a copy of."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from hub.cli.finding import Finding, look

if TYPE_CHECKING:
    from pathlib import Path

    from hub.cli.examining import Examined
    from hub.settings import Settings

_ROOM_BYTES: Final = 256 << 20
_HOUR_MS: Final = 3_600_000
_LATE: Final = 1.5  # so many times the hours after which one is due


def backups(examined: Examined) -> Iterator[Finding]:
    """The backups of a hub in one process; nothing on Kafka, where the topics are the copy."""
    settings = examined.settings
    if settings.kafka_brokers is not None:
        return
    folder = settings.backups
    if folder is None:
        told = "none are made: a disk that is lost takes everything with it"
        yield look("backup", told, "set SEINTJE_BACKUPS (docs/backup.md)")
        return
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        told = f"{folder} cannot be written"
        yield Finding("backup", told, "make that directory, with rights for this user")
        return
    yield from _room(settings, folder)
    yield _age(settings, folder)


def _room(settings: Settings, folder: Path) -> Iterator[Finding]:
    if settings.data.exists() and settings.data.stat().st_dev == folder.stat().st_dev:
        told = f"{folder} is on the same disk as {settings.data}"
        yield look("backup", told, "put backups on another disk: both are lost together")
    free = shutil.disk_usage(folder).free
    if free < _ROOM_BYTES:
        told = f"{free >> 20} MiB left for {folder}; without room nothing is accepted"
        yield Finding("backup", told, f"make room: at least {_ROOM_BYTES >> 20} MiB")


def _age(settings: Settings, folder: Path) -> Finding:
    from hub.clocks import SystemClock
    from hub.compose.backups import newest_in

    newest = newest_in(folder)
    if newest is None:
        told = f"there is none in {folder}"
        return Finding("backup", told, "start the hub, which makes one, or seintje backup create")
    hours = (SystemClock().now() - newest.made_at) / _HOUR_MS
    told = f"the last one, {newest.file.name}, is {hours:.0f} hours old"
    if hours > _LATE * (settings.backup_hours or 24):
        return Finding("backup", told, "see in the log of the hub why there is no newer one")
    return Finding("backup", told)
