"""Where `ingest` sends facts: a running hub over HTTP, or a data directory of our own.

Each takes events in order and gives an answer to each; what was accepted is on durable storage.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final, NamedTuple, Protocol

import msgspec
from msgspec import Struct

from hub.clocks import seconds
from hub.compose.embedded import Hub, build
from hub.domain.parties import Parties
from hub.domain.refusals import Refused, Slug, Violation
from hub.errors import Misconfigured, Unavailable
from hub.outbound import Answer as HttpAnswer
from hub.outbound import GivenBy, Limits, Outbound, Peer
from hub.settings import Settings
from hub.wire import cloudevents

# A hub takes a thousand events or 8 MiB a call; half of that leaves room for both.
BATCH: Final = 500
_BATCH_BYTES: Final = 4 << 20
_TYPE: Final = "application/cloudevents-batch+json"
_FIRST_PAUSE_S: Final = 0.25
_LONGEST_PAUSE_S: Final = 10.0
# Five hundred receipts, each with a problem that names all its violations, and a slow line.
_LIMITS: Final = Limits(whole=60.0, answer_bytes=16 << 20)


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
        self, hub: Outbound, parties: Parties, keys: Mapping[str, str], patience: float
    ) -> None:
        self._hub = hub
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
        answer = await self._answered(party, body)
        try:
            told = msgspec.json.decode(answer.body, type=_Receipts)
        except msgspec.DecodeError as error:
            where = self._hub.peer.address
            raise Misconfigured(where, f"it answered {answer.status}; is it a hub?") from error
        return {places[it.position]: _answer(it) for it in told.receipts}

    async def _answered(self, party: str, body: bytes) -> HttpAnswer:
        headers = {"content-type": _TYPE, "authorization": f"Bearer {self._keys[party]}"}
        until, pause = seconds() + self._patience, _FIRST_PAUSE_S
        sent = msgspec.Raw(body)
        while True:
            try:
                answer = await self._hub.call("POST", "/v1/events", body=sent, headers=headers)
            except Unavailable as error:
                why, wait = str(error), pause
            else:
                if answer.status in (401, 403):
                    raise Misconfigured("keys", f"the hub does not accept the key of {party}")
                if answer.status != 429 and answer.status < 500:
                    return answer
                why = f"it answers {answer.status}"
                wait = min(answer.retry_after or pause, _LONGEST_PAUSE_S)
            if seconds() + wait > until:
                raise Unavailable(f"{self._hub.peer.address} — the hub is away ({why})")
            await asyncio.sleep(wait)
            pause = min(2 * pause, _LONGEST_PAUSE_S)


@asynccontextmanager
async def over_http(
    url: str, parties: Parties, keys: Mapping[str, str], patience: float
) -> AsyncIterator[OverHttp]:
    """A running hub. Misconfigured: this is no URL."""
    peer = Peer("--to", url.removesuffix("/v1"), GivenBy.OPERATOR)
    async with Outbound(peer, _LIMITS) as hub:
        yield OverHttp(hub, parties, keys, patience)


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
