"""Gemeente Roermond: its events go through a door of the CloudEvents connector, its alerts come to
its receiver."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx

from connectors.index import Name
from hub.simulation.event import Event
from tests.region import events
from tests.region.checking import Check
from tests.region.connected import Connected, Desired, connected
from tests.region.life import Said
from tests.region.stage import Stage
from tests.region.telling import Delivered, told_over
from tests.systems.cloudevents import ORIGIN, PATH, TOKEN, Receiver, Sender, receiving

PARTY: Final = "gemeente-roermond"
_GEMEENTE: Final = "0957"
_DOOR_TOKEN: Final = "een-token-van-de-deur-dat-lang-genoeg-is"
_MOST: Final = 100_000  # a minute; time stands still while much is told


class Roermond:
    """The system of the gemeente with its connector."""

    def __init__(self, at_work: Connected, sender: Sender, receiver: Receiver) -> None:
        self.connectors = (at_work,)
        self._sender = sender
        self._receiver = receiver
        self._now: dict[str, Event] = {}

    def takes(self, said: Said) -> bool:
        return said.voice.party == PARTY

    async def hear(self, said: Said) -> None:
        event = events.event_of(said, self._now.get(said.thing))
        if said.now is not None:
            self._now[said.thing] = said.now
        answer = await self._sender.structured(event)
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text

    async def turn(self) -> None:
        for it in self.connectors:
            await it.turn()

    async def checks(self, stage: Stage) -> list[Check]:
        told = [
            Delivered(it.data["alertId"], it.data["revision"], it.data["status"])
            for it in self._receiver.got
        ]
        views = await stage.views(PARTY)
        problems = self._receiver.problems
        return [
            told_over("CloudEvents", told, views),
            Check("CloudEvents as their standard has them", len(told), problems),
        ]


@asynccontextmanager
async def roermond(stage: Stage, folder: Path) -> AsyncIterator[Roermond]:
    """The gemeente for as long as the block runs."""
    folder.mkdir()
    (folder / "door.token").write_text(_DOOR_TOKEN)
    (folder / "receiver.token").write_text(TOKEN)
    (folder / "events.yaml").write_bytes(events.mapping(_GEMEENTE, PARTY))
    async with receiving() as (receiver, place):
        receiver.consents = "any"
        own = {
            "receive": {
                "origins": [ORIGIN],
                "tokenFiles": ["door.token"],
                "mapping": "events.yaml",
                "rate": _MOST,
            },
            "send": {
                "address": place.address + PATH,
                "origin": "seintje.roermond.example.nl",
                "tokenFile": "receiver.token",
                "rate": _MOST,
            },
        }
        desired = Desired(Name.CLOUDEVENTS, PARTY, folder, lambda _: own)
        async with (
            connected(stage, desired) as at_work,
            httpx.AsyncClient(base_url=at_work.doors) as http,
        ):
            yield Roermond(at_work, Sender(http, _DOOR_TOKEN), receiver)
