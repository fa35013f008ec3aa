"""What a page calls households, places and parties: always in the words of the party that looks.

A household has no name here but the party's own numbers for it; where it has none, the beginning of
its handle.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from hub.console.words import Words
from hub.domain.parties import Parties

_BEST_FIRST: Final = ("lease", "dossier", "address")
_SHORT: Final = 11


class Naming(Struct, frozen=True):
    """Names in a language."""

    words: Words
    parties: Parties

    def household(self, handle: str | None, references: Iterable[Mapping[str, str]]) -> str:
        """`Huurcontract H-12`, or `Huishouden hh-ar6kv2i2`."""
        for scheme in _BEST_FIRST:
            for reference in references:
                if reference["scheme"] == scheme:
                    return self.words(f"reference.{scheme}", value=reference["value"])
        return self.words("reference.handle", value=(handle or "")[:_SHORT])

    def region(self, region: str) -> str:
        return self.words("reference.region", value=region.title())

    def gemeente(self, code: str | None) -> str:
        """The gemeente of this code, by the name of its party."""
        for party in self.parties.by_id.values():
            if party.role == "gemeente" and code in party.gemeenten:
                return party.name or party.id
        return code or ""
