"""What a zaak says now, by the mapping: facts, and what could not be made one.

Pure: a zaak with all around it goes in, drafts come out, in the order of the mapping. Nothing of a
natural person gets here, and a text in which a burgerservicenummer stands becomes no fact.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final, TypeAlias, assert_never

import msgspec
from msgspec import Struct

from connectors.gemeente.zgw_fields import Field, date_in
from connectors.gemeente.zgw_mapping import FactRule, Sort, Value, When, ZaaktypeRules
from connectors.gemeente.zgw_shapes import NATURAL_PERSON, Contactpersoon, Rol, Status, Whole
from connectors.seam import Draft
from hub.domain.time import Instant, parse_instant
from hub.wire.bsn import find_bsn
from hub.wire.shapes import SHAPES

Said: TypeAlias = Draft | str
"""A fact, or why something is none (with the line of the mapping, and nothing of the zaak)."""

_ZAAK_TEXTS: Final[Mapping[str, str]] = {
    "einddatumGepland": "einddatum_gepland",
    "uiterlijkeEinddatumAfdoening": "uiterlijke_einddatum_afdoening",
    "verantwoordelijkeOrganisatie": "verantwoordelijke_organisatie",
}


class _Seen(Struct, frozen=True):
    """One thing that a rule asks for and that is there. `at`: when it happened, if it says."""

    part: str
    at: str | None
    status: tuple[str, Status] | None = None
    rol: Rol | None = None


class Mapped(Struct, frozen=True):
    """What a zaak says: facts, and what is wrong with the rest."""

    drafts: tuple[Draft, ...]
    wrong: tuple[str, ...]


def mapped(whole: Whole, rules: ZaaktypeRules, issuer: str, now: Instant) -> Mapped:
    """What a zaak says at `now`. `issuer`: the party whose dossiers these are. What happens later
    than now is said when it has happened."""
    said = [
        it
        for rule in rules.facts
        for seen in _seen(whole, rule.when)
        for it in _said(_Saying(whole, rules, issuer), rule, seen, now)
    ]
    drafts = tuple(it for it in said if isinstance(it, Draft))
    return Mapped(drafts, tuple(sorted({it for it in said if isinstance(it, str)})))


class _Saying(Struct, frozen=True):
    """A zaak, and how it is read."""

    whole: Whole
    rules: ZaaktypeRules
    issuer: str

    def text(self, value: Value, seen: _Seen) -> Any:
        """What a value is here; None if there is none."""
        if value.sort is None:
            return value.constant
        found = (self._of(value.sort, value.name, seen) or "").strip()
        if found and value.codes:
            return value.codes.get(found, value.codes.get("*", found))
        return found or None

    def references(self, seen: _Seen) -> list[dict[str, str]]:
        named = [("dossier", self.issuer, self.rules.dossier), *self.rules.references]
        return [
            {"scheme": scheme, "issuer": issuer, "value": str(text)}
            for scheme, issuer, value in named
            if (text := self.text(value, seen)) is not None
        ]

    def _of(self, sort: Sort, name: str, seen: _Seen) -> str | None:
        whole = self.whole
        match sort:
            case "zaak":
                return getattr(whole.zaak, _ZAAK_TEXTS.get(name, name)) or None
            case "eigenschap":
                return whole.eigenschappen.get(name)
            case "resultaat":
                return whole.resultaat
            case "status":
                if seen.status is None:
                    return None
                told, status = seen.status
                return status.datum_status_gezet if name == "datumStatusGezet" else told
            case "rol":
                return _of_a_rol(seen.rol, name) if seen.rol is not None else None
        assert_never(sort)


def _seen(whole: Whole, when: When) -> Iterator[_Seen]:
    zaak = whole.zaak
    match when.sort:
        case "zaak" if "begonnen" in when.names:
            yield _Seen("begonnen", zaak.startdatum)
        case "zaak":
            yield _Seen("beëindigd", zaak.einddatum)
        case "status":
            for name, status in whole.statussen:
                if when.takes(name):
                    part = status.url.rsplit("/", 1)[-1]
                    yield _Seen(part, status.datum_status_gezet, status=(name, status))
        case "resultaat":
            # It has no date of its own: it counts from the end of the zaak.
            if whole.resultaat is not None and when.takes(whole.resultaat):
                yield _Seen("resultaat", zaak.einddatum)
        case "rol":
            yield from _rol_seen(whole, when)
        case "eigenschap":
            for name in when.names:
                value = whole.eigenschappen.get(name, "").strip()
                if value and (not when.values or value in when.values):
                    yield _Seen(f"eigenschap {name}", None)


def _rol_seen(whole: Whole, when: When) -> Iterator[_Seen]:
    """The one who has the rol now, since the first of those that stand in the zaak had it: a zaak
    that went from one person to the next was not without one in between."""
    rollen = [
        it
        for it in whole.rollen
        if it.betrokkene_type != NATURAL_PERSON and any(it.is_called(name) for name in when.names)
    ]
    if rollen:
        rollen.sort(key=lambda it: it.registratiedatum)
        yield _Seen(f"rol {when.names[0]}", rollen[0].registratiedatum, rol=rollen[-1])


def _said(saying: _Saying, rule: FactRule, seen: _Seen, now: Instant) -> Iterator[Said]:
    at = seen.at if rule.at is None else saying.text(rule.at, seen)
    where = f"line {rule.line} of the mapping, {rule.type}"
    if at is None:
        # A zaak without an end has not ended; what `at` asks for besides must be there.
        if rule.at is not None and rule.at.sort != "zaak":
            yield f"{where}: `at` has no value"
        return
    try:
        occurred = date_in(str(at))
        if parse_instant(occurred) > now:
            return
    except ValueError:
        yield f"{where}: `at` is no date"
        return
    gemeente = saying.text(saying.rules.gemeente, seen)
    common = {
        "occurredAt": occurred,
        "gemeente": gemeente,
        "references": saying.references(seen),
    }
    own = dict(_own(saying, rule, seen))
    wrong = _wrong(rule, common, own)
    yield f"{where}: {wrong}" if wrong else Draft(rule.type, common | own, seen.part)


def _own(saying: _Saying, rule: FactRule, seen: _Seen) -> Iterator[tuple[str, Any]]:
    for field, value in rule.fields:
        found = saying.text(value, seen)
        if found is None:
            if not field.is_optional and value.sort == "rol":
                yield field.name, ""  # whoever has the rol has no telephone, say
            continue
        yield field.name, _as_json(field, found)


def _as_json(field: Field, found: Any) -> Any:
    read = field.read(found) if isinstance(found, str) else found
    return read.isoformat() if isinstance(read, date) else read


def _wrong(rule: FactRule, common: Mapping[str, Any], own: Mapping[str, Any]) -> str | None:
    if find_bsn(own, "data"):
        return "a burgerservicenummer stands in a field"
    for field, _ in rule.fields:
        if field.name not in own and not field.is_optional:
            return f"`{field.name}` has no value"
        why = field.why_not(own[field.name]) if field.name in own else None
        if why is not None:
            return f"`{field.name}` does not fit, {why}"
    try:
        msgspec.convert({**common, **own}, SHAPES[rule.type])
    except ValueError as error:  # names the field and what it wants, and quotes no value
        return str(error)
    return None


def _of_a_rol(rol: Rol, name: str) -> str | None:
    contact = rol.contactpersoon_rol or Contactpersoon()
    match name:
        case "naam":
            return contact.naam or _name_of(rol)
        case "organisatie":
            who = rol.betrokkene_identificatie
            return (who.naam or who.statutaire_naam or None) if who is not None else None
        case "registratiedatum":
            return rol.registratiedatum
        case _:
            return getattr(contact, name) or None


def _name_of(rol: Rol) -> str | None:
    who = rol.betrokkene_identificatie
    if who is None:
        return None
    person = (who.voorletters, who.voorvoegsel_achternaam, who.achternaam)
    return " ".join(it for it in person if it) or who.naam or who.statutaire_naam or None
