"""State as it will be after a batch: what was committed, with the changes so far on top."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from hub.streams.seam import Effects, State, Table

_UNCHANGED: Final[Any] = object()
_GROUP: Final = 8  # keys of one cluster share their first eight bytes, and are scanned together


class Overlay:
    """Reads through to the committed state; what a step changes is seen by what comes after it."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.changes: dict[tuple[Table, bytes], bytes | None] = {}
        # which keys changed, by what they share; brought up to date by a scan, for there are few
        self._groups: dict[tuple[Table, bytes], list[bytes]] = {}
        self._ungrouped: list[tuple[Table, bytes]] = []

    def get(self, table: Table, key: bytes) -> bytes | None:
        changed: bytes | None = self.changes.get((table, key), _UNCHANGED)
        return self._state.get(table, key) if changed is _UNCHANGED else changed

    def scan(self, table: Table, prefix: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        ours = self._changed(table, prefix)
        if not ours:
            yield from self._state.scan(table, prefix)
            return
        merged = {key: value for key, value in self._state.scan(table, prefix) if key not in ours}
        merged |= {key: value for key, value in ours.items() if value is not None}
        yield from sorted(merged.items())

    def put(self, table: Table, key: bytes, value: bytes | None) -> None:
        changed = (table, key)
        if changed not in self.changes:
            self._ungrouped.append(changed)
        self.changes[changed] = value

    def apply(self, effects: Effects) -> None:
        for (table, key), value in effects.changes.items():
            self.put(table, key, value)

    def _changed(self, table: Table, prefix: bytes) -> dict[bytes, bytes | None]:
        for name, key in self._ungrouped:
            self._groups.setdefault((name, key[:_GROUP]), []).append(key)
        self._ungrouped.clear()
        if len(prefix) >= _GROUP:
            near = [(table, key) for key in self._groups.get((table, prefix[:_GROUP]), ())]
        else:
            near = [changed for changed in self.changes if changed[0] == table]
        return {key: self.changes[table, key] for _, key in near if key.startswith(prefix)}
