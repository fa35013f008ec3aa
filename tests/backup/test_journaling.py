"""Nothing counts before it is in the journal, and what did not happen is not in it."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from hub.clocks import SystemClock
from hub.errors import Misconfigured, Unavailable
from hub.gateway import all_settings, api_keys
from hub.gateway.aside import Aside
from hub.keys import Keys
from hub.reading import settings
from hub.streams.journal_file import FOLDER, Journal, Place
from hub.streams.journal_reading import Reading
from hub.streams.seam import Effects, Emit
from hub.streams.sqlite.editing import transaction_in
from hub.streams.sqlite.journaling import Commit, Journaling, decode_commit, place_in, put
from hub.streams.sqlite.records import append, lasts
from hub.streams.sqlite.runtime import SqliteLog, SqliteOutbox, SqliteShard
from hub.streams.sqlite.store import SqliteStore

KEYS = Keys(b"1" * 32)
FACT = Emit("facts", b"0988", b"a fact")


class Kept:
    """A store whose commits go into a journal."""

    def __init__(self, store: SqliteStore, journaling: Journaling, start: Place) -> None:
        self.store, self.journaling, self.start = store, journaling, start

    def commits(self) -> list[Commit]:
        folder = self.journaling.journal._folder
        return [decode_commit(it) for it in Reading(folder, self.start, KEYS).entries()]


@asynccontextmanager
async def kept(folder: Path, start: Place | None = None) -> AsyncIterator[Kept]:
    with SqliteStore.open(folder / "data", SystemClock()) as store:
        await store.transact(all_settings.prepare)
        journaling = Journaling(
            Journal(folder / "backups", KEYS, SystemClock()), SystemClock(), Aside()
        )
        await store.keep_journal(journaling)
        yield Kept(store, journaling, start or journaling.journal.place)


def said(journaling: Journaling) -> str:
    """Why nothing can be committed."""
    return journaling.trouble or ""


async def test_what_is_committed_is_in_the_journal_in_its_order(tmp_path: Path) -> None:
    async with kept(tmp_path) as it:
        await SqliteLog(it.store).append("facts", [FACT])
        shard = SqliteShard(it.store, "correlate", "facts")
        batch = await shard.read(10, 0)
        view = Emit("out/one", b"al-1", b"{}", {"revision": b"1"})
        await shard.commit(batch, Effects({("node", b"n"): b"c", ("node", b"gone"): None}, [view]))
        came, taken = it.commits()
    assert [(it.stream, it.at, it.value) for it in came.appended] == [("facts", 1, b"a fact")]
    [moved] = taken.moved
    assert (moved.shard, moved.stream, moved.position) == ("correlate", "facts", 1)
    assert moved.changes == [("node", b"n", b"c"), ("node", b"gone", None)]
    assert [(it.stream, it.at, it.headers) for it in taken.appended] == [
        ("out/one", 1, {"revision": b"1"})
    ]


async def test_work_that_failed_is_not_in_the_journal(tmp_path: Path) -> None:
    async with kept(tmp_path) as it:

        def fails(connection: sqlite3.Connection) -> None:
            append(connection, [FACT], 1)
            it.store.note("correlate", "facts", 1, {("node", b"n"): b"c"})
            raise ValueError("a slip")

        work = (it.store.transact(fails), SqliteLog(it.store).append("facts", [FACT]))
        found = await asyncio.gather(*work, return_exceptions=True)
        assert isinstance(found[0], ValueError)
        commits = it.commits()
    assert sum(len(commit.appended) for commit in commits) == 1
    assert not any(commit.moved for commit in commits)


async def test_without_room_for_the_journal_nothing_is_accepted_and_then_it_goes_on(
    tmp_path: Path,
) -> None:
    async with kept(tmp_path) as it:
        log = SqliteLog(it.store)
        await log.append("facts", [FACT])
        file, journal = it.journaling.journal._file, it.journaling.journal
        journal._file = os.open("/dev/full", os.O_RDWR)
        with pytest.raises(Unavailable, match="no space left"):
            await log.append("facts", [FACT])
        assert said(it.journaling)
        assert len(await SqliteOutbox(it.store).read("facts", None, 10, 0)) == 1
        os.close(journal._file)
        journal._file = file
        await log.append("facts", [FACT])
        assert not said(it.journaling)
        assert [one.at for commit in it.commits() for one in commit.appended] == [1, 2]


class Slipping(Aside):
    """Has a fault of its own, until it is mended."""

    is_mended = False

    def changes(self, connection: sqlite3.Connection, *, whole: bool) -> bytes | None:
        if not self.is_mended:
            raise ZeroDivisionError
        return super().changes(connection, whole=whole)


async def test_a_fault_in_the_journal_is_told_and_does_not_end_the_thread_that_writes(
    tmp_path: Path,
) -> None:
    async with kept(tmp_path) as it:
        log, aside = SqliteLog(it.store), Slipping()
        it.journaling._aside = aside
        async with asyncio.timeout(10):
            with pytest.raises(ZeroDivisionError):
                await log.append("facts", [FACT])
            assert said(it.journaling)
            aside.is_mended = True
            await log.append("facts", [FACT])
        assert not said(it.journaling)
        assert [one.at for commit in it.commits() for one in commit.appended] == [1]


async def test_a_commit_that_the_disk_did_not_take_is_taken_back(tmp_path: Path) -> None:
    async with kept(tmp_path) as it:
        log = SqliteLog(it.store)
        await log.append("facts", [FACT])

        def limit(connection: sqlite3.Connection, pages: int) -> None:
            (now,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {now + pages}")

        await it.store.transact(partial(limit, pages=1))
        with pytest.raises(Unavailable):
            await log.append("facts", [Emit("facts", b"k", bytes(500_000))])
        await it.store.transact(partial(limit, pages=1 << 20))
        await log.append("facts", [FACT])
        places = [one.at for commit in it.commits() for one in commit.appended]
    assert places == [1, 2]


async def test_what_was_committed_stays_in_the_journal_when_the_next_does_not_even_begin(
    tmp_path: Path,
) -> None:
    """Somebody else writes for longer than ours waits, or the disk is full: nothing came of it."""
    async with kept(tmp_path) as it:
        await it.store.transact(lambda one: one.execute("PRAGMA busy_timeout = 1").fetchall())
        log = SqliteLog(it.store)
        await log.append("facts", [FACT])
        shard = SqliteShard(it.store, "correlate", "facts")
        batch = await shard.read(10, 0)
        await shard.commit(batch, Effects({("node", b"n"): b"c"}, []))
        with transaction_in(tmp_path / "data"):
            with pytest.raises(Unavailable):
                await log.append("facts", [FACT])
            with pytest.raises(Unavailable):
                await log.append("facts", [FACT])
        assert [len(commit.moved) for commit in it.commits()] == [0, 0, 1]
        await log.append("facts", [FACT])
        assert [len(commit.moved) for commit in it.commits()] == [0, 0, 1, 0]
        assert [one.at for commit in it.commits() for one in commit.appended] == [1, 2]


async def test_what_a_command_wrote_beside_it_goes_along(tmp_path: Path) -> None:
    async with kept(tmp_path) as it:
        await SqliteLog(it.store).append("facts", [FACT])
        with transaction_in(tmp_path / "data") as connection:
            api_keys.create(connection, "gemeente-weert", 1)
            settings.change(connection, "order/sb-1/1", b"one")
            append(connection, [FACT], 1)  # redriven
        await it.store.transact(lambda _connection: None)
        with transaction_in(tmp_path / "data") as connection:
            settings.change(connection, "order/sb-1/1", None)
        await it.store.transact(lambda _connection: None)
        commits = it.commits()
        other = sqlite3.connect(":memory:", isolation_level=None)
        all_settings.prepare(other)
        aside = Aside()
        for commit in commits[:2]:
            aside.put(other, commit.aside or b"")
        assert settings.find(other, "order/sb-1/1") == b"one"
        assert [key[1] for key in api_keys.every(other)] == ["gemeente-weert"]
        aside.put(other, commits[2].aside or b"")
        assert settings.keys(other) == set()
        other.close()
    assert [one.at for commit in commits for one in commit.appended] == [1, 2]


async def test_a_start_goes_on_with_the_journal_of_before(tmp_path: Path) -> None:
    async with kept(tmp_path) as it:
        await SqliteLog(it.store).append("facts", [FACT])
        start = it.start
    with transaction_in(tmp_path / "data") as connection:
        append(connection, [FACT], 1)  # while nothing runs
    async with kept(tmp_path, start) as it:
        await SqliteLog(it.store).append("facts", [FACT])
        assert [one.at for commit in it.commits() for one in commit.appended] == [1, 2, 3]


async def test_what_is_put_in_another_database_makes_it_the_same(tmp_path: Path) -> None:
    async with kept(tmp_path) as it:
        shard = SqliteShard(it.store, "correlate", "facts")
        for number in range(5):
            await SqliteLog(it.store).append("facts", [FACT] * (number + 1))
            batch = await shard.read(10, 0)
            changes = {("node", bytes([number])): b"c", ("node", bytes([number - 1 & 7])): None}
            await shard.commit(batch, Effects(changes, [Emit("out/one", b"al", b"{}")] * number))
        commits, ends = it.commits(), await it.store.query(lasts)
        state = sorted(shard.state.scan("node"))
    with SqliteStore.open(tmp_path / "other", SystemClock()) as other:
        await other.transact(all_settings.prepare)
        for commit in commits:
            work = partial(put, commit=commit, project=lambda *_all: None, aside=Aside())
            await other.transact(work)
        assert await other.query(lasts) == ends
        assert sorted(SqliteShard(other, "correlate", "facts").state.scan("node")) == state
        assert await other.query(place_in) is None


@pytest.mark.parametrize("fact", [FACT, Emit("facts", b"0988", b"another fact")])
async def test_what_a_backup_has_already_is_not_put_twice(tmp_path: Path, fact: Emit) -> None:
    """An operator wrote something, and the backup was made before it was in the journal."""
    async with kept(tmp_path) as it:
        await SqliteLog(it.store).append("facts", [FACT])
        with transaction_in(tmp_path / "data") as connection:
            append(connection, [FACT], 1)  # redriven
        await SqliteLog(it.store).append("facts", [FACT])
        _, after = it.commits()
        assert [it.at for it in after.appended] == [2, 3]
    with SqliteStore.open(tmp_path / "backup", SystemClock()) as backup:
        await backup.transact(all_settings.prepare)
        await backup.transact(lambda it: append(it, [FACT, fact], 1))
        projected: list[object] = []
        work = partial(put, commit=after, project=lambda _, it: projected.extend(it), aside=Aside())
        if fact == FACT:
            await backup.transact(work)
            assert await backup.query(lasts) == {"facts": 3}
            assert len(projected) == 1
        else:
            with pytest.raises(Misconfigured, match="does not go on from this backup"):
                await backup.transact(work)


async def test_an_entry_of_another_backup_is_refused(tmp_path: Path) -> None:
    async with kept(tmp_path) as it:
        for _ in range(2):
            await SqliteLog(it.store).append("facts", [FACT])
        later = it.commits()[1]
    with SqliteStore.open(tmp_path / "other", SystemClock()) as other:
        work = partial(put, commit=later, project=lambda *_all: None, aside=Aside())
        with pytest.raises(Exception, match="does not go on from this backup"):
            await other.transact(work)


def test_the_journal_lies_in_a_folder_of_its_own(tmp_path: Path) -> None:
    journal = Journal(tmp_path, KEYS, SystemClock())
    journal.begin()
    journal.close()
    assert [it.name for it in tmp_path.iterdir()] == [FOLDER]
