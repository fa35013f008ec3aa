"""What was emitted: reading on from a cursor, waiting for more, and how long it is kept."""

import asyncio

import pytest

from hub.domain.time import DAY_MS
from hub.streams.seam import Effects
from tests.contract.runtimes import START, Feature, Runtime, needs
from tests.contract.toy import heard, patiently, tell

OUT = "out/delftwonen"


async def told_at(runtime: Runtime, *instants: int, stream: str = OUT) -> None:
    """Append a record at each of these times after the start."""
    for at in instants:
        runtime.clock.at = START + at
        await tell(runtime.log, (b"k", b"%d" % at), stream=stream)


async def kept(runtime: Runtime, stream: str) -> list[int]:
    return [it.at for it in await runtime.outbox.read(stream, None, 1000, 0.0)]


@pytest.mark.parametrize(
    ("after", "limit", "found"),
    [
        pytest.param(None, 10, [1, 2, 3], id="from the beginning"),
        pytest.param(0, 10, [1, 2, 3], id="after nothing"),
        pytest.param(1, 10, [2, 3], id="after the first"),
        pytest.param(1, 1, [2], id="at most one"),
        pytest.param(3, 10, [], id="after the last"),
        pytest.param(99, 10, [], id="after what does not exist"),
    ],
)
async def test_it_reads_on_after_a_cursor(
    runtime: Runtime, after: int | None, limit: int, found: list[int]
) -> None:
    await told_at(runtime, 0, 0, 0)
    assert [it.at for it in await runtime.outbox.read(OUT, after, limit, 0.0)] == found


async def test_a_stream_that_nobody_wrote_to_is_empty(runtime: Runtime) -> None:
    assert await heard(runtime.outbox, "out/nobody") == []
    assert await runtime.outbox.cursor_at("out/nobody", START) == 0


@pytest.mark.parametrize("wait", [0.0, 0.01])
async def test_a_reader_that_waited_long_enough_gets_nothing(runtime: Runtime, wait: float) -> None:
    assert list(await patiently(runtime.outbox.read(OUT, None, 10, wait))) == []


async def test_all_who_wait_wake_up_and_others_do_not(runtime: Runtime) -> None:
    waiting = [asyncio.create_task(runtime.outbox.read(OUT, None, 10, 1000.0)) for _ in range(3)]
    other = asyncio.create_task(runtime.outbox.read("out/other", None, 10, 1000.0))
    await asyncio.sleep(0)
    await told_at(runtime, 0)
    for records in await patiently(asyncio.gather(*waiting)):
        assert [it.at for it in records] == [1]
    assert not other.done()
    other.cancel()


@pytest.mark.parametrize(
    ("since", "cursor"),
    [
        pytest.param(-1, 0, id="before all"),
        pytest.param(0, 0, id="at the first"),
        pytest.param(1, 1, id="between"),
        pytest.param(5, 1, id="at two of the same time"),
        pytest.param(6, 3, id="after both"),
        pytest.param(9, 3, id="at the last"),
        pytest.param(10, 4, id="after all"),
    ],
)
async def test_a_cursor_is_found_by_time(runtime: Runtime, since: int, cursor: int) -> None:
    needs(runtime, Feature.KEEPS_OUR_TIME)
    await told_at(runtime, 0, 5, 5, 9)
    assert await runtime.outbox.cursor_at(OUT, START + since) == cursor
    later = await runtime.outbox.read(OUT, cursor, 10, 0.0)
    assert all(it.appended_at >= START + since for it in later)


async def test_what_was_kept_long_enough_goes_and_the_rest_stays(runtime: Runtime) -> None:
    needs(runtime, Feature.TRIMS)
    days = [0, 1, 40, 69, 71, 100]
    streams = [OUT, "dead-letters", "receipts", "disclosures", "settings"]
    for stream in streams:
        await told_at(runtime, stream=stream)
    for day in days:
        runtime.clock.at = START + day * DAY_MS
        for stream in streams:
            await tell(runtime.log, (b"k", b"v"), stream=stream)
    assert await runtime.trim() == 4 + 2
    assert await kept(runtime, OUT) == [5, 6]
    assert await kept(runtime, "dead-letters") == [3, 4, 5, 6]
    for stream in streams[2:]:
        assert await kept(runtime, stream) == [1, 2, 3, 4, 5, 6]
    assert await runtime.trim() == 0


async def test_facts_go_when_every_shard_has_read_them(runtime: Runtime) -> None:
    needs(runtime, Feature.TRIMS)
    await told_at(runtime, 0, 0, 0, stream="facts")
    runtime.clock.at += 1
    assert await runtime.trim() == 0
    fast, slow = await runtime.shard("fast", "facts"), await runtime.shard("slow", "facts")
    nothing = Effects({}, [])
    await fast.commit(await fast.read(10, 0), nothing)
    await slow.commit(await slow.read(1, 0), nothing)
    assert await runtime.trim() == 1
    assert await kept(runtime, "facts") == [2, 3]
    assert [it.at for it in (await slow.read(10, 0)).records] == [2, 3]


async def test_positions_go_on_after_everything_was_trimmed(runtime: Runtime) -> None:
    needs(runtime, Feature.TRIMS)
    await told_at(runtime, 0, 1)
    runtime.clock.at = START + 40 * DAY_MS
    assert await runtime.trim() == 2
    assert await runtime.outbox.cursor_at(OUT, START) == 2
    await runtime.reopen()
    await tell(runtime.log, (b"k", b"v"), stream=OUT)
    assert await kept(runtime, OUT) == [3]
    assert await runtime.outbox.cursor_at(OUT, START) == 2
    assert await runtime.outbox.cursor_at(OUT, START + 41 * DAY_MS) == 3
    assert [it.at for it in await runtime.outbox.read(OUT, 0, 10, 0.0)] == [3]
