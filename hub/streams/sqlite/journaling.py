"""What a commit did, into the journal before it counts, and out of it again (ADR 0031).

Runs in the thread that writes, inside its transactions. A shard notes its changes of state; what
was appended to streams and what was set is found in the database itself, so nobody can forget to
say it, and what another process wrote goes along with the next commit of ours. The database keeps
the place up to which the journal is true of it; what stands after that was never committed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from itertools import groupby
from typing import Final, Protocol

import msgspec
from msgspec import Struct

from hub.domain.time import Instant
from hub.errors import Misconfigured
from hub.streams.journal_file import Journal, Place
from hub.streams.seam import Clock, Emit, Position, StreamName, Table
from hub.streams.sqlite.records import append, lasts, read_after
from hub.streams.sqlite.runtime import Project, move_cursor
from hub.streams.sqlite.state import Changes, write_changes
from hub.streams.transfer import Appended

_META: Final = "journal"
_ALL: Final = 1 << 40


class Aside(Protocol):
    """What is kept beside state and streams, and must not be lost: settings, API keys."""

    def changes(self, connection: sqlite3.Connection, *, whole: bool) -> bytes | None:
        """What changed since it was last asked, or all of it; None for nothing."""
        ...

    def put(self, connection: sqlite3.Connection, changes: bytes) -> None:
        """Put changes in another database, in the order in which they were given."""
        ...


class Moved(Struct, frozen=True, array_like=True):
    """What a shard changed, and how far it read."""

    shard: str
    stream: StreamName
    position: Position
    changes: list[tuple[Table, bytes, bytes | None]]


class Commit(Struct, frozen=True, array_like=True):
    """What one commit did."""

    at: Instant
    moved: list[Moved]
    appended: list[Appended]
    aside: bytes | None


class _Kept(Struct, frozen=True):
    """How far the journal is true of this database: its place, and the last of each stream."""

    place: Place
    ends: dict[StreamName, Position]


_encode: Final = msgspec.msgpack.Encoder().encode
decode_commit: Final = msgspec.msgpack.Decoder(Commit).decode
_kept: Final = msgspec.json.Decoder(_Kept).decode


class Journaling:
    """Keeps a journal of one database; `aside` knows what is kept beside state and streams."""

    def __init__(self, journal: Journal, clock: Clock, aside: Aside) -> None:
        self.journal = journal
        self.trouble: str | None = None  # why nothing can be committed, if that is so
        self._clock = clock
        self._aside = aside
        self._noted: list[Moved] = []
        self._ends: dict[StreamName, Position] = {}
        self._is_whole_due = True  # what is aside is to be written whole
        self._written: tuple[bytes, dict[StreamName, Position]] | None = None

    def begin(self, connection: sqlite3.Connection) -> None:
        """Go on where the database says that its journal is, or begin a new line: then nothing can
        be restored from it before a backup was made."""
        kept = _kept_in(connection)
        if kept is not None and self.journal.go_on(kept.place):
            self._ends = kept.ends
            return
        self.journal.begin()
        self._ends = lasts(connection)
        _keep(connection, _Kept(self.journal.place, self._ends))

    def note(self, shard: str, stream: StreamName, position: Position, changes: Changes) -> None:
        """A shard did this, in the transaction that is open."""
        rows = [(table, key, value) for (table, key), value in changes.items()]
        self._noted.append(Moved(shard, stream, position, rows))

    def noted(self) -> int:
        """How much was noted so far, for `forget`."""
        return len(self._noted)

    def forget(self, noted: int) -> None:
        """What was noted after that was undone."""
        del self._noted[noted:]

    def write(self, connection: sqlite3.Connection) -> None:
        """Everything that the open transaction did; on the disk on return. Unavailable: it is not,
        and the transaction must be undone."""
        self._written = None
        ends = lasts(connection)
        appended = list(_appended(connection, self._ends, ends))
        aside = self._aside.changes(connection, whole=self._is_whole_due)
        moved, self._noted = self._noted, []
        if not (moved or appended or aside):
            return
        # Until it is known to be committed: what is lost now must come again.
        self._is_whole_due = True
        entry = _encode(Commit(self._clock.now(), moved, appended, aside))
        frame, place = self.journal.sealed(entry)
        _keep(connection, _Kept(place, ends))
        self.journal.append(frame)
        self._written, self._ends, self._is_whole_due = (frame, self._ends), ends, False
        self.trouble = None

    def committed(self) -> None:
        """What was written last happened: whatever fails after it does not take it back."""
        self._written = None

    def take_back(self, why: str | None = None) -> None:
        """The transaction was undone; `why` if it was the journal that could not be written."""
        self.trouble = why
        self._noted.clear()
        self._is_whole_due = True
        if self._written is not None:
            frame, self._ends = self._written
            self.journal.take_back(frame)
            self._written = None

    def close(self) -> None:
        self.journal.close()


def stop_journal(connection: sqlite3.Connection) -> None:
    """From here on the journal is no longer true of this database."""
    connection.execute("DELETE FROM meta WHERE name = ?", (_META,))


def place_in(connection: sqlite3.Connection) -> Place | None:
    """Up to where the journal holds what this database holds; None if it has none."""
    kept = _kept_in(connection)
    return None if kept is None else kept.place


def put(connection: sqlite3.Connection, commit: Commit, project: Project, aside: Aside) -> None:
    """Do once more what a commit did, in a database that is as the first was before it.

    Misconfigured: it is not. To be called inside a transaction.
    """
    for moved in commit.moved:
        changes = {(table, key): value for table, key, value in moved.changes}
        write_changes(connection, moved.shard, changes)
        move_cursor(connection, moved.shard, moved.stream, moved.position)
    for (stream, at), run in groupby(commit.appended, lambda it: (it.stream, it.appended_at)):
        _append(connection, stream, at, list(run), project)
    if commit.aside is not None:
        aside.put(connection, commit.aside)


def _append(
    connection: sqlite3.Connection,
    stream: StreamName,
    at: Instant,
    run: list[Appended],
    project: Project,
) -> None:
    there = lasts(connection).get(stream, 0)
    # What a command wrote since our last commit is in a backup that was made then, and once more in
    # the journal.
    new = [it for it in run if it.at > there or not _is_there(connection, it)]
    emits = [Emit(stream, it.key, it.value, it.headers) for it in new]
    stored = append(connection, emits, at)
    if [where.position for where in stored] != [it.at for it in new]:
        raise Misconfigured("journal", "it does not go on from this backup; give its own")
    project(connection, [(emit, *where) for emit, where in zip(emits, stored, strict=True)])


def _is_there(connection: sqlite3.Connection, it: Appended) -> bool:
    found = read_after(connection, it.stream, it.at - 1, 1)
    return any((one.at, one.key, one.value) == (it.at, it.key, it.value) for one in found)


def _appended(
    connection: sqlite3.Connection,
    before: dict[StreamName, Position],
    ends: dict[StreamName, Position],
) -> Iterable[Appended]:
    for stream, last in ends.items():
        after = before.get(stream, 0)
        if last > after:
            for it in read_after(connection, stream, after, _ALL):
                headers = dict(it.headers)
                yield Appended(stream, it.at, it.key, it.value, headers, it.appended_at)


def _kept_in(connection: sqlite3.Connection) -> _Kept | None:
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (_META,)).fetchone()
    return None if row is None else _kept(row[0])


def _keep(connection: sqlite3.Connection, kept: _Kept) -> None:
    text = msgspec.json.encode(kept).decode()
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_META, text))
