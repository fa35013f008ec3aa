"""How a cell is read, as Dutch systems and spreadsheets write it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hub.wire import csv_cells

DAYS = ("%d-%m-%Y", "%Y-%m-%d", "%d-%b-%y", "%d %B %Y")


@pytest.mark.parametrize(
    ("cell", "cents"),
    [
        ("612,50", 61250),
        ("€ 1.225,00", 122500),
        ("EUR 612,5", 61250),
        ("612,50 €", 61250),
        ("612,-", 61200),
        ("€ 612,--", 61200),
        ("-45,00", -4500),
        ("- 45,00", -4500),
        ("45,00-", -4500),
        ("1 225,00", 122500),
        ("-45,00-", "-45,00-"),
        ("1.22,00", "1.22,00"),
        ("1225.00", "1225.00"),
        ("twaalf", "twaalf"),
    ],
)
def test_an_amount_is_read_in_cents(cell: str, cents: int | str) -> None:
    assert csv_cells.cents(cell, ",") == cents


def test_an_amount_with_a_point_is_read_where_the_mapping_says_so() -> None:
    assert csv_cells.cents("1,225.50", ".") == 122550
    assert csv_cells.cents("1.225,50", ".") == "1.225,50"


@pytest.mark.parametrize(
    ("cell", "month"),
    [
        ("2026-03", "2026-03"),
        ("202603", "2026-03"),
        ("03-2026", "2026-03"),
        ("3/2026", "2026-03"),
        ("2026-3", "2026-03"),
        ("mrt-26", "2026-03"),
        ("mrt 2026", "2026-03"),
        ("Maart 2026", "2026-03"),
        ("okt. 2026", "2026-10"),
        ("01-03-2026", "2026-03"),
        ("2026-03-01", "2026-03"),
        ("maart", "maart"),
        ("13e maand", "13e maand"),
    ],
)
def test_a_month_is_read_however_it_is_written(cell: str, month: str) -> None:
    assert csv_cells.month(cell, DAYS) == month


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("01-03-2026", "2026-03-01"),
        ("1-3-2026", "2026-03-01"),
        ("2026-03-01", "2026-03-01"),
        ("1-mrt-26", "2026-03-01"),
        ("1 maart 2026", "2026-03-01"),
        ("31-okt-26", "2026-10-31"),
        ("31-02-2026", "31-02-2026"),
        ("01-03-0026", "01-03-0026"),
        ("1 march 2026", "2026-03-01"),
    ],
)
def test_a_day_is_read_by_the_forms_of_the_mapping(cell: str, day: str) -> None:
    assert csv_cells.day(cell, DAYS) == day


@pytest.mark.parametrize(
    ("read", "cell", "value"),
    [
        pytest.param(csv_cells.plain, "\u00a0H-1\u202f ", "H-1", id="spaces that are none"),
        pytest.param(csv_cells.plain, '="0988"', "0988", id="a formula that keeps zeros"),
        pytest.param(csv_cells.plain, "'0988", "0988", id="an apostrophe that keeps zeros"),
        pytest.param(csv_cells.plain, '="', '="', id="half a formula"),
        pytest.param(csv_cells.address, "988200000001001", "0988200000001001", id="a zero lost"),
        pytest.param(csv_cells.address, "9,882E+14", "9,882E+14", id="digits lost"),
        pytest.param(csv_cells.gemeente, "988", "0988", id="a zero lost of a gemeente"),
        pytest.param(csv_cells.gemeente, "0988200000001001", "0988", id="a gemeente in the BAG"),
        pytest.param(csv_cells.gemeente, "988200000001001", "0988", id="that, without its zero"),
        pytest.param(csv_cells.gemeente, "Weert", "Weert", id="a name is no code"),
    ],
)
def test_what_a_spreadsheet_made_of_a_cell_is_undone(
    read: Callable[[str], Any], cell: str, value: str
) -> None:
    assert read(cell) == value
