"""One partition: reading from where it was committed, and commits that are whole or nothing."""

import asyncio
from collections.abc import Sequence

import pytest

from hub.errors import Fenced
from hub.streams.seam import Batch, Effects, Emit, Shard
from tests.contract.runtimes import Feature, Runtime, needs
from tests.contract.toy import heard, patiently, tell

NOTHING = Effects({}, [])


def values(batch: Batch) -> list[bytes | None]:
    return [record.value for record in batch.records]


async def opened(runtime: Runtime, name: str = "correlate") -> Shard:
    return await runtime.shard(name, "facts")


async def put(shard: Shard, **entries: bytes | None) -> None:
    """Set keys of table `t`."""
    await shard.commit(None, Effects({("t", k.encode()): v for k, v in entries.items()}, []))


async def test_it_reads_in_order_and_at_most_the_limit(runtime: Runtime) -> None:
    await tell(runtime.log, *[(b"k", b"%d" % number) for number in range(5)])
    shard = await opened(runtime)
    first = await shard.read(2, 0)
    assert values(first) == [b"0", b"1"]
    assert not first.caught_up
    await shard.commit(first, NOTHING)
    second = await shard.read(10, 0)
    assert values(second) == [b"2", b"3", b"4"]
    assert second.caught_up


async def test_a_batch_that_ends_with_the_last_record_has_caught_up(runtime: Runtime) -> None:
    await tell(runtime.log, (b"k", b"0"), (b"k", b"1"))
    assert (await (await opened(runtime)).read(2, 0)).caught_up
    await tell(runtime.log, (b"k", b"2"))
    assert not (await (await opened(runtime)).read(2, 0)).caught_up


async def test_nothing_to_read_is_caught_up(runtime: Runtime) -> None:
    assert await (await opened(runtime)).read(10, 0) == Batch([], True, "facts")


async def test_what_was_read_but_not_committed_is_read_again(runtime: Runtime) -> None:
    await tell(runtime.log, (b"k", b"0"))
    shard = await opened(runtime)
    assert values(await shard.read(10, 0)) == [b"0"]
    assert values(await shard.read(10, 0)) == [b"0"]
    await runtime.reopen()
    assert values(await (await opened(runtime)).read(10, 0)) == [b"0"]


async def test_it_goes_on_after_what_was_committed(runtime: Runtime) -> None:
    await tell(runtime.log, (b"k", b"0"), (b"k", b"1"))
    shard = await opened(runtime)
    await shard.commit(await shard.read(1, 0), NOTHING)
    await runtime.reopen()
    assert values(await (await opened(runtime)).read(10, 0)) == [b"1"]


async def test_a_commit_without_a_batch_does_not_move_on(runtime: Runtime) -> None:
    await tell(runtime.log, (b"k", b"0"))
    shard = await opened(runtime)
    await shard.commit(None, Effects({}, [Emit("out", b"k", b"v")]))
    await shard.commit(Batch([], True), NOTHING)
    assert values(await shard.read(10, 0)) == [b"0"]


async def test_each_shard_has_a_cursor_of_its_own(runtime: Runtime) -> None:
    await tell(runtime.log, (b"k", b"0"))
    one, other = await opened(runtime, "one"), await opened(runtime, "other")
    await one.commit(await one.read(10, 0), NOTHING)
    assert values(await one.read(10, 0)) == []
    assert values(await other.read(10, 0)) == [b"0"]


async def test_state_is_as_it_was_committed_also_after_a_restart(runtime: Runtime) -> None:
    shard = await opened(runtime)
    await put(shard, a=b"1", b=b"2", c=b"")
    await put(shard, a=b"3", b=None, missing=None)
    for _ in range(2):
        state = (await opened(runtime)).state
        assert state.get("t", b"a") == b"3"
        assert state.get("t", b"b") is None
        assert state.get("t", b"c") == b""
        assert state.get("t", b"missing") is None
        assert state.get("unknown", b"a") is None
        assert list(state.scan("t")) == [(b"a", b"3"), (b"c", b"")]
        assert list(state.scan("unknown")) == []
        await runtime.reopen()


async def test_an_erased_key_can_be_set_again(runtime: Runtime) -> None:
    shard = await opened(runtime)
    for value in (b"1", None, b"2"):
        await put(shard, a=value)
        assert shard.state.get("t", b"a") == value


@pytest.mark.parametrize(
    ("prefix", "found"),
    [
        (b"", [b"", b"\0", b"a", b"a\0", b"aa", b"a\xff", b"b", b"\xff", b"\xff\xff"]),
        (b"a", [b"a", b"a\0", b"aa", b"a\xff"]),
        (b"a\xff", [b"a\xff"]),
        (b"\xff", [b"\xff", b"\xff\xff"]),
        (b"\0", [b"\0"]),
        (b"c", []),
    ],
)
async def test_a_scan_is_in_order_of_bytes_and_within_its_prefix(
    runtime: Runtime, prefix: bytes, found: Sequence[bytes]
) -> None:
    keys = [b"b", b"a\xff", b"", b"\xff\xff", b"a", b"\0", b"\xff", b"aa", b"a\0"]
    shard = await opened(runtime)
    await shard.commit(None, Effects({("t", key): key for key in keys}, []))
    assert list(shard.state.scan("t", prefix)) == [(key, key) for key in found]


async def test_a_scan_of_a_large_table_is_whole(runtime: Runtime) -> None:
    shard = await opened(runtime)
    entries = {("t", b"%06d" % number): b"%d" % number for number in range(3000)}
    await shard.commit(None, Effects(dict(entries), []))
    assert [key for key, _ in shard.state.scan("t")] == sorted(key for _, key in entries)
    assert len(list(shard.state.scan("t", b"001"))) == 1000


async def test_tables_and_shards_do_not_see_one_another(runtime: Runtime) -> None:
    one, other = await opened(runtime, "one"), await opened(runtime, "other")
    await one.commit(None, Effects({("t", b"k"): b"1", ("u", b"k"): b"2"}, []))
    await other.commit(None, Effects({("t", b"k"): b"3", ("t", b"l"): b"4"}, []))
    assert [one.state.get(table, b"k") for table in "tu"] == [b"1", b"2"]
    assert list(one.state.scan("t")) == [(b"k", b"1")]
    assert list(other.state.scan("t")) == [(b"k", b"3"), (b"l", b"4")]
    assert list(other.state.scan("u")) == []


async def test_emits_are_appended_in_order(runtime: Runtime) -> None:
    emits = [Emit(f"out/{n % 2}", b"%d" % (n % 3), b"%d" % n) for n in range(30)]
    shard = await opened(runtime)
    await shard.commit(None, Effects({}, emits[:11]))
    await shard.commit(None, Effects({}, emits[11:]))
    for stream in ("out/0", "out/1"):
        told = [(emit.key, emit.value) for emit in emits if emit.stream == stream]
        assert await heard(runtime.outbox, stream) == told


async def test_a_large_commit_is_whole(runtime: Runtime) -> None:
    shard = await opened(runtime)
    changes = {("t", b"%d" % number): bytes(100) for number in range(5000)}
    await shard.commit(None, Effects(dict(changes), [Emit("out", b"k", bytes(1000))] * 5000))
    await runtime.reopen()
    assert len(list((await opened(runtime)).state.scan("t"))) == 5000
    assert len(await heard(runtime.outbox, "out")) == 5000


async def test_a_view_that_fails_half_way_undoes_the_whole_commit(runtime: Runtime) -> None:
    needs(runtime, Feature.PROJECTS)
    await tell(runtime.log, (b"k", b"0"))

    def witness(emits: Sequence[Emit]) -> None:
        raise ZeroDivisionError

    shard = await runtime.shard("correlate", "facts", witness)
    batch = await shard.read(10, 0)
    with pytest.raises(ZeroDivisionError):
        await shard.commit(batch, Effects({("t", b"a"): b"1"}, [Emit("out", b"k", b"v")]))
    for _ in range(2):
        shard = await opened(runtime)
        assert shard.state.get("t", b"a") is None
        assert values(await shard.read(10, 0)) == [b"0"]
        assert await heard(runtime.outbox, "out") == []
        await runtime.reopen()


async def test_a_view_sees_the_emits_of_each_commit(runtime: Runtime) -> None:
    needs(runtime, Feature.PROJECTS)
    seen: list[list[Emit]] = []
    shard = await runtime.shard("correlate", "facts", lambda emits: seen.append(list(emits)))
    emits = [Emit("out", b"k", b"1"), Emit("receipts", b"k", b"2"), Emit("out", b"k", b"3")]
    await shard.commit(None, Effects({}, emits))
    await shard.commit(None, Effects({("t", b"a"): b"1"}, []))
    assert seen == [emits]


async def test_who_opens_a_shard_anew_fences_the_former_owner(runtime: Runtime) -> None:
    await tell(runtime.log, (b"k", b"0"))
    former = await opened(runtime)
    batch = await former.read(10, 0)
    owner = await opened(runtime)
    with pytest.raises(Fenced):
        await former.commit(batch, Effects({("t", b"a"): b"1"}, []))
    with pytest.raises(Fenced):
        await former.read(10, 0)
    assert owner.state.get("t", b"a") is None
    await owner.commit(await owner.read(10, 0), Effects({("t", b"a"): b"2"}, []))
    assert owner.state.get("t", b"a") == b"2"


async def test_a_former_owner_that_waits_is_fenced_at_once(runtime: Runtime) -> None:
    needs(runtime, Feature.HEARS_OF_FENCING)
    former = asyncio.create_task((await opened(runtime)).read(10, None))
    await tell(runtime.log, (b"k", b"0"), stream="another")
    await opened(runtime)
    with pytest.raises(Fenced):
        await patiently(former)


async def test_a_closed_shard_is_nobodys(runtime: Runtime) -> None:
    shard = await opened(runtime)
    await shard.close()
    with pytest.raises(Fenced):
        await shard.commit(None, NOTHING)
    await (await opened(runtime)).commit(None, NOTHING)


async def test_closing_a_former_owner_leaves_the_new_one_alone(runtime: Runtime) -> None:
    former, owner = await opened(runtime), await opened(runtime)
    await former.close()
    await owner.commit(None, Effects({("t", b"a"): b"1"}, []))


async def test_a_commit_that_was_cancelled_happened_whole_or_not_at_all(runtime: Runtime) -> None:
    facts = [b"%d" % number for number in range(30)]
    await tell(runtime.log, *[(b"k", fact) for fact in facts])
    shard = await opened(runtime)
    for turn in range(1000):
        batch = await shard.read(1, 0)
        if not batch.records:
            break
        key = batch.records[0].value or b""
        effects = Effects({("t", key): b""}, [Emit("out", key, b"")])
        commit = asyncio.create_task(shard.commit(batch, effects))
        for _ in range(turn % 4):  # sometimes before it began
            await asyncio.sleep(0)
        commit.cancel()
        await asyncio.wait([commit])
        shard = await opened(runtime)
        told = [key for key, _ in await heard(runtime.outbox, "out")]
        assert sorted(told) == [key for key, _ in shard.state.scan("t")]
        assert [*told, *values(await shard.read(100, 0))] == facts
        shard = await opened(runtime)  # on Kafka that is sooner than going back in what was read
    assert [key for key, _ in await heard(runtime.outbox, "out")] == facts


async def test_a_commit_that_was_cancelled_ends_so_also_where_it_fails(runtime: Runtime) -> None:
    former = await opened(runtime)
    await opened(runtime)
    commit = asyncio.create_task(former.commit(None, Effects({("t", b"a"): b"1"}, [])))
    await asyncio.sleep(0)
    failed_first = commit.done()
    commit.cancel()
    await asyncio.wait([commit])
    assert commit.cancelled() or failed_first


@pytest.mark.parametrize("wait", [0.0, 0.01])
async def test_a_reader_that_waited_long_enough_gets_nothing(runtime: Runtime, wait: float) -> None:
    assert await patiently((await opened(runtime)).read(10, wait)) == Batch([], True, "facts")


async def test_a_waiting_reader_wakes_up_when_something_is_appended(runtime: Runtime) -> None:
    shard = await opened(runtime)
    for number in range(100):
        reading = asyncio.create_task(shard.read(10, None))
        # The reader has got as far as it gets by then: sometimes it waits, sometimes not yet.
        await asyncio.sleep(0)
        appending = asyncio.create_task(tell(runtime.log, (b"k", b"%d" % number)))
        batch = await patiently(reading)
        assert values(batch) == [b"%d" % number]
        await appending
        await shard.commit(batch, NOTHING)


async def test_a_waiting_reader_wakes_up_when_something_is_emitted(runtime: Runtime) -> None:
    reading = asyncio.create_task((await runtime.shard("region", "region-facts")).read(10, None))
    await asyncio.sleep(0)
    await (await opened(runtime)).commit(None, Effects({}, [Emit("region-facts", b"k", b"v")]))
    assert values(await patiently(reading)) == [b"v"]
