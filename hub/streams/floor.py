"""The revision after which a hub counts on, if it cannot know what parties were told.

A hub that was restored without its journal knows less than parties do. What it tells then must have
numbers that nobody has seen, or parties would take it for what they have (ADR 0031). It is kept in
a table of its own, with one row; there is none but after such a loss.
"""

from __future__ import annotations

from typing import Final

from hub.streams.seam import State, Table

FLOOR: Final[Table] = "floor"
KEY: Final = b""


def floor_in(state: State) -> int:
    """Up to which revision parties may have been told what this hub does not know; 0 as a rule."""
    return int.from_bytes(state.get(FLOOR, KEY) or b"", "big")


def stored(floor: int) -> bytes:
    """As it is kept; a higher one sorts after a lower."""
    return floor.to_bytes(8, "big")
