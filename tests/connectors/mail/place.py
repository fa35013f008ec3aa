"""A site whose clock stands, with what was kept, buried and logged there."""

from __future__ import annotations

from typing import Any

from connectors.seam import Site, Unmapped
from hub.domain.time import Instant
from tests.connectors.doubles import MemoryShelf, NoInbox, no_household
from tests.connectors.mail.noting import NOW


class MemoryGraves:
    """Dead letters by where they lie."""

    def __init__(self) -> None:
        self.letters: dict[str, str] = {}

    def bury(self, source: str, letter: Unmapped, now: Instant) -> None:
        assert source == "digest"
        self.letters[letter.where] = letter.why

    def unbury(self, source: str, where: str) -> None:
        assert source == "digest"
        self.letters.pop(where, None)


class Place:
    """A site, its clock, and what was logged there."""

    def __init__(self) -> None:
        self.now: Instant = NOW
        self.shelf = MemoryShelf()
        self.graves = MemoryGraves()
        self.said: list[tuple[str, dict[str, Any]]] = []

    def site(self) -> Site:
        return Site(
            party="gemeente-weert",
            source="urn:nld:oin:00000099000000988000:systeem:mail",
            shelf=self.shelf,
            inbox=NoInbox(),
            graves=self.graves,
            household=no_household,
            say=self._say,
            now=lambda: self.now,
        )

    def events(self) -> list[str]:
        return [event for event, _ in self.said]

    def _say(self, event: str, **told: object) -> None:
        assert set(told) <= {"where", "do", "reason", "records"}
        self.said.append((event, told))
