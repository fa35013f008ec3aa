"""What was trimmed or erased is gone from the disk too, and its space comes back."""

from pathlib import Path

from hub.domain.time import DAY_MS
from hub.streams.seam import Effects, Emit
from hub.streams.sqlite.directory import DATABASE
from hub.streams.sqlite.runtime import SqliteLog, SqliteShard
from hub.streams.sqlite.store import SqliteStore
from tests.contract.runtimes import START, ManualClock

NEEDLE = b"Kerkstraat 12, Delft"


def stands_in(directory: Path) -> list[str]:
    """The files that hold the needle."""
    return [it.name for it in directory.iterdir() if NEEDLE in it.read_bytes()]


async def test_nothing_of_a_trimmed_record_is_left_in_any_file(tmp_path: Path) -> None:
    with SqliteStore.open(tmp_path, ManualClock()) as store:
        emits = [Emit("out/delftwonen", b"%d" % number, NEEDLE) for number in range(50)]
        await SqliteLog(store).append("out/delftwonen", emits)
        assert stands_in(tmp_path)
        assert await store.trim(START + 31 * DAY_MS) == 50
        assert stands_in(tmp_path) == []


async def test_nothing_of_an_erased_value_is_left_in_any_file(tmp_path: Path) -> None:
    with SqliteStore.open(tmp_path, ManualClock()) as store:
        shard = SqliteShard(store, "correlate", "facts")
        keys = [("t", b"%d" % number) for number in range(200)]
        await shard.commit(None, Effects(dict.fromkeys(keys, NEEDLE * 10), []))
        await shard.commit(None, Effects(dict.fromkeys(keys[::2], b""), []))
        await shard.commit(None, Effects(dict.fromkeys(keys[1::2]), []))
        await store.trim(START)
        assert stands_in(tmp_path) == []


async def test_the_space_of_what_was_trimmed_comes_back(tmp_path: Path) -> None:
    with SqliteStore.open(tmp_path, ManualClock()) as store:
        empty = (tmp_path / DATABASE).stat().st_size
        emits = [Emit("out/delftwonen", b"k", bytes(1000))] * 15_000
        await SqliteLog(store).append("out/delftwonen", emits)
        assert await store.trim(START + 31 * DAY_MS) == 15_000
        assert (tmp_path / DATABASE).stat().st_size < 2 * empty + 100_000
        assert await store.verify() == []
