"""A table whose keys are kept in order: what SQLite does with a B-tree, in lists.

A sorted list is cut into pieces, so that adding a key moves few others.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator


class SortedTable:
    """Keys and values, in order of key; pieces of at most `longest` keys."""

    def __init__(self, longest: int = 1024) -> None:
        self._longest = longest
        self.values: dict[bytes, bytes] = {}
        self._pieces: list[list[bytes]] = []
        self._firsts: list[bytes] = []  # the first key of each piece, or less

    def put(self, key: bytes, value: bytes | None) -> None:
        """Set the value of a key; None erases it."""
        if value is None:
            self._erase(key)
            return
        if key not in self.values:
            self._insert(key)
        self.values[key] = value

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Entries whose key begins with `prefix`, in order. Not to be kept over a `put`."""
        place = self._piece_of(prefix)
        for number in range(place, len(self._pieces)):
            piece = self._pieces[number]
            start = bisect_left(piece, prefix) if number == place else 0
            for key in piece[start:]:
                if not key.startswith(prefix):
                    return
                yield key, self.values[key]

    def _piece_of(self, key: bytes) -> int:
        """The piece in which the key stands or would stand."""
        place = bisect_left(self._firsts, key)
        if place < len(self._firsts) and self._firsts[place] == key:
            return place
        return max(place - 1, 0)

    def _insert(self, key: bytes) -> None:
        if not self._pieces:
            self._pieces, self._firsts = [[key]], [key]
            return
        place = self._piece_of(key)
        piece = self._pieces[place]
        insort(piece, key)
        self._firsts[place] = min(self._firsts[place], key)
        if len(piece) > self._longest:
            half = piece[self._longest // 2 :]
            del piece[self._longest // 2 :]
            self._pieces.insert(place + 1, half)
            self._firsts.insert(place + 1, half[0])

    def _erase(self, key: bytes) -> None:
        if self.values.pop(key, None) is None:
            return
        place = self._piece_of(key)
        piece = self._pieces[place]
        del piece[bisect_left(piece, key)]
        if not piece:
            del self._pieces[place], self._firsts[place]
