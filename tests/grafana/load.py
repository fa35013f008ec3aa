"""What a busy hour does to a hub, in seconds: facts, good and bad ones, readers, and who may not.

The same for every runtime: it comes in over HTTP, as from outside.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain, count
from typing import Any, Final

import httpx
from msgspec import Struct

from hub.domain.parties import Parties
from hub.simulation import Region
from hub.simulation.demo import demo_schedule
from hub.simulation.faults import Fault
from tests.delivery.hooks import OK, Got, Step, status

BATCH: Final = "application/cloudevents-batch+json"
READER: Final = "corporatie-maas"

_MONTHS: Final = 12
_SIZE: Final = 10


class Site(Struct, frozen=True):
    """A hub to load: where its gateway is, and the API key of each party."""

    url: str
    parties: Parties
    keys: Mapping[str, str]

    def of(self, party: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self.keys[party]}"}


async def loaded(site: Site, endpoint: str, seconds: float) -> None:
    """Load it for so long: a subscription to `endpoint`, facts all the while, readers beside it."""
    async with httpx.AsyncClient(base_url=site.url, trust_env=False, timeout=60.0) as http:
        await _subscribe(http, site, endpoint)
        reading = asyncio.create_task(_read_on(http, site))
        try:
            await _publish(http, site, seconds)
        finally:
            reading.cancel()
            await asyncio.wait([reading])


def receiver() -> Callable[[Got], Step]:
    """Wants webhooks, refuses one of forty for good and puts off another."""
    numbers = count(1)

    def answer(got: Got) -> Step:
        if got.method == "OPTIONS":
            return status(200, "webhook-allowed-origin: *", "webhook-allowed-rate: *")
        number = next(numbers)
        # soon for the first time: a busy machine sends only a few
        if number % 40 == 4:
            return status(503, "retry-after: 1")
        return status(404) if number % 40 == 2 else OK

    return answer


async def _subscribe(http: httpx.AsyncClient, site: Site, endpoint: str) -> None:
    answer = await http.post(
        "/v1/subscriptions", json={"endpoint": endpoint}, headers=site.of(READER)
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["status"] == "active", answer.text


async def _publish(http: httpx.AsyncClient, site: Site, seconds: float) -> None:
    """Batch after batch, spread over the time there is: so there is a course to draw."""
    batches = [*_batches(site.parties, int(seconds))]
    for party, lines in batches:
        headers = site.of(party) | {"content-type": BATCH}
        body = b"[" + b",".join(lines) + b"]"
        answer = await http.post("/v1/events", content=body, headers=headers)
        assert answer.status_code < 500, answer.text
        await _what_may_not_be(http, site)
        await asyncio.sleep(seconds / len(batches))


def _batches(parties: Parties, households: int) -> Iterator[tuple[str, Sequence[bytes]]]:
    """A year of a region until now, with all that goes wrong on the way, and worries that nobody
    answered; by party."""
    start = (datetime.now(UTC) - timedelta(days=370)).date()
    bad = Region(households, _MONTHS, 7, faults=frozenset(Fault), start=start).arrivals()
    waiting: dict[str, list[bytes]] = {}
    for arrival in chain(bad, demo_schedule(5, start)):
        source = _source_of(arrival.line)
        party = parties.find_by_source(source) if source else None
        if party is None:
            continue
        theirs = waiting.setdefault(party.id, [])
        theirs.append(arrival.line)
        if len(theirs) == _SIZE:
            yield party.id, waiting.pop(party.id)
    yield from waiting.items()


def _source_of(line: bytes) -> str | None:
    try:
        tree: Any = json.loads(line)
    except ValueError:
        return None
    found = tree.get("source") if isinstance(tree, dict) else None
    return found if isinstance(found, str) else None


async def _what_may_not_be(http: httpx.AsyncClient, site: Site) -> None:
    await http.get("/v1/alerts", headers={"authorization": "Bearer nonsense"})
    await http.get("/v1/alerts/al-nobody", headers=site.of(READER))


async def _read_on(http: httpx.AsyncClient, site: Site) -> None:
    """A reader that stays connected, and one that asks again and again."""

    async def stays() -> None:
        headers = site.of(READER) | {"accept": "text/event-stream"}
        async with http.stream("GET", "/v1/alerts", headers=headers) as answer:
            async for _ in answer.aiter_bytes():
                pass

    async def asks() -> None:
        while True:
            await http.get("/v1/alerts", params={"limit": "10"}, headers=site.of(READER))
            await asyncio.sleep(0.2)

    await asyncio.gather(stays(), asks())
