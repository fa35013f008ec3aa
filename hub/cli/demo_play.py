"""Playing a simulated region to a hub, and listening to what it tells each party."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from typing import Any, Final

from hub.cli.demo_story import Story
from hub.compose.embedded import Hub
from hub.domain.facts import Fact
from hub.domain.refusals import Refused
from hub.domain.time import Instant
from hub.errors import Unavailable
from hub.simulation import Arrival
from hub.streams.intake import judge
from hub.streams.revisions import OUT
from hub.wire import cloudevents

_BATCH: Final = 200
_LONG_POLL_S: Final = 5.0

Tell = Callable[[Any], None]


class Player:
    """Sends what arrives, when it arrives on the hub's clock; `tell` hears of everything."""

    def __init__(self, hub: Hub, story: Story, speed: int, tell: Tell) -> None:
        self._hub = hub
        self._story = story
        self._speed = speed
        self._tell = tell

    async def send(self, arrivals: Iterable[Arrival]) -> None:
        """The whole region, from its first line to its last."""
        waiting: list[Arrival] = []
        for arrival in arrivals:
            if arrival.at > self._hub.clock.now() or len(waiting) == _BATCH:
                await self._receive(waiting)
                waiting = []
                await self._until(arrival.at)
            waiting.append(arrival)
        await self._receive(waiting)

    async def listen(self, party: str) -> None:
        """Every revision that a party is told, as it is told."""
        position, stream = 0, OUT + party
        while True:
            records = await self._hub.outbox.read(stream, position, _BATCH, _LONG_POLL_S)
            for record in records:
                position = record.at
                view = json.loads(record.value or b"{}")
                for event in self._story.notice(record.appended_at, party, view):
                    self._tell(event)

    async def _until(self, at: Instant) -> None:
        while (left := at - self._hub.clock.now()) > 0:
            await asyncio.sleep(left / 1000 / self._speed)

    async def _receive(self, arrivals: list[Arrival]) -> None:
        if not arrivals:
            return
        events = [cloudevents.decode(arrival.line) for arrival in arrivals]
        while True:
            try:
                answers = await self._hub.reception.receive(events, None)
                break
            except Unavailable as away:
                await asyncio.sleep(away.retry_after)
        for arrival, event, answer in zip(arrivals, events, answers, strict=True):
            fact = self._fact_of(event)
            if fact is not None:
                self._tell(self._story.fact(arrival.at, fact, answer.status.value))

    def _fact_of(self, event: cloudevents.Envelope | Refused) -> Fact | None:
        if isinstance(event, Refused):
            return None
        fact = judge(event, self._hub.reception.admission, None, None)
        return fact if isinstance(fact, Fact) else None
