"""Backups of a hub in one process while it runs: its journal, and a backup when one is due.

The journal is kept by the thread that writes (`hub.streams.sqlite.journaling`). A backup is made by
a process of its own, which reads the database beside ours, so that nobody waits for it (ADR 0031).
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import structlog
from msgspec import Struct

from hub.clocks import SystemClock
from hub.domain.time import MINUTE_MS, Instant
from hub.errors import Misconfigured, Unavailable
from hub.gateway.aside import Aside
from hub.keys import Keys
from hub.settings import Settings
from hub.streams.backup_file import ENDING, head_of, recency
from hub.streams.journal_file import Journal, Place
from hub.streams.sqlite.journaling import Journaling, stop_journal
from hub.streams.sqlite.store import SqliteStore
from hub.telemetry.board import Shown

# What another process wrote, a command of an operator, is in the journal after so long at most.
_PICK_UP_SECONDS: Final = 2.0
_LOOK_SECONDS: Final = 30.0
_AGAIN_MS: Final = 15 * MINUTE_MS
_HOUR_MS: Final = 60 * MINUTE_MS

_log = structlog.get_logger("seintje.backups")


class Newest(Struct, frozen=True):
    """The newest backup in a directory."""

    file: Path
    made_at: Instant
    size_bytes: int
    place: Place | None


class Backups:
    """The backups of one hub. Used once."""

    def __init__(self, settings: Settings, keys: Keys, store: SqliteStore) -> None:
        self._settings = settings
        self._store = store
        self._clock = SystemClock()
        self._journaling: Journaling | None = None
        self._newest: Newest | None = None
        self._tried_at: Instant | None = None
        if settings.backups is not None:
            journal = Journal(settings.backups, keys, self._clock)
            self._journaling = Journaling(journal, self._clock, Aside())

    async def begin(self) -> None:
        """To be called before anything is accepted or told.

        Of a new line the first backup is made here: without one nothing could be restored of its
        journal. Misconfigured: the place of the backups cannot be written, or another hub uses it.
        """
        if self._journaling is None:
            await self._store.transact(stop_journal)
            return
        try:
            await self._store.keep_journal(self._journaling)
        except Unavailable as away:
            raise Misconfigured("SEINTJE_BACKUPS", str(away)) from away
        self._look()
        place = None if self._newest is None else self._newest.place
        if place is None or place.line != self._journaling.journal.place.line:
            wrong = await self._make()
            if wrong is not None:
                raise Misconfigured("SEINTJE_BACKUPS", f"the first backup was not made: {wrong}")

    async def run(self) -> None:
        """Make backups when they are due, until cancelled."""
        if self._journaling is None:
            await asyncio.Event().wait()
            return
        looked_at = -_LOOK_SECONDS
        loop = asyncio.get_running_loop()
        while True:
            await self._pick_up()
            if loop.time() - looked_at >= _LOOK_SECONDS:
                looked_at = loop.time()
                self._look()
                if self._is_due():
                    await self._make()
            await asyncio.sleep(_PICK_UP_SECONDS)

    @property
    def trouble(self) -> str | None:
        """Why nothing can be accepted; None if the journal can be written."""
        if self._journaling is None or self._journaling.trouble is None:
            return None
        return "backups: the journal cannot be written"

    def newest(self) -> Newest | None:
        """The newest backup there is, as it was last looked at."""
        return self._newest

    def figures(self) -> Shown:
        """When the newest backup was made, and how large it is."""
        newest = self._newest
        return {
            "seintje_backup_last_success_timestamp_seconds": {
                (): 0.0 if newest is None else newest.made_at / 1000
            },
            "seintje_backup_bytes": {(): 0.0 if newest is None else float(newest.size_bytes)},
        }

    async def _pick_up(self) -> None:
        try:
            await self._store.transact(lambda _connection: None)
        except Unavailable:
            return  # it is said where something was to be kept

    def _look(self) -> None:
        assert self._settings.backups is not None
        assert self._journaling is not None
        found = newest_in(self._settings.backups)
        if found != self._newest and self._newest is not None:
            self._journaling.journal.rotate()  # what is older can go with older backups
        self._newest = found

    def _is_due(self) -> bool:
        now, hours = self._clock.now(), self._settings.backup_hours
        if hours == 0 or (self._tried_at is not None and now - self._tried_at < _AGAIN_MS):
            return False
        return self._newest is None or now - self._newest.made_at >= hours * _HOUR_MS

    async def _make(self) -> str | None:
        """Make a backup; why not, if it was not made."""
        began = self._tried_at = self._clock.now()
        code, says = await _run(_command(self._settings), _environ(self._settings))
        if code:
            # its words are ours, and never quote a fact
            _log.error("a backup was not made", says=says.strip()[-300:])
            return says.strip()[-300:]
        _log.info("a backup was made", took_ms=self._clock.now() - began)
        self._look()
        return None


def _command(settings: Settings) -> list[str]:
    command = [sys.executable, "-m", "hub", "backup", "create", "--json"]
    command += ["--data", str(settings.data)]
    if settings.key_file is not None:
        command += ["--key-file", str(settings.key_file)]
    return command


def _environ(settings: Settings) -> dict[str, str]:
    return os.environ | {
        "SEINTJE_BACKUPS": str(settings.backups),
        "SEINTJE_BACKUPS_KEPT": str(settings.backups_kept),
    }


async def _run(command: Sequence[str], environ: Mapping[str, str]) -> tuple[int | None, str]:
    """How a process ended, and what it said on stderr; it ends with us."""
    pipe, null = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        *command, env=environ, stdin=null, stdout=null, stderr=pipe
    )
    try:
        _, says = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    return process.returncode, says.decode(errors="replace")


def newest_in(folder: Path) -> Newest | None:
    """The newest backup in a directory, by what it says of itself; None if there is none."""
    found, now = [], SystemClock().now()
    for file in folder.glob(f"*{ENDING}"):
        try:
            head, size = head_of(file), file.stat().st_size
        except (Misconfigured, OSError):
            continue
        found.append(Newest(file, head.made_at, size, head.place))
    return max(found, key=lambda it: (recency(it.made_at, now), it.file.name), default=None)
