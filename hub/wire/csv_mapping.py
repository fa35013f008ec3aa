"""The mapping file of a CSV export: which column is which field, and how its cells are written.

How a cell is read follows from the type of its field: a date by the formats of the mapping, cents
out of `1.234,56`, a month, a yes or a no. A cell that does not fit stays as it is, for intake to
refuse with the path of the field. The file is explained in docs/csv.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Any, Final, Literal, TypeAlias, get_args, get_origin

import msgspec
from msgspec import Struct

from hub.domain.facts import CATALOGUE, Cents, Period
from hub.domain.time import AMSTERDAM
from hub.errors import Misconfigured
from hub.wire.shapes import SHAPES, Moment, is_optional

Constant: TypeAlias = str | int | bool | list[str]

_STEP: Final = re.compile(r"([A-Za-z]+)(?:\[([0-9])\])?")
_MONEY: Final = {
    ",": re.compile(r"(-?)(\d{1,3}(?:\.\d{3})+|\d+)(?:,(\d{1,2}))?"),
    ".": re.compile(r"(-?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d{1,2}))?"),
}
_YES: Final = frozenset({"ja", "j", "yes", "y", "true", "waar", "1", "x"})
_NO: Final = frozenset({"nee", "n", "no", "false", "onwaar", "0"})
_MONTH: Final = re.compile(r"(\d{4})-?(\d\d)|(\d\d)[-/](\d{4})")


class CsvMapping(Struct, rename="camel", forbid_unknown_fields=True, dict=True):
    """A mapping file, read. Paths are those of the data: `dueDate`, `references[0].value`."""

    type: str
    source: str
    id: str | list[str]
    columns: dict[str, str | list[str]]
    constants: dict[str, Constant] = {}
    codes: dict[str, dict[str, str]] = {}
    only: dict[str, list[str]] = {}
    dates: tuple[str, ...] = ("%d-%m-%Y", "%Y-%m-%d")
    decimal: Literal[",", "."] = ","
    separator: Literal[";", ",", "\t"] | None = None
    encoding: Literal["utf-8", "cp1252"] = "utf-8"

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

    def kind_of(self, path: str) -> Any:
        """The type of the field at `path`; None if the fact type has no such field."""
        kind: Any = SHAPES[self.type]
        for step in path.split("."):
            found = _STEP.fullmatch(step)
            fields = {it.encode_name: it.type for it in _fields(kind)}
            if found is None or found[1] not in fields:
                return None
            kind = _bare(fields[found[1]])
            if found[2]:
                kind = _bare(get_args(_inner(kind))[0])
        return kind

    def require(self, header: Iterable[str], name: str) -> None:
        """Misconfigured if the mapping names a column that is not in the header."""
        ids = [self.id] if isinstance(self.id, str) else self.id
        missing = {*self.columns, *self.only, *ids} - set(header)
        if missing:
            told = ", ".join(sorted(missing))
            raise Misconfigured(f"{name}, line 1", f"add the columns {told}, or change the mapping")

    def takes(self, row: Mapping[str, str]) -> bool:
        """Whether the row is one of those that `only` asks for."""
        return all(row[column].strip() in wanted for column, wanted in self.only.items())

    def data_of(self, row: Mapping[str, str]) -> dict[str, Any]:
        """The data of the event; an empty cell is no field."""
        data: dict[str, Any] = {}
        for path, value in self.constants.items():
            _put(data, path, value)
        for column, path, read in self._readers:
            cell = row[column].strip()
            if cell:
                _put(data, path, read(cell))
        return data

    def _reader(self, path: str) -> Callable[[str], Any]:
        kind = self.kind_of(path)
        if path in self.codes:
            codes = self.codes[path]
            return lambda cell: codes.get(cell, codes.get("*", cell))
        if kind is date:
            return lambda cell: self._dated(cell, date_only=True)
        if kind == Moment:
            return lambda cell: self._dated(cell, date_only=False)
        if kind == Cents:
            return lambda cell: _cents(cell, _MONEY[self.decimal])
        if kind == Period:
            return _month
        return {int: _number, bool: _yes_or_no}.get(_inner(kind), str)

    def _dated(self, cell: str, *, date_only: bool) -> str:
        for written in self.dates:
            try:
                wall = datetime.strptime(cell, written).replace(tzinfo=AMSTERDAM)
            except ValueError:
                continue
            return wall.date().isoformat() if date_only or "%H" not in written else wall.isoformat()
        return cell


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


def _cents(cell: str, written: re.Pattern[str]) -> int | str:
    found = written.fullmatch(cell.removeprefix("€").strip())
    if found is None:
        return cell
    euros = int(re.sub(r"\D", "", found[2]))
    return int(f"{found[1]}{euros * 100 + int((found[3] or '').ljust(2, '0'))}")


def _month(cell: str) -> str:
    found = _MONTH.fullmatch(cell)
    if found is None:
        return cell
    return f"{found[1]}-{found[2]}" if found[1] else f"{found[4]}-{found[3]}"


def _number(cell: str) -> int | str:
    return int(cell) if re.fullmatch(r"-?[0-9]{1,12}", cell) else cell


def _yes_or_no(cell: str) -> bool | str:
    known = cell.lower()
    return known in _YES if known in _YES | _NO else cell
