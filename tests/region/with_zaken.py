"""Gemeente Weert and its begeleider: their zaken are in ZGW, which notifies the connector; alerts
come as notifications on a kanaal of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from connectors.index import Name
from tests.region import zaken
from tests.region.checking import Check, shown
from tests.region.connected import Connected, Desired, connected
from tests.region.life import Said
from tests.region.stage import Stage
from tests.region.zaken import Zaak, is_a_zaak, zaak_of
from tests.systems.zgw import Resource, ZgwSystem, serving
from tests.systems.zgw_app import CLIENT_ID, SECRET

WITH_ZAKEN: Final = ("gemeente-weert", "begeleider-onderdak")
_TOKEN: Final = "een-geheim-voor-de-callback-dat-lang-genoeg-is"
_LINK: Final = "https://seintje.example.nl/alerts"
_CALLBACK: Final = "/zgw/notificaties"


class WithZaken:
    """The system of a party with its connector."""

    def __init__(self, party: str, at_work: Connected, system: ZgwSystem) -> None:
        self.connectors = (at_work,)
        self._party = party
        self._system = system
        self._types = {it["identificatie"]: it for it in system.all("zaaktypen")}
        self._zaken: dict[str, Resource] = {}

    def takes(self, said: Said) -> bool:
        is_theirs = said.voice.party == self._party
        return is_theirs and (said.thing in self._zaken or _says(said))

    async def hear(self, said: Said) -> None:
        if said.again:
            self._again(self._zaken[said.thing])
        elif said.now is None:
            zaak = self._zaken[said.thing]
            self._system.remove(zaak, "zaken", zaak)
        else:
            self._put(said.thing, zaak_of(said.now))
        assert not await self._system.deliver()

    async def turn(self) -> None:
        for it in self.connectors:
            await it.turn()

    async def checks(self, stage: Stage) -> list[Check]:
        told = self._system.published
        wrong = _differing(told, await _statuses(stage, self._party))
        return [Check(f"told by ZGW of {self._party} = shown by the hub", len(told), shown(wrong))]

    def _again(self, zaak: Resource) -> None:
        """A notification of something that did not change, or is not there any more."""
        self._system.tells(zaak, "zaak", zaak["url"], "partial_update")

    def _put(self, thing: str, now: Zaak) -> None:
        """Make the zaak what it is now."""
        known = self._zaken.get(thing) or self._zaken.get(now.identificatie)
        kind = self._types[now.zaaktype]
        system = self._system
        zaak = known or system.zaak(kind, now.identificatie, startdatum=now.startdatum)
        self._zaken[thing] = self._zaken[now.identificatie] = zaak
        there = {
            it["naam"]: it for it in system.all("zaakeigenschappen") if it["zaak"] == zaak["url"]
        }
        for naam, waarde in now.eigenschappen.items():
            if naam not in there:
                system.eigenschap(zaak, naam, waarde)
            elif there[naam]["waarde"] != waarde:
                there[naam]["waarde"] = waarde
                system.tells(zaak, "zaakeigenschap", there[naam]["url"], "update")
        for naam in there.keys() - now.eigenschappen.keys():
            system.remove(zaak, "zaakeigenschappen", there[naam])
        for name, at in now.statussen:
            system.status(zaak, name, at)


def _says(said: Said) -> bool:
    return said.now is not None and is_a_zaak(said.now)


async def _statuses(stage: Stage, party: str) -> Mapping[str, list[str]]:
    """The status of each revision of each alert that the party was told."""
    found: dict[str, list[str]] = {}
    for view in await stage.told(party):
        found.setdefault(view["alertId"], []).append(view["status"])
    return found


_THEIRS: Final = {
    "open": "open",
    "acknowledged": "bevestigd",
    "agreed": "aanpak-afgesproken",
    "resolved": "opgelost",
    "closed": "gesloten",
    "withdrawn": "ingetrokken",
    "erased": "gewist",
}


def _differing(told: list[Resource], statuses: Mapping[str, list[str]]) -> list[str]:
    """A notification carries no revision: of each alert they are some of its revisions, in order,
    each once, the last one among them."""
    by_alert: dict[str, list[str]] = {}
    for it in told:
        by_alert.setdefault(it["hoofdObject"].rpartition("/")[2], []).append(
            it["kenmerken"]["status"]
        )
    wrong = [f"{name}: told, and not shown" for name in by_alert.keys() - statuses.keys()]
    for name, theirs in statuses.items():
        expected = iter(_THEIRS[it] for it in theirs)
        ours = by_alert.get(name, [])
        if not ours or ours[-1] != _THEIRS[theirs[-1]] or not all(it in expected for it in ours):
            wrong.append(f"{name}: told {ours}, the hub {theirs}")
    return wrong


@asynccontextmanager
async def zgw(stage: Stage, folder: Path, party: str) -> AsyncIterator[WithZaken]:
    """The party for as long as the block runs; its abonnement is there."""
    own = folder / party
    own.mkdir()
    (own / "zgw.secret").write_text(SECRET)
    (own / "callback.token").write_text(_TOKEN)
    (own / "zaken.yaml").write_bytes(zaken.mapping())
    async with serving() as system:
        system.clock = lambda: stage.now() / 1000
        _catalogue(system)
        desired = Desired(Name.ZGW, party, own, lambda doors: _settings(system, doors))
        async with connected(stage, desired) as at_work:
            await at_work.turn()
            yield WithZaken(party, at_work, system)


def _catalogue(system: ZgwSystem) -> None:
    system.put("kanaal", system.notificaties, {"naam": "zaken", "filters": []})
    own = list(zaken.eigenschappen())
    contact = [zaken.CONTACT, "Afgesloten"]
    system.zaaktype(zaken.CONTACTS, statussen=contact, eigenschappen=own)
    system.zaaktype(zaken.EVENTS, statussen=["Afgesloten"], eigenschappen=own)


def _settings(system: ZgwSystem, doors: str) -> Mapping[str, Any]:
    return {
        "zaken": {"address": system.zaken},
        "catalogi": {"address": system.catalogi},
        "notificaties": {"address": system.notificaties},
        "clientId": CLIENT_ID,
        "secretFile": "zgw.secret",
        "mapping": "zaken.yaml",
        "callback": {"address": doors + _CALLBACK, "tokenFile": "callback.token"},
        "publish": {"link": _LINK},
        # A notification that is lost is rare; a sweep reads every zaak that began lately.
        "sweepHours": 168,
        "startedDays": 14,
    }
