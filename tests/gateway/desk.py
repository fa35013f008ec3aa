"""A hub with its gateway, as a party uses it: the real parts, a clock of our own, no network."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec

from hub.compose.embedded import Hub, build
from hub.domain.time import parse_instant
from hub.gateway import api_keys
from hub.gateway.app import app
from hub.gateway.gateway import Gateway
from hub.gateway.server import Server, open_socket
from hub.settings import Listen, Settings
from hub.streams.loop import Limits
from tests.gateway.contract import Contract
from tests.streams.world import StillClock

NOW: Final = "2024-03-01T12:00:00Z"
MAAS, PEEL = "corporatie-maas", "corporatie-peel"
WEERT, ROERMOND = "gemeente-weert", "gemeente-roermond"
ONDERDAK, HUURDERS = "begeleider-onderdak", "huurders-maas"
STRUCTURED: Final = "application/cloudevents+json"
LOOKUP: Final = "/v1/households/lookup"
BATCH: Final = "application/cloudevents-batch+json"
# How soon a clock that a test puts forward is seen.
IMPATIENT: Final = Limits(longest_wait=0.01)

Query = Mapping[str, str | int | list[str]]


class Desk:
    """Calls as a party; `keys` are their API keys."""

    def __init__(self, hub: Hub, clock: StillClock, client: httpx.AsyncClient) -> None:
        self.hub = hub
        self.clock = clock
        self.client = client
        with api_keys.editing(hub.settings.data) as keys:
            self.keys = {it: api_keys.create(keys, it, 0).secret for it in hub.parties.by_id}
        self._numbers = count(1)

    def fresh(self, name: str) -> str:
        """A name that no other test of this hub uses."""
        letters = str(next(self._numbers)).translate(str.maketrans("0123456789", "abcdefghij"))
        return f"{name}-{letters}"

    async def call(
        self, method: str, path: str, party: str | None, query: Query | None = None, **request: Any
    ) -> httpx.Response:
        headers = dict(request.pop("headers", {}))
        if party is not None:
            headers["Authorization"] = f"Bearer {self.keys[party]}"
        return await self.client.request(method, path, params=query, headers=headers, **request)

    async def get(self, path: str, party: str | None, **query: Any) -> httpx.Response:
        return await self.call("GET", path, party, query)

    async def post(
        self, event: object, party: str, media: str = STRUCTURED, **query: Any
    ) -> httpx.Response:
        """An event, or a list of them as a batch."""
        media = BATCH if isinstance(event, list) else media
        body = event if isinstance(event, bytes) else msgspec.json.encode(event)
        headers = {"Content-Type": media}
        return await self.call("POST", "/v1/events", party, query, content=body, headers=headers)

    async def act(
        self, alert_id: str, act: str, party: str, key: str | None = None, **said: str
    ) -> httpx.Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        path = f"/v1/alerts/{alert_id}/{act}"
        return await self.call("POST", path, party, json=said, headers=headers)

    async def look_up(self, party: str, reference: Mapping[str, str]) -> httpx.Response:
        """Ask for the household of a reference."""
        return await self.call("POST", LOOKUP, party, json=reference)

    async def send(self, *events: Mapping[str, Any]) -> None:
        """Keep events of any parties, and wait until all was looked at."""
        for event in events:
            party = self.hub.parties.find_by_source(event["source"])
            assert party is not None
            answer = await self.post(event, party.id)
            assert answer.status_code == 202, answer.text
        await self.hub.settled()

    async def wait_until(self, now: str) -> None:
        """Let time pass, and what is due then happen."""
        self.clock.at = parse_instant(now)
        await self.hub.settled()

    async def alerts(self, party: str, **query: Any) -> list[dict[str, Any]]:
        answer = await self.get("/v1/alerts", party, **query)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["alerts"]
        return found

    async def receipt(self, receipt_id: str, party: str) -> dict[str, Any]:
        answer = await self.get(f"/v1/receipts/{receipt_id}", party)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@asynccontextmanager
async def a_desk(data: Path, now: str = NOW, **settings: Any) -> AsyncIterator[Desk]:
    """A hub on this data directory, for as long as the block runs."""
    clock = StillClock(parse_instant(now))
    hub = build(Settings(data=data, **settings), clock, IMPATIENT)
    async with hub.started(), calling(hub.gateway(), Contract()) as client:
        yield Desk(hub, clock, client)


def calling(gateway: Gateway, contract: Contract, address: str = "127.0.0.1") -> httpx.AsyncClient:
    """A client of this gateway, each of whose answers is held against the document."""
    transport = httpx.ASGITransport(
        app(gateway), raise_app_exceptions=False, client=(address, 50_000)
    )
    hooks = {"response": [contract.check]}
    return httpx.AsyncClient(transport=transport, base_url="http://hub", event_hooks=hooks)


@asynccontextmanager
async def served(desk: Desk, gateway: Gateway | None = None) -> AsyncIterator[Desk]:
    """The same hub by way of a socket, over a gateway of its own or the one that is given; it is
    stopped afterwards."""
    listening = open_socket(Listen("127.0.0.1", 0))
    # Small, so that what a reader leaves unread waits in the hub and not in the kernel.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
    host, port = listening.getsockname()
    server = Server(app(gateway or desk.hub.gateway()), listening)
    serving = asyncio.create_task(server.serve(desk.hub.stopping))
    hooks = {"response": [Contract().check]}
    base = f"http://{host}:{port}"
    async with httpx.AsyncClient(base_url=base, timeout=60, event_hooks=hooks) as client:
        yield Desk(desk.hub, desk.clock, client)
    desk.hub.stopping.set()
    await serving


def slug(answer: httpx.Response) -> str:
    """Which problem an answer is."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    assert problem["status"] == answer.status_code
    return str(problem["type"]).removeprefix("/problems/")
