"""What is wrong between the settings, the mapping and the systems of the gemeente. Asks, and
changes nothing there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Final

from connectors.gemeente.zgw_abonnement import Abonnement
from connectors.gemeente.zgw_mapping import ANY, Sort, ZaaktypeRules
from connectors.gemeente.zgw_publish import KENMERKEN, Publisher
from connectors.gemeente.zgw_reading import Zaken
from connectors.gemeente.zgw_shapes import Named
from connectors.gemeente.zgw_zaak import ZaakSink
from connectors.seam import Finding
from hub.domain.marked import suggestion
from hub.domain.time import Instant
from hub.errors import Misconfigured, Unavailable

# Of what kind in the catalogue the names of a sort are.
_KINDS: Final[Mapping[Sort, str]] = {
    "status": "statustypen",
    "resultaat": "resultaattypen",
    "rol": "roltypen",
    "eigenschap": "eigenschappen",
}


class Checks:
    """All that can be asked, part by part; what is not used is None."""

    def __init__(
        self,
        zaken: Zaken,
        rules: Mapping[str, ZaaktypeRules],
        parts: Iterable[Abonnement | Publisher | ZaakSink],
        now: Callable[[], Instant],
    ) -> None:
        self._zaken = zaken
        self._rules = rules
        self._parts = tuple(parts)
        self._now = now

    async def found(self) -> list[Finding]:
        """What should be mended. One that cannot be asked is a finding as well."""
        checks = [self._mapping(it) for it in self._rules.values()]
        checks += [self._part(it) for it in self._parts]
        findings: list[Finding] = []
        if self._zaken.api.has_weak_secret:
            wrong = "the secret is so short that somebody could guess it"
            mend = "agree one of 32 characters or more with whoever runs the API"
            findings.append(Finding("zgw.secretFile", wrong, mend))
        for check in checks:
            try:
                findings += [it async for it in check]
            except Misconfigured as error:
                findings.append(Finding(error.where, "it cannot be asked", error.do))
            except Unavailable as away:
                findings.append(Finding("zgw", str(away), "see whether it runs, and check again"))
        return sorted(set(findings), key=lambda it: (it.where, it.wrong))

    async def _mapping(self, rules: ZaaktypeRules) -> AsyncIterator[Finding]:
        where = f"mapping, {rules.identificatie}"
        zaaktype = await self._zaken.catalogue.in_force(rules.identificatie, self._now())
        if zaaktype is None:
            wrong = "the catalogue has no zaaktype with this identificatie that holds today"
            yield Finding(where, wrong, "look it up under Catalogi, and mind upper and lower case")
            return
        await self._zaken.api.page("zaken", {"zaaktype": zaaktype.url})  # that we may
        for sort, kind in _KINDS.items():
            wanted = _named(rules, sort)
            listed = await self._zaken.catalogue.listed(kind, zaaktype.url) if wanted else ()
            known = {name for it in listed for name in _names(it)}
            for name in sorted(wanted - known):
                wrong = f"the zaaktype has no {sort} `{name}`"
                yield Finding(where, wrong, suggestion(name, known).lstrip("; ") or "take it out")

    async def _part(self, part: Abonnement | Publisher | ZaakSink) -> AsyncIterator[Finding]:
        match part:
            case Abonnement():
                wrong = await part.why_not()
                if wrong is not None:
                    mend = "nothing, if the connector was never run: it registers what is missing"
                    yield Finding("zgw.callback", wrong, mend)
            case Publisher():
                kanaal = await part.found()
                if kanaal is not None and not _agree(kanaal.filters, KENMERKEN):
                    mend = f"let it have {', '.join(KENMERKEN)}, or name another in `publish`"
                    wrong = "the kanaal has other kenmerken than ours"
                    yield Finding("zgw.publish", wrong, mend)
            case ZaakSink():
                await part.types(self._now())


def _named(rules: ZaaktypeRules, sort: Sort) -> frozenset[str]:
    """The names that must be in the catalogue."""
    if sort == "eigenschap":
        return rules.asks_for(sort)
    return frozenset(
        name for it in rules.facts if it.when.sort == sort for name in it.when.names
    ) - {ANY}


def _names(it: Named) -> tuple[str, ...]:
    return tuple(name for name in (it.naam, it.omschrijving, it.omschrijving_generiek) if name)


def _agree(ours: Iterable[str], theirs: Iterable[str]) -> bool:
    """As the Notificaties API compares them: one must hold the other."""
    one, other = set(ours), set(theirs)
    return one <= other or other <= one
