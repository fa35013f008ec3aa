"""The state file of a client: what must outlive it, in one SQLite database.

One process at a time: it is locked as long as it is open, so that two cannot send in two orders. Of
one hub: what one has accepted another has not, and what waits for a test must not go elsewhere. A
transaction is on disk when it ends. What stands in it (events that wait) is about households: it is
readable for its owner only, and what is removed is overwritten.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Final, NamedTuple

from hub.errors import Misconfigured, Unavailable

_SETTING: Final = "state"
_VERSION: Final = 1
_BUSY_SECONDS: Final = 0.5
_PRIMARY: Final = 0xFF  # the rest of a code says more than we need
_DO: Final = {
    sqlite3.SQLITE_BUSY: "another process uses the file; give each process a file of its own",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened; name one that can be written",
    sqlite3.SQLITE_READONLY: "the file cannot be written; name one that can",
    sqlite3.SQLITE_CORRUPT: "the file is damaged; what waited in it must be handed over again",
    sqlite3.SQLITE_NOTADB: "the file there is of another program; name another file",
}


class Layout(NamedTuple):
    """What a kind of state file holds, and the number by which SQLite knows it."""

    application_id: int
    tables: tuple[str, ...]


_HUB: Final = "CREATE TABLE hub (address TEXT NOT NULL)"
_EVENTS: Final = (
    # `body` is there as long as the event waits or was refused; the digest stays, to know it again.
    "CREATE TABLE event (seq INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL,"
    " id TEXT NOT NULL, digest BLOB NOT NULL, status TEXT NOT NULL, body BLOB, receipt_id TEXT,"
    " problem BLOB, UNIQUE (source, id))",
    "CREATE INDEX event_by_status ON event (status, seq)",
    "CREATE TABLE place (one INTEGER PRIMARY KEY CHECK (one = 1), cursor TEXT NOT NULL)",
    "CREATE TABLE alert (alert_id TEXT PRIMARY KEY, revision INTEGER NOT NULL) WITHOUT ROWID",
)
_DEALT_WITH: Final = (
    "CREATE TABLE dealt_with (seq INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL,"
    " name TEXT NOT NULL, revision INTEGER NOT NULL, at REAL NOT NULL, UNIQUE (source, name))"
)

SENT: Final = Layout(0x5345494E, (*_EVENTS, _HUB))  # SEIN
RECEIVED: Final = Layout(0x53454952, (_DEALT_WITH, _HUB))  # SEIR


class State:
    """An open state file; close it when done. May be used from several threads."""

    def __init__(self, path: Path, hub: str, layout: Layout = SENT) -> None:
        """`hub` is the address; empty where any may send. Misconfigured: another process uses the
        file, it is of another hub, or no state file. Unavailable: the disk is full."""
        self._lock = Lock()
        with _translated():
            _create(path)
            self._connection = sqlite3.connect(
                path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare(hub, layout)
            except BaseException:
                self._connection.close()
                raise

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it is on disk when the block ends, or nothing. Unavailable: the disk is full."""
        with self._lock, _translated(), self._connection as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection

    def _prepare(self, hub: str, layout: Layout) -> None:
        execute = self._connection.execute
        execute("PRAGMA locking_mode = EXCLUSIVE")
        # Exclusive, a journal is kept from one transaction to the next; what was in it must not be.
        execute("PRAGMA journal_mode = TRUNCATE")
        execute("PRAGMA synchronous = FULL")
        execute("PRAGMA secure_delete = ON")
        with self._connection:
            execute("BEGIN EXCLUSIVE")
            [(application_id,)] = execute("PRAGMA application_id")
            [(version,)] = execute("PRAGMA user_version")
            [(tables,)] = execute("SELECT count(*) FROM sqlite_schema")
            if not tables and not application_id:
                _fill(self._connection, hub, layout)
            elif (application_id, version) != (layout.application_id, _VERSION):
                told = "the file there is of another program or a newer client; name another file"
                raise Misconfigured(_SETTING, told)
            elif (known := execute("SELECT address FROM hub").fetchone()) != (hub,):
                told = (
                    f"what is kept there is of the hub at {known and known[0]}, and this is {hub}"
                )
                raise Misconfigured(_SETTING, f"{told}; write that address, or name another place")


def _fill(connection: sqlite3.Connection, hub: str, layout: Layout) -> None:
    for table in layout.tables:
        connection.execute(table)
    connection.execute("INSERT INTO hub VALUES (?)", (hub,))
    connection.execute(f"PRAGMA application_id = {layout.application_id}")
    connection.execute(f"PRAGMA user_version = {_VERSION}")


def _create(path: Path) -> None:
    # Not if it is there: to close it would end the locks that this process has on it.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Misconfigured(_SETTING, _DO[sqlite3.SQLITE_CANTOPEN]) from error
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", None)
        if code is None:  # it was closed, or the program is wrong
            raise
        if do := _DO.get(code & _PRIMARY):
            raise Misconfigured(_SETTING, do) from error
        raise Unavailable(f"{_SETTING}: {error.sqlite_errorname}") from error
