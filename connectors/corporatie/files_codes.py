"""The words of a system for what we have codes for, and whose rows an export holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from connectors.corporatie.files_fields import Words, bare
from connectors.corporatie.files_shapes import Column
from connectors.corporatie.files_yaml import EDIT
from hub.domain.facts import Code
from hub.wire.csv_mapping import CsvMapping

Codes: TypeAlias = dict[str, dict[str, str]]

_OURS: Final = "vergunninghouder"


def codes_of(
    path: str, fact_type: str, values: Sequence[str], words: Words
) -> tuple[dict[str, str], bool]:
    """Their words → our codes for a field, and whether one of them was not known. Nothing for a
    field that is no code."""
    mapping = CsvMapping(type=fact_type, id="", columns={})
    if path == "gemeente":
        names = [it for it in values if not it.isdecimal()]
        return {it: EDIT for it in names}, bool(names)
    if mapping.kind_of(path) != Code and path != "language":
        return {}, False
    known: dict[str, str] = {}
    unsure = False
    for value in values:
        codes = words.code.get(f"{fact_type}.{path}", words.code.get(path, {}))
        code = _code(bare(value), codes, words.code["any"])
        unsure = unsure or code is None
        known[value] = code or ("und" if path == "language" else "other")
    if path != "language":
        known["*"] = "other"
    return known, unsure


def group_of(columns: Sequence[Column], words: Words) -> tuple[str, list[str]] | None:
    """The column that says whose row it is, and its values that are of those who count here;
    EDIT where nobody can know which these are."""
    ours, loose = words.code["targetGroup"][_OURS], words.group["loose"]
    named = [it for it in columns if words.names_group(it)]
    others = [it for it in columns if any(word in bare(it.name) for word in loose)]
    for it in (*named, *others, *(it for it in columns if words.tells_group(it))):
        found = [value for value in it.values if any(word in bare(value) for word in ours)]
        if found:
            return it.name, found
    return next(((it.name, [EDIT]) for it in named if it.values), None)


def _code(
    value: str, codes: Mapping[str, Sequence[str]], any_codes: Mapping[str, Sequence[str]]
) -> str | None:
    """The code of which a word stands first in it."""
    found = [
        (value.find(stem), code)
        for code, stems in (*codes.items(), *any_codes.items())
        for stem in (bare(code), *stems)
        if value == stem or (len(stem) > 2 and stem in value)
    ]
    return min(found, key=lambda it: it[0])[1] if found else None
