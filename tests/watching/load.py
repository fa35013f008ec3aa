"""Load on a hub: the facts of a made-up region, sent over HTTP without end, whatever happens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count, groupby
from typing import Any, Final

import httpx

from hub.simulation import simulate
from tests.streams.world import PARTIES

BATCH: Final = "application/cloudevents-batch+json"
HOUSEHOLDS: Final = 40
_SIZE: Final = 10
_PAUSE_S: Final = 0.1

Event = Mapping[str, Any]


class Load:
    """`sent` counts answers by their status; what was not answered counts as 0."""

    def __init__(self, url: str, keys: Mapping[str, str]) -> None:
        self._http = httpx.AsyncClient(base_url=url, trust_env=False, timeout=10)
        self._keys = keys
        self.sent: dict[int, int] = {}

    async def go_on(self, *, ever: bool) -> None:
        """All facts of the parties whose keys it has, once; or for `ever` under new ids, for what
        is sent twice is a duplicate and takes no work."""
        batches = [it for it in _batches() if it[0] in self._keys]
        for time in count():
            for party, events in batches:
                sent = [{**it, "id": f"{it['id']}-{time}"} if time else it for it in events]
                status = await self.send(party, sent)
                self.sent[status] = self.sent.get(status, 0) + 1
                await asyncio.sleep(_PAUSE_S)
            if not ever:
                return

    async def send(self, party: str, events: Sequence[Event]) -> int:
        """The status; 0 without an answer."""
        headers = {"authorization": f"Bearer {self._keys[party]}", "content-type": BATCH}
        with suppress(httpx.TransportError):
            body = json.dumps(events)
            return (await self._http.post("/v1/events", content=body, headers=headers)).status_code
        return 0

    async def close(self) -> None:
        await self._http.aclose()


@asynccontextmanager
async def loaded(url: str, keys: Mapping[str, str], *, ever: bool = True) -> AsyncIterator[Load]:
    """Facts come as long as the block runs, or until all were sent once."""
    load = Load(url, keys)
    going = asyncio.create_task(load.go_on(ever=ever))
    try:
        yield load
    finally:
        going.cancel()
        await asyncio.wait([going])
        await load.close()


def _batches() -> Iterator[tuple[str, list[Event]]]:
    """Some events of one party at a time, in order of arrival."""
    events = [json.loads(line) for line in simulate(HOUSEHOLDS, 6, 4)]
    for party, theirs in groupby(events, key=_party_of):
        found = list(theirs)
        for at in range(0, len(found), _SIZE):
            yield party, found[at : at + _SIZE]


def _party_of(event: Event) -> str:
    party = PARTIES.find_by_source(event["source"])
    assert party is not None
    return party.id
