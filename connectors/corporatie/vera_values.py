"""What single values of VERA are here: dates, instants, amounts, the resource that a URI names.

VERA 4.3 writes money as a `number` in euros and dates as `date` or `date-time`. Amounts are whole
cents here, and go through no float. A value in another form is an Unreadable, never a guess.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from hub.domain.time import Instant, local_date, parse_instant

_MOST_EUROS: Final = Decimal(10_000_000)
# A system that counts in binary writes 612.4999999999999: that much is taken for 612.50.
_AS_GOOD_AS: Final = Decimal("0.000001")
_MOST_PERSONS: Final = 100
_CENT: Final = Decimal("0.01")
# What systems write that know no empty date: 0001-01-01, 1753-01-01, 9999-12-31.
_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2900
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Unreadable(ValueError):
    """A thing of VERA that could not be read: why, and how to mend it. Quotes nothing of it."""


def day(text: str | None, field: str) -> date:
    """A `date`; of a `date-time` with its offset the date in Amsterdam."""
    if real(text) is None:
        raise Unreadable(f"it has no `{field}`; fill it in")
    assert text is not None
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
        if text.endswith("T00:00:00"):  # a date, as systems write it that know no dates
            return datetime.fromisoformat(text).date()
        return local_date(parse_instant(text))
    except (ValueError, OverflowError):
        raise Unreadable(f"`{field}` is no date; write it like 2026-03-01") from None


def real(text: str | None) -> str | None:
    """The text of a date, unless it stands for none."""
    year = (text or "")[:4]
    is_real = not year.isdecimal() or _FIRST_YEAR <= int(year) < _LAST_YEAR
    return text or None if is_real else None


def instant(text: str | None, field: str) -> Instant:
    """A `date-time` with its offset; a `date` is its beginning in Amsterdam."""
    if real(text) is None:
        raise Unreadable(f"it has no `{field}`; fill it in")
    assert text is not None
    try:
        return parse_instant(text)
    except (ValueError, OverflowError):
        told = f"`{field}` is no date-time; write it like 2026-03-01T10:00:00Z"
        raise Unreadable(told) from None


def cents(amount: Decimal | None, field: str) -> int:
    """Whole cents of an amount in euros."""
    if amount is None:
        raise Unreadable(f"it has no `{field}`; fill it in")
    if not amount.is_finite() or abs(amount) > _MOST_EUROS:
        raise Unreadable(f"`{field}` is no amount of money; write euros, like 612.50")
    rounded = amount.quantize(_CENT)
    if abs(amount - rounded) > _AS_GOOD_AS:
        raise Unreadable(f"`{field}` has parts of a cent; write euros, like 612.50")
    return int(rounded.scaleb(2))


def as_number(persons: int | None) -> int | None:
    """How many persons; nothing if no household is so large."""
    return persons if persons is not None and 0 < persons <= _MOST_PERSONS else None


def id_in(uri: str, field: str) -> str:
    """The id in the URI of a resource of another domain: its last part. Whose host stands in it
    does not matter: what is called is always an address of the settings."""
    try:
        found = unquote(urlsplit(uri).path.rstrip("/").rpartition("/")[2])
    except ValueError:
        found = ""
    if not found or found in (".", ".."):
        raise Unreadable(f"`{field}` leads to no resource; write its URI")
    return found


def path_of(resource: str, id_: str) -> str:
    return f"/{resource}/{quote(id_, safe='')}"
