"""The change log is the record: compacted it says the same, and what was erased is gone from it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import pytest
from aiokafka import AIOKafkaProducer

from hub.streams.clusters import ALERTS, CLUSTERS, FACTS, NODES
from hub.streams.frozen import FROZEN
from hub.streams.kafka.administrator import Administrator
from hub.streams.kafka.ends import Ends
from hub.streams.kafka.names import CORRELATE
from hub.streams.kafka.shard import KafkaShard, Place, Ways
from hub.streams.kafka.state import BARRIER, CURSOR, KeyNames, cursor_value
from hub.streams.nodes import MARK_SIZE
from hub.streams.revisions import OUT
from hub.streams.seam import State, Table
from hub.streams.transfer import TABLES
from tests.faults.kafka.stage import PARTITIONS, Stage, told_in
from tests.faults.kafka.striking import region
from tests.kafka.contents import looking
from tests.kafka.workers import started
from tests.streams.world import DOSSIER, GEMEENTE, LEASE, event, quiet_household

pytestmark = pytest.mark.slow

PATIENCE_S: Final = 60.0
# A segment is closed at the next record, and compacted as soon as there is anything to compact.
HASTE: Final = {
    "segment.ms": "100",
    "min.cleanable.dirty.ratio": "0.0",
    "max.compaction.lag.ms": "100",
    "min.compaction.lag.ms": "0",
    "delete.retention.ms": "0",
}

SIGNAL: Final = event(
    "signal-raised", "signal", "2024-01-21", category="other", party="corporatie-maas"
)

Entries = Mapping[tuple[Table, bytes], bytes]


def entries_in(state: State) -> Entries:
    """Everything in a state."""
    tables = TABLES | {FROZEN}
    return {(table, key): value for table in tables for key, value in state.scan(table)}


class ChangeLog:
    """The change log of correlation of a stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.topic = stage.brokers.names.changelog(CORRELATE)

    async def entries(self) -> dict[int, Entries]:
        """The state of each partition."""
        async with looking(self._stage.brokers) as contents:
            states = await contents.states(CORRELATE)
        return {number: entries_in(state) for number, state in states.items()}

    async def cursor(self, number: int) -> bytes:
        """The place in the input, as it stands."""
        async with looking(self._stage.brokers) as contents:
            cursor = (await contents.states(CORRELATE))[number].cursor
        return cursor_value(cursor or 0)

    async def compact(self) -> list[Any]:
        """Force compaction; what is left when nothing is there any more that another replaced."""
        admin = await asyncio.to_thread(Administrator, self._stage.brokers.connection)
        await asyncio.to_thread(admin.change, self.topic, HASTE)
        async with asyncio.timeout(PATIENCE_S), looking(self._stage.brokers) as contents:
            while True:
                await self.write(BARRIER, b"\x01", *range(PARTITIONS))  # closes a segment
                await asyncio.sleep(0.5)
                records = (await contents.records([self.topic]))[self.topic]
                if _is_compacted(records):
                    return records

    async def write(self, key: bytes, value: bytes | None, *partitions: int) -> None:
        """A record, as if a worker had written it."""
        async with AIOKafkaProducer(**self._stage.brokers.connection.for_aiokafka()) as producer:
            for number in partitions:
                await producer.send_and_wait(self.topic, value, key, partition=number)


def _is_compacted(records: Sequence[Any]) -> bool:
    """Nothing but barriers is there twice, and nothing that was erased is there at all."""
    others = [it for it in records if it.key != BARRIER]
    keys = {(it.partition, it.key) for it in others}
    return len(keys) == len(others) and all(it.value is not None for it in others)


async def restored(stage: Stage, number: int) -> Entries:
    """What whoever takes the partition over has."""
    ends = Ends(stage.brokers)
    await ends.start()
    try:
        place = Place(CORRELATE, "facts", number)
        shard = await KafkaShard.take(stage.brokers, place, Ways(ends))
        await shard.close()
        return entries_in(shard.state)
    finally:
        await ends.aclose()


async def test_a_compacted_change_log_restores_what_it_was(stage: Stage) -> None:
    worker, log = stage.worker("a"), ChangeLog(stage)
    await started(worker)
    lines = region(12, 21)
    half = len(lines) // 2
    for piece in range(0, half, 40):  # keys are written again and again
        await stage.send(lines[piece : min(piece + 40, half)])
        await stage.settled()
    await asyncio.to_thread(worker.stop)
    before = await log.entries()
    async with looking(stage.brokers) as contents:
        written = len((await contents.records([log.topic]))[log.topic])
    assert len(await log.compact()) < written
    assert await log.entries() == before
    assert {number: await restored(stage, number) for number in before} == before
    await started(worker)
    await stage.send(lines[half:])
    await stage.check()


async def test_of_an_erased_household_nothing_is_left_in_the_change_log(stage: Stage) -> None:
    worker, log = stage.worker("a"), ChangeLog(stage)
    await started(worker)
    await stage.send(map_lines([*quiet_household(), SIGNAL]))
    await stage.settled()
    before = (await log.entries())[2]
    about = [(table, key) for table, key in before if table in (CLUSTERS, FACTS, ALERTS)]
    nodes = [key for table, key in before if table == NODES]
    assert about
    assert len((await told(stage))[-1]) > 0
    erased = event("household-erased", "erased", "2024-03-01", DOSSIER, LEASE, basis="request")
    await stage.send([line(erased)])
    await stage.check()
    await asyncio.to_thread(worker.stop)
    left = {it.key for it in await log.compact()}
    key_of = KeyNames()
    assert not {key_of(*it) for it in about} & left
    marks = (await log.entries())[2]
    assert all(len(marks.get((NODES, node), b"")) in (0, MARK_SIZE) for node in nodes)
    last = {it["alertId"]: it for it in await told(stage)}
    statuses = {it["status"] for it in last.values()}
    assert "erased" in statuses
    assert statuses <= {"erased", "withdrawn"}  # some ended before: what parties say has no order
    assert not {"evidence", "title", "aanspreekpunt"} & {
        name for it in last.values() for name in it
    }


def line(sent: Mapping[str, Any]) -> bytes:
    return json.dumps(sent).encode()


@pytest.mark.parametrize("what", ["value", "cursor", "key"])
async def test_a_worker_refuses_what_a_newer_release_wrote_and_skips_nothing(
    what: str, stage: Stage
) -> None:
    worker, log = stage.worker("a"), ChangeLog(stage)
    await started(worker)
    await stage.send(map_lines(quiet_household()))
    await stage.settled()
    await asyncio.to_thread(worker.stop)
    before, place = (await log.entries())[2], await stage.committed(CORRELATE)
    key, value, newer = await _newer(log, what, before)
    await log.write(key, newer, 2)
    await asyncio.to_thread(worker.start)
    await stage.send([line(SIGNAL)])
    await asyncio.to_thread(worker.wait)
    assert "a newer release" in worker.said
    assert await stage.committed(CORRELATE) == place
    if what == "value":  # what else is there is refused for as long as it is there
        await log.write(key, value, 2)
        await started(worker)
        await stage.check()


async def _newer(
    log: ChangeLog, what: str, entries: Entries
) -> tuple[bytes, bytes | None, bytes | None]:
    """The key to write, what stands there now, and what a newer release would write there."""
    if what == "key":
        return b"\x02something", None, b"\x01"
    if what == "cursor":
        value = await log.cursor(2)
        return CURSOR, value, b"\x02" + value[1:]
    table, id_ = next(it for it in entries if it[0] == CLUSTERS)
    value = entries[table, id_]
    return KeyNames()(table, id_), value, b"\x02" + value[1:]


def map_lines(events: Iterable[Mapping[str, Any]]) -> list[bytes]:
    return [line(it) for it in events]


async def told(stage: Stage) -> list[dict[str, Any]]:
    """What the gemeente was told, in order."""
    topic = stage.brokers.names.topic(OUT + GEMEENTE)
    async with looking(stage.brokers) as contents:
        records = (await contents.records([topic]))[topic]
    return [json.loads(it.view) for it in told_in(GEMEENTE, records)]
