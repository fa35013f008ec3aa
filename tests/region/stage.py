"""A hub behind its gateway on a loopback port, and one clock for it and for all that is connected.

The clock stands until it is put forward: what happens in between takes no time, so a life of months
takes as long as the work in it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx
from msgspec import Struct

from hub.clocks import VirtualClock
from hub.compose.embedded import Hub, build
from hub.domain.facts import Fact
from hub.domain.time import Instant
from hub.gateway import api_keys
from hub.gateway.app import app
from hub.gateway.server import Server, open_socket
from hub.settings import Listen, Settings
from hub.streams.entries import FACTS, REGION_FACTS
from hub.streams.held import HELD, party_and_alert
from hub.streams.loop import Limits
from hub.streams.revisions import OUT
from hub.streams.seam import Record, StreamName
from hub.streams.sqlite.records import read_after
from hub.wire.state import PartyOf, decode_fact

_ANY: Final = 1 << 20
# How soon a clock that is put forward is seen.
_IMPATIENT: Final = Limits(longest_wait=0.01)


class Hands:
    """What a virtual clock counts: seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.passed = 0.0

    def __call__(self) -> float:
        return self.passed


class Stage(Struct, frozen=True, eq=False):
    """The hub, where it is reached, the keys of the parties, and the hands of its clock."""

    hub: Hub
    address: str
    keys: Mapping[str, str]
    hands: Hands

    def now(self) -> Instant:
        return self.hub.clock.now()

    def go_to(self, at: Instant) -> None:
        """Let time pass until then; never back."""
        self.hands.passed += max(at - self.now(), 0) / 1000

    async def settled(self) -> None:
        await self.hub.settled()

    async def accepted(self) -> list[Fact]:
        """Every fact that the hub ever appended to its log, in order."""
        party_of = PartyOf(self.hub.parties.find_by_source)
        records = [it for name in (FACTS, REGION_FACTS) for it in await self._records(name)]
        return [decode_fact(record.value, party_of) for record in records]

    async def told(self, party: str) -> list[dict[str, Any]]:
        """Every revision that a party was told, in order."""
        return [json.loads(it.value or b"{}") for it in await self._records(OUT + party)]

    async def held(self) -> dict[tuple[str, str], str]:
        """Why a party is not told of an alert, by party and alert, as operators see it."""
        last = {party_and_alert(it.key): it.value for it in await self._records(HELD)}
        return {key: json.loads(value)["reason"] for key, value in last.items() if value}

    async def ever_held(self) -> set[tuple[str, str]]:
        """The parties and alerts of which something was held back at some time."""
        return {party_and_alert(it.key) for it in await self._records(HELD)}

    async def views(self, party: str) -> list[dict[str, Any]]:
        """The party's alerts, each as it is now, in the order in which they changed."""
        asked: dict[str, str] = {"order": "cursor", "limit": "500"}
        found: list[dict[str, Any]] = []
        headers = {"Authorization": f"Bearer {self.keys[party]}"}
        async with httpx.AsyncClient(base_url=self.address, headers=headers) as http:
            while True:
                answer = await http.get("/v1/alerts", params=asked)
                answer.raise_for_status()
                page = answer.json()
                found += page["alerts"]
                if not page["alerts"]:
                    return found
                asked["cursor"] = page["cursor"]

    async def _records(self, stream: StreamName) -> Sequence[Record]:
        return await self.hub.store.query(partial(read_after, name=stream, position=0, limit=_ANY))


@asynccontextmanager
async def staged(data: Path, begins: Instant) -> AsyncIterator[Stage]:
    """A hub for as long as the block runs; its time begins there and stands."""
    hands = Hands()
    hub = build(Settings(data=data), VirtualClock(begins, 1, hands), _IMPATIENT)
    async with hub.started():
        with api_keys.editing(data) as kept:
            keys = {it: api_keys.create(kept, it, begins).secret for it in hub.parties.by_id}
        listening = open_socket(Listen("127.0.0.1", 0))
        host, port = listening.getsockname()
        server = Server(app(hub.gateway()), listening)
        serving = asyncio.create_task(server.serve(hub.stopping))
        try:
            yield Stage(hub, f"http://{host}:{port}", keys, hands)
        finally:
            hub.stopping.set()
            await serving
