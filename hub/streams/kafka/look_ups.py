"""Look-ups: why there is an alert, or none, answered by the worker that owns the household.

For operators: whoever asks must hold the key of the hub, and shows it by a token that follows from
it. Questions go in bodies, for an address must not name a household. Over the network between
workers nothing is hidden; give them one of their own (docs/kafka-operations.md).
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

import msgspec
from aiohttp.web import Request, Response
from msgspec import Struct

from hub.domain.explain import Explanation
from hub.domain.facts import Reference
from hub.domain.time import Instant
from hub.domain.why_not import WhyNot
from hub.errors import Misconfigured, Unavailable
from hub.keys import Keys
from hub.outbound import GivenBy, Outbound, Peer
from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.hosting import Page
from hub.streams.kafka.names import CORRELATE, REGION
from hub.streams.kafka.owners import owners
from hub.streams.kafka.processor import KafkaProcessor
from hub.streams.looking import Looking, explained, find_rule, latest, why_not
from hub.streams.seam import State

EXPLANATION: Final = "/look-ups/explanation"
WHY_NOT: Final = "/look-ups/why-not"
HANDLES: Final = "/look-ups/handles"

_T = TypeVar("_T")


class AlertAsked(Struct, frozen=True):
    """Why there is this alert; `at` None: when the hub last worked."""

    alert_id: str
    at: Instant | None = None


class HouseholdAsked(Struct, frozen=True):
    """Why this rule found nothing in a household of this name."""

    reference: Reference
    rule: str
    at: Instant | None = None


class HandlesAsked(Struct, frozen=True):
    """What the deployment itself calls the households of this name."""

    reference: Reference


class LookUps:
    """The pages of a worker that look into its partitions."""

    def __init__(self, looking: Looking, correlate: KafkaProcessor, region: KafkaProcessor) -> None:
        self._looking = looking
        self._correlate = correlate
        self._region = region

    @property
    def by_path(self) -> Mapping[str, Page]:
        return {
            EXPLANATION: self._explanation,
            WHY_NOT: self._why_not,
            HANDLES: self._handles,
        }

    async def _explanation(self, request: Request) -> Response:
        asked = await self._asked(request, AlertAsked)
        if isinstance(asked, Response):
            return asked
        households, regions = self._states()
        run = self._looking.about_alert(asked.alert_id, households, regions)
        at = self._at(asked.at)
        found = None if at is None else explained(run, asked.alert_id, at)
        return _answer(found)

    async def _why_not(self, request: Request) -> Response:
        asked = await self._asked(request, HouseholdAsked)
        if isinstance(asked, Response):
            return asked
        rule = find_rule(self._looking.agreements, asked.rule)
        at = self._at(asked.at)
        if rule is None or at is None:
            return _answer(None)
        run = self._looking.about_household(asked.reference, self._states()[0])
        return _answer(why_not(run, asked.reference, rule, at) or None)

    async def _handles(self, request: Request) -> Response:
        asked = await self._asked(request, HandlesAsked)
        if isinstance(asked, Response):
            return asked
        return _answer(self._looking.handles_of(asked.reference, self._states()[0]))

    async def _asked(self, request: Request, kind: type[_T]) -> _T | Response:
        sent = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(sent.encode(), self._looking.keys.operator_token.encode()):
            return Response(status=401)
        if request.method != "POST":
            return Response(status=405)
        try:
            return msgspec.json.decode(await request.read(), type=kind)
        except msgspec.DecodeError:
            return Response(status=400)

    def _states(self) -> tuple[Sequence[State], Sequence[State]]:
        return [*self._correlate.states.values()], [*self._region.states.values()]

    def _at(self, asked: Instant | None) -> Instant | None:
        return latest([*self._correlate.states.values()]) if asked is None else asked


class Workers:
    """The workers of a hub, asked by whoever holds its key."""

    def __init__(self, brokers: Brokers, keys: Keys) -> None:
        self._brokers = brokers
        self._keys = keys

    async def explanation(self, asked: AlertAsked) -> Explanation | None:
        """Why there is an alert; None if no worker knows of it."""
        for body in await self._all(EXPLANATION, asked):
            return msgspec.json.decode(body, type=Explanation)
        return None

    async def why_not(self, asked: HouseholdAsked) -> list[WhyNot]:
        """Why a rule found nothing; empty if no worker knows the household."""
        found: list[WhyNot] = []
        for body in await self._all(WHY_NOT, asked):
            found += msgspec.json.decode(body, type=list[WhyNot])
        return found

    async def handles(self, asked: HandlesAsked) -> list[str]:
        """What the deployment calls the households of this name, each once."""
        found: set[str] = set()
        for body in await self._all(HANDLES, asked):
            found |= msgspec.json.decode(body, type=set[str])
        return sorted(found)

    async def _all(self, path: str, asked: Struct) -> list[bytes]:
        """What those who own anything answer, whoever knows nothing left out.

        Unavailable: nobody owns a partition now, or an owner can't be reached.
        """
        owned = {**await owners(self._brokers, REGION), **await owners(self._brokers, CORRELATE)}
        if not owned:
            raise Unavailable("no worker owns a partition now; start one: seintje worker")
        asking = [self._one(address, path, asked) for address in sorted({*owned.values()})]
        return [body for body in await asyncio.gather(*asking) if body is not None]

    async def _one(self, address: str, path: str, asked: Struct) -> bytes | None:
        headers = {"authorization": f"Bearer {self._keys.operator_token}"}
        peer = Peer("SEINTJE_WORKER_URL", address, GivenBy.OPERATOR)
        async with Outbound(peer) as worker:
            answer = await worker.call("POST", path, body=asked, headers=headers)
        if answer.status == 401:
            told = "the workers have another key; write the key file that they have"
            raise Misconfigured("SEINTJE_KEY_FILE", told)
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise worker.away(f"answers {answer.status}")
        return answer.body


def _answer(found: object | None) -> Response:
    if found is None:
        return Response(status=404)
    return Response(body=msgspec.json.encode(found), content_type="application/json")
