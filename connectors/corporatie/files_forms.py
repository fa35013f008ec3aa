"""What a row of a dropped file says: a row of CSV by its mapping, a line of JSON by itself. Pure.

A row that cannot be a fact becomes an Unmapped that names the column and what was expected there,
before anything goes to the hub. Of a row that may be of another tenant than those that the mapping
takes, no byte is kept.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date
from hashlib import blake2b
from typing import Any, Final

import msgspec
from msgspec import Struct

from connectors.corporatie.files_pages import (
    Coded,
    NoForm,
    Opened,
    Spoilt,
    Spot,
    codec_of,
    decoded,
    encoded,
    first_lines,
    is_text,
    kept,
)
from connectors.seam import Draft, Entry, Record, Unmapped
from hub.domain.facts import CATALOGUE, Cents, Period
from hub.domain.refusals import Refused, Violation
from hub.domain.time import Instant
from hub.wire import csv_rows, strict_json
from hub.wire.cloudevents import Envelope, decode
from hub.wire.csv_mapping import REFERENCES, CsvMapping
from hub.wire.csv_rows import NoTable, Raw, Table
from hub.wire.fields import flaws_of
from hub.wire.shapes import Moment

_NOT_UTF: Final = "it is not all in {0}; write as `encoding` in the mapping what it was written in"
_MOST_LINES: Final = 100
_MEND: Final = "; mend the row and drop the file again, or mend the mapping"
_DAY: Final = date(2026, 1, 31)


class CsvKind(Struct, frozen=True):
    """Files of rows by a mapping. `end_line`: how the line begins that tells their end, if any."""

    mapping: CsvMapping
    end_line: str | None = None

    def opened(self, head: bytes, changed: Instant) -> Opened | NoForm:
        if (workbook := workbook_in(head)) is not None:
            return NoForm(workbook)
        coded = codec_of(head, self.mapping.encoding)
        if isinstance(coded, NoForm):
            return coded
        found = _table(head, coded, self.mapping)
        if isinstance(found, NoForm):
            return found
        offset = coded[1] + len(encoded(found.before, coded[0]))
        rows = _Rows(self.mapping, found, coded[0], self.end_line)
        return Opened(rows, Spot(offset, found.lines))


class _Rows(Struct, frozen=True):
    mapping: CsvMapping
    table: Table
    codec: str
    end_line: str | None

    def rows(self, text: str, *, is_end: bool) -> Iterator[Raw]:
        return sound_rows(text, self.table, is_end=is_end)

    def entry(self, row: Raw, where: str) -> Entry | Spoilt | None:
        if self.end_line is not None and row.text.startswith(self.end_line):
            return None
        cells = self.table.row(row.cells)
        if isinstance(cells, str):
            # Whose row it is cannot be said: it may be of anybody.
            raw = b"" if self.mapping.only else kept(row.text, self.codec)
            return Unmapped(where, cells.rstrip(".") + _MEND, raw)
        if cells is None or not self.mapping.takes(cells):
            return None
        if csv_rows.is_total(cells, self.mapping.ids):
            return None
        return self._said(cells, row, where)

    def _said(self, cells: dict[str, str], row: Raw, where: str) -> Entry | Spoilt:
        mapping, raw = self.mapping, kept(row.text, self.codec)
        if not is_text(row.text):
            return Unmapped(where, _NOT_UTF.format(mapping.encoding), raw)
        if not any(cells[column].strip() for column in mapping.ids):
            told = f"column {' and '.join(mapping.ids)}: it is empty, and tells rows apart"
            return Unmapped(where, told + _MEND, raw)
        data = mapping.data_of(cells)
        if flaws := flaws_of(mapping.type, data):
            why = ", and ".join(_in_words(it, mapping, cells) for it in flaws) + _MEND
            return Spoilt(Unmapped(where, why, raw), _key(mapping, cells))
        return Record(_key(mapping, cells), (Draft(mapping.type, data),), where)


class JsonKind(Struct, frozen=True):
    """Files of CloudEvents, one a line (facts document, Wire)."""

    end_line: str | None = None

    def opened(self, head: bytes, changed: Instant) -> Opened | NoForm:
        coded = codec_of(head, "utf-8")
        if isinstance(coded, NoForm):
            return NoForm("it is in UTF-16; JSON Lines are in UTF-8")
        return Opened(_Lines(self.end_line), Spot(coded[1], 0))


class _Lines(Struct, frozen=True):
    end_line: str | None
    codec: str = "utf-8"

    def rows(self, text: str, *, is_end: bool) -> Iterator[Raw]:
        return whole_lines(text, is_end=is_end)

    def entry(self, row: Raw, where: str) -> Entry | None:
        raw = encoded(row.text, self.codec).strip()
        if not raw or (self.end_line is not None and row.text.startswith(self.end_line)):
            return None
        event = decode(raw)
        if isinstance(event, Refused):
            return Unmapped(where, _refusal(event), raw)
        return _event(event, raw, where)


def sound_rows(text: str, table: Table, *, is_end: bool) -> Iterator[Raw]:
    """The rows in it. One of several lines that does not fit the header, or in which a quote has no
    other half, opens one that nobody closed: its first line is a row of its own, and the next ones
    are read as what they are. Else they would be a cell of it, and nobody would know."""
    lines = list(io.StringIO(text, newline=""))
    at = 0
    while at < len(lines):
        for row in _rows(lines, at, table.separator, is_end=is_end):
            if row.lines > 1 and _is_unsound(row, table):
                yield next(csv_rows.cut(lines[at], table.separator, is_end=True))
                at += 1
                break
            yield row
            at += row.lines
        else:
            return


def _is_unsound(row: Raw, table: Table) -> bool:
    is_odd = row.text.count('"') % 2 == 1 or row.lines >= _MOST_LINES
    return is_odd or isinstance(table.row(row.cells), str)


def _rows(lines: Sequence[str], at: int, separator: str, *, is_end: bool) -> Iterator[Raw]:
    """As `csv_rows.cut`, from a line on. A row is cut off that has too many lines: whoever drops a
    file in which each line opens a quote would keep us busy for the square of them."""
    begin = at

    def fed() -> Iterator[str]:
        for place in range(at, len(lines)):
            if place - begin >= _MOST_LINES:
                return
            yield lines[place]

    found = csv.reader(fed(), delimiter=separator)
    for cells in found:
        end = at + found.line_num
        if end == len(lines) and not is_end:
            return
        yield Raw("".join(lines[begin:end]), end - begin, cells)
        begin = end


def whole_lines(text: str, *, is_end: bool) -> Iterator[Raw]:
    """The lines in it; the last one only if it has its end, or is the end of the file."""
    return (Raw(it, 1, []) for it in first_lines(text) if is_end or it.endswith("\n"))


def workbook_in(head: bytes) -> str | None:
    """What to do, if it is what a spreadsheet itself keeps."""
    is_one = head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))
    return "it is a workbook; save it as CSV (UTF-8)" if is_one else None


def _table(head: bytes, coded: Coded, mapping: CsvMapping) -> Table | NoForm:
    codec, mark = coded
    text = decoded(head[mark:], codec, is_end=False)
    if not text.strip():
        return NoForm("it is empty; have it exported again")
    found = csv_rows.table(text, mapping.needed, mapping.separator)
    if isinstance(found, NoTable):
        missing = ", ".join(f"`{it}`" for it in found.missing)
        return NoForm(f"it has no columns {missing}; add them, or change the mapping")
    return found


def _key(mapping: CsvMapping, cells: dict[str, str]) -> str:
    """A digest, for a key is remembered and often is the number of a lease."""
    return blake2b(mapping.key_of(cells).encode(), digest_size=16).hexdigest()


def _event(event: Envelope, raw: bytes, where: str) -> Entry:
    if event.type not in CATALOGUE:
        return Unmapped(where, "its type is none of the catalogue; write nl.seintje.<type>.v1", raw)
    if event.form != "json":
        return Unmapped(where, "its data is Avro; write it as JSON in a file", raw)
    try:
        data: Any = strict_json.read(event.raw or b"null")
    except strict_json.BROKEN:
        return Unmapped(where, "its data is no JSON with each key once; mend it", raw)
    flaws = flaws_of(event.type, data)
    if flaws:
        told = ", and ".join(f"{it.path}: {it.expected}" for it in flaws)
        return Unmapped(where, f"{told}; mend it and send it in a new file", raw)
    own = (event.source, event.id)
    return Record(msgspec.json.encode(own).decode(), (Draft(event.type, data, own=own),), where)


def _refusal(refused: Refused) -> str:
    fields = "".join(f", {it.path}: {it.expected}" for it in refused.violations)
    return f"{refused.detail.rstrip('.')}{fields}; mend it and send it in a new file"


def _in_words(flaw: Violation, mapping: CsvMapping, cells: dict[str, str]) -> str:
    """What is wrong, by the column that it comes from."""
    path = flaw.path.removeprefix("data.")
    is_reference = path.startswith("references")
    columns = [
        column for column, to in mapping.cells if to == path or (is_reference and to in REFERENCES)
    ]
    if not columns:
        return f"{path}: {flaw.expected}"
    wanted = _wanted(mapping, path) or flaw.expected
    if not any(cells[column].strip() for column in columns):
        return f"column {columns[0]}: it is empty, expected {wanted}"
    return f"column {columns[0]}: expected {wanted}"


def _wanted(mapping: CsvMapping, path: str) -> str | None:
    """What a cell should look like, where the event has it in another form than people write."""
    kind = None if path in mapping.codes else mapping.kind_of(path)
    if kind == Cents:
        like = "1.225,00" if mapping.decimal == "," else "1225.00"
        return f"an amount of 0 or more, like {like} (`decimal` in the mapping)"
    if kind == Moment or kind is date:
        written = mapping.dates[0].replace("%B", "januari").replace("%b", "jan")
        return f"a day that is there, like {_DAY.strftime(written)} (`dates` in the mapping)"
    if kind == Period:
        return "a month, like 01-2026 or januari 2026"
    return "ja or nee" if kind is bool else None
