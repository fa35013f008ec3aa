"""What parties are told, read on Kafka from many places at once: every revision, in order.

A consumer stays where it has read to, so that going on costs no more than a fetch. There are few of
them, shared by all subscriptions: one that is wanted elsewhere is moved.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from msgspec import Struct
from msgspec.structs import replace

from hub.domain.time import Instant
from hub.reading.undressing import Undressing
from hub.streams.kafka.brokers import Brokers, at
from hub.streams.kafka.ends import Ends
from hub.streams.kafka.faults import gently, reaching, wholly
from hub.streams.kafka.shard import record_of
from hub.streams.kafka.streams import KafkaOutbox
from hub.streams.seam import Cursor, Emit, Record, StreamName

_CONSUMERS: Final = 16
_FETCH_MS: Final = 1000

_log = structlog.get_logger("seintje.delivery")


class _Placed(Struct, eq=False):
    """A consumer, which partition it reads, and which offset comes next."""

    consumer: AIOKafkaConsumer
    place: TopicPartition | None = None
    next: int = 0


class DeliveringOutbox:
    """The outbox of who delivers. To be started, and closed."""

    def __init__(self, brokers: Brokers, undressing: Undressing) -> None:
        self._brokers = brokers
        self._undressing = undressing
        self._ends = Ends(brokers)
        self._idle: list[_Placed] = []  # the longest unused first
        self._n_consumers = 0  # idle, at work or being made
        self._free = asyncio.Semaphore(_CONSUMERS)

    async def start(self) -> None:
        await self._ends.start()

    async def close(self) -> None:
        """When nobody reads any more."""
        await asyncio.gather(*(gently(it.consumer.stop) for it in self._idle))
        await self._ends.aclose()

    async def read(
        self, stream: StreamName, after: Cursor | None, limit: int, wait: float
    ) -> Sequence[Record]:
        """What there is now: `wait` is not looked at, for a bell says when more comes."""
        place = at(self._brokers.names.topic(stream), 0)
        end = await self._ends.last(place)
        if (after or 0) >= end:
            return ()
        async with self._free:
            found = await self._fetched(place, after or 0, (limit, end))
        return await self._undressed(stream, found)

    async def cursor_at(self, stream: StreamName, since: Instant) -> Cursor:
        return await KafkaOutbox(self._brokers).cursor_at(stream, since)

    async def _fetched(
        self, place: TopicPartition, after: Cursor, most: tuple[int, int]
    ) -> list[Record]:
        """The first records after a cursor, at most so many and before an offset."""
        limit, end = most
        it = await self._taken(place, after)
        found: list[Record] = []
        try:
            with reaching():
                while not found and it.next < end:
                    polled = await it.consumer.getmany(
                        place, timeout_ms=_FETCH_MS, max_records=limit
                    )
                    found = [record_of(record) for record in polled.get(place, ())]
                    it.next = await it.consumer.position(place)
        except BaseException:
            await self._let_go(it.consumer)  # nobody knows where it is
            raise
        self._idle.append(it)
        return found

    async def _taken(self, place: TopicPartition, after: Cursor) -> _Placed:
        """A consumer that reads on from there."""
        for it in self._idle:
            if it.place == place and it.next == after:
                self._idle.remove(it)
                return it
        first = await self._ends.first(place)
        # As many may be at work as there may be at all, so with all of them made one is idle.
        is_full = self._n_consumers >= _CONSUMERS
        it = self._idle.pop(0) if is_full else await self._new()
        it.consumer.assign([place])
        it.consumer.seek(place, max(after, first))
        it.place, it.next = place, max(after, first)
        return it

    async def _new(self) -> _Placed:
        consumer = self._brokers.reading()
        self._n_consumers += 1
        try:
            with reaching():
                await wholly(consumer.start)
        except BaseException:
            await self._let_go(consumer)
            raise
        return _Placed(consumer)

    async def _let_go(self, consumer: AIOKafkaConsumer) -> None:
        self._n_consumers -= 1
        await gently(consumer.stop)

    async def _undressed(self, stream: StreamName, records: Sequence[Record]) -> Sequence[Record]:
        emits = [Emit(stream, it.key, it.value, it.headers) for it in records]
        await self._undressing.learn(emits)
        return [
            replace(record, value=self._view(emit, record))
            for emit, record in zip(emits, records, strict=True)
        ]

    def _view(self, emit: Emit, record: Record) -> bytes | None:
        """The view as it was emitted; what cannot be read must not keep the rest from a party."""
        try:
            return self._undressing(emit).value
        except ValueError:
            _log.error("a revision that cannot be read is passed by", position=record.at)
            return None
