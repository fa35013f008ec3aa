"""The read model in a file of its own, filled from elsewhere: `reading.db`.

It holds how far each partition was taken in, in the same transaction as what was taken in, so a
restart goes on where it was. Nothing in it is the record of anything: a file of another hub, of
another form or one that is damaged is emptied, and filled again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

import structlog
from msgspec import Struct

from hub.domain.time import Instant
from hub.errors import Misconfigured, Unavailable
from hub.reading import model
from hub.reading.counts import add
from hub.reading.model import Entries
from hub.reading.undressing import Undressing
from hub.streams.bell import Bell
from hub.streams.seam import Emit, Position
from hub.streams.sqlite.directory import DataDirectory
from hub.streams.sqlite.faults import our_words
from hub.streams.sqlite.opening import damage
from hub.streams.sqlite.writer import Writer

READING: Final = "reading.db"
UNREADABLE: Final = "unreadable"  # what could not be taken in, by stream (hub.reading.counts)

Spot: TypeAlias = tuple[str, int]  # a topic and a partition
Prepare: TypeAlias = Callable[[sqlite3.Connection], None]
Project: TypeAlias = Callable[[sqlite3.Connection, Entries], None]

_FORM: Final = 1
_CHECKED_BYTES: Final = 256 << 20  # a larger file would take longer to look at than to fill again
_PRAGMAS: Final = (
    "PRAGMA page_size = 8192",
    "PRAGMA auto_vacuum = INCREMENTAL",
    "PRAGMA journal_mode = WAL",
    # Whole after a crash of the machine, if perhaps of a moment ago: the rest is read again.
    "PRAGMA synchronous = NORMAL",
    "PRAGMA secure_delete = ON",  # what is erased is overwritten
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -65536",
    f"PRAGMA journal_size_limit = {64 << 20}",
)
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})
_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS followed_owner (owner TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS followed_next (topic TEXT NOT NULL, partition INTEGER NOT NULL,"
    " next INTEGER NOT NULL, PRIMARY KEY (topic, partition)) WITHOUT ROWID",
)
_ON: Final = (
    "INSERT INTO followed_next VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET next = excluded.next"
)

# What says something of us and not of a record.
_OURS: Final = (Misconfigured, Unavailable, MemoryError, sqlite3.Error)

_log = structlog.get_logger("seintje.reading")


class Taken(Struct, frozen=True):
    """What was fetched: in order for each partition, and where each goes on."""

    entries: Sequence[tuple[Emit, Position, Instant]]
    next: Mapping[Spot, int]


class Fills(Struct, frozen=True):
    """What the file is filled with: what a record changes, the tables, and how a record looks as
    it was emitted."""

    project: Project
    prepare: Prepare
    undressing: Undressing


class Followed:
    """The file, open, and the thread that writes it; see `open`."""

    def __init__(self, directory: DataDirectory, fills: Fills) -> None:
        self.database = directory.database
        self.bell = Bell()
        self._directory = directory
        self._fills = fills
        self._writer = Writer(_opened(directory.database, fills.prepare))

    @classmethod
    def open(cls, folder: Path, fills: Fills) -> Followed:
        """The read model in this folder. Misconfigured: another process uses it, or it cannot be
        written. Unavailable: no space."""
        with ExitStack() as undo:
            directory = DataDirectory(folder, READING)
            undo.callback(directory.close)
            found = cls(directory, fills)
            undo.pop_all()
        return found

    async def resume(self, owner: str) -> Mapping[Spot, int]:
        """How far each partition was taken in. What is not this owner's is thrown away first."""
        return await self._writer.transact(partial(self._resume, owner=owner))

    async def empty(self, owner: str) -> None:
        """Throw everything away, and begin again for this owner."""
        await self._writer.transact(partial(self._empty, owner=owner))

    async def take(self, taken: Taken) -> None:
        """Take in what was fetched, all of it in one transaction; then those who wait hear."""
        streams = {emit.stream for emit, _, _ in taken.entries}
        await self._fills.undressing.learn(emit for emit, _, _ in taken.entries)
        await self._writer.transact(
            partial(self._take, taken=taken), lambda: self.bell.ring_all(streams)
        )

    async def note(self, entries: Entries) -> None:
        """Take in what this process appended itself, before it is fetched."""
        await self._writer.transact(lambda it: self._fills.project(it, entries))

    async def trim(self, now: Instant) -> None:
        """Forget what the topics forget too, and give the space back."""
        while await self._writer.transact(partial(model.trim, now=now, limit=1000)):
            pass
        await self._writer.outside(_give_back)

    def close(self) -> None:
        """Finish what was asked, and let go of the folder."""
        self._writer.close()
        self._directory.close()

    def _resume(self, connection: sqlite3.Connection, owner: str) -> Mapping[Spot, int]:
        found = connection.execute("SELECT owner FROM followed_owner").fetchone()
        if found != (owner,):
            self._empty(connection, owner)
        rows = connection.execute("SELECT topic, partition, next FROM followed_next")
        return {(topic, partition): following for topic, partition, following in rows.fetchall()}

    def _empty(self, connection: sqlite3.Connection, owner: str) -> None:
        rows = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
        for (name,) in rows.fetchall():
            connection.execute(f"DROP TABLE {name}")
        _make_tables(connection, self._fills.prepare)
        connection.execute("INSERT INTO followed_owner VALUES (?)", (owner,))

    def _take(self, connection: sqlite3.Connection, taken: Taken) -> None:
        try:
            self._project(connection, taken.entries)
        except _OURS:
            raise
        except Exception:
            for entry in taken.entries:
                self._take_alone(connection, entry)
        rows = [(*spot, following) for spot, following in taken.next.items()]
        connection.executemany(_ON, rows)

    def _take_alone(
        self, connection: sqlite3.Connection, entry: tuple[Emit, Position, Instant]
    ) -> None:
        """What cannot be read is counted and passed by: it must not keep the rest from anybody."""
        try:
            self._project(connection, [entry])
        except _OURS:
            raise
        except Exception as fault:
            emit, position, _ = entry
            _log.error("unreadable, passed by", position=position, exc_info=fault)
            add(connection, UNREADABLE, [emit.stream])

    def _project(self, connection: sqlite3.Connection, entries: Entries) -> None:
        """All of the entries, or none."""
        connection.execute("SAVEPOINT taken")
        try:
            undress = self._fills.undressing
            self._fills.project(
                connection, [(undress(it), position, at) for it, position, at in entries]
            )
        except BaseException:
            with suppress(sqlite3.Error):  # a failing disk may have rolled all of it back
                connection.execute("ROLLBACK TO taken")
                connection.execute("RELEASE taken")
            raise
        connection.execute("RELEASE taken")


def _opened(database: Path, prepare: Prepare) -> sqlite3.Connection:
    """A connection that writes, on a file that is whole and in our form."""
    with our_words():
        try:
            return _connected(database, prepare)
        except (sqlite3.Error, Misconfigured) as fault:
            if not _is_worthless(fault):
                raise
        _log.warning("the read model is damaged or of another form: it is filled again")
        _remove(database)
        return _connected(database, prepare)


def _connected(database: Path, prepare: Prepare) -> sqlite3.Connection:
    connection = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
    try:
        _check(connection, database)
        _set_up(connection, prepare)
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection, database: Path) -> None:
    """Misconfigured unless the file is new, or whole and in our form."""
    (form,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    is_small = database.stat().st_size <= _CHECKED_BYTES
    if tables and (form != _FORM or (is_small and damage(connection, "quick_check"))):
        raise Misconfigured(str(database), "it is damaged, or of another form; remove it")


def _is_worthless(fault: Exception) -> bool:
    """Whether the fault says that the file is damaged, or of another form or a newer release."""
    code = getattr(fault, "sqlite_errorcode", 0) & 0xFF
    return isinstance(fault, Misconfigured) or code in _DAMAGED


def _set_up(connection: sqlite3.Connection, prepare: Prepare) -> None:
    for pragma in _PRAGMAS:
        connection.execute(pragma).fetchall()
    connection.execute("BEGIN IMMEDIATE")
    _make_tables(connection, prepare)
    connection.execute(f"PRAGMA user_version = {_FORM}")
    connection.execute("COMMIT")


def _make_tables(connection: sqlite3.Connection, prepare: Prepare) -> None:
    for statement in _TABLES:
        connection.execute(statement)
    prepare(connection)


def _remove(database: Path) -> None:
    for ending in ("-wal", "-shm"):
        database.with_name(database.name + ending).unlink(missing_ok=True)
    database.write_bytes(b"")  # the file stays, closed to others as it was made


def _give_back(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA incremental_vacuum").fetchall()
    # Nothing of what was erased is left in the log, unless somebody is reading from it just now.
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
