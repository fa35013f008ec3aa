"""A hub on Kafka as it is: topics on a real broker, the steps over real shards, gateways served by
a real server. Only the clock is ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx
import msgspec

from hub.compose.gateway import GatewayHub, build
from hub.compose.serving import application_of
from hub.domain.time import parse_instant
from hub.gateway import api_keys, api_keys_on_kafka
from hub.gateway.server import Server, open_socket
from hub.keys import Keys, fresh_salt
from hub.settings import Listen, Settings
from hub.shipped import shipped
from hub.streams.correlate import Correlate, Deployment
from hub.streams.entries import FACTS, REGION_FACTS
from hub.streams.kafka import admin
from hub.streams.kafka.administrator import Administrator
from hub.streams.kafka.brokers import Brokers, brokers_of
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.dressing import Dressing
from hub.streams.kafka.ends import Ends
from hub.streams.kafka.names import CORRELATE, REGION, Names
from hub.streams.kafka.shard import KafkaShard, Place, Ways
from hub.streams.loop import Limits, drive
from hub.streams.regional import Regional
from hub.wire.avro import Schemas
from tests.streams.world import AGREEMENTS, PARTIES, StillClock

NOW: Final = "2024-03-01T12:00:00Z"
PATIENCE_SECONDS: Final = 60.0
PARTITIONS: Final = 2
STRUCTURED: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"

Event = Mapping[str, Any]
Answer = TypeVar("Answer")


class Site:
    """Topics, a key, and a clock that stands where it is put. `keys` are the API keys."""

    def __init__(self, connection: Connection, names: Names, folder: Path) -> None:
        self.clock = StillClock(parse_instant(NOW))
        self.folder = folder
        self.settings = Settings(
            data=folder / "reading",
            key_file=folder / "hub.key",
            kafka_brokers=connection.brokers,
            kafka_prefix=names.prefix,
        )
        self.brokers: Brokers = brokers_of(self.settings)
        self.hub_keys = Keys.load_or_create(folder / "hub.key")
        admin.create(Administrator(connection), names.plans(PARTIES, PARTITIONS), 1)
        with api_keys_on_kafka.editing(self.brokers) as editing:
            self.keys = {it: api_keys.create(editing, it, 0).secret for it in PARTIES.by_id}

    @asynccontextmanager
    async def correlating(self) -> AsyncIterator[None]:
        """What a worker does, for all partitions."""
        dressing = Dressing(Schemas.load(shipped("schemas/avro")), None, self.clock)
        deployment = Deployment(AGREEMENTS, PARTIES, self.hub_keys, fresh_salt)
        async with AsyncExitStack() as undo:
            ends = Ends(self.brokers)
            undo.push_async_callback(ends.aclose)
            await ends.start()
            works = []
            for partition in range(PARTITIONS):
                for place, step in (
                    (Place(CORRELATE, FACTS, partition), Correlate(deployment)),
                    (Place(REGION, REGION_FACTS, partition), Regional(deployment)),
                ):
                    shard = await KafkaShard.take(self.brokers, place, Ways(ends, dressing))
                    undo.push_async_callback(shard.close)
                    works.append(drive(step, shard, self.clock, Limits(longest_wait=0.1)))
            await undo.enter_async_context(until_left(works))
            yield

    @asynccontextmanager
    async def gateway(self, folder: str = "reading") -> AsyncIterator[Caller]:
        """A gateway that is ready, and who calls it."""
        async with self.started_gateway(folder) as caller:
            await patiently(caller.hub.ready())
            yield caller

    @asynccontextmanager
    async def started_gateway(self, folder: str = "reading") -> AsyncIterator[Caller]:
        """A gateway that was started, ready or not."""
        settings = msgspec.structs.replace(self.settings, data=self.folder / folder)
        hub = build(settings, self.clock)
        listening = open_socket(Listen("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        async with hub.started(), httpx.AsyncClient(base_url=url, timeout=60) as http:
            server = Server(application_of(hub), listening)
            serving = asyncio.create_task(server.serve(hub.stopping))
            try:
                yield Caller(self, hub, http)
            finally:
                hub.stopping.set()
                await serving


class Caller:
    """Calls a gateway as a party."""

    def __init__(self, site: Site, hub: GatewayHub, http: httpx.AsyncClient) -> None:
        self.hub = hub
        self.http = http
        self._keys = site.keys

    async def call(self, method: str, path: str, party: str, **request: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._keys[party]}", **request.pop("headers", {})}
        return await self.http.request(method, path, headers=headers, **request)

    async def get(self, path: str, party: str, **query: Any) -> httpx.Response:
        return await self.call("GET", path, party, params=query)

    async def post(self, event: Event | Sequence[Event], party: str) -> httpx.Response:
        media = STRUCTURED if isinstance(event, Mapping) else BATCH
        body = msgspec.json.encode(event)
        headers = {"Content-Type": media}
        return await self.call("POST", "/v1/events", party, content=body, headers=headers)

    async def send(self, *events: Event) -> list[str]:
        """Keep events of any parties; the ids of their receipts."""
        found = []
        for event in events:
            party = PARTIES.find_by_source(event["source"])
            assert party is not None
            answer = await self.post(event, party.id)
            assert answer.status_code == 202, answer.text
            found.append(answer.json()["receiptId"])
        return found

    async def act(self, alert_id: str, act: str, party: str, key: str, **said: str) -> Any:
        path = f"/v1/alerts/{alert_id}/{act}"
        headers = {"Idempotency-Key": key}
        return await self.call("POST", path, party, json=said, headers=headers)

    async def alerts(self, party: str, **query: Any) -> list[dict[str, Any]]:
        answer = await self.get("/v1/alerts", party, **query)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["alerts"]
        return found

    async def told(self, party: str, rule: str, status: str = "open") -> dict[str, Any]:
        """The alert of a rule that a party is told, as soon as it has this status."""
        asked = {"order": "cursor", "wait": 30}
        while True:
            answer = (await self.get("/v1/alerts", party, **asked)).json()
            for alert in answer["alerts"]:
                if (alert["rule"], alert["status"]) == (rule, status):
                    found: dict[str, Any] = alert
                    return found
            asked["cursor"] = answer["cursor"]

    async def receipt(self, receipt_id: str, party: str) -> dict[str, Any]:
        answer = await self.get(f"/v1/receipts/{receipt_id}", party)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def reasons(self) -> list[str]:
        """Why it is not ready."""
        answer = await self.http.get("/readyz")
        found: list[str] = answer.json()["reasons"]
        assert answer.status_code == (503 if found else 200)
        return found


async def patiently(answer: Awaitable[Answer]) -> Answer:
    """The answer; what got lost fails a test instead of hanging it."""
    return await asyncio.wait_for(answer, PATIENCE_SECONDS)


async def until(look: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again, until it is so."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await look():
            pass


@asynccontextmanager
async def until_left(works: Sequence[Coroutine[None, None, None]]) -> AsyncIterator[None]:
    """Works that go on until the block ends; one that failed by itself fails the test."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        failed = [it for it in tasks if it.done()]
        for it in tasks:
            it.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for it in failed:
        it.result()
