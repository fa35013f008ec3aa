"""The mapping file: which event of the other side is which fact, and what in it is which field.

What is read out of a path is written as a cell, so constants, codes and the ways to read a date, an
amount or a month are those of a CSV export (`hub.wire.csv_mapping`). The file is explained in
docs/connectors/cloudevents.md. Nothing here does IO.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

from connectors.seam import Draft
from hub.domain.facts import Cents
from hub.domain.time import AMSTERDAM, parse_instant
from hub.errors import Misconfigured
from hub.wire.cloudevents import Envelope
from hub.wire.csv_mapping import Constant, CsvMapping

_STEP: Final = re.compile(r"([^.\[\]]+)((?:\[[0-9]{1,4}\])*)")
_PLACE: Final = re.compile(r"\[([0-9]+)\]")
_WHOLE: Final = re.compile(r"-?[0-9]{1,15}")
_ATTRIBUTES: Final = ("@id", "@source", "@subject", "@time")


class NotThere(Exception):
    """What of an event cannot be read, and how to mend it; quotes nothing of it."""


class _Fact(Struct, rename="camel", forbid_unknown_fields=True):
    """One fact, as the file has it."""

    type: str
    paths: dict[str, str | list[str]]
    constants: dict[str, Constant] = {}
    codes: dict[str, dict[str, str]] = {}
    only: dict[str, list[str]] = {}
    dates: tuple[str, ...] = ("%Y-%m-%d", "%d-%m-%Y")
    decimal: Literal[",", "."] = "."
    amounts: Literal["euros", "cents"] = "euros"

    def pairs(self) -> Iterator[tuple[str, str]]:
        """(path, field) of everything that becomes a field."""
        for path, fields in self.paths.items():
            for field in [fields] if isinstance(fields, str) else fields:
                yield path, field

    def cells(self, name: str) -> CsvMapping:
        """As a mapping of cells, with a column for each path and field."""
        for path in (*self.paths, *self.only):
            steps_of(path, name)
        like_csv = {
            "type": self.type,
            "source": "",
            "id": "",
            "columns": {_column(*pair): pair[1] for pair in self.pairs()},
            "constants": self.constants,
            "codes": self.codes,
            "dates": self.dates,
            "decimal": self.decimal,
        }
        return CsvMapping.parse(msgspec.json.encode(like_csv), name)


class _Event(Struct, rename="camel", forbid_unknown_fields=True):
    facts: Annotated[list[_Fact], Meta(min_length=1)]
    key: list[str] = []


class _File(Struct, rename="camel", forbid_unknown_fields=True):
    events: dict[str, _Event]
    ignored: frozenset[str] = frozenset()


class _Mapped:
    """How one fact is read out of an event."""

    def __init__(self, fact: _Fact, name: str) -> None:
        self._fact = fact
        self._cells = fact.cells(name)
        self.type = fact.type
        try:
            self._cells.data_of(dict.fromkeys(self._cells.columns, "1"))
        except (AttributeError, TypeError):
            do = "two fields stand inside each other; name the inner ones only"
            raise Misconfigured(name, do) from None

    def takes(self, tree: Mapping[str, Any]) -> bool:
        """Whether the event is one of those that `only` asks for."""
        only = self._fact.only.items()
        return all(_text(found_at(tree, path)) in wanted for path, wanted in only)

    def data_of(self, tree: Mapping[str, Any]) -> dict[str, Any]:
        """The data of the fact. NotThere: a path leads to no plain value."""
        row = {
            _column(path, field): self._cell(tree, path, field)
            for path, field in self._fact.pairs()
        }
        return self._cells.data_of(row)

    def _cell(self, tree: Mapping[str, Any], path: str, field: str) -> str:
        value = found_at(tree, path)
        if isinstance(value, dict | list):
            raise NotThere(f"`{path}` is no plain value; name in the mapping what is inside it")
        kind = self._cells.kind_of(field)
        if kind == Cents:
            return self._amount(value)
        return _day(_text(value)) if kind is date else _text(value)

    def _amount(self, value: Any) -> str:
        """An amount as a cell has it, in euros."""
        told = _text(value)
        if self._fact.amounts == "cents" and _WHOLE.fullmatch(told):
            told = f"{Decimal(told) / 100:.2f}"
        elif isinstance(value, float):
            told = f"{value:.2f}"
        else:
            return told
        return told.replace(".", self._fact.decimal)


class EventMappings:
    """A mapping file, read."""

    def __init__(self, file: _File, name: str) -> None:
        self.ignored = file.ignored
        self._keys = {type_: tuple(it.key) for type_, it in file.events.items()}
        for path in (path for key in self._keys.values() for path in key):
            steps_of(path, name)
        self._facts = {
            type_: [_Mapped(fact, f"{name}, {type_}") for fact in it.facts]
            for type_, it in file.events.items()
        }

    @classmethod
    def parse(cls, raw: bytes, name: str) -> EventMappings:
        """The mappings in `raw`; Misconfigured says what is wrong with the file `name`."""
        try:
            file = msgspec.yaml.decode(raw, type=_File)
        except msgspec.DecodeError as error:
            raise Misconfigured(name, str(error)) from error
        return cls(file, name)

    def knows(self, type_: str) -> bool:
        return type_ in self._facts

    def key_of(self, type_: str, tree: Mapping[str, Any]) -> tuple[str, ...] | None:
        """What names the thing that the event is about; None: the event itself. NotThere: it lacks
        what should name it."""
        paths = self._keys[type_]
        values = tuple(_text(found_at(tree, path)) for path in paths)
        for path, value in zip(paths, values, strict=True):
            if not value:
                raise NotThere(f"it has no `{path}`, by which the mapping knows what it is about")
        return values or None

    def drafts_of(self, type_: str, tree: Mapping[str, Any]) -> tuple[Draft, ...]:
        """The facts that the event says now. NotThere: a path leads to no plain value."""
        return tuple(
            Draft(mapped.type, mapped.data_of(tree), str(place))
            for place, mapped in enumerate(self._facts[type_])
            if mapped.takes(tree)
        )


def tree_of(envelope: Envelope, data: Any) -> dict[str, Any]:
    """What paths lead into: the data, and the attributes behind an `@`."""
    attributes = (envelope.id, envelope.source, envelope.subject, envelope.time)
    named = dict(zip(_ATTRIBUTES, attributes, strict=True))
    return {**(data if isinstance(data, dict) else {}), **named}


def steps_of(path: str, name: str) -> tuple[str | int, ...]:
    """The keys and places on a path; Misconfigured if it is none."""
    found = _steps_of(path)
    if found is None or (path.startswith("@") and path not in _ATTRIBUTES):
        do = f"`{path}` is no path; write names with dots, places like `[0]`, or one of "
        raise Misconfigured(name, do + ", ".join(_ATTRIBUTES))
    return found


def found_at(tree: Mapping[str, Any], path: str) -> Any:
    """What is there; None if nothing is."""
    value: Any = tree
    for step in _steps_of(path) or ():
        if isinstance(step, int):
            is_there = isinstance(value, list) and step < len(value)
            value = value[step] if is_there else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


@lru_cache(maxsize=4096)
def _steps_of(path: str) -> tuple[str | int, ...] | None:
    steps: list[str | int] = []
    for part in path.split("."):
        found = _STEP.fullmatch(part)
        if found is None:
            return None
        steps += [found[1], *(int(place) for place in _PLACE.findall(found[2]))]
    return tuple(steps)


def _text(value: Any) -> str:
    """A plain value as a cell has it; nothing for what is not there, or is not plain."""
    if value is None or isinstance(value, dict | list):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _day(text: str) -> str:
    """The day in Amsterdam of an instant, for fields that are a date."""
    if "T" not in text.upper():
        return text
    try:
        at = datetime.fromtimestamp(parse_instant(text) / 1000, AMSTERDAM)
    except (ValueError, OverflowError):
        return text
    return at.date().isoformat()


def _column(path: str, field: str) -> str:
    return f"{path} → {field}"
