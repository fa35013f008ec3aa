"""Corporatie-maas: its housing system speaks VERA. Leases with their dwellings, bookings, payments,
arrangements, repairs and signals stand in it, and the connector reads all of it every morning."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from connectors.index import Name
from hub.domain.time import local_date
from hub.simulation.event import Event
from tests.region import housing
from tests.region.books import CONTACT, SIGNED_ON, STEPS, Books
from tests.region.checking import Check
from tests.region.connected import Connected, Desired, connected
from tests.region.housing import lease_of
from tests.region.life import Said
from tests.region.stage import Stage
from tests.systems.vera import DOMAINS, KEY, VeraSystem, serving

PARTY: Final = "corporatie-maas"


class WithVera:
    """The housing system with its connector."""

    def __init__(self, at_work: Connected, system: VeraSystem, rents: Mapping[str, int]) -> None:
        self.connectors = (at_work,)
        self._system = system
        self._books = Books(system, rents)
        self._now: dict[str, Event] = {}

    def takes(self, said: Said) -> bool:
        is_theirs = said.voice.party == PARTY and said.kind in housing.SAYS
        return is_theirs and _is_own(said, self._now)

    async def hear(self, said: Said) -> None:
        self._books.today = local_date(said.at).isoformat()
        if said.now is not None:
            self._books.write(said.now, said.thing)
            self._now[said.thing] = said.now
        elif not said.again:
            self._books.remove(self._now[said.thing], said.thing)

    async def turn(self) -> None:
        for it in self.connectors:
            await it.turn()

    async def checks(self, stage: Stage) -> list[Check]:
        persons = [
            it for it in self._system.calls if "personen" in it or "/relaties/v4/relaties" in it
        ]
        return [Check("VERA: no person was asked for", len(self._system.calls), persons)]


def rents_of(said: Iterable[Said]) -> dict[str, int]:
    """What the first period of each lease asks, by the first that is said of it."""
    starts = {
        lease_of(it.fact): it.fact.own["startDate"][:7]
        for it in said
        if it.kind == housing.LEASE and it.voice.party == PARTY
    }
    found: dict[str, int] = {}
    for it in said:
        if it.kind in (housing.MISSED, housing.PAID) and it.now is not None:
            own, lease = it.now.own, lease_of(it.now)
            if own["period"] == starts.get(lease):
                found.setdefault(lease, own.get("amountDue", own.get("amount")))
    return found


def _is_own(said: Said, known: Mapping[str, Event]) -> bool:
    """Of a lease of its own; what is said of others' goes another way."""
    event = known.get(said.thing, said.now)
    return event is not None and all(it["issuer"] in (PARTY, "bag") for it in event.references)


@asynccontextmanager
async def vera(stage: Stage, folder: Path, said: Iterable[Said]) -> AsyncIterator[WithVera]:
    """The corporatie for as long as the block runs."""
    own = folder / "vera"
    own.mkdir()
    (own / "vera.key").write_text(KEY)
    async with serving() as (system, _):
        desired = Desired(Name.VERA, PARTY, own, lambda _: _settings(system))
        async with connected(stage, desired) as at_work:
            yield WithVera(at_work, system, rents_of(said))


def _settings(system: VeraSystem) -> Mapping[str, Any]:
    steps = {name: [f"{CONTACT}.{code}"] for name, code in STEPS.items()}
    return {
        **{domain: system.url(domain) for domain in DOMAINS},
        "access": {"apiKeyFile": "vera.key"},
        "targetGroup": {"filter": {"aanvullendeDoelgroep.code": "STH"}},
        "leases": {"signedOn": SIGNED_ON},
        "rent": {"steps": steps},
        "settleDays": housing.SETTLE_DAYS,
        "roundMinutes": 24 * 60,
    }
