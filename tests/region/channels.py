"""How what is said reaches the hub: a way for each system, and plain HTTP for whoever has none.

A way is told what its system hears, at the instant at which it hears it; what lies between the
system and the hub then has a turn, together with all others.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import httpx
import msgspec

from hub.client import AsyncClient, Outcome
from hub.simulation.event import line_of
from tests.region.checking import Check
from tests.region.connected import Connected
from tests.region.life import Said
from tests.region.stage import Stage

_MEDIA: Final = "application/cloudevents+json"


class Way(Protocol):
    """A system with whatever connects it."""

    @property
    def connectors(self) -> Sequence[Connected]: ...

    def takes(self, said: Said) -> bool:
        """Whether its system is the one that hears it."""
        ...

    async def hear(self, said: Said) -> None:
        """The system hears it now."""
        ...

    async def turn(self) -> None:
        """What lies between does what it can do now."""
        ...

    async def checks(self, stage: Stage) -> list[Check]:
        """What must be so at the end, over there."""
        ...


class Direct:
    """Plain HTTP, by the client of the hub: for whoever has a few lines of Python, and for what the
    standard of a system has no words for."""

    connectors: Sequence[Connected] = ()

    def __init__(self, party: str, stage: Stage, state: Path) -> None:
        self._party = party
        self._client = AsyncClient(stage.address, stage.keys[party], state / f"{party}.db")
        headers = {"Authorization": f"Bearer {stage.keys[party]}", "Content-Type": _MEDIA}
        self._again = httpx.AsyncClient(base_url=stage.address, headers=headers)
        self._waiting: list[Any] = []
        self._said = 0
        self._refused: list[Outcome] = []

    def takes(self, said: Said) -> bool:
        return said.voice.party == self._party

    async def hear(self, said: Said) -> None:
        line = line_of(said.fact)
        if said.again:
            await self.turn()
            answer = await self._again.post("/v1/events", content=line)
            assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        else:
            self._waiting.append(msgspec.json.decode(line))

    async def turn(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._said += len(waiting)
            outcomes = await self._client.publish(*waiting)
            self._refused += [it for it in outcomes if it.problem is not None]

    async def checks(self, stage: Stage) -> list[Check]:
        if not self._said:
            return []
        wrong = [f"{it.id}: {it.problem}" for it in self._refused]
        return [Check(f"plain HTTP of {self._party}: none refused", self._said, wrong)]

    async def close(self) -> None:
        await self._client.close()
        await self._again.aclose()
