"""Case workers, who act on what their party is told.

What they do follows from what the alert is about, never from its id, so a seed gives the same acts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from msgspec import Struct, structs

from hub.client import Alert, AsyncClient
from hub.domain.time import DAY_MS, Instant, local_date
from hub.simulation.chance import Chance
from tests.region.stage import Stage

# Of what a party acts on: how often it is acknowledged, an approach agreed, closed by hand.
_ACKNOWLEDGED: Final = 0.8
_AGREED: Final = 0.5
_CLOSED: Final = 0.25
_LIVING: Final = frozenset({"open", "acknowledged", "agreed"})
_ACTIONS: Final = ("conversation", "joint-home-visit", "explanation")


class Deed(Struct, frozen=True):
    """What a party does with an alert of the hub, and when."""

    at: Instant
    party: str
    alert_id: str
    kind: str
    said: Mapping[str, str]


class Desk:
    """The case workers of one party: they look every day, and do what they decided then."""

    def __init__(self, party: str, seed: int, client: AsyncClient) -> None:
        self.party = party
        self._seed = seed
        self._client = client
        self._seen: set[str] = set()
        self._living: dict[str, Alert] = {}
        self._waiting: list[Deed] = []

    async def look(self, now: Instant) -> None:
        """Take in what changed, and decide about what is new."""
        async for alert in self._client.catch_up():
            self._living[alert.alert_id] = alert
            if alert.part == "acts" and alert.alert_id not in self._seen:
                self._seen.add(alert.alert_id)
                self._waiting += self._decided(alert, now)

    async def act(self, now: Instant) -> list[Deed]:
        """Do what is due, of what still lives; what was done, and when."""
        due = [deed for deed in self._waiting if deed.at <= now]
        self._waiting = [deed for deed in self._waiting if deed.at > now]
        living = [deed for deed in due if self._living[deed.alert_id].status in _LIVING]
        done = [structs.replace(deed, at=now) for deed in living]
        for deed in done:
            await self._do(deed)
        return done

    async def close(self) -> None:
        await self._client.close()

    async def _do(self, deed: Deed) -> None:
        key = f"{deed.alert_id}-{deed.kind}"
        match deed.kind:
            case "alert-acknowledged":
                await self._client.acknowledge(deed.alert_id, key)
            case "approach-agreed":
                review = date.fromisoformat(deed.said["reviewOn"])
                await self._client.agree_approach(deed.alert_id, deed.said["action"], review, key)
            case _:
                await self._client.close_alert(deed.alert_id, deed.said["outcome"], key)

    def _decided(self, alert: Alert, now: Instant) -> list[Deed]:
        chance = Chance(self._seed, self.party, alert.rule, str(alert.raised_at), _of(alert))
        found = []
        at = now + chance.between(1, 3) * DAY_MS
        if chance.happens(_ACKNOWLEDGED):
            found.append(Deed(at, self.party, alert.alert_id, "alert-acknowledged", {}))
        at += chance.between(2, 8) * DAY_MS
        if chance.happens(_AGREED):
            said = {"action": chance.pick(_ACTIONS), "reviewOn": _day_after(at, 21)}
            found.append(Deed(at, self.party, alert.alert_id, "approach-agreed", said))
        at += chance.between(7, 30) * DAY_MS
        if chance.happens(_CLOSED):
            said = {"outcome": chance.pick(("solved", "approach-completed"))}
            found.append(Deed(at, self.party, alert.alert_id, "alert-closed", said))
        return found


def _of(alert: Alert) -> str:
    return " ".join(sorted(it["value"] for it in alert.references)) or str(alert.region)


def _day_after(at: Instant, days: int) -> str:
    return (local_date(at) + timedelta(days=days)).isoformat()


def desks_of(stage: Stage, state: Path, seed: int) -> dict[str, Desk]:
    """The case workers of every party."""
    state.mkdir()
    return {
        party: Desk(party, seed, AsyncClient(stage.address, key, state / f"{party}.db"))
        for party, key in stage.keys.items()
    }
