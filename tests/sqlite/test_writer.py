"""The thread that writes: work that is committed together, and each told what became of his own."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.errors import Bug, Misconfigured, SeintjeError, Unavailable
from hub.streams.seam import Emit
from hub.streams.sqlite import faults
from hub.streams.sqlite.faults import translated
from hub.streams.sqlite.runtime import SqliteLog, SqliteOutbox, SqliteShard
from hub.streams.sqlite.store import SqliteStore
from tests.contract.runtimes import ManualClock
from tests.contract.toy import heard, patiently

ONE = [Emit("facts", b"k", b"v")]


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return SqliteStore.open(tmp_path, ManualClock())


async def test_appends_at_the_same_time_share_their_syncs(store: SqliteStore) -> None:
    commits: list[str] = []

    def count(statement: str) -> None:
        commits.extend([statement] * (statement == "COMMIT"))

    with store:
        await store.transact(lambda it: it.set_trace_callback(count))
        commits.clear()
        goes_on = threading.Event()
        holding = asyncio.create_task(store.transact(lambda _: goes_on.wait()))
        asked = [asyncio.create_task(SqliteLog(store).append("facts", ONE)) for _ in range(200)]
        await asyncio.sleep(0)
        goes_on.set()
        await asyncio.gather(holding, *asked)
        assert len(commits) <= 2
        assert len(await heard(SqliteOutbox(store), "facts")) == 200


async def test_work_that_fails_undoes_itself_and_not_its_neighbours(store: SqliteStore) -> None:
    def work(number: int) -> Callable[[sqlite3.Connection], int]:
        def run(connection: sqlite3.Connection) -> int:
            connection.execute("INSERT INTO meta VALUES (?, '')", (str(number),))
            return 1 // (number % 5)

        return run

    with store:
        asked = [store.transact(work(number)) for number in range(20)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        names = await store.query(
            lambda it: it.execute("SELECT name FROM meta WHERE name <> 'opened'").fetchall()
        )
    assert [isinstance(it, ZeroDivisionError) for it in answers] == [n % 5 == 0 for n in range(20)]
    assert {int(name) for (name,) in names} == {n for n in range(20) if n % 5}


async def test_a_mistake_in_sql_is_a_bug_of_whoever_made_it(store: SqliteStore) -> None:
    with store:
        good = asyncio.create_task(SqliteLog(store).append("facts", ONE))
        with pytest.raises(Bug):
            await store.transact(lambda it: it.execute("SELECT nothing FROM nowhere"))
        assert list(await good) == [1]


async def test_what_was_asked_is_finished_before_it_is_closed(tmp_path: Path) -> None:
    with SqliteStore.open(tmp_path, ManualClock()) as store:
        asked = [asyncio.create_task(SqliteLog(store).append("facts", ONE)) for _ in range(50)]
        await asyncio.sleep(0)
    assert sorted(at for answer in await asyncio.gather(*asked) for at in answer) == [*range(1, 51)]
    with pytest.raises(Unavailable):
        await SqliteLog(store).append("facts", ONE)
    with pytest.raises(Unavailable):
        await SqliteOutbox(store).read("facts", None, 10, 0.0)


async def test_a_reader_hears_of_an_append_whose_caller_has_left(store: SqliteStore) -> None:
    with store:
        reading = asyncio.create_task(SqliteShard(store, "correlate", "facts").read(10, None))
        appending = asyncio.create_task(SqliteLog(store).append("facts", ONE))
        await asyncio.sleep(0)
        appending.cancel()
        assert [it.value for it in (await patiently(reading)).records] == [b"v"]


async def test_a_reader_hears_of_an_append_on_another_event_loop(store: SqliteStore) -> None:
    def elsewhere() -> None:
        asyncio.run(_append(store))

    with store:
        for number in range(1, 20):
            after = number - 1
            reading = asyncio.create_task(SqliteOutbox(store).read("facts", after, 10, 1000.0))
            await asyncio.sleep(0)
            await asyncio.to_thread(elsewhere)
            assert [it.at for it in await patiently(reading)] == [number]


async def _append(store: SqliteStore) -> None:
    await SqliteLog(store).append("facts", ONE)


async def test_an_event_loop_that_ended_early_stops_nobody_else(store: SqliteStore) -> None:
    async def leave() -> None:
        asyncio.get_running_loop().call_soon(asyncio.create_task, _append(store))
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    with store:
        for _ in range(20):
            await asyncio.to_thread(lambda: asyncio.run(leave()))
        await patiently(_append(store))


async def test_a_reader_cannot_write(store: SqliteStore) -> None:
    with store, pytest.raises(Misconfigured):
        await store.query(lambda it: it.execute("DELETE FROM meta"))


def raised(code: int | None) -> sqlite3.Error:
    error = sqlite3.OperationalError("told")
    if code is not None:
        error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("code", "becomes"),
    [
        *[pytest.param(code, Unavailable, id=f"later {code}") for code in faults.LATER],
        *[pytest.param(code, Misconfigured, id=f"stop {code}") for code in faults.STOP],
        (sqlite3.SQLITE_IOERR_WRITE, Unavailable),
        (sqlite3.SQLITE_READONLY_DBMOVED, Misconfigured),
        (sqlite3.SQLITE_CONSTRAINT_UNIQUE, Bug),
        (sqlite3.SQLITE_MISUSE, Bug),
        (None, Bug),
    ],
)
def test_each_fault_of_sqlite_says_what_to_do(
    code: int | None, becomes: type[SeintjeError]
) -> None:
    assert type(translated(raised(code))) is becomes
