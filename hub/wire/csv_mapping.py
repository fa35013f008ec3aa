"""The mapping file of a CSV export: which column is which field, and how its cells are written.

How a cell is read follows from the type of its field: a date by the formats of the mapping, cents
out of `1.234,56`, a month, a yes or a no (`hub.wire.csv_cells`). A cell that does not fit stays as
it is, for intake to refuse with the path of the field. The file is explained in docs/csv.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cached_property
from hashlib import blake2b
from typing import Annotated, Any, Final, Literal, TypeAlias, get_args, get_origin

import msgspec
from msgspec import Struct

from hub.domain.facts import CATALOGUE, Cents, Period
from hub.errors import Misconfigured
from hub.wire import csv_cells
from hub.wire.csv_cells import plain
from hub.wire.shapes import SHAPES, Gemeente, Moment, is_optional

Separator: TypeAlias = Literal[";", ",", "\t", "|"]
Constant: TypeAlias = str | int | bool | list[str]

_STEP: Final = re.compile(r"([A-Za-z]+)(?:\[([0-9])\])?")
# A column may lead to a reference by one word; whose number it is follows from it.
REFERENCES: Final = ("lease", "dossier", "address")


class CsvMapping(Struct, rename="camel", forbid_unknown_fields=True, dict=True):
    """A mapping file, read. Paths are those of the data: `dueDate`, `references[0].value`; and
    `lease`, `dossier` or `address` for a whole reference.

    `source` and `party` are those of whoever sends; a connector knows them from its settings.
    """

    type: str
    id: str | list[str]
    columns: dict[str, str | list[str]]
    source: str = ""
    party: str = ""
    constants: dict[str, Constant] = {}
    codes: dict[str, dict[str, str]] = {}
    only: dict[str, list[str]] = {}
    dates: tuple[str, ...] = ("%d-%m-%Y", "%Y-%m-%d")
    decimal: Literal[",", "."] = ","
    separator: Separator | None = None
    encoding: Literal["utf-8", "cp1252", "utf-16"] = "utf-8"

    @classmethod
    def parse(cls, raw: bytes, name: str) -> CsvMapping:
        """The mapping in `raw`; Misconfigured says what is wrong with the file `name`."""
        try:
            mapping = msgspec.yaml.decode(raw, type=cls)
        except msgspec.DecodeError as error:
            raise Misconfigured(name, str(error)) from error
        if mapping.type not in CATALOGUE:
            raise Misconfigured(name, "`type` is a fact type, like rent-missed")
        for path in (*mapping.constants, *mapping.codes, *(path for _, path in mapping.cells)):
            if mapping.kind_of(path) is None:
                raise Misconfigured(name, f"{mapping.type} has no field `{path}`")
        return mapping

    @property
    def codec(self) -> str:
        """What Python calls the encoding; a byte order mark is no part of the first column."""
        return "utf-8-sig" if self.encoding == "utf-8" else self.encoding

    @cached_property
    def cells(self) -> tuple[tuple[str, str], ...]:
        """(column, path) of every cell that becomes a field."""
        return tuple(
            (column, path)
            for column, paths in self.columns.items()
            for path in ([paths] if isinstance(paths, str) else paths)
        )

    @cached_property
    def _readers(self) -> tuple[tuple[str, str, Callable[[str], Any]], ...]:
        return tuple((column, path, self._reader(path)) for column, path in self.cells)

    @property
    def ids(self) -> list[str]:
        """The columns that tell rows apart."""
        return [self.id] if isinstance(self.id, str) else self.id

    @property
    def needed(self) -> frozenset[str]:
        """Every column that is read."""
        return frozenset({*self.columns, *self.only, *self.ids})

    @property
    def names_its_party(self) -> bool:
        """Whether a column is a number that its party gave."""
        return any(path in ("lease", "dossier") for _, path in self.cells)

    def lacks(self) -> list[str]:
        """The fields that every fact of this type must have, and that neither a column nor a
        constant fills."""
        filled = {*self.constants, *(path for _, path in self.cells)}
        return [
            path
            for path in _required(SHAPES[self.type])
            if not any(it == path or it.startswith((f"{path}[", f"{path}.")) for it in filled)
            and not (path == "references" and filled & {*REFERENCES})
        ]

    def kind_of(self, path: str) -> Any:
        """The type of the field at `path`; None if the fact type has no such field."""
        kind: Any = SHAPES[self.type]
        if path in REFERENCES:
            return str if self.kind_of("references") is not None else None
        for step in path.split("."):
            found = _STEP.fullmatch(step)
            fields = {it.encode_name: it.type for it in _fields(kind)}
            if found is None or found[1] not in fields:
                return None
            kind = _bare(fields[found[1]])
            if found[2]:
                kind = _bare(get_args(_inner(kind))[0])
        return kind

    def takes(self, row: Mapping[str, str]) -> bool:
        """Whether the row is one of those that `only` asks for."""
        return all(plain(row[column]) in wanted for column, wanted in self.only.items())

    def key_of(self, row: Mapping[str, str]) -> str:
        """What stands in the columns of the id; as a digest where they are several, for an id may
        not contain a reference, and the columns that tell rows apart often do."""
        if isinstance(self.id, str):
            return plain(row[self.id])
        said = "\x1f".join([self.type, *(plain(row[column]) for column in self.id)])
        return blake2b(said.encode(), digest_size=16).hexdigest()

    def data_of(self, row: Mapping[str, str]) -> dict[str, Any]:
        """The data of the event; an empty cell is no field."""
        data: dict[str, Any] = {}
        for path, value in self.constants.items():
            _put(data, path, value)
        found: list[tuple[str, str]] = []
        for column, path, read in self._readers:
            cell = plain(row[column])
            if cell and path in REFERENCES:
                found.append((path, read(cell)))
            elif cell:
                _put(data, path, read(cell))
        for scheme, value in found:
            issuer = "bag" if scheme == "address" else self.party
            reference = {"scheme": scheme, "issuer": issuer, "value": value}
            data.setdefault("references", []).append(reference)
        return data

    def _reader(self, path: str) -> Callable[[str], Any]:
        kind = self.kind_of(path)
        if path in self.codes:
            codes = self.codes[path]
            return lambda cell: codes.get(cell, codes.get("*", cell))
        if kind is date:
            return lambda cell: csv_cells.day(cell, self.dates)
        if kind == Moment:
            return lambda cell: csv_cells.instant(cell, self.dates)
        if kind == Cents:
            return lambda cell: csv_cells.cents(cell, self.decimal)
        if kind == Period:
            return lambda cell: csv_cells.month(cell, self.dates)
        if kind == Gemeente:
            return csv_cells.gemeente
        if path == "address":
            return csv_cells.address
        return {int: csv_cells.number, bool: csv_cells.yes_or_no}.get(_inner(kind), str)


def _put(data: dict[str, Any], path: str, value: Any) -> None:
    """Set the field at `path`, making the objects and lists on the way."""
    *outer, last = path.split(".")
    for step in outer:
        found = _STEP.fullmatch(step)
        assert found is not None  # parse has looked at every path
        if found[2] is None:
            data = data.setdefault(found[1], {})
            continue
        listed = data.setdefault(found[1], [])
        listed.extend({} for _ in range(int(found[2]) + 1 - len(listed)))
        data = listed[int(found[2])]
    data[last] = value


def _fields(kind: Any) -> tuple[msgspec.structs.FieldInfo, ...]:
    is_struct = isinstance(kind, type) and issubclass(kind, Struct)
    return msgspec.structs.fields(kind) if is_struct else ()


def _bare(kind: Any) -> Any:
    return get_args(kind)[0] if is_optional(kind) else kind


def _inner(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _required(shape: Any, prefix: str = "") -> list[str]:
    """The paths of what must be there."""
    found: list[str] = []
    for it in _fields(shape):
        if it.required:
            found += _required(it.type, f"{prefix}{it.encode_name}.") or [prefix + it.encode_name]
    return found
