"""What an alert rests on, line by line: what happened, when, and what may be shown of it.

A view holds what may be shared and no more, so all of it may stand here; but for what a page shows
to nobody: which group somebody belongs to and which language they speak.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from hub.console.moments import Moments
from hub.console.words import Words

# A screen at a counter is read by who stands before it too.
NEVER_SHOWN: Final = frozenset({"targetGroup", "language"})
# For machines: a page says these in another way.
_FOR_MACHINES: Final = frozenset({"type", "source", "id", "occurredAt", "alertId"})

_CENTS: Final = frozenset({"amount", "amountDue", "totalArrears", "estimate", "cost"})
_DATES: Final = frozenset({"dueDate", "endDate", "startDate", "firstRentDue", "expectedOn",
                           "plannedUntil", "reviewOn", "until"})  # fmt: skip
_MONTHS: Final = frozenset({"period"})


class Line(Struct, frozen=True):
    """One fact: its type, when it happened (empty if that is not shared), whether we said it
    ourselves, and its fields in words."""

    type: str
    at: str
    is_ours: bool
    fields: tuple[tuple[str, str], ...]


class Reader(Struct, frozen=True):
    """Reads facts out of views in a language."""

    words: Words
    moments: Moments

    def line(self, fact: Mapping[str, Any]) -> Line:
        at = fact.get("occurredAt", "")
        return Line(fact["type"], at, "source" in fact, self.fields(fact))

    def fields(self, said: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        """Fields by what they are called, with their values in words."""
        return tuple(
            (self.words.of("field", name), self._value(name, value))
            for name, value in _plain(said)
            if name not in _FOR_MACHINES | NEVER_SHOWN and value is not None
        )

    def _value(self, name: str, value: Any) -> str:
        if isinstance(value, bool):
            return self.words("value.yes" if value else "value.no")
        if isinstance(value, int):
            return self._euros(value) if name in _CENTS else str(value)
        if isinstance(value, list):
            return ", ".join(map(str, value))
        text = str(value)
        if name in _DATES:
            return self.moments.day(text)
        if name in _MONTHS:
            return self.moments.month(text)
        return self.words.of("code", text)

    def _euros(self, cents: int) -> str:
        whole, rest = divmod(cents, 100)
        point, group = (",", ".") if self.words.language == "nl" else (".", ",")
        return f"€ {whole:,}".replace(",", group) + f"{point}{rest:02}"


def _plain(fact: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The fields, those inside a field as fields of their own."""
    found: list[tuple[str, Any]] = []
    for name, value in fact.items():
        found += _plain(value) if isinstance(value, dict) else [(name, value)]
    return found
