"""What is underway: lines that have been written and are yet to arrive.

A region is told household by household and arrives day by day, so in between lie months of lines.
They are kept compressed, a day apart, and leave in order of (arrival, bytes): an order that does
not depend on who wrote first.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final

from hub.simulation.days import DAY, Day, Wall

_CHUNK_BYTES: Final = 1 << 15
_DIGITS: Final = 12


class Post:
    """Lines by the day on which they arrive."""

    def __init__(self) -> None:
        self._open: dict[Day, list[bytes]] = {}
        self._size: dict[Day, int] = {}
        self._packed: dict[Day, list[bytes]] = {}

    def put(self, arrival: Wall, line: bytes) -> None:
        """`line` holds no line feed."""
        day = arrival // DAY
        lines = self._open.setdefault(day, [])
        lines.append(b"%0*d%b" % (_DIGITS, arrival, line))
        size = self._size.get(day, 0) + len(line)
        if size > _CHUNK_BYTES:
            self._packed.setdefault(day, []).append(zlib.compress(b"\n".join(lines), 1))
            lines.clear()
            size = 0
        self._size[day] = size

    def take(self, day: Day) -> Iterator[tuple[Wall, bytes]]:
        """What arrives on `day`, in order; it is gone from here."""
        self._size.pop(day, None)
        lines = self._open.pop(day, [])
        for chunk in self._packed.pop(day, []):
            lines.extend(zlib.decompress(chunk).split(b"\n"))
        lines.sort()
        for line in lines:
            yield int(line[:_DIGITS]), line[_DIGITS:]
