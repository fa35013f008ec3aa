"""Entries put onto topics that hold nothing yet: another hub, out of an export.

Transactions of one producer. The first marks every change log, and the last takes the marks away:
between them no worker takes a partition, so that none begins with half of a hub.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

from aiokafka import AIOKafkaProducer, TopicPartition

from hub.domain.time import Instant
from hub.streams.held import HELD, party_and_alert
from hub.streams.household_views import HOUSEHOLD_VIEWS, gemeente_in
from hub.streams.kafka.at_rest import PROCESSORS
from hub.streams.kafka.brokers import Brokers, at
from hub.streams.kafka.dressing import Dressing
from hub.streams.kafka.faults import committing, gently, reaching, wholly
from hub.streams.kafka.state import IMPORTING, KeyNames
from hub.streams.kafka.transactions import Ready, Transactions, Written, batched
from hub.streams.partitions import partition_of
from hub.streams.seam import Emit, StreamName
from hub.streams.transfer import Piece

IMPORT: Final = "import"  # a transactional id; no group has this name


class Putting:
    """Puts state and streams. Made by `begin`, to be ended, and closed in any case."""

    def __init__(
        self,
        brokers: Brokers,
        partitions: int,
        dressing: Dressing,
        producer: AIOKafkaProducer,
        undo: AsyncExitStack,
    ) -> None:
        self.partitions: Mapping[StreamName, int] = dict.fromkeys(PROCESSORS, partitions)
        self._names = brokers.names
        self._dressing = dressing
        self._producer = producer
        self._writes = Transactions(producer, brokers.names.group(IMPORT))
        self._key_of = KeyNames()
        self._counts: dict[StreamName, int] = {}
        self._undo = undo

    @classmethod
    async def begin(cls, brokers: Brokers, partitions: int, dressing: Dressing) -> Putting:
        """Mark the change logs. Unavailable or Misconfigured: nothing was done."""
        producer = brokers.transactional(brokers.names.transactional_id(IMPORT, 0))
        async with AsyncExitStack() as undo:
            undo.push_async_callback(partial(gently, producer.stop))
            with reaching():
                await wholly(producer.start)
                for processor in PROCESSORS.values():
                    await producer.partitions_for(brokers.names.changelog(processor))
            putting = cls(brokers, partitions, dressing, producer, undo)
            await putting._mark(b"\x01")
            putting._undo = undo.pop_all()
        return putting

    async def state(self, pieces: Iterable[Piece]) -> None:
        """Changes, in order; one transaction."""
        written: dict[TopicPartition, list[Written]] = {}
        for piece in pieces:
            place = at(self._names.changelog(PROCESSORS[piece.stream]), piece.partition)
            changes = piece.effects.changes.items()
            written.setdefault(place, []).extend(
                (self._key_of(*key), value, []) for key, value in changes
            )
        await self._write(written)

    async def streams(
        self, emits: Sequence[tuple[Emit, Instant]], gemeente_of: Mapping[str, str]
    ) -> None:
        """Records with when they were emitted; one transaction. `gemeente_of` by alert id."""
        written: dict[TopicPartition, list[Written]] = {}
        for emit, emitted_at in emits:
            headers, value = self._dressing.as_of(emitted_at, emit)
            place = await self._place(emit, gemeente_of)
            written.setdefault(place, []).append((emit.key, value, headers))
        await self._write(written)

    async def end(self) -> None:
        """The whole of it is there."""
        await self._mark(None)

    async def close(self) -> None:
        await self._undo.aclose()

    async def _place(self, emit: Emit, gemeente_of: Mapping[str, str]) -> TopicPartition:
        count, topic = self._counts.get(emit.stream), self._names.topic(emit.stream)
        if count is None:
            with reaching():
                count = len(await self._producer.partitions_for(topic))
            self._counts[emit.stream] = count
        key = emit.key
        if emit.stream == HELD:  # where the shard of its household writes the next word on it
            key = gemeente_of.get(party_and_alert(key)[1], "").encode() or key
        elif emit.stream == HOUSEHOLD_VIEWS and emit.value is not None:
            key = gemeente_in(emit.value).encode()
        return at(topic, partition_of(key, count))

    async def _mark(self, value: bytes | None) -> None:
        mark: Written = (IMPORTING, value, [])
        await self._write(
            {
                at(self._names.changelog(PROCESSORS[stream]), number): [mark]
                for stream, count in self.partitions.items()
                for number in range(count)
            }
        )

    async def _write(self, written: Mapping[TopicPartition, Sequence[Written]]) -> None:
        with committing():
            batches = [
                batch
                for place, records in written.items()
                for batch in batched(self._producer, place, records)
            ]
            if batches:
                await self._writes.run(Ready(batches, {}))
