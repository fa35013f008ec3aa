"""One alert as a party sees it: its view, read back for a page.

A view that was reduced (withdrawn, erased, no longer shared) has no title; then there is nothing to
show but that it is gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from hub.console.sides import Side, sides_of
from hub.console.words import Words
from hub.domain.acts import LIVING, Status
from hub.domain.sharing import Other
from hub.domain.sharing import Words as Said

_SEVERITIES: Final = ("critical", "high", "medium", "low")
_RANKS: Final = {name: rank for rank, name in enumerate(_SEVERITIES)}


class Alert(Struct, frozen=True, rename="camel", kw_only=True):
    """What a page needs of a view, whole or reduced."""

    alert_id: str
    status: str
    rule: str
    severity: str
    household: str | None = None
    title: str = ""
    message: str = ""
    action: str | None = None
    translations: Mapping[str, Said] = {}
    raised_at: str = ""
    resolved_at: str | None = None
    resolution: str | None = None
    gemeente: str | None = None
    region: str | None = None
    references: tuple[Mapping[str, str], ...] = ()
    part: str = "informed"
    responsibility: str | None = None
    respond_by: str | None = None
    others: tuple[Other, ...] = ()
    held: tuple[Mapping[str, str], ...] = ()
    aanspreekpunt: Mapping[str, str] | None = None
    evidence: tuple[Mapping[str, Any], ...] = ()
    absent: tuple[Mapping[str, str], ...] = ()
    memo: str = ""
    agreement: Mapping[str, str] = {}
    listed: bool = True
    notice: str = ""
    contact: str | None = None
    # Not in the view: whether the party itself has answered, where that is known.
    ours: bool | None = None

    @property
    def is_gone(self) -> bool:
        return not self.title

    @property
    def is_living(self) -> bool:
        return self.status in LIVING and not self.is_gone

    @property
    def rank(self) -> int:
        """0 is the most severe."""
        return _RANKS.get(self.severity, len(_RANKS))

    @property
    def has_answered(self) -> bool:
        """Whether the party itself did. An answer that is nobody else's is ours, also when the
        household does not know it yet: on Kafka it comes by a topic of its own."""
        if self.status == Status.OPEN or self.is_gone:
            return False
        return bool(self.ours) or not self._is_answered_by_others

    @property
    def is_unclear(self) -> bool:
        """Whether its view alone does not tell who of the two has answered."""
        return self.is_living and self.status != Status.OPEN and self._is_answered_by_others

    @property
    def _is_answered_by_others(self) -> bool:
        return any(other.acknowledged for other in self.others)

    @property
    def waits(self) -> bool:
        """Whether it asks this party to do something and to say so."""
        return self.is_living and self.part == "acts" and not self.has_answered

    @property
    def paragraph(self) -> tuple[str, str]:
        """What it rests on: the point or part of the agreement (may be empty), and its words."""
        part, found, text = self.memo.partition(": ")
        return (part, text) if found else ("", self.memo)

    @property
    def sides(self) -> tuple[Side, ...]:
        """The others, by role and part."""
        return sides_of(self.others)

    def said(self, words: Words) -> Said:
        """Title, message and action in a language; Dutch where there is no other."""
        found = self.translations.get(words.language)
        return found if found is not None else Said(self.title, self.message, self.action)


read: Final = msgspec.json.Decoder(Alert).decode
