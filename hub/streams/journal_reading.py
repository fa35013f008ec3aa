"""The journal of a hub read again: every entry after a place, and how that ended (ADR 0031).

Never changes anything. What is missing, moved, altered or cut off is found, and told apart from an
entry that was being written when the hub died.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final

import zstandard
from msgspec.structs import replace

from hub.domain.time import Instant
from hub.errors import Misconfigured, Tampered
from hub.keys import SEAL_OVERHEAD, Keys
from hub.streams.journal_file import (
    FORMAT,
    LENGTH_BYTES,
    MAGIC,
    Head,
    Place,
    bound,
    head_in,
    name_of,
    segments_of,
)

_LONGEST: Final = 256 << 20


class Ending(StrEnum):
    """How the reading of a journal ended."""

    WHOLE = "whole"
    CUT = "cut"  # the last entry is not whole: it was being written, or the file was cut off
    DAMAGED = "damaged"
    MISSING = "missing"
    FOLLOWED = "followed"  # by another line, which knows what this one does not


class Reading:
    """What a journal says after a place, in order; afterwards `ending` says how that ended and
    `place` where."""

    def __init__(self, folder: Path, place: Place, keys: Keys) -> None:
        self.place = place
        self.ending = Ending.WHOLE
        self._folder = folder
        self._keys = keys

    def entries(self) -> Iterator[bytes]:
        """Each entry that is whole. Misconfigured: another key sealed it."""
        while True:
            following = self._head_of(self.place.segment + 1)
            found = self._head_of(self.place.segment)
            if found is None:
                self.ending = Ending.MISSING
                return
            until = None if following is None else following[0].before
            yield from self._segment(found[0], until)
            if self.ending is Ending.WHOLE and following is None:
                self.ending = self._ending_here()
            if self.ending is not Ending.WHOLE or following is None:
                return
            self.place = Place(self.place.line, self.place.segment + 1, following[1])

    def _segment(self, head: Head, until: int | None) -> Iterator[bytes]:
        """The entries of one segment, up to where the next one says that it ended."""
        path = self._folder / name_of(head.line, head.segment)
        cipher = self._keys.backup_cipher(bytes.fromhex(head.salt))
        opener = zstandard.ZstdDecompressor()
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            end = size if until is None else min(until, size)
            file.seek(self.place.offset)
            while self.place.offset < end:
                length = int.from_bytes(file.read(LENGTH_BYTES), "big")
                reached = self.place.offset + LENGTH_BYTES + length
                if length < SEAL_OVERHEAD or length > _LONGEST or reached > end:
                    is_blank = not length and not file.read(end - self.place.offset).strip(b"\0")
                    self.ending = _fault(until, end if is_blank else reached, end)
                    return
                try:
                    entry = opener.decompress(cipher.open(bound(self.place), file.read(length)))
                except (Tampered, zstandard.ZstdError):
                    self.ending = _fault(until, reached, end)
                    return
                yield entry
                self.place = replace(self.place, offset=reached)
        if self.place.offset != (until or end):
            self.ending = Ending.DAMAGED

    def _ending_here(self) -> Ending:
        """How it ended, if no segment can be read after this one."""
        later = [it for it in segments_of(self._folder, self.place.line) if it > self.place.segment]
        if not later:
            return Ending.WHOLE
        following = self._folder / name_of(self.place.line, self.place.segment + 1)
        is_last = later == [self.place.segment + 1]
        return Ending.CUT if is_last and _is_unfinished(following) else Ending.DAMAGED

    def _head_of(self, number: int) -> tuple[Head, int] | None:
        found = head_in(self._folder / name_of(self.place.line, number))
        if found is None:
            return None
        head = found[0]
        if head.format > FORMAT:
            told = f"release {head.release} wrote it, which is newer; run that release"
            raise Misconfigured(f"journal in {self._folder}", told)
        if head.key != self._keys.fingerprint:
            told = f"it was sealed with key {head.key}, this is {self._keys.fingerprint}"
            raise Misconfigured(f"journal in {self._folder}", f"{told}; give that key")
        return found


def is_followed(folder: Path, line: str, made_at: Instant) -> bool:
    """Whether the hub went on with another line after this instant: what it did then is there, and
    a backup of that line is the one to restore. One in which nothing stands yet does not count."""
    for path in folder.glob("*-*.journal"):
        found = head_in(path)
        if found is None or found[0].line == line or found[0].since <= made_at:
            continue
        if found[0].segment > 1 or path.stat().st_size > found[1]:
            return True
    return False


def _fault(until: int | None, reached: int, end: int) -> Ending:
    """An entry that is not whole: at the very end it was being written when the hub died."""
    return Ending.CUT if until is None and reached >= end else Ending.DAMAGED


def _is_unfinished(path: Path) -> bool:
    """Whether the hub died before it had written the head: nothing can stand after it then."""
    with path.open("rb") as file:
        begun = file.read(len(MAGIC) + LENGTH_BYTES)
        size = int.from_bytes(begun[len(MAGIC) :], "big")
        return not begun.strip(b"\0") or len(file.read(size)) < size or len(begun) < len(MAGIC)
