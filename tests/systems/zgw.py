"""A gemeente with ZGW: Zaken, Catalogi and Notificaties in one application, with its store in
memory.

What it says and hears is held against the schemas of the standard (`zgw_schema`); tokens are
checked, lists paged, unknown parameters refused, as Open Zaak does. Tests put things in by the
methods here; each change of a zaak becomes a notification that `deliver` brings to the callbacks.
The calls themselves are in `zgw_app`.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

import httpx

from tests.systems import zgw_app, zgw_schema
from tests.systems.serving import Place, served

RSIN: Final = "000000012"
RETRIES: Final = 7

Resource = dict[str, Any]


class ZgwSystem:
    """The store. `address` is where it stands, and what the URLs of its resources begin with."""

    def __init__(self, address: str = "http://zgw.test") -> None:
        self.address = address
        self.kinds: dict[str, dict[str, Resource]] = {}
        self.outgoing: list[Resource] = []
        self.published: list[Resource] = []
        self.calls: list[str] = []
        self.page_size = 100
        self.fails_with: dict[str, int] = {}  # the kind of resource, or "" for every call
        self.may_read = True
        self.secret = zgw_app.SECRET
        self.clock: Callable[[], float] | None = None  # another than the one on the wall
        self.on_call: Callable[[str], None] = lambda _: None
        self.caller = httpx.AsyncClient()
        self.place: Place | None = None
        self._numbers = iter(range(1, 1 << 30))

    @property
    def zaken(self) -> str:
        return f"{self.address}/zaken/api/v1"

    @property
    def catalogi(self) -> str:
        return f"{self.address}/catalogi/api/v1"

    @property
    def notificaties(self) -> str:
        return f"{self.address}/notificaties/api/v1"

    def now(self) -> float:
        return time.time() if self.clock is None else self.clock()

    def all(self, kind: str) -> list[Resource]:
        return list(self.kinds.get(kind, {}).values())

    def put(self, kind: str, base: str, resource: Resource) -> Resource:
        """A resource comes, with a URL of its own."""
        uuid = str(UUID(int=next(self._numbers) + (1 << 120), version=4))
        named = {"url": f"{base}/{kind}/{uuid}", "uuid": uuid}
        resource = zgw_schema.filled(*zgw_app.SCHEMAS[kind], named | resource)
        self.kinds.setdefault(kind, {})[uuid] = resource
        return resource

    def zaaktype(
        self,
        identificatie: str,
        begin: str = "2020-01-01",
        einde: str | None = None,
        **types: list[str],
    ) -> Resource:
        """A version of a zaaktype; `statussen` in their order, the last one is the end."""
        found = self.put("zaaktypen", self.catalogi, _zaaktype(identificatie, begin, einde, self))
        own = {"zaaktype": found["url"], "zaaktypeIdentificatie": identificatie}
        statussen = types.get("statussen", [])
        for number, name in enumerate(statussen, 1):
            is_end = number == len(statussen)
            status = {"omschrijving": name, "volgnummer": number, "isEindstatus": is_end}
            self.put("statustypen", self.catalogi, own | status)
        for name in types.get("resultaten", []):
            self.put("resultaattypen", self.catalogi, own | {"omschrijving": name})
        for name in types.get("rollen", []):
            generic, _, called = name.partition(":")
            rol = {"omschrijving": called or generic, "omschrijvingGeneriek": generic}
            self.put("roltypen", self.catalogi, own | rol)
        for name in types.get("eigenschappen", []):
            self.put("eigenschappen", self.catalogi, own | {"naam": name})
        return found

    def zaak(self, zaaktype: Resource, identificatie: str, **fields: Any) -> Resource:
        """A zaak comes."""
        given = {
            "identificatie": identificatie,
            "zaaktype": zaaktype["url"],
            "bronorganisatie": RSIN,
            "verantwoordelijkeOrganisatie": RSIN,
            "startdatum": "2026-03-01",
        }
        return self.add_zaak(given | fields)

    def add_zaak(self, given: Resource) -> Resource:
        found = self.put("zaken", self.zaken, {"registratiedatum": "2026-03-01"} | given)
        self.tells(found, "zaak", found["url"], "create")
        return found

    def status(self, zaak: Resource, name: str, at: str) -> Resource:
        """A zaak gets a status; the end closes it."""
        found = self.type_of("statustypen", zaak, name)
        return self.add_status(zaak, found, at)

    def add_status(self, zaak: Resource, kind: Resource, at: str) -> Resource:
        body = {"zaak": zaak["url"], "statustype": kind["url"], "datumStatusGezet": at}
        body |= {"indicatieLaatstGezetteStatus": True, "zaakinformatieobjecten": []}
        found = self.put("statussen", self.zaken, body | {"statustoelichting": ""})
        zaak["status"] = found["url"]
        zaak["einddatum"] = at[:10] if kind["isEindstatus"] else None
        self.tells(zaak, "status", found["url"], "create")
        return found

    def resultaat(self, zaak: Resource, name: str) -> Resource:
        return self.add_resultaat(zaak, self.type_of("resultaattypen", zaak, name)["url"])

    def add_resultaat(self, zaak: Resource, kind: str) -> Resource:
        body = {"zaak": zaak["url"], "resultaattype": kind, "toelichting": ""}
        found = self.put("resultaten", self.zaken, body)
        zaak["resultaat"] = found["url"]
        self.tells(zaak, "resultaat", found["url"], "create")
        return found

    def rol(self, zaak: Resource, name: str, sort: str = "medewerker", **fields: Any) -> Resource:
        """Somebody gets a rol in a zaak."""
        roltype = self.type_of("roltypen", zaak, name)
        usual = {
            "zaak": zaak["url"],
            "betrokkene": "",
            "betrokkeneType": sort,
            "roltype": roltype["url"],
            "omschrijving": roltype["omschrijving"],
            "omschrijvingGeneriek": roltype["omschrijvingGeneriek"],
            "roltoelichting": "",
            "registratiedatum": "2026-03-02T09:00:00Z",
            "indicatieMachtiging": "",
            "statussen": [],
            "betrokkeneIdentificatie": None,
            "contactpersoonRol": None,
        }
        found = self.put("rollen", self.zaken, usual | fields)
        zaak["rollen"].append(found["url"])
        self.tells(zaak, "rol", found["url"], "create")
        return found

    def eigenschap(self, zaak: Resource, naam: str, waarde: str) -> Resource:
        kind = self.type_of("eigenschappen", zaak, naam)
        body = {"zaak": zaak["url"], "eigenschap": kind["url"], "naam": naam, "waarde": waarde}
        found = self.put("zaakeigenschappen", zaak["url"], body)
        zaak["eigenschappen"].append(found["url"])
        self.tells(zaak, "zaakeigenschap", found["url"], "create")
        return found

    def remove(self, zaak: Resource, kind: str, resource: Resource) -> None:
        """Something of a zaak goes, or the zaak itself with all of it."""
        del self.kinds[kind][resource["uuid"]]
        for links in (zaak["rollen"], zaak["eigenschappen"]):
            if resource["url"] in links:
                links.remove(resource["url"])
        if zaak["resultaat"] == resource["url"]:
            zaak["resultaat"] = None
        self.tells(zaak, kind, resource["url"], "destroy")

    def type_of(self, kind: str, zaak: Resource, name: str) -> Resource:
        return next(
            it
            for it in self.all(kind)
            if it["zaaktype"] == zaak["zaaktype"]
            and name in (it.get("naam"), it.get("omschrijving"), it.get("omschrijvingGeneriek"))
        )

    def tells(self, zaak: Resource, resource: str, url: str, actie: str) -> None:
        """That something changed goes out with the next `deliver`."""
        kenmerken = {
            "bronorganisatie": zaak["bronorganisatie"],
            "zaaktype": zaak["zaaktype"],
            "vertrouwelijkheidaanduiding": zaak.get("vertrouwelijkheidaanduiding") or "openbaar",
        }
        told = {
            "kanaal": "zaken",
            "hoofdObject": zaak["url"],
            "resource": resource,
            "resourceUrl": url,
            "actie": actie,
            "aanmaakdatum": "2026-03-05T10:00:00Z",
            "kenmerken": kenmerken,
        }
        self.outgoing.append(told)

    async def deliver(self) -> int:
        """Bring what goes out to those who subscribed; how many did not get it. What fails eight
        times in a row is deleted, as Open Notificaties does."""
        waiting, self.outgoing = self.outgoing, []
        failed = 0
        for told in waiting:
            attempts = told.pop("attempts", 0) + 1
            if not await self._brought(told):
                failed += 1
                if attempts <= RETRIES:
                    self.outgoing.append(told | {"attempts": attempts})
        return failed

    async def _brought(self, told: Resource) -> bool:
        every = True
        for abonnement in self._subscribed(told):
            try:
                status = await self.call_back(abonnement["callbackUrl"], abonnement["auth"], told)
            except httpx.TransportError:
                status = 0
            every = every and 200 <= status < 300
        return every

    def _subscribed(self, told: Resource) -> Iterator[Resource]:
        for abonnement in self.all("abonnement"):
            for kanaal in abonnement["kanalen"]:
                wanted = kanaal.get("filters", {})
                fits = all(told["kenmerken"].get(key) == it for key, it in wanted.items())
                if kanaal["naam"] == told["kanaal"] and fits:
                    yield abonnement
                    break

    async def call_back(self, url: str, auth: str | None, told: Resource) -> int:
        headers = {} if auth is None else {"authorization": auth}
        answer = await self.caller.post(url, json=told, headers=headers)
        return answer.status_code


@asynccontextmanager
async def serving() -> AsyncIterator[ZgwSystem]:
    """A system on a port of its own; `system.place` comes and goes."""
    system = ZgwSystem()
    async with served(zgw_app.app(system)) as place:
        system.address, system.place = place.address, place
        yield system
    await system.caller.aclose()


def _zaaktype(identificatie: str, begin: str, einde: str | None, system: ZgwSystem) -> Resource:
    return {
        "identificatie": identificatie,
        "omschrijving": identificatie.replace("-", " ").capitalize(),
        "beginGeldigheid": begin,
        "eindeGeldigheid": einde,
        "concept": False,
        "catalogus": f"{system.catalogi}/catalogussen/00000000-0000-4000-8000-000000000001",
    }
