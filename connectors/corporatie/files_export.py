"""An export that nobody described, as it is seen: how its bytes are text, where its header is, what
its columns look like. Knows no fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from connectors.corporatie.files_forms import workbook_in
from connectors.corporatie.files_pages import Coded, NoForm, codec_of, decoded, is_text
from connectors.corporatie.files_shapes import Column, column
from hub.errors import Misconfigured
from hub.wire import csv_rows

HEAD_BYTES: Final = 512 * 1024
_ROWS: Final = 1000
_CELL: Final = re.compile(r"[0-9]{3}|^[€0-9.,-]+$")


class Export(Struct, frozen=True):
    """An export as it was seen: how its bytes are text, what stands above its header, which marks
    it has, its columns."""

    encoding: str
    title: str
    separator: str
    columns: tuple[Column, ...]
    rows: int


def seen(head: bytes, name: str) -> Export:
    """By the beginning of the file. Misconfigured: it is no table."""
    if (workbook := workbook_in(head)) is not None:
        raise Misconfigured(name, workbook)
    codec, mark = _coded(head)
    text = decoded(head[mark:], codec, is_end=len(head) < HEAD_BYTES)
    if len(head) == HEAD_BYTES:
        text = text[: text.rfind("\n") + 1]
    separator = _separator(text)
    rows = list(_first_rows(text, separator))
    at = _header(rows)
    if at is None:
        raise Misconfigured(name, "no row of it looks like a header; export it as a table with one")
    names = csv_rows.names(rows[at])
    table = csv_rows.Table(names, separator, "", 0, 1)
    found = [it for it in map(table.row, rows[at + 1 :]) if isinstance(it, dict)]
    body = [it for it in found if not csv_rows.is_total(it, names[1:])]
    columns = tuple(column(it, [row[it] for row in body]) for it in names if it)
    title = " ".join(cell for row in rows[:at] for cell in row)
    encoding = {"utf-16-le": "utf-16", "utf-16-be": "utf-16"}.get(codec, codec)
    return Export(encoding, title, separator, columns, len(body))


def _coded(head: bytes) -> Coded:
    for encoding in ("utf-8", "utf-16"):
        found = codec_of(head, encoding)
        if not isinstance(found, NoForm) and found[1]:
            return found
    if head[1:2] == b"\0":
        return "utf-16-le", 0
    return ("utf-8" if is_text(decoded(head, "utf-8", is_end=False)) else "cp1252"), 0


def _separator(text: str) -> str:
    """As told, or the one by which most rows have as many cells as most others."""
    told = re.match(r"sep=(.)\r?\n", text, re.IGNORECASE)
    if told is not None:
        return told[1]

    def fit(mark: str) -> tuple[int, int]:
        widths = [len(row) for row in _first_rows(text, mark) if len(row) > 1]
        usual = max(set(widths), key=widths.count, default=0)
        return widths.count(usual), usual

    return max(csv_rows.SEPARATORS, key=fit)


def _first_rows(text: str, separator: str) -> Iterator[list[str]]:
    if text[:4].lower() == "sep=":
        text = text.partition("\n")[2]
    for n, row in enumerate(csv_rows.cut(text, separator, is_end=True)):
        if n == _ROWS:
            return
        yield row.cells


def _header(rows: Sequence[Sequence[str]]) -> int | None:
    """The first row that has nearly as many names as there are columns, and no day or amount."""
    widths = [sum(bool(it.strip()) for it in row) for row in rows]
    usual = max(widths, default=0)
    for at, row in enumerate(rows[: csv_rows.HEAD_ROWS]):
        names = [it for it in row if it.strip()]
        is_named = all(" ".join(it.split()).isprintable() for it in names)
        is_named = is_named and not any(_CELL.search(it.strip()) for it in names)
        if usual > 1 and widths[at] >= max(2, 0.6 * usual) and is_named:
            return at
    return None
