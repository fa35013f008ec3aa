"""The tables of the runtime, and how an older file becomes a newer one.

`user_version` counts the migrations that a file has had. A migration is never changed once it was
released; a file with more of them than we know is refused. The read model has tables of its own in
the same file, which are not ours to check.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from hub.errors import Misconfigured
from hub.streams.sqlite.faults import our_words

APPLICATION_ID: Final = 0x5345494E  # "SEIN"
WHERE: Final = "data directory"

Migration: TypeAlias = Callable[[sqlite3.Connection], None]


def _first(connection: sqlite3.Connection) -> None:
    """Streams, state, cursors.

    A record is found by one number: stream * 2^44 + position. A rowid table keeps values of a page
    in the row, where WITHOUT ROWID moves them to pages of their own (measured with 1 500 bytes:
    62 MB against 140). State is the other way round: small values, found by key.
    """
    for statement in (
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE stream (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
        " last INTEGER NOT NULL, appended_at INTEGER NOT NULL)",
        "CREATE TABLE record (id INTEGER PRIMARY KEY, key BLOB NOT NULL, value BLOB,"
        " headers BLOB, appended_at INTEGER NOT NULL)",
        "CREATE TABLE place (id INTEGER PRIMARY KEY, shard TEXT NOT NULL, name TEXT NOT NULL,"
        " UNIQUE (shard, name))",
        "CREATE TABLE state (place INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL,"
        " PRIMARY KEY (place, key)) WITHOUT ROWID",
        "CREATE TABLE cursor (shard TEXT NOT NULL, stream TEXT NOT NULL, position INTEGER NOT NULL,"
        " PRIMARY KEY (shard, stream)) WITHOUT ROWID",
    ):
        connection.execute(statement)


# Append only.
MIGRATIONS: Final[Sequence[Migration]] = (_first,)


def migrate(connection: sqlite3.Connection, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Bring the file up to date, each migration in a transaction of its own.

    Misconfigured: it belongs to another program, or to a newer release.
    """
    with our_words():
        for number in range(check_version(connection, migrations), len(migrations)):
            _apply(connection, migrations[number], number + 1)


def check_version(
    connection: sqlite3.Connection, migrations: Sequence[Migration] = MIGRATIONS
) -> int:
    """How many migrations the file has had; changes nothing. Misconfigured: as `migrate`."""
    with our_words():
        (owner,) = connection.execute("PRAGMA application_id").fetchone()
        version: int
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        tables = _tables(connection)
    if owner != APPLICATION_ID and (tables or owner or version):
        raise Misconfigured(
            WHERE, "seintje.db belongs to another program; give a directory of its own"
        )
    if version > len(migrations):
        raise Misconfigured(WHERE, f"a newer release wrote it (schema {version}); run that release")
    return version


def check_schema(connection: sqlite3.Connection) -> None:
    """Misconfigured when the tables are not the ones that the migrations make."""
    known = sqlite3.connect(":memory:", isolation_level=None)
    try:
        migrate(known)
        expected = _tables(known)
    finally:
        known.close()
    with our_words():
        missing = expected.items() - _tables(connection).items()
    if missing:
        names = ", ".join(sorted(name for name, _ in missing))
        raise Misconfigured(
            WHERE, f"tables of the database were changed or are gone ({names}); restore a backup"
        )


def _apply(connection: sqlite3.Connection, migration: Migration, version: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        migration(connection)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _tables(connection: sqlite3.Connection) -> dict[str, str]:
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
    return dict(rows.fetchall())
