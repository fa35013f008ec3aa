"""A hub on Kafka for a test: its topics, its key, a worker in this process or of its own."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec
from aiohttp.test_utils import make_mocked_request
from aiokafka import AIOKafkaProducer

from hub.clocks import ClockChoice
from hub.compose.worker import Worker, build
from hub.domain.time import parse_instant
from hub.keys import Keys
from hub.settings import Settings
from hub.shipped import shipped
from hub.streams.entries import entry_of
from hub.streams.kafka import admin
from hub.streams.kafka.administrator import Administrator
from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.names import IN, Names
from hub.streams.kafka.streams import KafkaLog, KafkaOutbox
from hub.streams.revisions import OUT
from hub.streams.seam import Record, StreamName
from hub.wire.alert_views import read as read_view
from hub.wire.avro import Schemas
from tests.contract.toy import PATIENCE_SECONDS
from tests.streams.world import PARTIES, Event, facts_of

AT: Final = "2024-02-01T12:00:00Z"
SCHEMAS: Final = Schemas.load(shipped("schemas/avro"))


class HubOnKafka:
    """Its topics are made; nothing runs yet."""

    def __init__(self, kafka: Connection, names: Names, folder: Path, at: str = AT) -> None:
        self.key_file = folder / "hub.key"
        self.keys = Keys.load_or_create(self.key_file)
        self.settings = Settings(
            kafka_brokers=kafka.brokers,
            kafka_prefix=names.prefix,
            kafka_partitions=3,
            kafka_session_seconds=6,
            key_file=self.key_file,
            clock=ClockChoice(parse_instant(at), 0),
        )
        self.at = at
        self._running: asyncio.Future[None]
        self.brokers = Brokers(kafka, names, 6)
        admin.create(Administrator(kafka), names.plans(PARTIES, 3), 1)

    @property
    def environment(self) -> dict[str, str]:
        """What a process of this hub is started with."""
        kept = {name: value for name, value in os.environ.items() if "SEINTJE_" not in name}
        return kept | {
            "SEINTJE_KAFKA_BROKERS": self.brokers.connection.brokers,
            "SEINTJE_KAFKA_PREFIX": self.brokers.names.prefix,
            "SEINTJE_KAFKA_PARTITIONS": "3",
            "SEINTJE_KAFKA_SESSION_SECONDS": "6",
            "SEINTJE_KEY_FILE": str(self.key_file),
            "SEINTJE_CLOCK": f"fixed:{self.at}",
        }

    @asynccontextmanager
    async def working(self, address: str = "http://127.0.0.1:1") -> AsyncIterator[Worker]:
        """A worker in this process, without its web server.

        It is not stopped while it takes partitions over: aiokafka leaves connections open that it
        was still making, and then the test fails of a warning.
        """
        worker = build(msgspec.structs.replace(self.settings, worker_url=address))
        (run,) = worker.hosted.services.values()
        self._running = running = asyncio.ensure_future(run())
        page = worker.hosted.pages["/readyz"]

        async def is_ready() -> bool:
            return (
                running.done() or (await page(make_mocked_request("GET", "/readyz"))).status == 200
            )

        try:
            await self.when(is_ready)
            if running.done():
                running.result()
            yield worker
            await self.when(is_ready)
        finally:
            running.cancel()
            await asyncio.wait([running])
        if not running.cancelled():
            running.result()

    async def stops_by_itself(self) -> None:
        """Wait until the worker that is `working` does; leaving the block then raises why."""
        done, _ = await asyncio.wait([self._running], timeout=PATIENCE_SECONDS)
        assert done, "it works as if nothing were amiss"

    async def send(self, *events: Event) -> None:
        """Facts, as a gateway appends them."""
        emits = [entry_of(fact, self.keys).emit for fact in facts_of(events)]
        log = KafkaLog(self.brokers)
        await log.start()
        try:
            for stream in dict.fromkeys(it.stream for it in emits):
                await log.append(stream, [it for it in emits if it.stream == stream])
        finally:
            await log.close()

    async def publish(self, party: str, *events: Event) -> None:
        """CloudEvents into the in topic of a party, structured, as JSON."""
        header = [("content-type", b"application/cloudevents+json")]
        await self.publish_raw(party, [(json.dumps(it).encode(), header) for it in events])

    async def publish_raw(
        self, party: str, records: Iterable[tuple[bytes | None, list[tuple[str, bytes]]]]
    ) -> None:
        topic = self.brokers.names.topic(IN + party)
        producer = AIOKafkaProducer(**self.brokers.connection.for_aiokafka())
        await producer.start()
        try:
            for value, headers in records:
                await producer.send_and_wait(topic, value, key=b"k", headers=headers)
        finally:
            await producer.stop()

    async def read(self, stream: StreamName, limit: int = 1000) -> Sequence[Record]:
        return await KafkaOutbox(self.brokers).read(stream, None, limit, 0.0)

    async def told(self, party: str, rule: str | None = None) -> list[dict[str, Any]]:
        """Every revision that a party got, in order."""
        views = [json.loads(_json(it)) for it in await self.read(OUT + party)]
        return [view for view in views if rule in (None, view["rule"])]

    async def when(self, look: Callable[[], Any], enough: Callable[[Any], bool] = bool) -> Any:
        """What `look` gives as soon as that is enough."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not enough(found := await look()):
                await asyncio.sleep(0.05)
        return found

    async def when_told(self, party: str, rule: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self.when(partial(self.told, party, rule))
        return found


def _json(record: Record) -> bytes:
    found = read_view(record.value or b"", SCHEMAS)
    assert isinstance(found, bytes), found
    return found


def letter_of(record: Record) -> Mapping[str, str]:
    """What the headers of a dead letter say."""
    return {name: value.decode() for name, value in record.headers.items()}
