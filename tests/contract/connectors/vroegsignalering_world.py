"""The other side of vroegsignalering, for the contract: the half of the gemeente, which reads.

The half of the corporatie hands on no alerts, it makes signals of some: see tests/connectors.
"""

from __future__ import annotations

from base64 import b32encode
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from connectors.index import Name
from tests.contract.connectors.world import Can, Said
from tests.systems.vroegsignalering import KEY, VroegsignaleringSystem, serving

_TOLD: Final = "signals are made of some alerts, in their term, and bear no revision"
_STAYS: Final = "what was said is read from a cursor on, and stays where it is"


class VroegsignaleringWorld:
    """Signals that are picked up, on a day that may turn out to be another."""

    name = Name.VROEGSIGNALERING
    party = "gemeente-weert"
    source = "urn:nld:oin:00000099000000988000:systeem:vroegsignalering"
    lacks: Mapping[Can, str] = {Can.BE_TOLD: _TOLD, Can.SHIFT: _STAYS}
    secrets = (KEY, "Vervolghulp en/of verwijzing financieel", "111222333")

    def __init__(self, system: VroegsignaleringSystem, folder: Path) -> None:
        self._system, self._folder = system, folder
        self._days: dict[str, str] = {}

    def own(self) -> Mapping[str, Any]:
        (self._folder / "system.key").write_text(KEY)
        return {
            "address": self._system.address,
            "keyFile": "system.key",
            "gemeente": "0988",
            "feedback": {},
        }

    async def come(self) -> None:
        await self._system.come()

    async def go(self) -> None:
        await self._system.go()

    async def add(self, number: int) -> None:
        for _ in range(number):
            self._pick_up(_alert(len(self._days)), "2024-02-20")

    async def change(self) -> None:
        self._pick_up(_alert(0), "2024-02-21")

    async def shift(self) -> None:
        raise NotImplementedError(_STAYS)

    async def repeat(self) -> None:
        for alert_id, on in self._days.items():
            self._system.pick_up(alert_id, on)

    async def surprise(self) -> str:
        alert_id = _alert(1_000_000)
        self._system.set_status(alert_id, "Vervolghulp en/of verwijzing financieel")
        return alert_id

    def expected(self) -> Sequence[Said]:
        return [
            ("alert-acknowledged", {"occurredAt": on, "gemeente": "0988", "alertId": alert_id})
            for alert_id, on in self._days.items()
        ]

    def told(self) -> Sequence[tuple[str, int]]:
        raise NotImplementedError(_TOLD)

    def _pick_up(self, alert_id: str, on: str) -> None:
        self._days[alert_id] = on
        self._system.pick_up(alert_id, on)


def _alert(number: int) -> str:
    digest = sha256(str(number).encode()).digest()
    return "al-" + b32encode(digest).decode().lower()[:26]


@asynccontextmanager
async def vroegsignalering_world(folder: Path) -> AsyncIterator[VroegsignaleringWorld]:
    async with serving() as system:
        yield VroegsignaleringWorld(system, folder)
