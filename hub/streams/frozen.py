"""Frozen clusters: what a fact is about that could not be processed.

Nothing is told about them until that fact is redriven, for what they lack might change what is
true. Their facts are kept as they come; an erasure is carried out all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hub.domain.time import Instant
from hub.streams.overlay import Overlay
from hub.streams.seam import Record, State, Table

FROZEN: Final[Table] = "frozen"
REDRIVEN: Final = "redriven"  # the header of a record that comes again, after it was a dead letter
# The header of one that comes only to thaw what it is about: the fact itself is not taken in.
THAWS_ONLY: Final = "thaws-only"
_ERASURE: Final = "household-erased"
_V1: Final = b"\x01"


class Frozen:
    """Which clusters are frozen."""

    def __init__(self) -> None:
        self._ids: set[bytes] = set()

    def open(self, state: State) -> None:
        self._ids = {id_ for id_, _ in state.scan(FROZEN)}

    def __contains__(self, id_: bytes) -> bool:
        return id_ in self._ids

    def freeze(self, state: Overlay, ids: Iterable[bytes], now: Instant) -> None:
        for id_ in ids:
            self._ids.add(id_)
            state.put(FROZEN, id_, _V1 + now.to_bytes(8, "big", signed=True))

    def thaw(self, state: Overlay, id_: bytes) -> None:
        if id_ in self._ids:
            self._ids.remove(id_)
            state.put(FROZEN, id_, None)

    def merge(self, state: Overlay, into: bytes, other: bytes, now: Instant) -> None:
        """What is joined with something frozen is frozen."""
        if other in self._ids:
            self.thaw(state, other)
            self.freeze(state, [into], now)


def count(state: State) -> int:
    """How many are frozen."""
    return sum(1 for _ in state.scan(FROZEN))


def thaws(record: Record, fact_type: str) -> bool:
    """Whether a record thaws what it is about."""
    return REDRIVEN in record.headers or fact_type == _ERASURE
