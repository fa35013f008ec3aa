"""A real hub, a real vroegsignalering system, and both halves between them.

Each half has a settings file of its own party, and runs as `seintje connect` runs it.
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import yaml

from connectors.index import Name
from connectors.kept import Kept
from connectors.running import Counts
from connectors.seam import Finding
from hub.client import Alert, AsyncClient
from hub.compose.connecting import Connecting
from hub.domain.time import format_instant, parse_instant
from tests.client.site import FEW, Site, a_site
from tests.connectors.vroegsignalering.households import TAKEN
from tests.gateway.desk import MAAS, WEERT
from tests.house.sources import ROOT
from tests.streams.world import Event, event
from tests.systems.vroegsignalering import KEY, VroegsignaleringSystem, serving

RULES: Final = ("first-rent-missed", "rent-arrears")
_SOURCES: Final = {
    MAAS: "urn:nld:kvknr:90000001:systeem:vroegsignalering",
    WEERT: "urn:nld:oin:00000099000000988000:systeem:vroegsignalering",
}


class Region:
    """What the corporatie says, and what everybody has in the end."""

    def __init__(self, site: Site, system: VroegsignaleringSystem, folder: Path) -> None:
        self.site, self.system, self._folder = site, system, folder
        for party in (MAAS, WEERT):
            (folder / party).mkdir()
            (folder / party / "hub.key").write_text(self.site.keys[party])
            (folder / party / "system.key").write_text(KEY)
        self.add_address("lease;Postcode;Huisnummer")
        self.rewrite(MAAS, {"signals": {"addresses": "adressen.csv", "rules": list(RULES)}})
        self.rewrite(WEERT, {"feedback": {}})
        self._numbers = 0

    def rewrite(self, party: str, half: Mapping[str, Any]) -> None:
        """Write the settings of a party anew."""
        own = {"address": self.system.address, "keyFile": "system.key", "gemeente": "0988", **half}
        common = {
            "hub": {"address": self.site.address, "keyFile": "hub.key"},
            "party": party,
            "source": _SOURCES[party],
            "state": "state",
        }
        file = self._folder / party / "settings.yaml"
        file.write_text(yaml.safe_dump({**common, "vroegsignalering": own}))

    def add_address(self, line: str) -> None:
        with (self._folder / MAAS / "adressen.csv").open("a") as file:
            file.write(line + "\n")

    def move_to(self, at: str) -> None:
        self.site.clock.at = parse_instant(at)

    async def lease(self, number: int) -> None:
        """Household `number` moves in on 8 January, at an address that the corporatie knows."""
        self.add_address(f"H-{number};6001AA;{number + 1}")
        address = {"scheme": "address", "issuer": "bag", "value": f"09882000000{number:05}"}
        signed = {
            "startDate": "2024-01-08",
            "targetGroup": "vergunninghouder",
            "temporary": False,
            "firstRentDue": "2024-01-08",
        }
        await self.say("lease-signed", "2023-12-20", number, address, **signed)

    async def miss(
        self, number: int, at: str, steps: Mapping[str, bool] = TAKEN, **changes: Any
    ) -> None:
        fields = {
            "period": "2024-01",
            "dueDate": "2024-01-08",
            "amountDue": 65_000,
            "totalArrears": 65_000,
            "socialCollection": dict(steps),
        }
        await self.say("rent-missed", at, number, **(fields | changes))

    async def say(
        self, name: str, at: str, number: int, *more: Mapping[str, str], **own: Any
    ) -> None:
        self._numbers += 1
        lease = {"scheme": "lease", "issuer": MAAS, "value": f"H-{number}"}
        await self._publish(
            MAAS, event(name, f"f-{self._numbers}", at, lease, *more, party=MAAS, **own)
        )

    async def erase(self, number: int) -> None:
        """The gemeente has everything forgotten of a household."""
        lease = {"scheme": "lease", "issuer": MAAS, "value": f"H-{number}"}
        at = "2024-03-01"
        said = event("household-erased", "erased", at, lease, party=WEERT, basis="request")
        await self._publish(WEERT, said)

    async def _publish(self, party: str, said: Event) -> None:
        key = self.site.keys[party]
        async with AsyncClient(self.site.address, key, self._state(party)) as client:
            (outcome,) = await client.publish(said)
        assert outcome.problem is None, outcome.problem

    async def check(self, party: str) -> list[Finding]:
        return (await self.connecting(party).check(lambda _looked: None)).findings

    def kept(self, party: str) -> list[str]:
        """The names of what the half of a party keeps on its shelf."""
        kept = Kept(self._folder / party / "state")
        try:
            return list(kept.shelf.names(""))
        finally:
            kept.close()

    async def run(self, party: str) -> Counts:
        """A round of the half of a party, by a process of its own, so to say."""
        await self.site.hub.settled()
        async with self.connecting(party).ready() as ready:
            return await ready.once()

    async def process(self, party: str) -> Process:
        """The half of a party at work, in a process of its own."""
        file = self._folder / party / "settings.yaml"
        command = [sys.executable, "-m", "hub", "connect", Name.VROEGSIGNALERING.value, "run"]
        command += ["--settings", str(file)]
        now = format_instant(self.site.clock.at)
        return await asyncio.create_subprocess_exec(
            *command,
            cwd=ROOT,
            stdout=PIPE,
            stderr=PIPE,
            env={**os.environ, "SEINTJE_CLOCK": f"fixed:{now}"},
        )

    def connecting(self, party: str) -> Connecting:
        file = self._folder / party / "settings.yaml"
        return Connecting(Name.VROEGSIGNALERING, file, self.site.clock)

    async def alerts(self, party: str) -> list[Alert]:
        """Of the rent, as the party has them now."""
        await self.site.hub.settled()
        found: dict[str, Alert] = {}
        async with AsyncClient(
            self.site.address, self.site.keys[party], self._state("witness"), FEW
        ) as client:
            async for alert in client.catch_up():
                found[alert.alert_id] = alert
        return [it for it in found.values() if it.rule in RULES]

    def _state(self, name: str) -> Path:
        self._numbers += 1
        return self._folder / f"{name}-{self._numbers}.db"


def living(alerts: Iterable[Alert]) -> set[str]:
    return {it.alert_id for it in alerts if it.status in ("open", "acknowledged", "agreed")}


@asynccontextmanager
async def a_region(folder: Path) -> AsyncIterator[Region]:
    async with a_site(folder / "data") as site, serving() as system:
        yield Region(site, system, folder)
