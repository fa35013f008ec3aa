"""A suggested mapping as a file for people: each line with the note that it needs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from hub.wire.csv_mapping import CsvMapping

EDIT: Final = "EDIT"
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9 ()/_.-]*[A-Za-z0-9)]|[A-Za-z]")
_WORDS: Final = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n", "~"})


def written(
    mapping: CsvMapping, about: str, notes: Mapping[str, str], unused: Sequence[str]
) -> str:
    """The file. It parses; what people must decide has EDIT beside it."""
    lines = [
        f"# {about}",
        f"# Lines with {EDIT} are yours to decide. docs/csv.md explains every key.",
        f"type: {mapping.type}",
        *_line("id", mapping.id, notes),
        *_group(mapping, notes),
        "columns:" if mapping.columns else "columns: {}",
        *(it for name, path in mapping.columns.items() for it in _line(name, path, notes, "  ")),
    ]
    lines += _beside_columns(notes, unused)
    lines += _constants(mapping, notes)
    lines += _codes(mapping, notes)
    for key in ("dates", "decimal", "separator", "encoding"):
        value = getattr(mapping, key)
        lines += _line(key, value, {}) if value is not None else []
    lines += [
        "# Only for `seintje ingest`; a connector knows both from its settings:",
        "# source: urn:nld:kvknr:…:systeem:…",
        "# party: …",
    ]
    return "\n".join(lines) + "\n"


def _beside_columns(notes: Mapping[str, str], unused: Sequence[str]) -> Iterator[str]:
    if unused:
        yield f"  # not used: {', '.join(_quoted(it) for it in unused)}"
    for path in ("occurredAt", "references"):
        if path in notes:
            yield f"  # {path}: {notes[path]}"


def _group(mapping: CsvMapping, notes: Mapping[str, str]) -> Iterator[str]:
    if "only" in notes:
        yield f"# only: {notes['only']}; have the export hold only those of"
        yield "#   vergunninghouders."
    for name, values in mapping.only.items():
        note = notes.get("whose", "other rows are left out")
        yield f"only: {{{_quoted(name)}: {_value(values)}}}  # {note}"


def _constants(mapping: CsvMapping, notes: Mapping[str, str]) -> Iterator[str]:
    if mapping.constants:
        yield "constants:"
    for path, value in mapping.constants.items():
        yield from _line(path, value, notes, "  ")


def _codes(mapping: CsvMapping, notes: Mapping[str, str]) -> Iterator[str]:
    if mapping.codes:
        yield "codes:"
    for path, codes in mapping.codes.items():
        note = notes.get(f"codes {path}")
        yield f"  {path}:" + (f"  # {note}" if note else "")
        for theirs, ours in codes.items():
            yield f"    {_quoted(theirs)}: {_quoted(ours)}"


def _line(name: str, value: Any, notes: Mapping[str, str], indent: str = "") -> Iterator[str]:
    note = notes.get(name)
    yield f"{indent}{_quoted(name)}: {_value(value)}" + (f"  # {note}" if note else "")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_quoted(it) for it in value)}]"
    return _quoted(str(value))


def _quoted(text: str) -> str:
    """Plain where YAML reads it as that text; quoted where not, and on one line."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    return f'"{escaped}"'
