"""The way in: order, durability, and nothing lost of a record."""

import asyncio

import pytest

from hub.streams.seam import Emit, Record
from tests.contract.runtimes import START, Feature, Runtime, needs
from tests.contract.toy import heard, tell


async def records_of(runtime: Runtime, stream: str) -> list[Record]:
    return list(await runtime.outbox.read(stream, None, 1_000_000, 0.0))


async def test_positions_follow_one_another_from_one(runtime: Runtime) -> None:
    one = await runtime.log.append("facts", [Emit("facts", b"a", b"1"), Emit("facts", b"b", b"2")])
    two = await runtime.log.append("facts", [Emit("facts", b"a", b"3")])
    other = await runtime.log.append("region-facts", [Emit("region-facts", b"a", b"4")])
    assert [*one, *two] == [1, 2, 3]
    assert list(other) == [1]


async def test_what_was_appended_comes_back_in_order(runtime: Runtime) -> None:
    told = [(b"%d" % (number % 7), b"%d" % number) for number in range(100)]
    for some in range(0, 100, 10):
        await tell(runtime.log, *told[some : some + 10])
    assert await heard(runtime.outbox, "facts") == told
    assert [it.at for it in await records_of(runtime, "facts")] == list(range(1, 101))


async def test_what_was_acknowledged_is_there_after_a_restart(runtime: Runtime) -> None:
    await tell(runtime.log, (b"a", b"1"))
    await runtime.reopen()
    await tell(runtime.log, (b"a", b"2"))
    await runtime.reopen()
    assert await heard(runtime.outbox, "facts") == [(b"a", b"1"), (b"a", b"2")]
    assert [it.at for it in await records_of(runtime, "facts")] == [1, 2]


@pytest.mark.parametrize(
    "emit",
    [
        pytest.param(Emit("facts", b"key", None), id="no value"),
        pytest.param(Emit("facts", b"key", b""), id="an empty value"),
        pytest.param(Emit("facts", b"", b"value"), id="an empty key"),
        pytest.param(Emit("facts", b"\0\xff\n'", b"\xff\0\0"), id="bytes that are no text"),
        pytest.param(Emit("facts", b"key", b"v", {"ce_id": b"\xff", "é": b""}), id="headers"),
        pytest.param(Emit("facts", b"key", bytes(1 << 20)), id="a megabyte"),
    ],
)
async def test_a_record_comes_back_whole(runtime: Runtime, emit: Emit) -> None:
    await runtime.log.append("facts", [emit])
    await runtime.reopen()
    (found,) = await records_of(runtime, "facts")
    if Feature.KEEPS_OUR_TIME in runtime.features:
        assert found.appended_at == START
    assert found == Record(1, emit.key, emit.value, emit.headers, found.appended_at)


async def test_appending_nothing_changes_nothing(runtime: Runtime) -> None:
    assert list(await runtime.log.append("facts", [])) == []
    assert await heard(runtime.outbox, "facts") == []
    assert list(await runtime.log.append("facts", [Emit("facts", b"a", b"1")])) == [1]


async def test_many_records_are_appended_at_once(runtime: Runtime) -> None:
    many = [Emit("facts", b"%d" % number, b"value") for number in range(20_000)]
    assert list(await runtime.log.append("facts", many)) == list(range(1, 20_001))
    assert len(await heard(runtime.outbox, "facts")) == 20_000


async def test_appends_at_the_same_time_all_get_places_of_their_own(runtime: Runtime) -> None:
    async def append(number: int) -> list[int]:
        pair = [Emit("facts", b"%d" % number, b"%d" % half) for half in (0, 1)]
        return list(await runtime.log.append("facts", pair))

    places = await asyncio.gather(*map(append, range(300)))
    assert sorted(place for pair in places for place in pair) == list(range(1, 601))
    told = await heard(runtime.outbox, "facts")
    for number, (first, second) in enumerate(places):
        assert second == first + 1
        assert told[first - 1] == (b"%d" % number, b"0")
        assert told[second - 1] == (b"%d" % number, b"1")


async def test_the_time_of_a_record_is_that_of_the_clock_and_never_goes_back(
    runtime: Runtime,
) -> None:
    needs(runtime, Feature.KEEPS_OUR_TIME)
    for moved in (0, 5, -3, 9):
        runtime.clock.at = START + moved
        await tell(runtime.log, (b"a", b"1"))
    assert [it.appended_at - START for it in await records_of(runtime, "facts")] == [0, 5, 5, 9]
