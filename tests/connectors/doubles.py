"""What a connector is built on, in memory: for tests that need no file.

The shelf passes the same suite as the real one (`test_shelf.py`). The others stand where a
connector has no use for the thing, and say so if it is used.
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.seam import Unmapped
from hub.client import Household
from hub.domain.time import Instant


class Killed(BaseException):
    """The process died: nobody catches it."""


class MemoryShelf:
    """Values by name. `dies_after`: so many more things are written, and then never again."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.dies_after: int | None = None

    def value(self, name: str) -> str | None:
        return self.kept.get(name)

    def keep(self, name: str, value: str | None) -> None:
        if self.dies_after is not None:
            if not self.dies_after:
                raise Killed
            self.dies_after -= 1
        if value is None:
            self.kept.pop(name, None)
        else:
            self.kept[name] = value

    def names(self, prefix: str) -> Sequence[str]:
        return sorted(name for name in self.kept if name.startswith(prefix))


class NoInbox:
    """Nobody brings anything."""

    def put(self, name: str, body: bytes) -> bool:
        raise AssertionError("there is no door")

    def after(self, cursor: str | None, limit: int) -> Sequence[tuple[str, str, bytes]]:
        return ()

    def waiting(self) -> int:
        return 0


class NoGraves:
    """Nothing is buried by a sink or an errand."""

    def bury(self, source: str, letter: Unmapped, now: Instant) -> None:
        raise AssertionError(letter.why)

    def unbury(self, source: str, where: str) -> None:
        raise AssertionError(where)


async def no_household(handle: str) -> Household | None:
    raise AssertionError("no household is asked for")
