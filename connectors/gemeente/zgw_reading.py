"""Reading a zaak with all around it, and no more than the mapping asks for.

A rol is asked for by its name, so that those of the household are not even sent where they bear
another. Names of the catalogue are remembered for an hour. Raises ValueError, with a reason that
quotes nothing, for a zaak that cannot be read; what a call raises besides is in `zgw_api`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Final

from connectors.gemeente.zgw_api import Api
from connectors.gemeente.zgw_mapping import ZaaktypeRules
from connectors.gemeente.zgw_shapes import (
    Eigenschap,
    Named,
    Resultaat,
    Rol,
    Status,
    Whole,
    Zaak,
)
from hub.domain.time import HOUR_MS, Instant, local_date

_REMEMBERED_MS: Final = HOUR_MS
# The generic names of the standard; the filter takes no others.
_GENERIC_ROLLEN: Final = frozenset({
    "adviseur", "behandelaar", "belanghebbende", "beslisser", "initiator", "klantcontacter",
    "zaakcoordinator", "mede_initiator",
})  # fmt: skip


class Catalogue:
    """What the types in the catalogue of the gemeente are called."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self._known: dict[str, Named] = {}
        self._since: Instant = 0

    def holds(self, url: str) -> bool:
        """Whether a type is of this catalogue, by its URL."""
        return self.api.path_of(url) is not None

    async def named(self, url: str, now: Instant) -> Named:
        """The type at a URL; ValueError if it is not in this catalogue."""
        if not 0 <= now - self._since < _REMEMBERED_MS:
            self._known, self._since = {}, now
        if url not in self._known:
            path = self.api.path_of(url)
            found = await self.api.found(path, Named) if path is not None else None
            if found is None:
                raise ValueError("it has a type that is not in the catalogue of the settings")
            self._known[url] = found
        return self._known[url]

    async def versions(self, identificatie: str) -> tuple[Named, ...]:
        """Every version of a zaaktype that was ever published."""
        asked = {"identificatie": identificatie}
        return tuple([it async for it in self.api.all("zaaktypen", Named, asked)])

    async def in_force(self, identificatie: str, now: Instant) -> Named | None:
        """The version of a zaaktype that holds today."""
        today = local_date(now).isoformat()
        holding = [
            it
            for it in await self.versions(identificatie)
            if it.begin_geldigheid <= today and (it.einde_geldigheid or today) >= today
        ]
        return max(holding, key=lambda it: it.begin_geldigheid, default=None)

    async def listed(self, kind: str, zaaktype: str) -> tuple[Named, ...]:
        """The statustypen (or another kind) of one zaaktype, by its URL."""
        return tuple([it async for it in self.api.all(kind, Named, {"zaaktype": zaaktype})])


class Zaken:
    """Zaken of the Zaken API, for a mapping."""

    def __init__(self, api: Api, catalogue: Catalogue, rules: Mapping[str, ZaaktypeRules]) -> None:
        self.api = api
        self.catalogue = catalogue
        self._rules = rules

    @property
    def zaaktypen(self) -> tuple[str, ...]:
        """The identificaties of the zaaktypen that are read."""
        return tuple(sorted(self._rules))

    @property
    def types(self) -> tuple[str, ...]:
        """The types of all facts that they may say."""
        return tuple(sorted({it.type for own in self._rules.values() for it in own.facts}))

    async def rules_of(self, zaak: Zaak, now: Instant) -> ZaaktypeRules | None:
        """How a zaak is read; None if its zaaktype is not."""
        if not self.catalogue.holds(zaak.zaaktype):
            return None
        zaaktype = await self.catalogue.named(zaak.zaaktype, now)
        return self._rules.get(zaaktype.identificatie)

    async def whole(self, zaak: Zaak, rules: ZaaktypeRules, now: Instant) -> Whole:
        """The zaak with what its rules ask for."""
        path = self.api.path_of(zaak.url)
        if path is None or not path.startswith("zaken/"):
            raise ValueError("its url is not one of the Zaken API in the settings")
        return Whole(
            zaak=zaak,
            uuid=path.removeprefix("zaken/"),
            statussen=await self._statussen(zaak, rules, now),
            resultaat=await self._resultaat(zaak, rules, now),
            rollen=tuple([it async for it in self._rollen(zaak, rules)]),
            eigenschappen=await self._eigenschappen(path, rules),
        )

    async def _statussen(
        self, zaak: Zaak, rules: ZaaktypeRules, now: Instant
    ) -> tuple[tuple[str, Status], ...]:
        if not rules.asks_for("status") or zaak.status is None:
            return ()
        found = [it async for it in self.api.all("statussen", Status, {"zaak": zaak.url})]
        named = [(await self.catalogue.named(it.statustype, now), it) for it in found]
        return tuple((told.omschrijving, it) for told, it in named)

    async def _resultaat(self, zaak: Zaak, rules: ZaaktypeRules, now: Instant) -> str | None:
        if not rules.asks_for("resultaat") or zaak.resultaat is None:
            return None
        path = self.api.path_of(zaak.resultaat)
        found = await self.api.found(path, Resultaat) if path is not None else None
        if found is None:
            raise ValueError("its resultaat is not there")
        return (await self.catalogue.named(found.resultaattype, now)).omschrijving

    async def _rollen(self, zaak: Zaak, rules: ZaaktypeRules) -> AsyncIterator[Rol]:
        for name in sorted(rules.rollen):
            by = "omschrijvingGeneriek" if name in _GENERIC_ROLLEN else "omschrijving"
            async for rol in self.api.all("rollen", Rol, {"zaak": zaak.url, by: name}):
                yield rol

    async def _eigenschappen(self, path: str, rules: ZaaktypeRules) -> Mapping[str, str]:
        wanted = rules.asks_for("eigenschap")
        if not wanted:
            return {}
        found = self.api.all(f"{path}/zaakeigenschappen", Eigenschap)
        return {it.naam: it.waarde async for it in found if it.naam in wanted}
