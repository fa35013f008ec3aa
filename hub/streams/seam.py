"""The seam between what is decided and where it is kept (architecture, Seams).

A step is pure: records in, effects out. A shard is one partition, exclusively owned and already
restored: it reads input and commits effects together with the input position, all of it or none.
Every runtime (memory, SQLite, later Kafka) passes one contract suite, `tests/contract`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol, TypeAlias

from msgspec import Struct

from hub.domain.time import Instant

Position: TypeAlias = int
Cursor: TypeAlias = int
Table: TypeAlias = str
StreamName: TypeAlias = str
Headers: TypeAlias = Mapping[str, bytes]

# The header of a fact that goes along, as it is, with what parties are told because of that fact.
CAUSE: Final = "traceparent"


class Record(Struct, frozen=True):
    """One entry of a stream, where it stands and when it was appended."""

    at: Position
    key: bytes
    value: bytes | None
    headers: Headers
    appended_at: Instant


class Emit(Struct, frozen=True):
    """Something to append to a stream; order is kept for each (stream, key)."""

    stream: StreamName
    key: bytes
    value: bytes | None
    headers: Headers = {}


class Effects(Struct):
    """What a step wants done: all of it, or none of it.

    `changes` None erases a key. `wake_at` is the earliest instant at which time alone will change
    something.
    """

    changes: dict[tuple[Table, bytes], bytes | None]
    emits: list[Emit]
    wake_at: Instant | None = None


class Batch(Struct, frozen=True):
    """What was read of a stream, whether that was all there is (a backlog is not silence), and
    whether it is as much as was asked for."""

    records: Sequence[Record]
    caught_up: bool
    stream: StreamName = ""
    is_full: bool = False

    @property
    def is_part(self) -> bool:
        """Whether it is the beginning of a backlog: what is missing in it is in the rest of it."""
        return self.is_full and not self.caught_up

    @classmethod
    def of(cls, found: Sequence[Record], limit: int, stream: StreamName) -> Batch:
        """The first `limit` of what was found (read one more); caught up if that was all."""
        return cls(found[:limit], len(found) <= limit, stream, len(found) >= limit)


class State(Protocol):
    """The keyed state of one shard as it was last committed."""

    def get(self, table: Table, key: bytes) -> bytes | None: ...

    def scan(self, table: Table, prefix: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        """Entries whose key begins with `prefix`, in order of key. Not to be kept over a commit."""
        ...


class Step(Protocol):
    """Pure; one instance a shard, its caches die with it."""

    def open(self, state: State) -> Instant | None:
        """Rebuild what is kept in memory; the next instant at which to tick."""
        ...

    def take(
        self, state: State, batch: Sequence[Record], now: Instant, *, more: bool = False
    ) -> Effects:
        """Everything that follows from these records. With `more` on their way to it, only what
        must be kept of them: the rest may follow at the tick that is due at once then."""
        ...

    def tick(self, state: State, now: Instant, limit: int) -> Effects: ...

    def freeze(self, state: State, record: Record | None, now: Instant) -> Effects:
        """Stop telling about what a record is about that made `take` raise, until the record is
        redriven. None: about what is due first, and made `tick` raise; which record is to be
        redriven then is among the effects."""
        ...


class Shard(Protocol):
    """One partition, exclusively owned. Raises `Unavailable` (try again) or `ShardLost` (drop it,
    open it anew)."""

    @property
    def state(self) -> State: ...

    async def read(self, limit: int, wait: float | None) -> Batch:
        """At most `limit` records after the last committed position, in order.

        Without any it waits up to `wait` seconds (None: until there is one) and then returns an
        empty batch.
        """
        ...

    async def commit(self, batch: Batch | None, effects: Effects) -> None:
        """All effects and the position after the batch, durably, or nothing.

        Whatever it raises, the step has already seen the batch: drop the step too.
        """
        ...

    async def close(self) -> None: ...


class FactLog(Protocol):
    """The only way in; durable on return."""

    async def append(self, stream: StreamName, records: Sequence[Emit]) -> Sequence[Position]:
        """Append records of one stream, all of them or none; `Unavailable`: none, try again."""
        ...


class Outbox(Protocol):
    """What was emitted, for those who deliver or show it."""

    async def read(
        self, stream: StreamName, after: Cursor | None, limit: int, wait: float
    ) -> Sequence[Record]:
        """Records after the cursor, in order; waits up to `wait` seconds for the first.

        `after` None: from the first record that is still kept.
        """
        ...

    async def cursor_at(self, stream: StreamName, since: Instant) -> Cursor:
        """The cursor before the first record appended at or after `since`."""
        ...


class Clock(Protocol):
    """Where `now` comes from. `drive` reads it once a turn; nothing below reads it at all."""

    def now(self) -> Instant: ...
