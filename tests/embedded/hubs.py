"""The embedded hub as it is, on a SQLite file, with a clock that stands where the test puts it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import msgspec

from hub.compose.embedded import Hub, build
from hub.domain.time import Instant
from hub.gateway import api_keys
from hub.gateway.app import app
from hub.keys import ApiKey
from hub.settings import Listen, Settings
from hub.streams.seam import Clock

BATCH = "application/cloudevents-batch+json"

Event = Mapping[str, Any]


class StillClock:
    """A clock that stands."""

    def __init__(self, now: Instant) -> None:
        self.at = now

    def now(self) -> Instant:
        return self.at


class Client:
    """Every party at once: events go out with the key of their source, lists come in by party."""

    def __init__(self, hub: Hub, http: httpx.AsyncClient, keys: Mapping[str, ApiKey]) -> None:
        self.hub = hub
        self._http = http
        self._keys = keys

    async def send(self, events: Iterable[Event]) -> list[dict[str, Any]]:
        """The answers, event by event; everything is correlated when this returns."""
        answers: list[dict[str, Any]] = []
        for party, theirs in self._by_party(events).items():
            body = msgspec.json.encode(theirs)
            headers = self._as(party) | {"content-type": BATCH}
            answer = await self._http.post("/v1/events", content=body, headers=headers)
            answers += answer.json().get("receipts", [])
        await self.hub.settled()
        return answers

    async def alerts(self, party: str, **query: str) -> list[dict[str, Any]]:
        """Everything that a party is told, page by page."""
        found: list[dict[str, Any]] = []
        asked = {"order": "cursor", "limit": "100"} | query
        while True:
            answer = await self._http.get("/v1/alerts", params=asked, headers=self._as(party))
            answer.raise_for_status()
            page = answer.json()
            found += page["alerts"]
            if not page["alerts"]:
                return found
            asked["cursor"] = page["cursor"]

    def _as(self, party: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self._keys[party].secret}"}

    def _by_party(self, events: Iterable[Event]) -> dict[str, list[Event]]:
        found: dict[str, list[Event]] = {}
        for event in events:
            party = self.hub.parties.find_by_source(event["source"])
            assert party is not None
            found.setdefault(party.id, []).append(event)
        return found


@asynccontextmanager
async def running(
    data: Path, now: Instant, clock: Clock | None = None, **more: Any
) -> AsyncIterator[Client]:
    """A started hub and a client of it; without a clock of its own its time stands still. `more`
    are settings."""
    settings = Settings(data=data, listen=Listen("127.0.0.1", 0), **more)
    async with build(settings, clock or StillClock(now)).started() as hub:
        keys = {
            party: await hub.store.transact(partial(api_keys.create, party=party, now=now))
            for party in hub.parties.by_id
        }
        transport = httpx.ASGITransport(app(hub.gateway()))
        async with httpx.AsyncClient(transport=transport, base_url="http://hub") as http:
            yield Client(hub, http, keys)
