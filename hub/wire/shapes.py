"""The shape of data on the wire: one struct a fact type, made from the catalogue.

Common fields by the kind of fact, then its own; camelCase, no others. The structs of the catalogue
itself are arrays (they are state), so these are separate: here a field is found by its name.
`expected` says in words what a field wants (facts document, Data).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import UnionType
from typing import Annotated, Any, Final, get_args, get_origin

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from hub.domain.facts import (
    CATALOGUE,
    AlertId,
    Code,
    FactType,
    Identity,
    Period,
    Scheme,
    SocialCollection,
)

# Types whose fact may say, with `concerns`, which earlier one it closes.
CLOSERS: Final = frozenset({"damage-repaired", "interpreter-provided"})
MAX_REFERENCES: Final = 16
MAX_LISTED: Final = 100

_Name = Annotated[str, Meta(min_length=1, max_length=200)]
Gemeente = Annotated[str, Meta(pattern=r"^[0-9]{4}$")]
Region = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
# An instant stays text here: `hub.domain.time.parse_instant` reads it.
Moment = Annotated[str, Meta(min_length=10, max_length=40)]


class WireReference(Struct, forbid_unknown_fields=True, gc=False):
    """`hub.domain.facts.Reference` as an object."""

    scheme: Scheme
    issuer: Annotated[str, Meta(min_length=1, max_length=64)]
    value: Annotated[str, Meta(min_length=1, max_length=128)]


class WireIdentity(Struct, forbid_unknown_fields=True, gc=False):
    """`hub.domain.facts.Identity` as an object."""

    source: _Name
    id: _Name


WireSocialCollection: Final = msgspec.defstruct(
    "WireSocialCollection",
    [(field.name, field.type) for field in msgspec.structs.fields(SocialCollection)],
    rename="camel",
    forbid_unknown_fields=True,
    gc=False,
)

References = Annotated[tuple[WireReference, ...], Meta(min_length=1, max_length=MAX_REFERENCES)]
_AS_OBJECT: Final[Mapping[Any, Any]] = {
    Identity: WireIdentity,
    SocialCollection: WireSocialCollection,
}
COMMON: Final = ("gemeente", "region", "references", "replaces", "concerns")


def _common(fact_type: str, row: FactType) -> dict[str, Any]:
    fields: dict[str, Any] = {"occurred_at": Moment}
    match row.kind:
        case "household" | "link" | "erasure":
            fields |= {"gemeente": Gemeente, "references": References}
        case "act" | "correction":
            fields |= {"gemeente": Gemeente | None, "region": Region | None}
            fields |= {"references": References | None}
        case "feed":
            return fields | {"gemeente": Gemeente | None}
        case "region":
            fields |= {"region": Region}
            if fact_type != "consultation-held":
                fields |= {"gemeente": Gemeente}
    if fact_type in CLOSERS:
        fields |= {"concerns": WireIdentity | None}
    return fields | {"replaces": WireIdentity | None}


def _own_field(name: str, kind: Any) -> Any:
    if name == "up_to":
        return Moment
    if get_origin(kind) is tuple:
        return Annotated[kind, Meta(min_length=1, max_length=MAX_LISTED)]
    return _AS_OBJECT.get(kind, kind)


def _shape(fact_type: str, row: FactType) -> type[Struct]:
    fields = _common(fact_type, row)
    absent = {name: UNSET for name in COMMON if name not in fields}
    for field in msgspec.structs.fields(row.own):
        fields[field.name] = _own_field(field.name, field.type)
    return msgspec.defstruct(
        "".join(word.title() for word in fact_type.split("-")),
        [
            (name, kind | UnsetType, UNSET) if is_optional(kind) else (name, kind)
            for name, kind in fields.items()
        ],
        namespace=absent,  # so that every shape can be asked for every common field
        rename="camel",
        forbid_unknown_fields=True,
        kw_only=True,
        gc=False,
    )


def is_optional(kind: Any) -> bool:
    """Whether null, or nothing at all, may stand there."""
    return type(None) in get_args(kind)


SHAPES: Final[Mapping[str, type[Struct]]] = {
    name: _shape(name, row) for name, row in CATALOGUE.items()
}

_IN_WORDS: Final[Mapping[Any, str]] = {
    Scheme: "lease, dossier or address",
    Gemeente: "the CBS code of a gemeente, 4 digits",
    Region: "the id of a region",
    Moment: "a date, or a time with its offset, like 2026-01-31T10:00:00+01:00, in 1900 to 2199",
    Code: "a code of at most 64 letters, digits and . _ -",
    Period: "a month, like 2026-01",
    AlertId: "the id of an alert: al- and 26 characters",
    date: "a date, like 2026-01-31, in 1900 to 2199",
    bool: "true or false",
}
_PATTERN_IN_WORDS: Final[Mapping[str | None, str]] = {
    "^[a-z]{3}$": "a language by ISO 639-3, three small letters",
}


def expected(kind: Any) -> str:
    """What a field of this type wants, in words."""
    if kind in _IN_WORDS:
        return _IN_WORDS[kind]
    if get_origin(kind) is UnionType or is_optional(kind):
        inner = [part for part in get_args(kind) if part not in (type(None), UnsetType)]
        return f"{expected(inner[0])}; or null"
    base, meta = kind, Meta()
    if get_origin(kind) is Annotated:
        base, meta = get_args(kind)[:2]
    if base is int:
        return f"a whole number from {meta.ge} to {meta.le}"
    if meta.pattern:
        return _PATTERN_IN_WORDS.get(meta.pattern, f"text that matches {meta.pattern}")
    if base is str:
        return f"text of {meta.min_length or 0} to {meta.max_length} characters"
    if get_origin(base) is tuple:
        return f"a list of {meta.min_length or 0} to {meta.max_length or MAX_LISTED}"
    return "an object"
