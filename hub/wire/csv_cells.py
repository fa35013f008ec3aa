"""The cells of an export, one at a time: how a date, an amount, a month, a yes or no is written in
the Netherlands, and what a spreadsheet makes of it.

What a cell does not say stays the text that it is, for whoever judges the field to refuse with its
path (docs/csv.md, How a cell is read).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final, Literal, TypeAlias

from hub.domain.time import AMSTERDAM

Decimal: TypeAlias = Literal[",", "."]

_LONGEST_AMOUNT: Final = 20  # Python refuses to read a number of thousands of digits
_MONEY: Final = {
    ",": re.compile(r"(-?)(\d{1,3}(?:[. ]\d{3})+|\d+)(?:,(\d{1,2}|-{1,2}))?(-?)"),
    ".": re.compile(r"(-?)(\d{1,3}(?:[, ]\d{3})+|\d+)(?:\.(\d{1,2}|-{1,2}))?(-?)"),
}
_CURRENCY: Final = re.compile(r"€|(?i:eur)")
YES: Final = frozenset({"ja", "j", "yes", "y", "true", "waar", "1", "x"})
NO: Final = frozenset({"nee", "n", "no", "false", "onwaar", "0"})
_MONTH: Final = re.compile(r"(\d{4})[-/]?(\d\d?)|(\d\d?)[-/](\d{4})")
_NAMED_MONTH: Final = re.compile(r"([a-z]{3,9})\.?[- ](\d{4}|\d\d)")
_MONTHS: Final = (
    "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september",
    "oktober", "november", "december",
)  # fmt: skip
_IN_ENGLISH: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
# As Excel shortens them in Dutch; `mrt` is no beginning of `maart`.
_NUMBER_OF: Final[Mapping[str, int]] = {
    name: n
    for n, whole in enumerate(_MONTHS, 1)
    for name in (whole, whole[:3], *(("mrt",) if whole == "maart" else ()))
}
_WORD: Final = re.compile(r"[A-Za-z]{3,9}\.?")


def plain(cell: str) -> str:
    """The cell without what a spreadsheet or an exporter puts around a text to keep it whole:
    spaces of any kind, `="0988"`, `'0988`."""
    text = cell.replace("\u00a0", " ").replace("\u202f", " ").strip()
    if text.startswith('="') and text.endswith('"') and len(text) > 2:
        return text[2:-1].strip()
    return text[1:] if text.startswith("'") else text


def cents(cell: str, decimal: Decimal) -> int | str:
    """`1.225,00`, `€ 612,50`, `612,-`, `45,00-` and `-45,00` in whole cents."""
    bare = _CURRENCY.sub("", cell).strip().replace("- ", "-")
    found = _MONEY[decimal].fullmatch(bare)
    if found is None or (found[1] and found[4]) or len(found[2]) > _LONGEST_AMOUNT:
        return cell
    euros = int(re.sub(r"\D", "", found[2]))
    amount = euros * 100 + int((found[3] or "").replace("-", "").ljust(2, "0"))
    return -amount if found[1] or found[4] else amount


def month(cell: str, dates: Sequence[str]) -> str:
    """`2026-03` of a month however it is written, or of a day in it."""
    if found := _MONTH.fullmatch(cell):
        return f"{found[1]}-{int(found[2]):02}" if found[1] else f"{found[4]}-{int(found[3]):02}"
    if (found := _NAMED_MONTH.fullmatch(cell.lower())) and found[1] in _NUMBER_OF:
        year = found[2] if len(found[2]) == 4 else f"20{found[2]}"
        return f"{year}-{_NUMBER_OF[found[1]]:02}"
    wall = moment(cell, dates)
    return cell if wall is None else f"{wall:%Y-%m}"


def day(cell: str, dates: Sequence[str]) -> str:
    """The date, as JSON has it."""
    wall = moment(cell, dates)
    return cell if wall is None else wall.date().isoformat()


def instant(cell: str, dates: Sequence[str]) -> str:
    """The date, or the time in Amsterdam if the form that fits has one."""
    for written in dates:
        wall = _read(cell, written)
        if wall is not None:
            return wall.isoformat() if "%H" in written else wall.date().isoformat()
    return cell


def moment(cell: str, dates: Sequence[str]) -> datetime | None:
    """The first form that fits; None if none does."""
    return next((it for it in (_read(cell, written) for written in dates) if it), None)


def number(cell: str) -> int | str:
    return int(cell) if re.fullmatch(r"-?[0-9]{1,12}", cell) else cell


def yes_or_no(cell: str) -> bool | str:
    known = cell.lower()
    return known in YES if known in YES | NO else cell


def address(cell: str) -> str:
    """Sixteen digits; a spreadsheet takes the zero off that many of them begin with."""
    return cell.zfill(16) if re.fullmatch(r"[0-9]{15}", cell) else cell


def gemeente(cell: str) -> str:
    """A CBS code with the zeros that a spreadsheet takes off; or that in a number of the BAG, which
    begins with it."""
    if re.fullmatch(r"[0-9]{15,16}", cell):
        return address(cell)[:4]
    return cell.zfill(4) if re.fullmatch(r"[0-9]{1,4}", cell) else cell


def _read(cell: str, written: str) -> datetime | None:
    if "%B" in written or "%b" in written:
        cell = _WORD.sub(lambda found: _english(found[0], whole="%B" in written), cell)
    try:
        wall = datetime.strptime(cell, written).replace(tzinfo=AMSTERDAM)
    except ValueError:
        return None
    # `%Y` takes a year of any length and `%y` one of a century ago; both are slips here.
    return wall if date(1900, 1, 1) <= wall.date() else None


def _english(word: str, *, whole: bool) -> str:
    """The name of a month as `strptime` knows it."""
    n = _NUMBER_OF.get(word.lower().rstrip("."))
    if n is None:
        return word
    return _IN_ENGLISH[n - 1] if whole else _IN_ENGLISH[n - 1][:3]
