"""The other side of the VERA connector, for the contract: leases with rent that was not paid."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from connectors.index import Name
from tests.contract.connectors.world import Can, Said
from tests.systems import vera_tenants as tenants
from tests.systems.serving import Place
from tests.systems.vera import DOMAINS, KEY, VeraSystem, serving

NO_STEPS = {
    "personalContactTried": False,
    "debtHelpOffered": False,
    "reminderSent": False,
    "sharingAnnounced": False,
    "tenantObjected": False,
}


class VeraWorld:
    """A corporatie that houses people, some of whom do not pay their first rent."""

    name = Name.VERA
    party = "corporatie-maas"
    source = "urn:nld:kvknr:90000001:systeem:vera"
    lacks: Mapping[Can, str] = {Can.BE_TOLD: "VERA is read only: alerts go another way"}
    secrets = (KEY, "Voorbeeldstraat", "17000.5")

    def __init__(self, system: VeraSystem, place: Place, folder: Path) -> None:
        self.system, self._place, self._folder = system, place, folder
        self._number, self._paid = 0, 0

    def own(self) -> Mapping[str, Any]:
        (self._folder / "vera.key").write_text(KEY)
        addresses = {domain: self.system.url(domain) for domain in DOMAINS}
        return {
            **addresses,
            "access": {"apiKeyFile": "vera.key"},
            "targetGroup": {"filter": {"aanvullendeDoelgroep.code": "STH"}},
            "roundMinutes": 0,
        }

    async def come(self) -> None:
        await self._place.come()

    async def go(self) -> None:
        await self._place.go()

    async def add(self, number: int) -> None:
        for _ in range(number):
            self._number += 1
            tenants.lease(self.system, str(self._number))
            tenants.rent(self.system, "2024-02-01", str(self._number))

    async def change(self) -> None:
        tenants.pay(self.system, "2024-02-01", "2024-02-20", "1")
        self._paid += 1

    async def shift(self) -> None:
        first = self.system.store["toewijzingen"].pop("T1")
        self.system.store["toewijzingen"]["T1"] = first

    async def repeat(self) -> None:
        """Everything is shown in each round."""

    async def surprise(self) -> str:
        tenants.lease(self.system, "900")
        self.system.put_odd("huurovereenkomsten", "L900", begindatum=7)
        return "/huurovereenkomsten/L900"

    def expected(self) -> Sequence[Said]:
        found: list[Said] = []
        for number in range(1, self._number + 1):
            found.extend(self._of(number))
        paid = self._common(1, "2024-02-19T23:00:00.000Z")
        more = {"period": "2024-02", "amount": 61250}
        return found + [("rent-paid", paid | more)] * self._paid

    def _of(self, number: int) -> list[Said]:
        signed = self._common(number, "2024-01-31T23:00:00.000Z")
        bag = {"scheme": "address", "issuer": "bag", "value": f"09880100{number:08d}"}
        signed["references"].append(bag)
        lease = {
            "startDate": "2024-02-01",
            "targetGroup": "vergunninghouder",
            "temporary": False,
            "firstRentDue": "2024-02-01",
            "persons": 3,
        }
        missed = {
            "period": "2024-02",
            "dueDate": "2024-02-01",
            "amountDue": 61250,
            "totalArrears": 61250,
            "socialCollection": NO_STEPS,
        }
        at = self._common(number, "2024-02-01T23:00:00.000Z")
        return [("lease-signed", signed | lease), ("rent-missed", at | missed)]

    def _common(self, number: int, at: str) -> dict[str, Any]:
        reference = {"scheme": "lease", "issuer": self.party, "value": f"H-{number}"}
        return {"occurredAt": at, "gemeente": "0988", "references": [reference]}

    def told(self) -> Sequence[tuple[str, int]]:
        return ()


@asynccontextmanager
async def vera_world(folder: Path) -> AsyncIterator[VeraWorld]:
    async with serving() as (system, place):
        yield VeraWorld(system, place, folder)
