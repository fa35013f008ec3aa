"""Opening a data directory: who may, what is found wrong, and what to do about it."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.errors import Misconfigured
from hub.streams.seam import Emit
from hub.streams.sqlite import opening, schema
from hub.streams.sqlite.directory import DATABASE, LOCK
from hub.streams.sqlite.runtime import SqliteLog, SqliteOutbox
from hub.streams.sqlite.store import SqliteStore
from tests.contract.runtimes import ManualClock

ROOT = Path(__file__).resolve().parents[2]


def open_store(data: Path) -> SqliteStore:
    return SqliteStore.open(data, ManualClock())


async def filled(data: Path, records: int = 1000) -> None:
    with open_store(data) as store:
        emits = [Emit("facts", b"%d" % number, bytes(100)) for number in range(records)]
        await SqliteLog(store).append("facts", emits)


def by_hand(data: Path) -> sqlite3.Connection:
    return sqlite3.connect(data / DATABASE, isolation_level=None)


def test_the_directory_and_its_files_are_for_their_owner_only(tmp_path: Path) -> None:
    data = tmp_path / "deep" / "data"
    with open_store(data):
        assert data.stat().st_mode & 0o777 == 0o700
        modes = {it.name: it.stat().st_mode & 0o777 for it in data.iterdir()}
    assert modes.keys() >= {DATABASE, LOCK, DATABASE + "-wal"}
    assert set(modes.values()) == {0o600}


def test_files_that_others_can_reach_are_closed_to_them(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    (tmp_path / DATABASE).chmod(0o644)
    open_store(tmp_path).close()
    assert (tmp_path / DATABASE).stat().st_mode & 0o777 == 0o600


def test_it_is_set_up_as_the_design_says(tmp_path: Path) -> None:
    with open_store(tmp_path):
        found = by_hand(tmp_path)
        asked = ("application_id", "user_version", "journal_mode", "auto_vacuum", "page_size")
        set_up = [found.execute(f"PRAGMA {name}").fetchone()[0] for name in asked]
        found.close()
    assert set_up == [schema.APPLICATION_ID, len(schema.MIGRATIONS), "wal", 2, opening.PAGE_BYTES]


async def test_every_commit_is_synced(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        full = 2
        assert await store.transact(
            lambda it: [it.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous",)]
        ) == [full]


def test_a_second_process_is_refused_and_told_who_the_first_is(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from hub.streams.sqlite.directory import *\n"
        "try: DataDirectory(Path(sys.argv[1]))\n"
        "except Exception as error: print(error)"
    )
    with open_store(tmp_path):
        other = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path)],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
    assert f"process {os.getpid()} uses it" in other.stdout


def test_the_same_process_is_refused_too_until_it_closes(tmp_path: Path) -> None:
    with open_store(tmp_path), pytest.raises(Misconfigured, match="uses it"):
        open_store(tmp_path)
    open_store(tmp_path).close()


def test_closing_twice_does_nothing(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.close()
    store.close()


def test_a_file_in_the_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(Misconfigured, match="cannot be used"):
        open_store(tmp_path / "data")


def test_a_directory_in_the_place_of_the_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / DATABASE).mkdir()
    with pytest.raises(Misconfigured, match="cannot be used"):
        open_store(tmp_path)
    assert not [it for it in os.listdir("/proc/self/fd") if _is_in(it, tmp_path)]


def _is_in(descriptor: str, directory: Path) -> bool:
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}").startswith(str(directory))
    except OSError:
        return False


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_without_the_right_to_write_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(Misconfigured, match="right to write"):
        open_store(tmp_path)
    tmp_path.chmod(0o700)


def test_the_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    other = by_hand(tmp_path)
    other.execute("CREATE TABLE theirs (x)")
    other.close()
    with pytest.raises(Misconfigured, match="another program"):
        open_store(tmp_path)
    other = by_hand(tmp_path)
    assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]
    other.close()


def test_a_database_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    newer = by_hand(tmp_path)
    newer.execute(f"PRAGMA user_version = {len(schema.MIGRATIONS) + 1}")
    newer.close()
    with pytest.raises(Misconfigured, match="newer release"):
        open_store(tmp_path)


def test_a_table_that_somebody_changed_is_told_by_name(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    meddled = by_hand(tmp_path)
    meddled.execute("DROP TABLE cursor")
    meddled.execute("ALTER TABLE stream ADD COLUMN more")
    meddled.close()
    with pytest.raises(Misconfigured, match=r"\(cursor, stream\)"):
        open_store(tmp_path)


def test_tables_of_the_read_model_are_none_of_its_business(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    reading = by_hand(tmp_path)
    reading.execute("CREATE TABLE alert (id)")
    reading.close()
    open_store(tmp_path).close()


def cut_short(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def cut_in_a_page(file: Path) -> None:
    os.truncate(file, file.stat().st_size - 100)


def scribbled(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.seek(3 * opening.PAGE_BYTES)
        opened.write(os.urandom(8 * opening.PAGE_BYTES))


def without_head(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.write(bytes(200))


def not_a_database(file: Path) -> None:
    file.write_bytes(b"this is a letter, not a database. " * 1000)


@pytest.mark.parametrize(
    "damage", [cut_short, cut_in_a_page, scribbled, without_head, not_a_database]
)
async def test_a_damaged_file_stops_the_start_and_says_to_restore(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    await filled(tmp_path)
    damage(tmp_path / DATABASE)
    with pytest.raises(Misconfigured, match="restore the last backup"):
        open_store(tmp_path)


async def test_a_file_too_large_to_look_at_whole_is_still_measured(tmp_path: Path) -> None:
    await filled(tmp_path)
    opening.connect_to_write(tmp_path / DATABASE, quick_check_bytes=0).close()
    cut_short(tmp_path / DATABASE)
    with pytest.raises(Misconfigured, match="restore the last backup"):
        opening.connect_to_write(tmp_path / DATABASE, quick_check_bytes=0)


async def test_verify_finds_nothing_in_a_whole_file(tmp_path: Path) -> None:
    await filled(tmp_path)
    with open_store(tmp_path) as store:
        assert await store.verify() == []


async def test_verify_finds_what_was_damaged_while_it_was_open(tmp_path: Path) -> None:
    await filled(tmp_path)
    with open_store(tmp_path) as store:
        scribbled(tmp_path / DATABASE)
        assert await store.verify()


async def test_a_copy_of_the_files_of_a_killed_process_opens(tmp_path: Path) -> None:
    """The log of the last run is not yet in the file."""
    with open_store(tmp_path / "one") as store:
        await SqliteLog(store).append("facts", [Emit("facts", b"k", b"v")])
        shutil.copytree(tmp_path / "one", tmp_path / "two")
    with open_store(tmp_path / "two") as store:
        records = await SqliteOutbox(store).read("facts", None, 10, 0.0)
        assert [it.value for it in records] == [b"v"]


async def test_the_key_that_sealed_the_database_is_asked_for(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        await store.claim_key("0011")
        await store.claim_key("0011")
        with pytest.raises(Misconfigured, match="key 0011"):
            await store.claim_key("2233")


class Tables:
    """Migrations that a test makes up."""

    @staticmethod
    def adds(name: str) -> schema.Migration:
        def migration(connection: sqlite3.Connection) -> None:
            connection.execute(f"CREATE TABLE {name} (x)")

        return migration

    @staticmethod
    def fails(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE half (x)")
        raise ZeroDivisionError


def names_and_version(connection: sqlite3.Connection) -> tuple[set[str], int]:
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return {it[0] for it in names}, connection.execute("PRAGMA user_version").fetchone()[0]


def test_each_migration_is_done_once_and_in_order() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    one, two = Tables.adds("one"), Tables.adds("two")
    schema.migrate(connection, [one])
    assert names_and_version(connection) == ({"one"}, 1)
    schema.migrate(connection, [one, two])
    schema.migrate(connection, [one, two])
    assert names_and_version(connection) == ({"one", "two"}, 2)
    connection.close()


def test_a_migration_that_fails_leaves_nothing_behind() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    with pytest.raises(ZeroDivisionError):
        schema.migrate(connection, [Tables.adds("one"), Tables.fails])
    assert names_and_version(connection) == ({"one"}, 1)
    schema.migrate(connection, [Tables.adds("one"), Tables.adds("two")])
    assert names_and_version(connection) == ({"one", "two"}, 2)
    connection.close()


def test_the_first_schema_is_as_it_was_released() -> None:
    """A file in the field has these; a change of them is a new migration."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    schema.migrate(connection, schema.MIGRATIONS[:1])
    columns = {
        name: [it[1] for it in connection.execute(f"PRAGMA table_info({name})").fetchall()]
        for name in names_and_version(connection)[0]
    }
    connection.close()
    assert columns == {
        "meta": ["name", "value"],
        "stream": ["id", "name", "last", "appended_at"],
        "record": ["id", "key", "value", "headers", "appended_at"],
        "place": ["id", "shard", "name"],
        "state": ["place", "key", "value"],
        "cursor": ["shard", "stream", "position"],
    }
