"""Systems that speak CloudEvents, for the contract: one brings events to the door, another is sent
alerts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import yaml

from connectors.index import Name
from hub.compose.connecting import Connecting
from tests.contract.connectors.world import Can, Said
from tests.systems.cloudevents import ORIGIN, PATH, TOKEN, Receiver, Sender, receiving
from tests.systems.serving import Place

PARTY: Final = "gemeente-weert"
SOURCE: Final = "urn:nld:oin:00000099000000988000:systeem:sociaal-domein"
DOOR_TOKEN: Final = "een-token-dat-lang-genoeg-is-voor-de-deur"
TYPE: Final = "nl.weert.intake-afgerond"
MAPPING: Final = {
    "events": {
        TYPE: {
            "key": ["dossier"],
            "facts": [
                {
                    "type": "intake-completed",
                    "paths": {
                        "dossier": "references[0].value",
                        "@time": "occurredAt",
                        "hereniging": "familyReunificationExpected",
                    },
                    "constants": {
                        "gemeente": "0988",
                        "references[0].scheme": "dossier",
                        "references[0].issuer": PARTY,
                    },
                }
            ],
        }
    }
}


class SenderWorld:
    """Dossiers whose intake was completed: told in an event type of its own, by turns with Seintje
    facts, in each of the three modes."""

    name = Name.CLOUDEVENTS
    party = PARTY
    source = SOURCE
    lacks: Mapping[Can, str] = {
        Can.BE_TOLD: "the receiving half is a world of its own",
        Can.SHIFT: "an inbox has no pages that could move",
        Can.GO_AWAY: "it comes to us; who does not come is not asked",
    }
    secrets = (DOOR_TOKEN,)

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sent: list[Mapping[str, Any]] = []
        self._says: dict[str, bool] = {}

    def own(self) -> Mapping[str, Any]:
        (self._folder / "door.token").write_text(DOOR_TOKEN)
        (self._folder / "events.yaml").write_text(yaml.safe_dump(MAPPING))
        receive = {"origins": [ORIGIN], "tokenFiles": ["door.token"], "mapping": "events.yaml"}
        return {"receive": receive}

    async def come(self) -> None:
        pass

    async def go(self) -> None:
        pass

    async def add(self, number: int) -> None:
        for _ in range(number):
            dossier = f"D-{len(self._says) + 1}"
            self._says[dossier] = False
            event = _own(dossier, "1", False) if len(self._says) % 2 else fact(dossier)
            await self._send(event)

    async def change(self) -> None:
        self._says["D-1"] = True
        await self._send(_own("D-1", "2", True))

    async def shift(self) -> None:
        raise NotImplementedError

    async def repeat(self) -> None:
        for event in list(self._sent):
            await self._bring([event, event])

    async def surprise(self) -> str:
        await self._send(_event("s-1", "nl.weert.onverwacht", {"dossier": "D-1"}))
        return "event s-1"

    def expected(self) -> Sequence[Said]:
        return [("intake-completed", _data(it, says)) for it, says in self._says.items()]

    def told(self) -> Sequence[tuple[str, int]]:
        return []

    async def _send(self, event: Mapping[str, Any]) -> None:
        self._sent.append(event)
        await self._bring([event])

    async def _bring(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Through the door of a connector that is up for as long as that takes."""
        connecting = Connecting(self.name, self._folder / f"{self.name.value}.yaml")
        async with connecting.ready() as ready:
            transport = httpx.ASGITransport(ready.pages)
            async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
                sender = Sender(client, DOOR_TOKEN)
                if len(events) > 1:
                    answer = await sender.batch(*events)
                elif len(self._sent) % 2:
                    answer = await sender.binary(events[0])
                else:
                    answer = await sender.structured(events[0])
                assert answer.status_code == 202, answer.text


class ReceiverWorld:
    """A receiver that is asked first, and gets each revision once or more."""

    name = Name.CLOUDEVENTS
    party = PARTY
    source = SOURCE
    lacks: Mapping[Can, str] = {Can.BE_READ: "the sending half is a world of its own"}
    secrets = (TOKEN,)

    def __init__(self, receiver: Receiver, place: Place, folder: Path) -> None:
        self.receiver, self._place, self._folder = receiver, place, folder

    def own(self) -> Mapping[str, Any]:
        (self._folder / "receiver.token").write_text(TOKEN)
        address = f"{self._place.address}{PATH}"
        return {"send": {"address": address, "origin": ORIGIN, "tokenFile": "receiver.token"}}

    async def come(self) -> None:
        await self._place.come()

    async def go(self) -> None:
        await self._place.go()

    async def add(self, number: int) -> None:
        raise NotImplementedError

    async def change(self) -> None:
        raise NotImplementedError

    async def shift(self) -> None:
        raise NotImplementedError

    async def repeat(self) -> None:
        raise NotImplementedError

    async def surprise(self) -> str:
        raise NotImplementedError

    def expected(self) -> Sequence[Said]:
        return []

    def told(self) -> Sequence[tuple[str, int]]:
        assert self.receiver.problems == []
        views = [it.data for it in self.receiver.events.values()]
        return [(it["alertId"], it["revision"]) for it in views]


@asynccontextmanager
async def sender_world(folder: Path) -> AsyncIterator[SenderWorld]:
    yield SenderWorld(folder)


@asynccontextmanager
async def receiver_world(folder: Path) -> AsyncIterator[ReceiverWorld]:
    async with receiving() as (receiver, place):
        yield ReceiverWorld(receiver, place, folder)


def _own(dossier: str, number: str, hereniging: bool) -> dict[str, Any]:
    data = {"dossier": dossier, "hereniging": hereniging, "notitie": "blijft hier"}
    return _event(f"{dossier}-{number}", TYPE, data)


def fact(dossier: str) -> dict[str, Any]:
    """An event that is a Seintje fact already."""
    return _event(f"{dossier}-1", "nl.seintje.intake-completed.v1", _data(dossier, False))


def _data(dossier: str, hereniging: bool) -> dict[str, Any]:
    return {
        "occurredAt": "2024-02-01T09:00:00Z",
        "gemeente": "0988",
        "references": [{"scheme": "dossier", "issuer": PARTY, "value": dossier}],
        "familyReunificationExpected": hereniging,
    }


def _event(id_: str, type_: str, data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": id_,
        "source": SOURCE,
        "type": type_,
        "time": "2024-02-01T09:00:00Z",
        "data": data,
    }
