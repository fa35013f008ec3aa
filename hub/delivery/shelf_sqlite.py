"""Settings of a hub in one process: rows of its database."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from hub.delivery.shelf import Changes
from hub.domain.time import Instant
from hub.reading import settings
from hub.reading.settings import SETTINGS
from hub.streams.seam import Emit
from hub.streams.sqlite.records import append
from hub.streams.sqlite.runtime import Project
from hub.streams.sqlite.store import SqliteStore

_BELL: Final = SETTINGS


class SqliteShelf:
    """Writes to a store, and rings for `settings` and for each stream to which it appends."""

    def __init__(self, store: SqliteStore, project: Project) -> None:
        self._store = store
        self._project = project

    async def commit(self, changes: Changes, emits: Sequence[Emit] = ()) -> None:
        now = self._store.clock.now()
        streams = {_BELL, *(emit.stream for emit in emits)}
        await self._store.append_in(lambda it: self._write(it, changes, emits, now), streams)

    def _write(
        self, connection: sqlite3.Connection, changes: Changes, emits: Sequence[Emit], now: Instant
    ) -> None:
        """Runs in the thread that writes, inside a transaction."""
        for key, value in changes.items():
            settings.change(connection, key, value)
        stored = append(connection, emits, now)
        if stored:
            appended = zip(emits, stored, strict=True)
            self._project(connection, [(emit, *where) for emit, where in appended])
