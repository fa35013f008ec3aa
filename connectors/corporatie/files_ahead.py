"""A file read ahead: more at once than is asked for, because a server is far away.

One piece is held, of one file, until reading is beyond it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from connectors.corporatie.files_drop import Drop, Seen
from connectors.corporatie.files_memory import BLOCK
from hub.errors import Unavailable

AHEAD_BYTES: Final = 16 * BLOCK


class Changed(Exception):
    """The file is no longer the one of which reading began."""


class _Held(NamedTuple):
    file: Seen
    offset: int
    raw: bytes

    def has(self, file: Seen, offset: int, end: int) -> bool:
        return self.file == file and self.offset <= offset <= end <= self.offset + len(self.raw)


class Ahead:
    """Reads the files of one place."""

    def __init__(self, drop: Drop, place: str) -> None:
        self._drop, self._place = drop, place
        self._held: _Held | None = None

    def forget(self) -> None:
        self._held = None

    async def piece(self, file: Seen, offset: int, size: int) -> bytes:
        """At most so many bytes from there on (`AHEAD_BYTES` at most). Raises what the drop does,
        and Changed."""
        end = min(offset + size, file.size)
        held = self._held
        if held is None or not held.has(file, offset, end):
            held = self._held = await self._read(file, offset)
        if not held.has(file, offset, end):
            self._held = None
            raise Unavailable(f"{file.shown}: less of it came than there is")
        return held.raw[offset - held.offset : end - held.offset]

    async def _read(self, file: Seen, offset: int) -> _Held:
        piece = await self._drop.read(self._place, file.name, offset, AHEAD_BYTES)
        if piece.seen != file:
            raise Changed
        return _Held(file, offset, piece.raw)
