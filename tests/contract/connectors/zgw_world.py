"""A gemeente with ZGW, for the contract: zaken that are swept at each reading."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from connectors.index import Name
from tests.contract.connectors.world import Can, Said
from tests.systems.serving import Place
from tests.systems.zgw import Resource, ZgwSystem, serving
from tests.systems.zgw_app import CLIENT_ID, SECRET

_MAPPING: Final = """\
gemeente: "0988"
zaaktypen:
  BEGELEIDING:
    facts:
      - fact: begeleiding-started
        when: {status: In begeleiding}
        fields: {organisation: {eigenschap: Organisatie}}
"""


class ZgwWorld:
    """Zaken in which begeleiding started."""

    name = Name.ZGW
    party = "gemeente-weert"
    source = "urn:nld:oin:00000099000000988000:systeem:zaken"
    lacks: Mapping[Can, str] = {}
    secrets = (SECRET,)

    def __init__(self, system: ZgwSystem, place: Place, folder: Path) -> None:
        self.system, self._place, self._folder = system, place, folder
        self.zaaktype = system.zaaktype(
            "BEGELEIDING",
            statussen=["Ontvangen", "In begeleiding", "Afgesloten"],
            eigenschappen=["Organisatie"],
        )
        self._zaken: list[tuple[Resource, Resource]] = []
        system.page_size = 3

    def own(self) -> Mapping[str, Any]:
        (self._folder / "zgw.secret").write_text(SECRET)
        (self._folder / "mapping.yaml").write_text(_MAPPING)
        return {
            "zaken": {"address": self.system.zaken},
            "catalogi": {"address": self.system.catalogi},
            "notificaties": {"address": self.system.notificaties},
            "clientId": CLIENT_ID,
            "secretFile": "zgw.secret",
            "mapping": "mapping.yaml",
            "sweepHours": 0,
            "publish": {"link": "https://hub.example.nl/alerts"},
        }

    async def come(self) -> None:
        await self._place.come()

    async def go(self) -> None:
        await self._place.go()

    async def add(self, number: int) -> None:
        for _ in range(number):
            count = len(self._zaken) + 1
            zaak = self.system.zaak(self.zaaktype, f"D-{count}", startdatum="2024-01-20")
            self.system.status(zaak, "In begeleiding", "2024-02-01T09:00:00Z")
            organisation = self.system.eigenschap(zaak, "Organisatie", f"Stichting {count}")
            self._zaken.append((zaak, organisation))

    async def change(self) -> None:
        self._zaken[0][1]["waarde"] = "Stichting Anders"

    async def shift(self) -> None:
        """The zaak that was registered last goes: what stood behind it moves up."""
        zaak, _ = self._zaken.pop()
        del self.system.kinds["zaken"][zaak["uuid"]]

    async def repeat(self) -> None:
        """A sweep shows everything again in any case."""

    async def surprise(self) -> str:
        zaak = self.system.zaak(self.zaaktype, "S-1", startdatum=20240120, odd=True)
        return str(zaak["url"])

    def expected(self) -> Sequence[Said]:
        return [
            (
                "begeleiding-started",
                {
                    "occurredAt": "2024-02-01T09:00:00Z",
                    "gemeente": "0988",
                    "references": [
                        {
                            "scheme": "dossier",
                            "issuer": self.party,
                            "value": zaak["identificatie"],
                        }
                    ],
                    "organisation": organisation["waarde"],
                },
            )
            for zaak, organisation in self._zaken
        ]

    def told(self) -> Sequence[tuple[str, int]]:
        names = [
            (it["hoofdObject"].rsplit("/", 1)[-1], int(it["kenmerken"]["revisie"]))
            for it in self.system.published
        ]
        return list(dict.fromkeys(names))


@asynccontextmanager
async def zgw_world(folder: Path) -> AsyncIterator[ZgwWorld]:
    async with serving() as system:
        assert system.place is not None
        yield ZgwWorld(system, system.place, folder)
