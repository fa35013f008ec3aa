"""One data directory, open: the threads that write and read it, and who waits for what.

Used from any event loop, but for `near`, which is the shards' own. What is asked of it is plain SQL
on a connection (`records`, `state`, or the read model's own); here it is decided where that runs.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final

from hub.domain.time import Instant
from hub.errors import Misconfigured
from hub.streams.bell import Bell
from hub.streams.retention import RETENTION, Keep, Retention, keep_for, keeps_from
from hub.streams.seam import Clock, Position, StreamName
from hub.streams.sqlite import opening, records
from hub.streams.sqlite.directory import DataDirectory
from hub.streams.sqlite.readers import Readers
from hub.streams.sqlite.state import Changes
from hub.streams.sqlite.writer import Answer, Work, Writer

if TYPE_CHECKING:
    from hub.streams.sqlite.journaling import Journaling

TRIMMED_AT_ONCE: Final = 1000  # records or pages in a transaction
LOG_WAIT_MS: Final = 100


class SqliteStore:
    """`seintje.db` in a data directory; see `open`."""

    def __init__(self, directory: DataDirectory, writing: sqlite3.Connection, clock: Clock) -> None:
        self.clock = clock
        self.bell = Bell()
        self.owners: dict[str, object] = {}  # by name of the shard
        self.database = directory.database
        self._directory = directory
        # Read on the event loop of the shards, and only there: their state.
        self.near = opening.connect_to_read(directory.database)
        self._readers = Readers(lambda: opening.connect_to_read(directory.database))
        self._writer = Writer(writing)

    @classmethod
    def open(cls, data: Path, clock: Clock) -> SqliteStore:
        """The store in this directory, which is made when it is not there.

        Misconfigured: in use, damaged, read-only, or of a newer release, each with what to do.
        Unavailable: no space.
        """
        with ExitStack() as undo:
            directory = DataDirectory(data)
            undo.callback(directory.close)
            writing = opening.connect_to_write(directory.database)
            undo.callback(writing.close)
            store = cls(directory, writing, clock)
            undo.pop_all()
        return store

    async def transact(self, work: Work[Answer]) -> Answer:
        """Run `work` in a transaction, durable on return (see `Writer.transact`)."""
        return await self._writer.transact(work)

    async def append_in(self, work: Work[Answer], streams: Iterable[StreamName]) -> Answer:
        """`transact`, and wake whoever waits for these streams, even if the caller has left."""
        return await self._writer.transact(work, lambda: self.bell.ring_all(streams))

    async def query(self, work: Work[Answer]) -> Answer:
        """Run `work`, which only reads, off the event loop."""
        return await self._readers.query(work)

    async def claim_key(self, fingerprint: str) -> None:
        """Remember whose key sealed this database; Misconfigured for another than the first."""

        def work(connection: sqlite3.Connection) -> str:
            connection.execute(
                "INSERT INTO meta VALUES ('key', ?) ON CONFLICT DO NOTHING", (fingerprint,)
            )
            owner: str
            (owner,) = connection.execute("SELECT value FROM meta WHERE name = 'key'").fetchone()
            return owner

        owner = await self.transact(work)
        if owner != fingerprint:
            raise Misconfigured(
                "key file", f"this database was sealed with key {owner}; restore that key file"
            )

    async def keep_journal(self, journaling: Journaling) -> None:
        """From here on what is committed is in this journal first; closed with the store."""
        await self.transact(journaling.begin)
        self._writer.journaling = journaling

    def note(self, shard: str, stream: StreamName, position: Position, changes: Changes) -> None:
        """A shard changed this; to be called inside a transaction of `append_in`."""
        if self._writer.journaling is not None:
            self._writer.journaling.note(shard, stream, position, changes)

    async def verify(self) -> list[str]:
        """What is wrong with the file, every page and index looked at; empty when it is whole."""
        return await self.query(opening.damage)

    async def trim(self, now: Instant, retention: Retention = RETENTION) -> int:
        """Remove what was kept long enough, and give its space back; how many records that were.

        Afterwards nothing of what was trimmed or erased is left in the file or its log, unless
        somebody was reading from the log: then it is so the next time.
        """
        removed = 0
        for name in await self.query(_streams):
            keep = keep_for(name, retention)
            if keep is not None:
                removed += await self._trim(name, keep, now)
        while await self.transact(_shrink):
            pass
        await self._writer.outside(_empty_log)
        return removed

    def outlasting(self) -> AbstractContextManager[None]:
        """The directory stays ours while the block runs, also after `close`."""
        return self._directory.outlasting()

    def close(self) -> None:
        """Finish what was asked, and let go of the directory."""
        self._writer.close()
        self._readers.close()
        self.near.close()
        self._directory.close()

    def __enter__(self) -> SqliteStore:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    async def _trim(self, name: StreamName, keep: Keep, now: Instant) -> int:
        until = await self.query(lambda it: _may_go(it, name, keep, now))
        removed = 0
        while True:
            some = await self.transact(lambda it: records.trim(it, name, until, TRIMMED_AT_ONCE))
            removed += some
            if some < TRIMMED_AT_ONCE:
                return removed


def _streams(connection: sqlite3.Connection) -> Sequence[StreamName]:
    return [row[0] for row in connection.execute("SELECT name FROM stream ORDER BY id").fetchall()]


def _may_go(connection: sqlite3.Connection, name: StreamName, keep: Keep, now: Instant) -> Position:
    """The last position that is old enough, and read by every shard if it must be."""
    old: Position = records.cursor_at(connection, name, keeps_from(keep, now))
    if not keep.unread:
        return old
    read: Position | None
    (read,) = connection.execute(
        "SELECT min(position) FROM cursor WHERE stream = ?", (name,)
    ).fetchone()
    return min(old, read or 0)


def _shrink(connection: sqlite3.Connection) -> bool:
    """Give some free pages back; whether there are more."""
    connection.execute(f"PRAGMA incremental_vacuum({TRIMMED_AT_ONCE})").fetchall()
    return bool(connection.execute("PRAGMA freelist_count").fetchone()[0])


def _empty_log(connection: sqlite3.Connection) -> None:
    # Waiting for a reader would hold up whoever writes.
    connection.execute(f"PRAGMA busy_timeout = {LOG_WAIT_MS}")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    connection.execute(f"PRAGMA busy_timeout = {opening.BUSY_MS}")
