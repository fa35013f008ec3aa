"""A table of a shard on Kafka, in memory: quick to fill, quick to find what begins with an id.

Steps look up single keys, scan what begins with the id of a cluster, and scan a whole table seldom
(when they open, once a day). So keys are grouped by their beginning, from the first scan on that
asks for one, and put in order only for who scans.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

_GROUP: Final = 8  # bytes; what belongs to a cluster begins with its id


class KeyedTable:
    """Keys and values; see `State`."""

    def __init__(self) -> None:
        self.values: dict[bytes, bytes] = {}
        self.size_bytes = 0  # of keys and values
        self._groups: dict[bytes, set[bytes]] | None = None  # None: nobody asked yet

    def put(self, key: bytes, value: bytes | None) -> None:
        """Set the value of a key; None erases it."""
        if value is None:
            self._erase(key)
            return
        before = self.values.get(key)
        if before is None:
            self.size_bytes += len(key) + len(value)
            if self._groups is not None:
                self._groups.setdefault(key[:_GROUP], set()).add(key)
        else:
            self.size_bytes += len(value) - len(before)
        self.values[key] = value

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Entries whose key begins with `prefix`, in order."""
        found = self._among(prefix)
        values = self.values
        for key in sorted(key for key in found if key.startswith(prefix)):
            yield key, values[key]

    def _among(self, prefix: bytes) -> Iterable[bytes]:
        if len(prefix) < _GROUP:
            return self.values
        if self._groups is None:
            self._groups = {}
            for key in self.values:
                self._groups.setdefault(key[:_GROUP], set()).add(key)
        return self._groups.get(prefix[:_GROUP], ())

    def _erase(self, key: bytes) -> None:
        before = self.values.pop(key, None)
        if before is None:
            return
        self.size_bytes -= len(key) + len(before)
        if self._groups is None:
            return
        group = self._groups[key[:_GROUP]]
        group.discard(key)
        if not group:
            del self._groups[key[:_GROUP]]
