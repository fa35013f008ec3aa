"""The rows of a CSV export, as Dutch systems and spreadsheets write them: where the header stands,
which separator there is, what is a row of the table and what is a total, a blank or a title.

Text in, cells out: knows no fields and no files (docs/csv.md, What is no row).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from msgspec import Struct

SEPARATORS: Final = ";,\t|"
# Above the header of an export stand its title and its date, and not much more.
HEAD_ROWS: Final = 20
_SEP: Final = re.compile(r"\ufeff?sep=(.)\r?\n?", re.IGNORECASE)
_TOTAL: Final = re.compile(
    r"((sub|eind)-?)?tota(al|len|l)\b|grand total\b|som\b|aantal\b", re.IGNORECASE
)


class Raw(NamedTuple):
    """A row as it stands: its text with its line end, over how many lines it goes, its cells."""

    text: str
    lines: int
    cells: list[str]


def cut(text: str, separator: str, *, is_end: bool) -> Iterator[Raw]:
    """The rows in `text`, which begins where a row does. Unless it is the end of the file the last
    one is left out: it may go on. csv.Error: a cell is larger than any that can be meant."""
    lines = list(io.StringIO(text, newline=""))
    rows, done = csv.reader(lines, delimiter=separator), 0
    for cells in rows:
        if rows.line_num == len(lines) and not is_end:
            return
        yield Raw("".join(lines[done : rows.line_num]), rows.line_num - done, cells)
        done = rows.line_num


class Table(Struct, frozen=True):
    """The header of an export: its columns, the separator, and what comes before its first row.

    `reach`: how many cells a row has at least, up to the last column that anybody reads.
    """

    columns: tuple[str, ...]
    separator: str
    before: str
    lines: int
    reach: int

    def row(self, cells: Sequence[str]) -> dict[str, str] | str | None:
        """The cells by column; what is wrong with the row; or None if all cells are empty.

        Empty cells beyond the header do not count, and spreadsheets leave empty ones at the end
        out.
        """
        full = _without_empty_end(cells)
        if not full:
            return None
        if not self.reach <= len(cells) or len(full) > len(self.columns):
            return f"The row has {len(cells)} cells, the header {len(self.columns)}."
        missing = [""] * (len(self.columns) - len(cells))
        return dict(zip(self.columns, [*cells, *missing], strict=False))


class NoTable(NamedTuple):
    """No row has the columns that are needed; those that the likeliest one lacks."""

    missing: tuple[str, ...]


def table(text: str, needed: Collection[str], separator: str | None) -> Table | NoTable:
    """The header in the beginning of a file: the first row with every column that is needed."""
    told = _SEP.match(text)
    body = text[told.end() :] if told else text
    known = separator or (told[1] if told else None)
    before, lines = (told[0], 1) if told else ("", 0)
    likeliest = set(needed)
    for row, mark in _candidates(body, known):
        before, lines = before + row.text, lines + row.lines
        columns = names(row.cells)
        missing = set(needed) - set(columns)
        if not missing and columns:
            reach = max((columns.index(it) + 1 for it in needed), default=0)
            return Table(columns, mark, before, lines, reach)
        likeliest = min(likeliest, missing, key=len)
    return NoTable(tuple(sorted(likeliest)))


def names(cells: Sequence[str]) -> tuple[str, ...]:
    """The names of columns: without the spaces around them and the empty ones at the end; the
    second of two that are the same is `Datum (2)`."""
    found: list[str] = []
    for cell in _without_empty_end(cells):
        name, n = " ".join(cell.replace("\ufeff", "").split()), 1
        while name and (name if n == 1 else f"{name} ({n})") in found:
            n += 1
        found.append(name if n == 1 else f"{name} ({n})")
    return tuple(found)


def is_total(row: Mapping[str, str], ids: Collection[str]) -> bool:
    """Whether it adds up others: it begins with a word like Totaal, and is no thing of its own, for
    a column of its id is empty, or is that word."""
    first = next((cell for cell in row.values() if cell.strip()), "")
    if not _TOTAL.match(first.strip()):
        return False
    return any(not row[column].strip() or row[column] == first for column in ids)


def likely_separator(line: str) -> str:
    """The mark that is most used in it."""
    return max(SEPARATORS, key=line.count)


def _candidates(text: str, known: str | None) -> Iterator[tuple[Raw, str]]:
    """The first rows, each by the separator that it has most."""
    for _ in range(HEAD_ROWS):
        mark = known or likely_separator(text.partition("\n")[0])
        try:
            row = next(cut(text, mark, is_end=True), None)
        except csv.Error:
            return
        if row is None:
            return
        yield row, mark
        text = text[len(row.text) :]


def _without_empty_end(cells: Sequence[str]) -> Sequence[str]:
    end = len(cells)
    while end and not cells[end - 1].strip():
        end -= 1
    return cells[:end]
