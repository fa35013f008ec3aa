"""Hubs in memory that state moves between: one shard for each stream, or a shard a partition."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from hub.agreement_files import load
from hub.domain.facts import Fact
from hub.domain.parties import Parties
from hub.domain.time import Instant
from hub.keys import Keys, fresh_salt
from hub.shipped import shipped
from hub.streams.correlate import Correlate, Deployment
from hub.streams.entries import FACTS, REGION_FACTS
from hub.streams.memory.runtime import MemoryLog, MemoryShard
from hub.streams.partitions import partition_of
from hub.streams.regional import Regional
from hub.streams.seam import Emit, State, Step
from hub.streams.transfer import Piece, Row, pieces_of, rows_of
from hub.wire.state import encode_fact
from tests.streams.world import PARTIES, World

AGREEMENTS, _ = load(shipped("agreements"))
STREAMS = (FACTS, REGION_FACTS)


class PartitionedWorld(World):
    """A hub with so many partitions; `send` puts a fact where Kafka would."""

    def __init__(self, partitions: int, parties: Parties = PARTIES, keys: Keys | None = None):
        self.partitions = partitions
        self._others: list[PartitionedWorld] = []
        super().__init__(parties)
        if keys is not None:
            self.keys = keys
            self.deployment = Deployment(AGREEMENTS, parties, keys, fresh_salt)
            self.reopen()

    def reopen(self, agreements: object = None) -> None:
        self._run: list[tuple[Step, MemoryShard]] = []
        self.shards: dict[tuple[str, int], MemoryShard] = {}
        for stream, make in ((FACTS, Correlate), (REGION_FACTS, Regional)):
            for partition in range(self.partitions):
                shard = MemoryShard(
                    self.store, f"{make.__name__}-{partition}", _of(stream, partition)
                )
                self.shards[stream, partition] = shard
                self._run.append((make(self.deployment), shard))
        self._wakes = [step.open(shard.state) for step, shard in self._run]

    def states(self, stream: str) -> list[State]:
        return [shard.state for (name, _), shard in self.shards.items() if name == stream]

    def rows(self, onto: Keys | None = None) -> list[Row]:
        """All of its state, as it is exported."""
        found = [rows_of(stream, self.states(stream), self.keys, onto) for stream in STREAMS]
        return [row for rows in found for row in rows]

    def take_in(self, rows: Iterable[Row], limit: int = 1000) -> None:
        """Import into this hub, which has nothing yet."""
        pieces = pieces_of(rows, dict.fromkeys(STREAMS, self.partitions), limit)
        asyncio.run(self._commit(list(pieces)))
        self.reopen()

    def moved_to(self, partitions: int, onto: Keys | None = None) -> PartitionedWorld:
        """Another hub that goes on where this one is; closed with it."""
        other = PartitionedWorld(partitions, self.parties, onto or self.keys)
        self._others.append(other)
        other.clock.at = self.clock.at
        other.take_in(self.rows(onto), limit=7)
        for name, stream in self.store.streams.items():
            if not name.startswith(STREAMS):
                records = stream.after(0, 1 << 30)
                other.store.append([Emit(name, it.key, it.value, it.headers) for it in records])
        return other

    def close(self) -> None:
        for other in self._others:
            other.close()
        super().close()

    def next_at(self) -> Instant | None:
        wakes = [at for step, shard in self._run if (at := step.open(shard.state)) is not None]
        return min(wakes, default=None)

    def facts(self) -> list[Fact]:
        found = [
            step.facts(shard.state) for step, shard in self._run if isinstance(step, Correlate)
        ]
        return sorted((fact for facts in found for fact in facts), key=lambda it: it.identity)

    def table(self, stream: str, name: str) -> dict[bytes, bytes]:
        """A table, of all partitions together."""
        return {key: value for state in self.states(stream) for key, value in state.scan(name)}

    async def _append(self, facts: Sequence[Fact]) -> None:
        log = MemoryLog(self.store)
        for fact in facts:
            stream, place = (
                (REGION_FACTS, fact.region) if fact.is_regional else (FACTS, fact.gemeente)
            )
            key = place.encode()
            name = _of(stream, partition_of(key, self.partitions))
            await log.append(name, [Emit(name, key, encode_fact(fact))])

    async def _commit(self, pieces: Sequence[Piece]) -> None:
        for piece in pieces:
            await self.shards[piece.stream, piece.partition].commit(None, piece.effects)


def _of(stream: str, partition: int) -> str:
    return f"{stream}/{partition}"
