"""A shelf that lasts as long as a test, and a site with a clock that stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.seam import Site, Unmapped
from hub.client import Household
from hub.domain.time import Instant
from tests.connectors.mail.noting import NOW


class Killed(BaseException):
    """The process died: nobody catches it."""


class MemoryShelf:
    """Values by name. `dies_after`: so many more things are written, and then never again."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.dies_after: int | None = None

    def value(self, name: str) -> str | None:
        return self.values.get(name)

    def keep(self, name: str, value: str | None) -> None:
        if self.dies_after is not None:
            if not self.dies_after:
                raise Killed
            self.dies_after -= 1
        if value is None:
            self.values.pop(name, None)
        else:
            self.values[name] = value

    def names(self, prefix: str) -> Sequence[str]:
        return sorted(name for name in self.values if name.startswith(prefix))


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


async def nobody(handle: str) -> Household | None:
    raise AssertionError(handle)  # mail asks for no household


class NoInbox:
    """Nobody brings mail anything."""

    def waiting(self) -> int:
        return 0

    def put(self, name: str, body: bytes) -> bool:
        raise AssertionError

    def after(self, cursor: str | None, limit: int) -> Sequence[tuple[str, str, bytes]]:
        return ()


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
            household=nobody,
            say=self._say,
            now=lambda: self.now,
        )

    def events(self) -> list[str]:
        return [event for event, _ in self.said]

    def _say(self, event: str, **told: object) -> None:
        assert set(told) <= {"where", "do", "reason", "records"}
        self.said.append((event, told))
