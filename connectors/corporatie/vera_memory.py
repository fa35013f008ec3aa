"""What must be remembered of a lease: when a state of it was first seen that VERA has no date for,
what has been said of it, and whether it is still read. On the shelf, by the id of the lease.

Nothing of the other side is copied here but ids, and payments that have no date over there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct, field

from connectors.seam import Shelf
from hub.domain.time import DAY_MS, Instant

_PREFIX: Final = "lease/"
_SLEEPS_MS: Final = 30 * DAY_MS
_FAILING: Final = "failing"


class Remembered(Struct):
    """`seen`: name of a state → when it was seen first. `keys`: of records that were handed out.
    `paid`: of a booking without dates of payment, how many cents had been paid by which date.
    `wrong`: where something of it could not be read, ever. `persons`: how many were told last.
    `is_left`: its mark was taken away. `asleep_until`: it is not read before then, because it is
    over, or nothing of it is meant; corrections over there may change that."""

    seen: dict[str, Instant] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    paid: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    persons: int | None = None
    is_left: bool = False
    asleep_until: Instant = 0

    def sleep(self, now: Instant) -> None:
        self.asleep_until = now + _SLEEPS_MS

    def first(self, state: str, now: Instant) -> Instant:
        """When the state was first seen: now, if it was not."""
        return self.seen.setdefault(state, now)


class Memory:
    """All leases that were found."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def ids(self) -> Sequence[str]:
        """Of all leases, in the order in which they are read."""
        return sorted(name.removeprefix(_PREFIX) for name in self._shelf.names(_PREFIX))

    def of(self, id_: str) -> Remembered | None:
        kept = self._shelf.value(_PREFIX + id_)
        return msgspec.json.decode(kept, type=Remembered) if kept is not None else None

    def keep(self, id_: str, remembered: Remembered) -> None:
        text = msgspec.json.encode(remembered).decode()
        if text != self._shelf.value(_PREFIX + id_):
            self._shelf.keep(_PREFIX + id_, text)

    def forget(self, id_: str) -> None:
        self._shelf.keep(_PREFIX + id_, None)

    def failed(self, id_: str) -> int:
        """How often in a row a lease has failed, with this time."""
        before, _, times = (self._shelf.value(_FAILING) or "").rpartition(" ")
        found = int(times) + 1 if before == id_ else 1
        self._shelf.keep(_FAILING, f"{id_} {found}")
        return found

    def failed_enough(self) -> None:
        """The count begins anew."""
        self._shelf.keep(_FAILING, None)
