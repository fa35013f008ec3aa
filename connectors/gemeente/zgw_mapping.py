"""The mapping file: which zaaktypen are read, and what of a zaak says which fact.

Read strictly: whatever is unknown, absent or of the wrong form is told with its line, and what to
write instead. The file is explained in docs/connectors/zgw.md. Names in it are those of the
catalogue of the gemeente; whether they exist there is asked by `zgw_check`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Struct

from connectors.gemeente.zgw_fields import Field, fields_of
from hub.domain.facts import CATALOGUE
from hub.domain.marked import Node, Reader, listed, suggestion

Sort: TypeAlias = Literal["zaak", "status", "resultaat", "rol", "eigenschap"]

SORTS: Final[tuple[Sort, ...]] = ("zaak", "status", "resultaat", "rol", "eigenschap")
ZAAK_FIELDS: Final = (
    "identificatie", "startdatum", "einddatum", "einddatumGepland", "uiterlijkeEinddatumAfdoening",
    "registratiedatum", "bronorganisatie", "verantwoordelijkeOrganisatie",
)  # fmt: skip
ROL_FIELDS: Final = ("naam", "telefoonnummer", "emailadres", "organisatie", "registratiedatum")
# What of a sort may be asked for by name; None: any name, for it is one of the catalogue.
_KNOWN: Final[Mapping[Sort, tuple[str, ...] | None]] = {
    "zaak": ZAAK_FIELDS,
    "status": ("omschrijving", "datumStatusGezet"),
    "resultaat": ("omschrijving",),
    "rol": ROL_FIELDS,
    "eigenschap": None,
}
MOMENTS: Final = ("begonnen", "beëindigd")
ANY: Final = "*"


class Value(Struct, frozen=True):
    """Where a value comes from: a constant, or something of the zaak; by `codes` if there are."""

    constant: Any = None
    sort: Sort | None = None
    name: str = ""
    codes: Mapping[str, Any] = {}


class When(Struct, frozen=True):
    """What must be there for a fact: one of these names, and with `values` one of these."""

    sort: Sort
    names: tuple[str, ...]
    values: tuple[str, ...] = ()

    def takes(self, name: str) -> bool:
        return ANY in self.names or name in self.names

    def overlaps(self, other: When) -> bool:
        """Whether one thing of a zaak can fulfil both."""
        if self.sort != other.sort or (self.values and not set(self.values) & set(other.values)):
            return False
        return ANY in self.names + other.names or bool(set(self.names) & set(other.names))


class FactRule(Struct, frozen=True):
    """How a zaak says one kind of fact. `at` None: when what it rests on happened."""

    type: str
    when: When
    fields: tuple[tuple[Field, Value], ...]
    line: int
    at: Value | None = None


class ZaaktypeRules(Struct, frozen=True):
    """What zaken of one zaaktype say. `references`: (scheme, issuer, value) beside the dossier."""

    identificatie: str
    gemeente: Value
    dossier: Value
    references: tuple[tuple[str, str, Value], ...]
    facts: tuple[FactRule, ...]

    def asks_for(self, sort: Sort) -> frozenset[str]:
        """The names of this sort that a fact rests on or is filled from."""
        named = {name for it in self.facts if it.when.sort == sort for name in it.when.names}
        return frozenset(named | {it.name for it in self._values() if it.sort == sort})

    @property
    def rollen(self) -> frozenset[str]:
        """The names of the rollen that are read; no others are asked for."""
        return frozenset(
            name for it in self.facts if it.when.sort == "rol" for name in it.when.names
        )

    def _values(self) -> list[Value]:
        own = [value for fact in self.facts for _, value in fact.fields]
        at = [fact.at for fact in self.facts if fact.at is not None]
        return [self.gemeente, self.dossier, *(it for _, _, it in self.references), *own, *at]


def read_mapping(tree: Node) -> tuple[Mapping[str, ZaaktypeRules], Reader]:
    """The rules by the identificatie of their zaaktype, and what is wrong with the file; of one
    with problems nothing may be used."""
    reader = Reader()
    return _Reading(reader).mapping(tree), reader


class _Reading:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def mapping(self, tree: Node) -> Mapping[str, ZaaktypeRules]:
        found = self._reader.mapping(tree, "the file", ["gemeente", "zaaktypen"], ["zaaktypen"])
        gemeente = self._value(found.get("gemeente"), "gemeente")
        types = found.get("zaaktypen", Node({}, 1, 1))
        if not isinstance(types.value, Mapping) or not types.value:
            do = "zaaktypen: write the identificatie of each zaaktype, with what its zaken say"
            self._reader.complain(types, do)
            return {}
        return {name: self._zaaktype(name, it, gemeente) for name, it in types.value.items()}

    def _zaaktype(self, name: str, node: Node, gemeente: Value | None) -> ZaaktypeRules:
        known = ["gemeente", "dossier", "lease", "address", "facts"]
        found = self._reader.mapping(node, name, known, ["facts"])
        own = self._value(found.get("gemeente"), f"{name}.gemeente") or gemeente
        if own is None:
            do = f'{name}: `gemeente` is missing; add `gemeente: "…"` on top of the file'
            self._reader.complain(node, do)
        dossier = self._value(found.get("dossier"), f"{name}.dossier")
        nodes = self._reader.items(found.get("facts"), f"{name}.facts")
        facts = tuple(self._fact(it, f"{name}.facts") for it in nodes)
        self._once_each(facts, nodes)
        return ZaaktypeRules(
            name,
            own or Value(),
            dossier or Value(sort="zaak", name="identificatie"),
            self._references(found, name),
            facts,
        )

    def _once_each(self, facts: tuple[FactRule, ...], nodes: tuple[Node, ...]) -> None:
        """Two rules that the same thing fulfils would say one fact in two ways."""
        for place, rule in enumerate(facts):
            for earlier in facts[:place]:
                if earlier.type == rule.type and earlier.when.overlaps(rule.when):
                    told = f"{rule.type}: line {earlier.line} says this too; write it once"
                    self._reader.complain(nodes[place], told)

    def _references(
        self, found: Mapping[str, Node], what: str
    ) -> tuple[tuple[str, str, Value], ...]:
        references = []
        if "lease" in found:
            lease = self._reader.mapping(
                found["lease"], f"{what}.lease", ["issuer", "value"], ["issuer", "value"]
            )
            issuer = self._reader.string(lease.get("issuer"), f"{what}.lease.issuer")
            value = self._value(lease.get("value"), f"{what}.lease.value") or Value()
            references.append(("lease", issuer, value))
        if "address" in found:
            value = self._value(found["address"], f"{what}.address") or Value()
            references.append(("address", "bag", value))
        return tuple(references)

    def _fact(self, node: Node, what: str) -> FactRule:
        found = self._reader.mapping(node, what, ["fact", "when", "at", "fields"], ["fact", "when"])
        usable = [name for name, it in CATALOGUE.items() if _is_of_a_gemeente(name, it.kind)]
        kind = self._reader.one_of(found.get("fact"), f"{what}.fact", usable, "")
        when = self._when(found.get("when", Node({}, node.line, node.column)), f"{what}.when")
        at = self._value(found.get("at"), f"{what}.at")
        if when.sort == "eigenschap" and at is None:
            do = "an eigenschap has no date; add `at: {eigenschap: …}` or `at: {zaak: startdatum}`"
            self._reader.complain(node, f"{what}: {do}")
        fields = self._fields(found.get("fields"), node, kind, when) if kind else ()
        return FactRule(kind, when, fields, node.line, at)

    def _when(self, node: Node, what: str) -> When:
        found = self._reader.mapping(node, what, [*SORTS, "is"])
        sorts = [it for it in SORTS if it in found]
        if len(sorts) != 1:
            self._reader.complain(node, f"{what}: write one of {listed(SORTS)}")
            return When("zaak", ())
        names = self._reader.strings(found[sorts[0]], f"{what}.{sorts[0]}")
        if sorts[0] == "zaak":
            self._reader.one_of(found["zaak"], f"{what}.zaak", MOMENTS, "")
        if "is" in found and sorts[0] != "eigenschap":
            self._reader.complain(found["is"], f"{what}.is: only an eigenschap has a value")
        return When(sorts[0], names, self._reader.strings(found.get("is"), f"{what}.is"))

    def _fields(
        self, node: Node | None, fact: Node, kind: str, when: When
    ) -> tuple[tuple[Field, Value], ...]:
        known = fields_of(kind)
        what = f"{kind}.fields"
        found = dict(self._reader.mapping(node, what, known)) if node is not None else {}
        values = {name: self._value(it, f"{what}.{name}") or Value() for name, it in found.items()}
        if when.sort == "rol":  # what a rol says of itself need not be written
            values = {k: v for k, v in _OF_A_ROL.items() if k in known} | values
        for name, field in known.items():
            # Where `when` is wrong already, it is not known what would be filled in by itself.
            if name not in values and not field.is_optional and when.names:
                do = f"{kind}: `{name}` is missing; add `{name}: …` under `fields`"
                self._reader.complain(fact, do)
            elif name in found:
                self._constants_fit(found[name], field, values[name], f"{what}.{name}")
        return tuple((known[name], value) for name, value in values.items() if name in known)

    def _constants_fit(self, node: Node, field: Field, value: Value, what: str) -> None:
        constants = [*value.codes.values()] if value.sort is not None else [value.constant]
        for constant in constants:
            wrong = field.why_not(constant)
            if wrong is not None:
                self._reader.complain(node, f"{what}: {wrong}")

    def _value(self, node: Node | None, what: str) -> Value | None:
        if node is None:
            return None
        if not isinstance(node.value, Mapping):
            if isinstance(node.value, tuple) or node.value is None:
                self._reader.complain(node, f"{what}: write one value, or where it comes from")
            return Value(constant=_plain(node))
        found = self._reader.mapping(node, what, [*SORTS, "codes"])
        sorts = [it for it in SORTS if it in found]
        if len(sorts) != 1:
            self._reader.complain(node, f"{what}: write one of {listed(SORTS)}, like `zaak: …`")
            return None
        name = self._reader.string(found[sorts[0]], f"{what}.{sorts[0]}")
        known = _KNOWN[sorts[0]]
        if known is not None and name not in known:
            told = f"{what}: {sorts[0]} has no `{name}`{suggestion(name, known)}"
            self._reader.complain(found[sorts[0]], told)
        return Value(None, sorts[0], name, self._codes(found.get("codes"), f"{what}.codes"))

    def _codes(self, node: Node | None, what: str) -> Mapping[str, Any]:
        if node is None:
            return {}
        return {key: _plain(it) for key, it in self._reader.mapping(node, what, ()).items()}


_OF_A_ROL: Final[Mapping[str, Value]] = {
    "name": Value(sort="rol", name="naam"),
    "organisation": Value(sort="rol", name="organisatie"),
    "phone": Value(sort="rol", name="telefoonnummer"),
    "email": Value(sort="rol", name="emailadres"),
}


def _is_of_a_gemeente(name: str, kind: str) -> bool:
    return kind == "household" and "gemeente" in CATALOGUE[name].roles


def _plain(node: Node) -> Any:
    return msgspec.to_builtins(node.value)
