"""A call and its answer, as values. Who sends them: the shells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from msgspec import Struct

# At bytes that are no JSON, or not of that form, msgspec raises an error of its own; at what is no
# UTF-8, or too deep, those of Python.
UNREADABLE: Final = (ValueError, RecursionError)


class Request(Struct, frozen=True):
    """A call to the hub; `wait` is for how many seconds the hub may wait before it answers."""

    method: str
    path: str
    query: Mapping[str, str] = {}
    body: bytes | None = None
    headers: Mapping[str, str] = {}
    wait: float = 0.0


class Answer(Struct, frozen=True):
    """What came back, or goes back, whatever its status. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def retry_after(self) -> float | None:
        """In how many seconds to try again, if it says so."""
        told = self.headers.get("retry-after", "").strip()
        if told.isascii() and told.isdecimal():
            return float(told)
        # An instant counts from the clock that it was written by, so ours need not be right.
        until, now = _instant(told), _instant(self.headers.get("date", ""))
        return max(0.0, (until - now).total_seconds()) if until and now else None


class NoAnswer(Struct, frozen=True):
    """Nothing came back, and why. The hub may have done what was asked."""

    why: str


def _instant(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
