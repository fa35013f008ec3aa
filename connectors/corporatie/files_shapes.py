"""What the cells of a column look like: a day, an amount, a month, a yes or no, a BAG number.

Looks at forms only. A column may look like several things (`1` is a yes, a number and an amount);
what its name says decides between them (files_fields).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import partial
from typing import Final

from msgspec import Struct

from hub.wire import csv_cells
from hub.wire.csv_cells import Decimal

DATES: Final = (
    "%d-%m-%Y", "%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%Y%m%d", "%d-%m-%y", "%d/%m/%y",
    "%d-%b-%y", "%d-%b-%Y", "%d %B %Y", "%d %b %Y",
    "%d-%m-%Y %H:%M", "%d-%m-%Y %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y",
)  # fmt: skip
# A slip of the pen in one of twenty rows does not change what a column is.
_MOST: Final = 0.95
_FEW: Final = 24
# A nummeraanduiding; other things of the BAG have other digits there (a verblijfsobject 01).
_BAG: Final = re.compile(r"[0-9]{3,4}20[0-9]{10}")
_CBS: Final = re.compile(r"[0-9]{3,4}")
_CODE: Final = re.compile(r"[^0-9]{1,40}|[A-Za-z0-9 ._/-]{1,20}")
_MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


class Shape(Enum):
    DAY = "day"
    MONEY = "amount"
    MONTH = "month"
    TRUTH = "yes or no"
    NUMBER = "number"
    BAG = "number of the BAG"
    CBS = "code of a gemeente"
    CODE = "one of a few words"
    TEXT = "text"
    EMPTY = "empty"


class Column(Struct, frozen=True):
    """A column as it was seen: its name, what it looks like, how its days and amounts are written,
    and its values if they are few. `is_unique`: no cell of it is empty or stands there twice."""

    name: str
    shapes: frozenset[Shape]
    date: str | None
    decimals: frozenset[Decimal]
    values: tuple[str, ...]
    is_unique: bool


def column(name: str, cells: Sequence[str]) -> Column:
    """By the cells of some rows."""
    found = [it for it in map(csv_cells.plain, cells) if it]
    if not found:
        return Column(name, frozenset({Shape.EMPTY}), None, frozenset(), (), False)
    counted = Counter(found)
    date = next((it for it in DATES if _most(found, partial(_is_day, written=it))), None)
    marks: tuple[Decimal, ...] = (",", ".")
    decimals = frozenset(it for it in marks if _most(found, partial(_is_money, decimal=it)))
    shapes = {Shape.TEXT}
    shapes |= {shape for shape, fits in _FITS.items() if _most(found, fits)}
    shapes |= {Shape.DAY} if date else set()
    shapes |= {Shape.MONEY} if decimals else set()
    if len(counted) <= _FEW and _most(found, lambda cell: bool(_CODE.fullmatch(cell))):
        shapes.add(Shape.CODE)
    values = tuple(sorted(counted)) if Shape.CODE in shapes else ()
    is_unique = len(found) == len(cells) and max(counted.values()) == 1
    return Column(name, frozenset(shapes), date, decimals, values, is_unique)


def _most(cells: Sequence[str], fits: Callable[[str], bool]) -> bool:
    return sum(map(fits, cells)) >= _MOST * len(cells)


def _is_day(cell: str, written: str) -> bool:
    wall = csv_cells.moment(cell, (written,))
    return wall is not None and wall.year < 2200


def _is_money(cell: str, decimal: Decimal) -> bool:
    return not isinstance(csv_cells.cents(cell, decimal), str) and len(cell) < 14


_FITS: Final[Mapping[Shape, Callable[[str], bool]]] = {
    Shape.MONTH: lambda cell: bool(_MONTH.fullmatch(csv_cells.month(cell, ()))),
    Shape.TRUTH: lambda cell: cell.lower() in csv_cells.YES | csv_cells.NO,
    Shape.NUMBER: lambda cell: isinstance(csv_cells.number(cell), int),
    Shape.BAG: lambda cell: bool(_BAG.fullmatch(cell)),
    Shape.CBS: lambda cell: bool(_CBS.fullmatch(cell)),
}
