"""Numbers that only go up, kept with what they count, so that a restart does not begin again."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable
from typing import Final

TABLES: Final = (
    "CREATE TABLE read_count (name TEXT NOT NULL, label TEXT NOT NULL, n INTEGER NOT NULL,"
    " PRIMARY KEY (name, label)) WITHOUT ROWID",
)


def add(connection: sqlite3.Connection, name: str, labels: Iterable[str]) -> None:
    """Count each label once more."""
    connection.executemany(
        "INSERT INTO read_count VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n",
        [(name, label, n) for label, n in Counter(labels).items()],
    )


def of(connection: sqlite3.Connection, name: str) -> dict[str, int]:
    """The count of each label."""
    rows = connection.execute("SELECT label, n FROM read_count WHERE name = ?", (name,))
    return dict(rows.fetchall())
