"""A zaak for each alert in which the party acts, for whoever works from a list of zaken.

One alert is one zaak, whatever crashes: the zaak bears the id of the alert as its identificatie,
which the Zaken API keeps unique, and is looked for before it is made. In it stand no household, no
rule and no text of the alert: a link, and the status.
"""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct

from connectors.gemeente.zgw_api import Api, Declined
from connectors.gemeente.zgw_reading import Catalogue
from connectors.gemeente.zgw_shapes import Named, Zaak
from hub.client import Alert
from hub.domain.time import MINUTE_MS, Instant, format_instant, local_date
from hub.errors import Misconfigured

ENDED: Final = frozenset({"resolved", "closed", "withdrawn", "erased"})
BRON: Final = "Seintje"

# The API refuses what lies ahead of its clock, which may be behind ours.
_BEFORE_MS: Final = MINUTE_MS
_OMSCHRIJVING: Final = "Seintje opvolgen"


class ZaakPlan(Struct, frozen=True):
    """Which zaken are made: the identificatie of their zaaktype, the RSIN of the gemeente, the
    statussen and the resultaat (by their omschrijving), and where an alert is looked at."""

    zaaktype: str
    rsin: str
    opened: str
    ended: str
    resultaat: str
    link: str


class _Types(Struct, frozen=True):
    """The URLs of what a zaak is made with."""

    zaaktype: str
    opened: str
    ended: str
    resultaat: str


class _Made(Struct, frozen=True):
    url: str


class ZaakSink:
    """Opens and ends zaken. `setting`: where its plan is written."""

    name: Final = "zaak"

    def __init__(self, zaken: Api, catalogue: Catalogue, plan: ZaakPlan) -> None:
        self._zaken = zaken
        self._catalogue = catalogue
        self._plan = plan

    async def deliver(self, alert: Alert, now: Instant) -> None:
        has_ended = alert.status in ENDED
        zaak = await self._found(alert)
        if zaak is None and (has_ended or alert.part != "acts"):
            return
        types, at = await self.types(now), now - _BEFORE_MS
        if zaak is None:
            zaak = await self._opened(alert, types, at)
        if has_ended != (zaak.einddatum is not None) or zaak.status is None:
            await self._moved(zaak, types, at, has_ended=has_ended)

    async def types(self, now: Instant) -> _Types:
        """Misconfigured: one of the names is not in the catalogue."""
        plan = self._plan
        zaaktype = await self._catalogue.in_force(plan.zaaktype, now)
        if zaaktype is None:
            raise self._wrong(f"no zaaktype `{plan.zaaktype}` holds today in the catalogue")
        statussen = await self._catalogue.listed("statustypen", zaaktype.url)
        resultaten = await self._catalogue.listed("resultaattypen", zaaktype.url)
        return _Types(
            zaaktype.url,
            self._named(statussen, plan.opened),
            self._named(statussen, plan.ended),
            self._named(resultaten, plan.resultaat),
        )

    async def _found(self, alert: Alert) -> Zaak | None:
        asked = {"identificatie": alert.alert_id, "bronorganisatie": self._plan.rsin}
        async for it in self._zaken.all("zaken", Zaak, asked):
            return it
        return None

    async def _opened(self, alert: Alert, types: _Types, at: Instant) -> Zaak:
        body = {
            "identificatie": alert.alert_id,
            "bronorganisatie": self._plan.rsin,
            "verantwoordelijkeOrganisatie": self._plan.rsin,
            "zaaktype": types.zaaktype,
            "startdatum": local_date(at).isoformat(),
            "omschrijving": _OMSCHRIJVING,
            "toelichting": f"{self._plan.link.rstrip('/')}/{alert.alert_id}",
            "kenmerken": [{"kenmerk": alert.alert_id, "bron": BRON}],
        }
        try:
            return await self._zaken.send("POST", "zaken", body, Zaak)
        except Declined as no:
            found = await self._found(alert)  # an attempt whose answer was lost
            if found is None:
                raise self._refused("a zaak", no) from no
            return found

    async def _moved(self, zaak: Zaak, types: _Types, at: Instant, *, has_ended: bool) -> None:
        """The status that the alert asks for. An end needs a resultaat first; a first status after
        an end opens the zaak again."""
        if has_ended and zaak.resultaat is None:
            await self._sent("resultaten", {"zaak": zaak.url, "resultaattype": types.resultaat})
        status = types.ended if has_ended else types.opened
        body = {"zaak": zaak.url, "statustype": status, "datumStatusGezet": format_instant(at)}
        await self._sent("statussen", body)

    async def _sent(self, kind: str, body: dict[str, Any]) -> None:
        try:
            await self._zaken.send("POST", kind, body, _Made)
        except Declined as no:
            raise self._refused(kind, no) from no

    def _named(self, types: tuple[Named, ...], name: str) -> str:
        found = next((it.url for it in types if it.omschrijving == name), None)
        if found is None:
            known = ", ".join(it.omschrijving for it in types) or "none"
            raise self._wrong(f"the zaaktype knows no `{name}`; it has: {known}")
        return found

    def _refused(self, what: str, no: Declined) -> Misconfigured:
        return self._wrong(f"the Zaken API does not take {what} ({', '.join(no.codes)})")

    def _wrong(self, do: str) -> Misconfigured:
        return Misconfigured("zgw.zaak", do)
