"""The abonnement at the Notificaties API: that it exists, leads to us, and asks for the zaaktypen
that are read and no others.

It is looked at every hour, for it can be deleted there, and a new version of a zaaktype has another
URL. What it is called with cannot be read back, so a digest of what was registered is kept. An
abonnement of somebody else is never touched: ours is the one with our address.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from msgspec import Struct

from connectors.gemeente.zgw_api import Api, Declined
from connectors.gemeente.zgw_door import KANAAL
from connectors.gemeente.zgw_reading import Zaken
from connectors.seam import Shelf
from connectors.secret import Secret
from hub.domain.time import HOUR_MS, Instant

_DIGEST: Final = "abonnement"


class Kanaal(Struct, frozen=True):
    """A kanaal in an abonnement, with the kenmerken that its notifications must have."""

    naam: str
    filters: Mapping[str, str] = {}


class Registered(Struct, frozen=True, rename="camel"):
    """An abonnement, as it is read back: without its `auth`."""

    url: str
    callback_url: str
    kanalen: tuple[Kanaal, ...] = ()


class Abonnement:
    """The abonnement of this connector. `address`: where we are called."""

    name: Final = "abonnement"

    def __init__(self, api: Api, zaken: Zaken, address: str, auth: Secret, shelf: Shelf) -> None:
        self._api = api
        self._zaken = zaken
        self._address = address
        self._auth = auth
        self._shelf = shelf
        self._due: Instant = 0

    async def run(self, now: Instant) -> Instant | None:
        """Register it, or mend it. Misconfigured: the Notificaties API does not reach us."""
        if now < self._due:
            return self._due
        wanted = await self._wanted()
        found = await self.found()
        body = {"callbackUrl": self._address, "auth": self._auth.reveal(), "kanalen": wanted}
        digest = sha256(self._auth.reveal().encode()).hexdigest()
        if found is None:
            await self._send("POST", "abonnement", body)
        elif not _is_same(found, wanted) or self._shelf.value(_DIGEST) != digest:
            path = self._api.path_of(found.url)
            if path is None:
                raise self._api.wrong("it names its abonnementen by another address: `knownAs`")
            await self._send("PUT", path, body)
        self._shelf.keep(_DIGEST, digest)
        self._due = now + HOUR_MS
        return self._due

    async def found(self) -> Registered | None:
        """The abonnement that leads to us."""
        async for it in self._api.all("abonnement", Registered):
            if it.callback_url == self._address:
                return it
        return None

    async def why_not(self) -> str | None:
        """What is wrong with the abonnement at the other side; None if nothing is."""
        found = await self.found()
        if found is None:
            return "no abonnement leads to the address in `callback`"
        if not _is_same(found, await self._wanted()):
            return "the abonnement asks for other zaaktypen than the mapping"
        return None

    async def _wanted(self) -> list[dict[str, Any]]:
        urls = [
            it.url
            for name in self._zaken.zaaktypen
            for it in await self._zaken.catalogue.versions(name)
        ]
        if not urls:
            raise self._zaken.api.wrong("no zaaktype of the mapping is in the catalogue")
        return [{"naam": KANAAL, "filters": {"zaaktype": it}} for it in sorted(urls)]

    async def _send(self, method: str, path: str, body: Mapping[str, Any]) -> None:
        try:
            await self._api.send(method, path, body, Registered)
        except Declined as no:
            do = (
                f"it does not take the abonnement ({', '.join(no.codes)}). It calls `callback`"
                " before it does, with and without the token: let it reach that address"
            )
            raise self._api.wrong(do) from None


def _is_same(found: Registered, wanted: list[dict[str, Any]]) -> bool:
    return sorted(it.filters.get("zaaktype", "") for it in found.kanalen) == [
        it["filters"]["zaaktype"] for it in wanted
    ] and all(it.naam == KANAAL and len(it.filters) == 1 for it in found.kanalen)
