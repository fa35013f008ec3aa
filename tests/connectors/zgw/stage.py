"""What the tests of the ZGW connector stand on: a gemeente with a zaaktype, the connector in
between, and what it would publish."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec
from starlette.applications import Starlette

from connectors.gemeente.zgw import (
    ApiSettings,
    CallbackSettings,
    PublishSettings,
    ZgwSettings,
    build,
)
from connectors.graveyard import DeadLetter
from connectors.kept import Kept
from connectors.said import Voice
from connectors.seam import Connector, Site
from connectors.secret import Secret, Token
from hub.client import Alert
from hub.domain.time import Instant, parse_instant
from hub.wire.shapes import SHAPES
from tests.connectors.doubles import no_household
from tests.systems import zgw_app
from tests.systems.zgw import Resource, ZgwSystem
from tests.systems.zgw_app import CLIENT_ID, SECRET

PARTY: Final = "gemeente-weert"
SOURCE: Final = "urn:nld:oin:00000099000000988000:systeem:zaken"
CALLBACK: Final = "http://koppeling.test/zgw/notificaties"
TOKEN: Final = "een-token-voor-de-callback-van-32-of-meer"
AUTH: Final = f"Bearer {TOKEN}"
LINK: Final = "https://hub.example.nl/alerts"
BEGIN: Final = parse_instant("2026-03-05T10:00:00Z")

STATUSSEN: Final = ["Ontvangen", "In begeleiding", "Intake gedaan", "Afgesloten"]
RESULTATEN: Final = ["Afgerond", "Verhuisd"]
ROLLEN: Final = ["behandelaar:Casusregisseur", "initiator:Aanvrager"]
EIGENSCHAPPEN: Final = ["Huurovereenkomst", "BAG", "Einde gepland", "Gezinshereniging"]

MAPPING: Final = """\
gemeente: "0988"
zaaktypen:
  BEGELEIDING-STATUSHOUDER:
    lease: {issuer: corporatie-maas, value: {eigenschap: Huurovereenkomst}}
    address: {eigenschap: BAG}
    facts:
      - fact: begeleiding-started
        when: {status: In begeleiding}
        fields:
          organisation: Stichting Voorbeeld
          plannedUntil: {eigenschap: Einde gepland}
      - fact: intake-completed
        when: {status: Intake gedaan}
        fields: {familyReunificationExpected: {eigenschap: Gezinshereniging}}
      - fact: begeleiding-ended
        when: {resultaat: "*"}
        fields:
          reason: {resultaat: omschrijving, codes: {Afgerond: completed, Verhuisd: moved}}
      - fact: aanspreekpunt-assigned
        when: {rol: behandelaar}
        fields: {organisation: Gemeente Weert}
"""


class Stage:
    """A gemeente and its connector. The clock stands still until it is moved."""

    def __init__(self, folder: Path, kept: Kept, mapping: str = MAPPING) -> None:
        self.kept = kept
        self.now: Instant = BEGIN
        self.system = ZgwSystem()
        self.system.clock = lambda: self.now / 1000
        self.zaaktype = self.system.zaaktype(
            "BEGELEIDING-STATUSHOUDER",
            statussen=STATUSSEN,
            resultaten=RESULTATEN,
            rollen=ROLLEN,
            eigenschappen=EIGENSCHAPPEN,
        )
        self.transport = httpx.ASGITransport(zgw_app.app(self.system))
        self.system.put("kanaal", self.system.notificaties, {"naam": "zaken", "filters": []})
        self.file = folder / "mapping.yaml"
        self.file.write_text(mapping, "utf-8")

    @property
    def site(self) -> Site:
        return Site(
            party=PARTY,
            source=SOURCE,
            shelf=self.kept.shelf,
            inbox=self.kept.inbox,
            graves=self.kept,
            household=no_household,
            say=lambda event, **told: None,
            now=lambda: self.now,
            transport=self.transport,
        )

    def settings(self, **changes: Any) -> ZgwSettings:
        system = self.system
        usual: dict[str, Any] = {
            "zaken": ApiSettings(address=system.zaken),
            "catalogi": ApiSettings(address=system.catalogi),
            "notificaties": ApiSettings(address=system.notificaties),
            "client_id": CLIENT_ID,
            "secret_file": Secret(SECRET),
            "mapping": self.file,
            "callback": CallbackSettings(address=CALLBACK, token_file=Token(TOKEN)),
            "publish": PublishSettings(link=LINK),
            "plain_http": True,
        }
        return ZgwSettings(**usual | changes)

    def built(self, **changes: Any) -> Connector:
        """The connector, at the callback of which the system calls."""
        connector = build(self.settings(**changes), self.site)
        doors = httpx.ASGITransport(Starlette(routes=connector.doors))
        self.system.caller = httpx.AsyncClient(transport=doors)
        return connector

    async def read(self, connector: Connector) -> list[dict[str, Any]]:
        """All that is there to read now; what it makes the hub hear, and each fact is whole."""
        (source,) = connector.sources
        voice = Voice(SOURCE, source.name)
        is_last = False
        while not is_last:
            page = await source.read(self.kept.cursor(source.name), self.now)
            self.kept.take(voice, page, self.now)
            is_last = page.is_last
        return self.heard()

    def heard(self) -> list[dict[str, Any]]:
        """What the hub hears since it was asked last, without the feeds."""
        waiting = self.kept.outbox.waiting(1000)
        self.kept.outbox.arrived([(it, "rc-1") for it in waiting], self.now, self.now)
        events = [dict(it.event) for it in waiting]
        for it in events:
            msgspec.convert(it["data"], SHAPES[short(it)])
        return [it for it in events if short(it) != "feed-complete"]

    def dead(self) -> list[DeadLetter]:
        return self.kept.dead_letters()

    def started(
        self, identificatie: str = "Z-2026-1", at: str = "2026-03-02T08:00:00Z"
    ) -> Resource:
        """A zaak in which begeleiding started."""
        zaak = self.system.zaak(self.zaaktype, identificatie)
        self.system.status(zaak, "In begeleiding", at)
        return zaak


def short(event: dict[str, Any]) -> str:
    return str(event["type"]).removeprefix("nl.seintje.").removesuffix(".v1")


def types(events: list[dict[str, Any]]) -> list[str]:
    return sorted(short(it) for it in events)


@contextmanager
def staged(folder: Path, mapping: str = MAPPING) -> Iterator[Stage]:
    kept = Kept(folder / "kept")
    try:
        yield Stage(folder, kept, mapping)
    finally:
        kept.close()


def alert(letter: str = "a", revision: int = 1, **changes: Any) -> Alert:
    """An alert as the hub gives it to the gemeente."""
    usual: dict[str, Any] = {
        "alert_id": "al-" + letter * 26,
        "revision": revision,
        "status": "open",
        "rule": "arrears-without-support",
        "severity": "high",
        "household": "hh-3kq7",
        "title": "Huurachterstand zonder hulp",
        "message": "Er is een huurachterstand.",
        "part": "acts",
        "gemeente": "0988",
        "references": ({"scheme": "dossier", "issuer": PARTY, "value": "Z-2026-1"},),
    }
    return Alert(**usual | changes)
