"""State as it will be after a batch: what was committed, with the changes so far on top."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hub.streams.seam import Effects, State, Table

_GROUP: Final = 8  # keys of one cluster share their first eight bytes, and are scanned together


class Overlay:
    """Reads through to the committed state; what a step changes is seen by what comes after it."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.changes: dict[tuple[Table, bytes], bytes | None] = {}
        self._groups: dict[tuple[Table, bytes], dict[bytes, bytes | None]] = {}

    def get(self, table: Table, key: bytes) -> bytes | None:
        if (table, key) in self.changes:
            return self.changes[table, key]
        return self._state.get(table, key)

    def scan(self, table: Table, prefix: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        ours = self._changed(table, prefix)
        if not ours:
            yield from self._state.scan(table, prefix)
            return
        merged = {key: value for key, value in self._state.scan(table, prefix) if key not in ours}
        merged |= {key: value for key, value in ours.items() if value is not None}
        yield from sorted(merged.items())

    def put(self, table: Table, key: bytes, value: bytes | None) -> None:
        self.changes[table, key] = value
        self._groups.setdefault((table, key[:_GROUP]), {})[key] = value

    def apply(self, effects: Effects) -> None:
        for (table, key), value in effects.changes.items():
            self.put(table, key, value)

    def _changed(self, table: Table, prefix: bytes) -> dict[bytes, bytes | None]:
        if len(prefix) >= _GROUP:
            group = self._groups.get((table, prefix[:_GROUP]), {})
            return {key: value for key, value in group.items() if key.startswith(prefix)}
        return {
            key: value
            for (name, key), value in self.changes.items()
            if name == table and key.startswith(prefix)
        }
