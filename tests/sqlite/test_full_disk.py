"""A disk without space: nothing is half-written, and the hub goes on when there is space again."""

import asyncio
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from hub.errors import Unavailable
from hub.streams.seam import Effects, Emit
from hub.streams.sqlite.runtime import SqliteLog, SqliteOutbox, SqliteShard
from hub.streams.sqlite.store import SqliteStore
from tests.contract.runtimes import ManualClock
from tests.contract.toy import heard

BIG = Emit("facts", b"k", bytes(100_000))
NO_LIMIT = 1 << 30


async def allow(store: SqliteStore, pages: int) -> None:
    """Let the file grow by this many pages and no further."""

    def work(connection: sqlite3.Connection) -> None:
        (now,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {now + pages}")

    await store.transact(work)


async def append(store: SqliteStore, emit: Emit) -> bool:
    """Whether it was acknowledged."""
    try:
        await SqliteLog(store).append("facts", [emit])
    except Unavailable:
        return False
    return True


async def kept(store: SqliteStore) -> int:
    return len(await heard(SqliteOutbox(store), "facts"))


async def test_what_does_not_fit_is_refused_and_what_was_acknowledged_stays(
    tmp_path: Path,
) -> None:
    with SqliteStore.open(tmp_path, ManualClock()) as store:
        await allow(store, 40)
        told = [await append(store, BIG) for _ in range(6)]
        assert told == [True, True, True, False, False, False]
        assert await kept(store) == 3
        await allow(store, NO_LIMIT)
        assert await append(store, BIG)
    with SqliteStore.open(tmp_path, ManualClock()) as store:
        assert [it.at for it in await SqliteOutbox(store).read("facts", None, 10, 0)] == [
            1,
            2,
            3,
            4,
        ]
        assert await store.verify() == []


async def test_of_appends_that_were_committed_together_each_is_told_the_truth(
    tmp_path: Path,
) -> None:
    with SqliteStore.open(tmp_path, ManualClock()) as store:
        await allow(store, 100)
        told = await asyncio.gather(*[append(store, BIG) for _ in range(30)])
        assert not all(told)
        assert await kept(store) == sum(told)


async def test_a_commit_that_does_not_fit_can_be_repeated(tmp_path: Path) -> None:
    with SqliteStore.open(tmp_path, ManualClock()) as store:
        assert await append(store, Emit("facts", b"k", b"fact"))
        shard = SqliteShard(store, "correlate", "facts")
        batch = await shard.read(10, 0)
        effects = Effects({("t", b"%d" % n): bytes(1000) for n in range(500)}, [BIG])
        await allow(store, 20)
        with pytest.raises(Unavailable, match="no space"):
            await shard.commit(batch, effects)
        assert list(shard.state.scan("t")) == []
        assert (await shard.read(10, 0)).records == batch.records
        assert await kept(store) == 1
        await allow(store, NO_LIMIT)
        await shard.commit(batch, effects)
        assert len(list(shard.state.scan("t"))) == 500
        assert (await shard.read(10, 0)).records[0].value == BIG.value


def fill(ballast: Path) -> None:
    """Write until there is no space."""
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(bytes(1 << 12)):
            pass


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MB that is really full when it is full."""
    mount, umount = shutil.which("mount"), shutil.which("umount")
    asked = [mount or "mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(tmp_path)]
    if not (mount and umount) or subprocess.run(asked, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a file system")
    yield tmp_path
    subprocess.run([umount, str(tmp_path)], check=True)


async def test_a_disk_that_is_really_full_is_the_same(small_disk: Path) -> None:
    with SqliteStore.open(small_disk / "data", ManualClock()) as store:
        ballast = small_disk / "ballast"
        ballast.write_bytes(bytes(2_000_000))
        told = [await append(store, BIG) for _ in range(40)]
        assert told[0]
        assert not told[-1]
        assert await kept(store) == sum(told)
        ballast.unlink()
        assert await append(store, BIG)
        acknowledged = sum(told) + 1
        assert await kept(store) == acknowledged
    with SqliteStore.open(small_disk / "data", ManualClock()) as store:
        assert await kept(store) == acknowledged


async def test_a_start_on_a_full_disk_is_refused_and_passes(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    fill(ballast)
    with pytest.raises(Unavailable, match="no space"):
        SqliteStore.open(small_disk / "data", ManualClock())
    ballast.unlink()
    with SqliteStore.open(small_disk / "data", ManualClock()) as store:
        assert await append(store, BIG)
