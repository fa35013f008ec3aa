"""A connector at work in the region: settings as its party would write them, the common runner, and
the clock of the stage."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from connectors.graveyard import DeadLetter
from connectors.index import Name
from hub.clocks import VirtualClock
from hub.compose.connecting import Connecting, Ready
from hub.gateway.server import Server, open_socket
from hub.settings import Listen
from tests.region.stage import Stage


class Connected(Struct, frozen=True, eq=False):
    """A connector of a party, and where its doors are."""

    title: str
    ready: Ready
    doors: str

    async def turn(self) -> None:
        """All that there is to do now."""
        await self.ready.once()

    def dead_letters(self) -> list[DeadLetter]:
        return self.ready.kept.dead_letters()


Own = Callable[[str], Mapping[str, Any]]
"""Its own settings, given the address of its doors."""


class Desired(Struct, frozen=True):
    """A connector to be: which one, of which party, in which folder, and its own settings."""

    name: Name
    party: str
    folder: Path
    own: Own

    def write(self, stage: Stage, doors: str) -> Path:
        """Its settings file, beside the key of the party."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "hub.key").write_text(stage.keys[self.party])
        urn = stage.hub.parties.by_id[self.party].urn
        settings = {
            "hub": {"address": stage.address, "keyFile": "hub.key"},
            "party": self.party,
            "source": f"{urn}:systeem:{self.name.value}",
            "state": f"{self.name.value}-state",
            "listen": doors.removeprefix("http://"),
            self.name.value: self.own(doors),
        }
        file = self.folder / f"{self.name.value}.yaml"
        file.write_bytes(msgspec.yaml.encode(settings))
        return file


@asynccontextmanager
async def connected(stage: Stage, desired: Desired) -> AsyncIterator[Connected]:
    """The connector for as long as the block runs, with its doors open."""
    clock, stopping = stage.hub.clock, asyncio.Event()
    assert isinstance(clock, VirtualClock)
    listening = open_socket(Listen("127.0.0.1", 0))
    doors = "http://{}:{}".format(*listening.getsockname())
    connecting = Connecting(desired.name, desired.write(stage, doors), clock)
    async with connecting.ready() as ready:
        serving = asyncio.create_task(Server(ready.pages, listening).serve(stopping))
        try:
            yield Connected(f"{desired.name.value} of {desired.party}", ready, doors)
        finally:
            stopping.set()
            await serving
