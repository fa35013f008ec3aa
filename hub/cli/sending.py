"""Where `ingest` sends facts: a running hub over HTTP, or a data directory of our own.

Each takes events in order and gives an answer to each; what was accepted is on durable storage.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final, NamedTuple, Protocol

import httpx
import msgspec
from msgspec import Struct

from hub.clocks import seconds
from hub.compose.embedded import Hub, build
from hub.domain.parties import Parties
from hub.domain.refusals import Refused, Slug, Violation
from hub.errors import Misconfigured, Unavailable
from hub.settings import Settings
from hub.wire import cloudevents

# A hub takes a thousand events or 8 MiB a call; half of that leaves room for both.
BATCH: Final = 500
_BATCH_BYTES: Final = 4 << 20
_TYPE: Final = "application/cloudevents-batch+json"
_FIRST_PAUSE_S: Final = 0.25
_LONGEST_PAUSE_S: Final = 10.0
_ANSWER_S: Final = 60.0


class Answer(NamedTuple):
    """What became of one event."""

    status: str
    refused: Refused | None = None


class Sink(Protocol):
    """A hub that takes events."""

    async def send(self, events: Sequence[bytes]) -> Sequence[Answer]:
        """An answer to each, in order. Unavailable: try again, some may have been kept."""
        ...


class IntoData:
    """Into the hub of a data directory, which runs as long as this does."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def send(self, events: Sequence[bytes]) -> Sequence[Answer]:
        received = await self._hub.reception.receive(
            [cloudevents.decode(it) for it in events], None
        )
        return [Answer(it.status.value, it.refused) for it in received]


@asynccontextmanager
async def into_data(settings: Settings) -> AsyncIterator[IntoData]:
    """The hub of a data directory; when the block ends, all that came is correlated."""
    hub = build(settings)
    async with hub.started():
        yield IntoData(hub)
        await hub.settled()


class _Problem(Struct):
    type: str = ""
    detail: str = ""
    violations: tuple[Violation, ...] = ()


class _Receipt(Struct):
    position: int
    status: str
    problem: _Problem | None = None


class _Receipts(Struct):
    receipts: list[_Receipt]


class OverHttp:
    """Into a running hub, each event with the key of the party that its source belongs to.

    What is no event at all, or nobody's, is refused here: no key goes with it. A hub that does not
    answer is asked again for `patience` seconds.
    """

    def __init__(
        self, client: httpx.AsyncClient, parties: Parties, keys: Mapping[str, str], patience: float
    ) -> None:
        self._client = client
        self._parties = parties
        self._keys = keys
        self._patience = patience

    async def send(self, events: Sequence[bytes]) -> Sequence[Answer]:
        answers: dict[int, Answer] = {}
        of_party: dict[str, list[int]] = {}
        for place, event in enumerate(events):
            party = self._party_of(event)
            if isinstance(party, Refused):
                answers[place] = Answer("refused", party)
            else:
                of_party.setdefault(party, []).append(place)
        for party, places in of_party.items():
            for part in _parts(places, events):
                answers |= await self._post(party, {place: events[place] for place in part})
        return [answers[place] for place in range(len(events))]

    def _party_of(self, event: bytes) -> str | Refused:
        envelope = cloudevents.decode(event)
        if isinstance(envelope, Refused):
            return envelope
        party = self._parties.find_by_source(envelope.source)
        if party is None:
            return Refused(Slug.NOT_YOUR_SOURCE, "The source belongs to no party.")
        if party.id not in self._keys:
            raise Misconfigured("keys", f"there is no key of {party.id}; add `{party.id}: …`")
        return party.id

    async def _post(self, party: str, events: Mapping[int, bytes]) -> dict[int, Answer]:
        places, body = list(events), b"[" + b",".join(events.values()) + b"]"
        response = await self._answered(party, body)
        try:
            told = msgspec.json.decode(response.content, type=_Receipts)
        except msgspec.DecodeError as error:
            where = str(self._client.base_url)
            raise Misconfigured(
                where, f"it answered {response.status_code}; is it a hub?"
            ) from error
        return {places[it.position]: _answer(it) for it in told.receipts}

    async def _answered(self, party: str, body: bytes) -> httpx.Response:
        headers = {"Content-Type": _TYPE, "Authorization": f"Bearer {self._keys[party]}"}
        until, pause = seconds() + self._patience, _FIRST_PAUSE_S
        while True:
            try:
                response = await self._client.post("/v1/events", content=body, headers=headers)
            except httpx.TransportError as error:
                why, wait = type(error).__name__, pause
            else:
                if response.status_code in (401, 403):
                    raise Misconfigured("keys", f"the hub does not accept the key of {party}")
                if response.status_code != 429 and response.status_code < 500:
                    return response
                why, wait = f"it answers {response.status_code}", _asked_for(response) or pause
            if seconds() + wait > until:
                raise Unavailable(f"{self._client.base_url} — the hub cannot be reached ({why})")
            await asyncio.sleep(wait)
            pause = min(2 * pause, _LONGEST_PAUSE_S)


@asynccontextmanager
async def over_http(
    url: str, parties: Parties, keys: Mapping[str, str], patience: float
) -> AsyncIterator[OverHttp]:
    """A running hub."""
    try:
        client = httpx.AsyncClient(base_url=url.removesuffix("/v1"), timeout=_ANSWER_S)
    except (httpx.InvalidURL, ValueError) as error:
        raise Misconfigured("--to", "write a URL, like http://127.0.0.1:8300") from error
    async with client:
        yield OverHttp(client, parties, keys, patience)


def _parts(places: Sequence[int], events: Sequence[bytes]) -> list[list[int]]:
    """Pieces that fit in one call."""
    parts: list[list[int]] = [[]]
    size = 0
    for place in places:
        size += len(events[place]) + 1
        if parts[-1] and size > _BATCH_BYTES:
            parts.append([])
            size = len(events[place]) + 1
        parts[-1].append(place)
    return parts


def _answer(receipt: _Receipt) -> Answer:
    problem = receipt.problem
    if problem is None:
        return Answer(receipt.status)
    slug = Slug(problem.type.rpartition("/")[2])
    return Answer(receipt.status, Refused(slug, problem.detail, problem.violations))


def _asked_for(response: httpx.Response) -> float | None:
    told = response.headers.get("retry-after", "")
    return min(float(told), _LONGEST_PAUSE_S) if told.isdecimal() else None
