"""The shelf and the inbox of a connector, in its kept file (connectors/seam.py)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from connectors.kept_file import KeptFile

SHELF: Final = "CREATE TABLE shelf (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"
INBOX: Final = (
    "CREATE TABLE inbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, body BLOB)",
    # The few that wait stand among all the names that are remembered.
    "CREATE INDEX inbox_waiting ON inbox (seq) WHERE body NOTNULL",
)
# So that what is brought once more, long after, is still known.
_NAMES_REMEMBERED: Final = 100_000


class KeptShelf:
    """Small things by name."""

    def __init__(self, file: KeptFile) -> None:
        self._file = file

    def value(self, name: str) -> str | None:
        found: str | None = self._file.one("SELECT value FROM shelf WHERE name = ?", name)
        return found

    def keep(self, name: str, value: str | None) -> None:
        with self._file.transaction():
            if value is None:
                self._file.execute("DELETE FROM shelf WHERE name = ?", name)
            else:
                self._file.execute("REPLACE INTO shelf VALUES (?, ?)", name, value)

    def names(self, prefix: str) -> Sequence[str]:
        rows = self._file.rows(
            "SELECT name FROM shelf WHERE substr(name, 1, ?) = ? ORDER BY name",
            len(prefix),
            prefix,
        )
        return [name for (name,) in rows]


class KeptInbox:
    """What came through doors, until it was read."""

    def __init__(self, file: KeptFile) -> None:
        self._file = file
        self.brought = asyncio.Event()  # wakes whoever reads it

    def put(self, name: str, body: bytes) -> bool:
        with self._file.transaction():
            found = self._file.execute(
                "INSERT INTO inbox (name, body) VALUES (?, ?) ON CONFLICT DO NOTHING", name, body
            )
        self.brought.set()
        return found > 0

    def after(self, cursor: str | None, limit: int) -> list[tuple[str, str, bytes]]:
        since = int(cursor or 0)
        execute = self._file.execute
        with self._file.transaction():
            execute("UPDATE inbox SET body = NULL WHERE seq <= ? AND body NOTNULL", since)
            execute("DELETE FROM inbox WHERE seq <= ?", since - _NAMES_REMEMBERED)
        rows = self._file.rows(
            "SELECT seq, name, body FROM inbox WHERE seq > ? AND body NOTNULL ORDER BY seq LIMIT ?",
            since,
            limit,
        )
        return [(str(seq), name, body) for seq, name, body in rows]

    def waiting(self) -> int:
        return int(self._file.one("SELECT count(*) FROM inbox WHERE body NOTNULL"))
