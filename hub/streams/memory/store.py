"""Streams, state and cursors of one process, in memory."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from operator import attrgetter

from hub.domain.time import BEGINNING, Instant
from hub.streams.bell import Bell
from hub.streams.memory.table import SortedTable
from hub.streams.retention import RETENTION, Keep, Retention, keep_for, keeps_from
from hub.streams.seam import Clock, Cursor, Emit, Position, Record, StreamName, Table


class MemoryStore:
    """What a SQLite file holds, for the other runtime."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.bell = Bell()
        self.streams: defaultdict[StreamName, MemoryStream] = defaultdict(MemoryStream)
        self.tables: defaultdict[tuple[str, Table], SortedTable] = defaultdict(SortedTable)
        self.cursors: dict[tuple[str, StreamName], Position] = {}
        self.owners: dict[str, object] = {}  # by name of the shard

    def append(self, emits: Sequence[Emit]) -> list[Position]:
        """Append each to its stream and wake whoever waits for it."""
        now = self.clock.now()
        positions = [self.streams[emit.stream].append(emit, now) for emit in emits]
        self.bell.ring_all(dict.fromkeys(emit.stream for emit in emits))
        return positions

    def trim(self, now: Instant, retention: Retention = RETENTION) -> int:
        """Drop what was kept long enough; how many records that were."""
        dropped = 0
        for name, stream in self.streams.items():
            keep = keep_for(name, retention)
            if keep is not None:
                until = min(stream.last, self._read_by_all(name, keep))
                dropped += stream.trim(until, keeps_from(keep, now))
        return dropped

    def _read_by_all(self, name: StreamName, keep: Keep) -> Position:
        if not keep.unread:
            return self.streams[name].last
        cursors = [position for (_, stream), position in self.cursors.items() if stream == name]
        return min(cursors, default=0)


class MemoryStream:
    """Records in order; the first has position 1."""

    def __init__(self) -> None:
        self._records: list[Record] = []
        self._trimmed: Position = 0  # the last position that is gone
        self._appended_at: Instant = BEGINNING

    @property
    def last(self) -> Position:
        return self._trimmed + len(self._records)

    def append(self, emit: Emit, now: Instant) -> Position:
        # Never back, so that a cursor can be found by time.
        self._appended_at = max(self._appended_at, now)
        at = self.last + 1
        self._records.append(
            Record(at, emit.key, emit.value, dict(emit.headers), self._appended_at)
        )
        return at

    def after(self, position: Position, limit: int) -> list[Record]:
        start = max(position - self._trimmed, 0)
        return self._records[start : start + limit]

    def cursor_at(self, since: Instant) -> Cursor:
        earlier = bisect_left(self._records, since, key=attrgetter("appended_at"))
        return self._trimmed + earlier

    def trim(self, until: Position, before: Instant) -> int:
        """Drop records up to `until` that were appended before `before`."""
        dropped = max(min(until, self.cursor_at(before)) - self._trimmed, 0)
        del self._records[:dropped]
        self._trimmed += dropped
        return dropped
