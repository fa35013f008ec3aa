"""Alerts as notifications: that there is a new revision, and where to read it.

Whoever subscribes to the kanaal hears it, so a notification holds no household, no reference, no
rule and no text: an address that only opens for who may see the alert, its status and its severity.
A repeat is harmless: it has the same address and the same revision.
"""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct

from connectors.gemeente.zgw_api import Api, Declined
from hub.client import Alert
from hub.domain.time import Instant, format_instant

RESOURCE: Final = "seintje"
KENMERKEN: Final = ("ernst", "revisie", "status")

_ERNST: Final = {"critical": "kritiek", "high": "hoog", "medium": "middel", "low": "laag"}
_STATUS: Final = {
    "open": "open", "acknowledged": "bevestigd", "agreed": "aanpak-afgesproken",
    "resolved": "opgelost", "closed": "gesloten", "withdrawn": "ingetrokken", "erased": "gewist",
}  # fmt: skip


class Kanaal(Struct, frozen=True, rename="camel"):
    """A kanaal of the Notificaties API."""

    url: str
    naam: str
    filters: tuple[str, ...] = ()


class _Taken(Struct, frozen=True):
    """What is answered to a notification: itself."""


class Publisher:
    """Publishes on one kanaal. `link`: where an alert is looked at, up to its id."""

    name: Final = "notificaties"

    def __init__(self, api: Api, kanaal: str, link: str) -> None:
        self._api = api
        self._kanaal = kanaal
        self._link = link.rstrip("/")
        self._is_there = False

    async def deliver(self, alert: Alert, now: Instant) -> None:
        if not self._is_there:
            await self._registered()
        try:
            await self._api.send("POST", "notificaties", self._notificatie(alert, now), _Taken)
        except Declined as no:
            self._is_there = False  # it may have been deleted there: registered anew next time
            do = f"it refuses notifications on `{self._kanaal}` ({', '.join(no.codes)})"
            raise self._api.wrong(
                f"{do}; compare its kenmerken with docs/connectors/zgw.md"
            ) from no

    async def found(self) -> Kanaal | None:
        """The kanaal, if it is registered."""
        async for it in self._api.all("kanaal", Kanaal, {"naam": self._kanaal}):
            if it.naam == self._kanaal:
                return it
        return None

    async def _registered(self) -> None:
        if await self.found() is None:
            body = {"naam": self._kanaal, "filters": list(KENMERKEN)}
            try:
                await self._api.send("POST", "kanaal", body, Kanaal)
            except Declined as no:
                do = f"it does not take the kanaal `{self._kanaal}` ({', '.join(no.codes)})"
                raise self._api.wrong(do) from no
        self._is_there = True

    def _notificatie(self, alert: Alert, now: Instant) -> dict[str, Any]:
        address = f"{self._link}/{alert.alert_id}"
        return {
            "kanaal": self._kanaal,
            "hoofdObject": address,
            "resource": RESOURCE,
            "resourceUrl": address,
            "actie": "create" if alert.revision == 1 else "update",
            "aanmaakdatum": format_instant(now),
            "kenmerken": {
                "ernst": _ERNST.get(alert.severity, "onbekend"),
                "revisie": str(alert.revision),
                "status": _STATUS.get(alert.status, "onbekend"),
            },
        }
