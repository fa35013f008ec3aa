"""State moves onto a real Kafka, with more partitions, and off it again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from aiokafka.admin import NewTopic

from hub.domain.facts import Fact
from hub.keys import Keys
from hub.streams.correlate import Correlate
from hub.streams.entries import FACTS, REGION_FACTS, entry_of
from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.ends import Ends
from hub.streams.kafka.names import Names
from hub.streams.kafka.shard import KafkaShard, Place, Ways
from hub.streams.kafka.streams import KafkaLog
from hub.streams.revisions import OUT
from hub.streams.seam import Emit
from hub.streams.transfer import Row, pieces_of, rows_of
from tests.contract.runtimes import closing_admin
from tests.convergence.regions import backtest, facts_of_region
from tests.streams.moving import PartitionedWorld
from tests.streams.world import PARTIES

pytestmark = pytest.mark.slow

PARTITIONS = 3
PROCESSORS = {FACTS: "correlate", REGION_FACTS: "region"}
EMITTED = ("receipts", "disclosures", "ops", *(OUT + party for party in PARTIES.by_id))

Shards = dict[tuple[str, int], KafkaShard]


@asynccontextmanager
async def taken(brokers: Brokers) -> AsyncIterator[Shards]:
    """Every partition of both processors, restored from its change log."""
    async with AsyncExitStack() as undo:
        ends = Ends(brokers)
        await ends.start()
        undo.push_async_callback(ends.aclose)
        shards: Shards = {}
        for stream, processor in PROCESSORS.items():
            for partition in range(PARTITIONS):
                place = Place(processor, stream, partition)
                shard = await KafkaShard.take(brokers, place, Ways(ends))
                undo.push_async_callback(shard.close)
                shards[stream, partition] = shard
        yield shards


async def make_topics(brokers: Brokers) -> None:
    names = brokers.names
    topics = [*map(names.topic, PROCESSORS), *map(names.changelog, PROCESSORS.values())]
    async with closing_admin(brokers) as admin:
        await admin.create_topics([NewTopic(topic, PARTITIONS, 1) for topic in topics])
        await admin.create_topics([NewTopic(names.topic(it), 1, 1) for it in EMITTED])


async def send(brokers: Brokers, world: PartitionedWorld, facts: Sequence[Fact]) -> None:
    log = KafkaLog(brokers)
    await log.start()
    try:
        entries = [entry_of(fact, world.keys).emit for fact in facts]
        await log.append(FACTS, [it for it in entries if it.stream == FACTS])
    finally:
        await log.close()


async def correlated(world: PartitionedWorld, shards: Shards) -> list[Emit]:
    """What the steps emit for what has come in."""
    emits: list[Emit] = []
    for partition in range(PARTITIONS):
        shard, step = shards[FACTS, partition], Correlate(world.deployment)
        step.open(shard.state)
        while True:
            batch = await shard.read(500, 0)
            if batch.records:
                effects = step.take(shard.state, batch.records, world.clock.now())
                await shard.commit(batch, effects)
                emits += effects.emits
            elif batch.caught_up:
                break
    return emits


async def put_in(brokers: Brokers, rows: Sequence[Row]) -> None:
    await make_topics(brokers)
    async with taken(brokers) as shards:
        for piece in pieces_of(rows, dict.fromkeys(PROCESSORS, PARTITIONS), 100):
            await shards[piece.stream, piece.partition].commit(None, piece.effects)


def rows_in(shards: Shards, keys: Keys) -> list[Row]:
    return [
        row
        for stream in PROCESSORS
        for row in rows_of(stream, [shards[stream, it].state for it in range(PARTITIONS)], keys)
    ]


def test_onto_kafka_over_a_restore_and_back(kafka: Connection, kafka_names: Names) -> None:
    facts = [fact for fact in facts_of_region(8, 3) if fact.kind != "feed"]
    now, _ = backtest(tuple(facts))
    world = PartitionedWorld(1)
    world.send_facts(now, facts)
    brokers = Brokers(kafka, kafka_names, 6)

    async def move() -> tuple[list[Row], list[Emit]]:
        await put_in(brokers, world.rows())
        async with taken(brokers) as shards:
            assert all(next(shards[it].state.scan("text"), None) for it in shards)
            moved = rows_in(shards, world.keys)
            await send(brokers, world, facts)
            return moved, await correlated(world, shards)

    moved, emits = asyncio.run(move())
    receipts = [json.loads(it.value or b"") for it in emits if it.stream == "receipts"]
    assert {it["status"] for it in receipts} == {"duplicate"}
    assert len(receipts) == len(emits) == sum(1 for fact in facts if not fact.is_regional)
    back = PartitionedWorld(1)
    back.take_in(moved)
    assert back.rows() == world.rows()
    for hub in (world, back):
        hub.close()
