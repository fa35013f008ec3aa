"""A hub on Kafka of which nothing runs, and one in one process beside it to compare with."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

from hub.cli.state_from_kafka import asking
from hub.domain.facts import Fact
from hub.domain.time import Instant
from hub.keys import Keys, fresh_salt
from hub.shipped import shipped
from hub.streams.correlate import Correlate, Deployment
from hub.streams.entries import FACTS, REGION_FACTS, entry_of
from hub.streams.held import HELD
from hub.streams.kafka import admin
from hub.streams.kafka.administrator import Administrator
from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.dressing import Dressing
from hub.streams.kafka.ends import Ends
from hub.streams.kafka.gathering import pages_of, still
from hub.streams.kafka.names import CORRELATE, REGION, Names
from hub.streams.kafka.shard import KafkaShard, Place, Ways
from hub.streams.kafka.streams import KafkaLog, KafkaOutbox
from hub.streams.regional import Regional
from hub.streams.revisions import OUT
from hub.streams.seam import Emit, Step
from hub.wire import alert_views
from hub.wire.avro import Schemas
from tests.cli.terminal import Ran, seintje
from tests.embedded.hubs import StillClock, running
from tests.streams.world import AGREEMENTS, PARTIES

SCHEMAS: Final = Schemas.load(shipped("schemas/avro"))

Told = dict[str, dict[str, bytes]]


class Site:
    """A hub on Kafka below a prefix of its own."""

    def __init__(self, kafka: Connection, prefix: str, partitions: int, key: Path) -> None:
        self.partitions = partitions
        self.brokers = Brokers(kafka, Names(prefix), 6)
        self.key = key
        self.keys = Keys.load(key)
        admin.create(Administrator(kafka), self.brokers.names.plans(PARTIES, partitions), 1)

    def run(self, *words: str | Path, **more: str) -> Ran:
        """A command with the settings of this hub."""
        environ = more | {
            "SEINTJE_KAFKA_BROKERS": self.brokers.connection.brokers,
            "SEINTJE_KAFKA_PREFIX": self.brokers.names.prefix,
            "SEINTJE_KAFKA_PARTITIONS": str(self.partitions),
            "SEINTJE_KEY_FILE": str(self.key),
        }
        return seintje(*words, **environ)

    async def sends(self, facts: Sequence[Fact]) -> None:
        """Facts are taken in, and wait."""
        log = KafkaLog(self.brokers)
        await log.start()
        try:
            for stream, emits in _emits(facts, self.keys).items():
                await log.append(stream, emits)
        finally:
            await log.close()

    async def works(self, now: Instant, facts: Sequence[Fact] = ()) -> None:
        """Take facts in and correlate, once, until nothing is left to do at this instant."""
        await self.sends(facts)
        clock = StillClock(now)
        deployment = Deployment(AGREEMENTS, PARTIES, self.keys, fresh_salt)
        async with self.shards(clock) as shards:
            for (processor, _), shard in shards.items():
                made: Step = (Correlate if processor == CORRELATE else Regional)(deployment)
                await _until_done(made, shard, now)

    @asynccontextmanager
    async def shards(self, clock: StillClock) -> AsyncIterator[dict[tuple[str, int], KafkaShard]]:
        async with AsyncExitStack() as undo:
            ends = Ends(self.brokers)
            undo.push_async_callback(ends.aclose)
            await ends.start()
            ways, found = Ways(ends, Dressing(SCHEMAS, None, clock)), {}
            for processor, stream in ((CORRELATE, FACTS), (REGION, REGION_FACTS)):
                for number in range(self.partitions):
                    place = Place(processor, stream, number)
                    shard = await KafkaShard.take(self.brokers, place, ways)
                    undo.push_async_callback(shard.close)
                    found[processor, number] = shard
            yield found

    async def told(self) -> Told:
        """The last that each party was told of each alert, as JSON."""
        found: Told = {}
        for party in PARTIES.by_id:
            records = await KafkaOutbox(self.brokers).read(OUT + party, None, 100_000, 0)
            for it in records:
                view = alert_views.read(it.value or b"", SCHEMAS)
                assert isinstance(view, bytes)
                before = json.loads(
                    found.setdefault(party, {}).get(it.key.decode(), b'{"revision":0}')
                )
                assert json.loads(view)["revision"] > before["revision"], "told again"
                found[party][it.key.decode()] = view
        return found

    async def held(self) -> dict[bytes, set[int]]:
        """In which partitions something is said of what is held."""
        found: dict[bytes, set[int]] = {}
        async with asking(self.brokers) as ends:
            there = await still(self.brokers, ends, [HELD])
            async for page in pages_of(self.brokers, there):
                for it in page.records:
                    found.setdefault(it.key, set()).add(page.partition)
        return found


async def _until_done(step: Step, shard: KafkaShard, now: Instant) -> None:
    wake_at = step.open(shard.state)
    while True:
        batch = await shard.read(100_000, 0)
        if batch.records:
            effects = step.take(shard.state, batch.records, now)
            await shard.commit(batch, effects)
        elif wake_at is not None and wake_at <= now:
            effects = step.tick(shard.state, now, 500)
            await shard.commit(None, effects)
        else:
            return
        wake_at = effects.wake_at


def _emits(facts: Sequence[Fact], keys: Keys) -> dict[str, list[Emit]]:
    entries = [entry_of(fact, keys).emit for fact in facts]
    return {it: [e for e in entries if e.stream == it] for it in (FACTS, REGION_FACTS)}


async def take_in(data: Path, now: Instant, facts: Sequence[Fact]) -> None:
    """Facts arrive at an embedded hub that correlates none of them yet."""
    async with running(data, now) as client:
        hub = client.hub
        await hub.settled()
        await hub.store.trim(now)  # as the hub does by itself, at a moment of its own
        await hub.workers.stop()
        for stream, emits in _emits(facts, hub.keys).items():
            await hub.reception.log.append(stream, emits)


async def settle(data: Path, now: Instant) -> None:
    async with running(data, now) as client:
        await client.hub.settled()


def rows(data: Path, what: str) -> list[Any]:
    connection = sqlite3.connect(data / "seintje.db")
    try:
        return connection.execute(what).fetchall()
    finally:
        connection.close()


def told_in(data: Path) -> Told:
    found: Told = {}
    for party, alert, view in rows(data, "SELECT party, alert_id, view FROM read_alert"):
        found.setdefault(party, {})[alert] = view
    return found
