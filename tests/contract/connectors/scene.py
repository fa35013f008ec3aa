"""A connector between a real hub and the real server of its other side."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog
import yaml

from connectors.graveyard import DeadLetter
from connectors.kept import Kept
from connectors.running import Counts
from hub.client import AsyncClient
from hub.compose.connecting import Connecting, Ready
from tests.client.site import FEW, Naps, Plan, Site
from tests.contract.connectors.world import Said, World
from tests.gateway.desk import NOW
from tests.house.sources import ROOT

AWAY: Final = 40  # more answers than any call is tried


class Scene:
    """The settings of the connector, and what came of it."""

    def __init__(self, site: Site, world: World, folder: Path) -> None:
        self.site, self.world, self._folder = site, world, folder
        self.file = folder / f"{world.name.value}.yaml"
        (folder / "hub.key").write_text(site.keys[world.party])
        common = {
            "hub": {"address": site.address, "keyFile": "hub.key"},
            "party": world.party,
            "source": world.source,
            "state": "state",
            "everySeconds": 0.05,
            "listen": "127.0.0.1:0",
        }
        self.file.write_text(yaml.safe_dump(common | {world.name.value: dict(world.own())}))

    def connecting(self) -> Connecting:
        return Connecting(self.world.name, self.file, self.site.clock)

    @asynccontextmanager
    async def ready(self) -> AsyncIterator[Ready]:
        async with self.connecting().ready() as ready:
            yield ready

    async def once(self) -> Counts:
        """A round by a process of its own, so to say: opened, and closed again."""
        async with self.ready() as ready:
            return await ready.once()

    async def process(self, do: str) -> Process:
        command = [sys.executable, "-m", "hub", "connect", self.world.name.value, do]
        environ = {
            **os.environ,
            "SEINTJE_CLOCK": f"fixed:{NOW}",
        }
        return await asyncio.create_subprocess_exec(
            *command, "--settings", self.file, cwd=ROOT, stdout=PIPE, stderr=PIPE, env=environ
        )

    def hub_away(self) -> None:
        """The next calls that say something are answered by a proxy: the hub is not there."""
        self.site.plans.extend([Plan(503)] * AWAY)

    def hub_back(self) -> None:
        self.site.plans.clear()

    def dead_letters(self) -> list[DeadLetter]:
        kept = Kept(self._folder / "state")
        try:
            return kept.dead_letters()
        finally:
            kept.close()

    def said(self) -> Mapping[tuple[str, str], Mapping[str, Any]]:
        """Every event that came to the hub, by source and id: under one name always the same."""
        found: dict[tuple[str, str], Mapping[str, Any]] = {}
        for event in (it for call in self.site.sent for it in call):
            name = (event["source"], event["id"])
            assert found.setdefault(name, event) == event, "said twice, and not the same"
        return found

    def in_force(self) -> list[Said]:
        """What the events that came to the hub say together, in the end."""
        said = self.said()
        gone = {
            (it["source"], it["id"])
            for event in said.values()
            for name in ("replaces", "retracts")
            if (it := event["data"].get(name)) is not None
        }
        return [
            (_short(event["type"]), {k: v for k, v in event["data"].items() if k != "replaces"})
            for name, event in said.items()
            if name not in gone and _short(event["type"]) not in ("fact-retracted", "feed-complete")
        ]

    def agrees(self) -> bool:
        """Whether the hub was told everything that the system says, and nothing else."""
        return _sorted(self.in_force()) == _sorted(self.world.expected())

    def differences(self) -> str:
        said, expected = _sorted(self.in_force()), _sorted(self.world.expected())
        more = [it for it in said if it not in expected]
        less = [it for it in expected if it not in said]
        return f"too much: {more}; missing: {less}; {len(said)} for {len(expected)}"

    async def alerts(self) -> list[tuple[str, int]]:
        """What the party of the connector is told by now: each alert at its last revision."""
        await self.site.hub.settled()
        state = self._folder / f"witness-{len(list(self._folder.iterdir()))}.db"
        async with AsyncClient(
            self.site.address, self.site.keys[self.world.party], state, FEW, Naps().nap
        ) as client:
            return [(it.alert_id, it.revision) async for it in client.catch_up()]


def logged() -> list[dict[str, Any]]:
    """Everything that is logged from here on."""
    capture = structlog.testing.LogCapture()
    structlog.configure(processors=[capture])
    return capture.entries  # type: ignore[return-value]  # a mutable mapping each


def _short(type_: str) -> str:
    return type_.removeprefix("nl.seintje.").removesuffix(".v1")


def _sorted(said: Sequence[Said]) -> list[bytes]:
    return sorted(msgspec.json.encode(it, order="deterministic") for it in said)
