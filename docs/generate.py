"""Writes the tables in docs/facts.md that follow from the code: catalogue, codes, refusals.

`python -m docs.generate` writes them anew, between the markers that stand in the page. A test keeps
the page equal to what this makes of the catalogue, the schemas and the refusals.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final, get_args, get_origin

import msgspec

from docs import forms_page, keys_page, metrics_page, settings_page, telemetry_page
from docs.marked import between
from hub.domain.facts import CATALOGUE, AlertId, Cents, Code, Identity, Period, Persons, Role
from hub.domain.refusals import Slug
from hub.shipped import shipped
from hub.wire.problems import EXPLAINED
from hub.wire.shapes import is_optional

PAGE: Final = Path(__file__).with_name("facts.md")

_LETTERS: Final[Mapping[Role, str]] = {
    "corporatie": "C",
    "gemeente": "G",
    "begeleider": "B",
    "huurders": "H",
}
_KINDS: Final[Mapping[Any, str]] = {
    date: "date",
    bool: "yes or no",
    Code: "code",
    Cents: "cents",
    Persons: "number",
    Period: "month",
    AlertId: "alert id",
    Identity: "source and id",
}
_WHAT_TO_DO: Final[Mapping[Slug, str]] = {
    Slug.MALFORMED: "send CloudEvents 1.0: JSON in UTF-8 with each key once, or Avro",
    Slug.UNKNOWN_TYPE: "use a type of the catalogue, as `nl.seintje.<type>.v1`",
    Slug.SCHEMA_VIOLATION: "`violations` names every field and what is expected there",
    Slug.NOT_YOUR_SOURCE: "send with the key of the party that the `source` belongs to",
    Slug.NOT_YOUR_FACT: "leave it to the role that may say it; correct only your own facts",
    Slug.UNKNOWN_GEMEENTE: "use the CBS code of four digits of a gemeente that takes part",
    Slug.BSN_FOUND: "leave the number out and send again; it was not kept",
    Slug.CONFLICTING_DUPLICATE: "give the correction an `id` of its own, and name the old fact in "
    "`replaces`",
    Slug.TOO_LARGE: "an event is at most 64 KiB",
    Slug.IN_THE_FUTURE: "check clock and time zone of the sender",
    Slug.NO_CONVENANT: "an agreement of your party must be in force on the day of the fact and "
    "today",
    Slug.HOUSEHOLD_FORGOTTEN: "nothing: its term is over, or it was erased on request",
    Slug.AMBIGUOUS_ADDRESS: "send again with the lease or the dossier, under the same `id` if you "
    "like",
    Slug.PROCESSING_ERROR: "nothing: it is kept whole, and the operators see it",
}
assert _WHAT_TO_DO.keys() == set(Slug)


def tables() -> dict[str, str]:
    """Each table by the name of its marker."""
    return {
        "catalogue": _table(("type", "says", "who", "own fields"), _catalogue()),
        "codes": _table(("type", "field", "codes"), _codes()),
        "refusals": _table(("slug", "HTTP", "means", "what to do"), _refusals()),
    }


def filled(page: str) -> str:
    """The page with every table as it should be."""
    for name, table in tables().items():
        page = between(page, name, table)
    return page


def _table(header: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _catalogue() -> Iterator[tuple[str, ...]]:
    for name, row in CATALOGUE.items():
        who = "any" if len(row.roles) == len(_LETTERS) else _letters(row.roles)
        own = msgspec.structs.fields(row.own)
        fields = [f"`{it.encode_name}` {_in_words(it.encode_name, it.type)}" for it in own]
        says = str(_schema(name)["doc"]).rstrip(".")
        yield f"`{name}`", says, who, ", ".join(fields) or "none"


def _letters(roles: frozenset[Role]) -> str:
    return " ".join(letter for role, letter in _LETTERS.items() if role in roles)


def _in_words(name: str, kind: Any) -> str:
    if is_optional(kind):
        (inner,) = (it for it in get_args(kind) if it is not type(None))
        return f"{_in_words(name, inner)}?"
    if kind in _KINDS:
        return _KINDS[kind]
    if get_origin(kind) is tuple or get_origin(_plain(kind)) is tuple:
        return "list"
    if _plain(kind) is int:
        return "number"
    if _plain(kind) is str:
        return "instant" if name == "upTo" else "text"
    inner_fields = msgspec.structs.fields(kind)
    return f"({', '.join(f'`{it.encode_name}`' for it in inner_fields)}: all yes or no)"


def _plain(kind: Any) -> Any:
    return kind.__origin__ if hasattr(kind, "__metadata__") else kind


def _codes() -> Iterator[tuple[str, ...]]:
    for name in CATALOGUE:
        for field in _schema(name)["fields"]:
            if "codes" in field:
                codes = ", ".join(f"`{code}`" for code in field["codes"])
                yield f"`{name}`", f"`{field['name']}`", codes


def _refusals() -> Iterator[tuple[str, ...]]:
    for slug, told in EXPLAINED.items():
        yield f"`{slug}`", str(told.status), told.title, _WHAT_TO_DO[slug]


def _schema(name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((shipped("schemas/avro") / f"{name}.v1.avsc").read_text())
    return found


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text("utf-8")), "utf-8")
    keys_page.PAGE.write_text(keys_page.filled(keys_page.PAGE.read_text("utf-8")), "utf-8")
    metrics = metrics_page.filled(metrics_page.PAGE.read_text("utf-8"))
    metrics_page.PAGE.write_text(metrics, "utf-8")
    forms_page.PAGE.write_text(forms_page.filled(forms_page.PAGE.read_text("utf-8")), "utf-8")
    told = settings_page.PAGE.read_text("utf-8")
    settings_page.PAGE.write_text(settings_page.filled(told), "utf-8")
    for page in telemetry_page.PAGES:
        page.write_text(telemetry_page.filled(page), "utf-8")
