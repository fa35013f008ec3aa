"""What the connector keeps of the signals it gave: per household which, when and of how much, and
when to look at it again. Small values on the shelf; nothing about a tenant but amounts.

A signal is written down before it is given: whatever happens in between, it can be taken back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

import msgspec
from msgspec import Struct

from connectors.seam import Shelf
from hub.errors import Bug

_HOUSEHOLD: Final = "household/"
_ALERT: Final = "alert/"


class Given(Struct, frozen=True):
    """A signal: the day it bears, and the amount that the gemeente has (0: perhaps nothing yet).
    `is_theirs`: the gemeente works on it, and changes nothing any more."""

    on: date
    euros: int = 0
    is_theirs: bool = False


class Kept(Struct, frozen=True):
    """The signals of one household by alertId, and the day on which to look again."""

    signals: Mapping[str, Given] = {}
    look: date | None = None


_kept: Final = msgspec.json.Decoder(Kept).decode


class Book:
    """What is kept, by handle of the household."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def of(self, handle: str) -> Kept:
        found = self._shelf.value(_HOUSEHOLD + handle)
        if found is None:
            return Kept()
        try:
            return _kept(found)
        except ValueError as error:
            raise Bug("what was kept of a household cannot be read") from error

    def write(self, handle: str, kept: Kept) -> None:
        before = self.of(handle)
        # First that an alert leads here, then what of it: in between nothing has been given.
        for alert_id in kept.signals.keys() - before.signals.keys():
            self._shelf.keep(_ALERT + alert_id, handle)
        is_empty = not kept.signals and kept.look is None
        told = None if is_empty else msgspec.json.encode(kept).decode()
        self._shelf.keep(_HOUSEHOLD + handle, told)
        for alert_id in before.signals.keys() - kept.signals.keys():
            self._shelf.keep(_ALERT + alert_id, None)

    def household_of(self, alert_id: str) -> str | None:
        """Of an alert of which a signal was given: what was withdrawn names no household."""
        return self._shelf.value(_ALERT + alert_id)

    def looks(self) -> Iterator[tuple[date, str]]:
        """When to look at which household again."""
        for name in self._shelf.names(_HOUSEHOLD):
            handle = name.removeprefix(_HOUSEHOLD)
            look = self.of(handle).look
            if look is not None:
                yield look, handle
