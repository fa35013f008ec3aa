"""One partition of a processor on Kafka: taken over, restored, read, committed (architecture, On
Kafka, 1 to 3).

Taking over goes in an order that leaves a former owner no way back: the producer starts, which
fences it and ends its transaction; a barrier is written to the change log; the change log is read
up to the barrier, committed records only; the place in the input that it holds must be that of the
group. A commit is one transaction: changed keys, emits, the place in the input. Only when Kafka has
said so is it in the state here.

What this shard emits goes to the partition of its own number, where a topic has so many: keys of
one gemeente stay together, and a transaction touches few partitions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import ConsumerRecord
from msgspec import Struct, field

from hub.clocks import seconds
from hub.domain.time import Instant
from hub.errors import Fenced, Misconfigured
from hub.streams.ending import to_the_end
from hub.streams.kafka.brokers import Brokers, Dress, at, plain
from hub.streams.kafka.clients import Clients
from hub.streams.kafka.ends import Ends
from hub.streams.kafka.faults import committing, gently, patiently, reaching, wholly
from hub.streams.kafka.lately import Lately
from hub.streams.kafka.state import BARRIER, CURSOR, KafkaState, KeyNames, cursor_value
from hub.streams.kafka.transactions import Ready, Transactions, Written, batched, counted
from hub.streams.seam import Batch, Effects, Emit, Position, Record, State, StreamName
from hub.telemetry.family import Role
from hub.telemetry.metrics import Metrics

_LONGEST_POLL_SECONDS: Final = 60.0
_ON_ITS_WAY_SECONDS: Final = 5.0
_MORE_SECONDS: Final = 0.5
_WORTH_MORE: Final = 1000

_NO_HEADERS: Final[list[tuple[str, bytes]]] = []

_log = structlog.get_logger("seintje.kafka")


class Place(Struct, frozen=True):
    """Which partition of which processor, and the stream that it reads."""

    processor: str
    stream: StreamName
    partition: int

    @property
    def name(self) -> str:
        return f"{self.processor}-{self.partition}"


class Ways(Struct, frozen=True):
    """What shards of one process share: where partitions end, how emits are written, whether
    nothing is on its way to the input (a backlog before it is not silence either), and what counts
    what they do."""

    ends: Ends
    dress: Dress = plain
    is_silent: Callable[[], bool] = lambda: True
    metrics: Metrics = field(default_factory=lambda: Metrics(Role.WORKER))


class KafkaShard:
    """A partition that is ours; made by `take`."""

    def __init__(
        self, brokers: Brokers, place: Place, ways: Ways, state: KafkaState, opened: Clients
    ) -> None:
        names = brokers.names
        self._place = place
        self._ways = ways
        self._state = state
        self._input = at(names.topic(place.stream), place.partition)
        self._changelog = at(names.changelog(place.processor), place.partition)
        self._names = names
        self._opened = opened
        self._writes = Transactions(opened.producer, names.group(place.processor))
        self._key_of = KeyNames()
        self._targets: dict[StreamName, TopicPartition] = {}
        self._read_to: Position | None = None
        self._read_all = False  # of the input, when it was last read
        self._lately = Lately(partial(ways.ends.last, self._input))
        self._lost: BaseException | None = None  # why it is not ours any more
        # Since when the oldest record waits that was not committed; None: there was none.
        self.waits_since: Instant | None = None

    @classmethod
    async def take(
        cls, brokers: Brokers, place: Place, ways: Ways, kept: KafkaState | None = None
    ) -> KafkaShard:
        """Take the partition over from whoever had it. `kept`: a state of it from earlier.

        Unavailable: try again. Misconfigured: topics are missing, access is denied, or change log
        and group do not fit together.
        """
        begun = seconds()
        names = brokers.names
        needed = [
            at(names.topic(place.stream), place.partition),
            at(names.changelog(place.processor), place.partition),
        ]
        transactional_id = names.transactional_id(place.processor, place.partition)
        async with AsyncExitStack() as undo:
            opened = await Clients.start(brokers, transactional_id, needed, undo)
            shard = cls(brokers, place, ways, kept or KafkaState(), opened)
            # Not the consumer of the input: over one connection the input would wait for the last
            # fetch of the change log, and that waits half a second for something to come.
            restoring = brokers.reading()
            try:
                with reaching():
                    restored = await shard._restore(await shard._write_barrier(), restoring)
                    await shard._begin(await shard._committed(brokers))
            finally:
                await gently(restoring.stop)
            # Whoever is cancelled above has nothing left open; from here on the shard closes it.
            opened.closing = undo.pop_all()
        ways.metrics.restored(place.stream, restored, seconds() - begun)
        return shard

    @property
    def state(self) -> State:
        return self._state

    @property
    def kept(self) -> KafkaState:
        """The state as it was last committed, for this process to take up again."""
        return self._state

    @property
    def position(self) -> Position:
        """How far the input was committed."""
        return self._state.cursor or 0

    async def read(self, limit: int, wait: float | None) -> Batch:
        if self._lost is not None:
            raise self._lost
        with reaching():
            if self._read_to not in (None, self._state.cursor):
                self._opened.consumer.seek(
                    self._input, self._state.cursor or await self._ways.ends.first(self._input)
                )
            records = await self._poll(limit, 0.0)
            if not records and not await self._is_at_end():
                records = await self._poll(limit, _ON_ITS_WAY_SECONDS)
            elif not records and wait != 0:
                records = await self._poll(limit, wait)
            while records and len(records) < limit and self._has_more(records[-1].at):
                # A fetch brings some thousands; a backlog goes faster in larger batches.
                more = await self._poll(limit - len(records), _MORE_SECONDS)
                if not more:
                    break
                records += more
            # Asked of the broker at this moment: what was fetched may be seconds old by now.
            self._read_all = await self._has_caught_up()
        if records:
            self._read_to, self.waits_since = records[-1].at, records[0].appended_at
        elif self._read_all:
            self.waits_since = None
        caught_up = self._read_all and self._ways.is_silent()
        return Batch(records, caught_up, self._place.stream, len(records) >= limit)

    async def commit(self, batch: Batch | None, effects: Effects) -> None:
        if self._lost is not None:
            raise self._lost
        cursor = self._state.cursor
        if batch is not None and batch.records:
            cursor = batch.records[-1].at  # positions count from one: the next offset to read
        if cursor == self._state.cursor and not (effects.changes or effects.emits):
            return
        fault, was_cancelled = await to_the_end(self._transact(effects, cursor))
        if fault is None:
            self._state.apply(effects.changes.items())
            self._state.cursor = cursor
            if batch is not None and batch.records:
                # In a backlog the next one is about as old as the last of these.
                self.waits_since = None if self._read_all else batch.records[-1].appended_at
        else:
            self._lost = fault
        if was_cancelled:
            raise asyncio.CancelledError  # also where it failed: whoever cancels us waits for this
        if fault is not None:
            raise fault

    async def close(self) -> None:
        """Let go of the partition; its state stays with whoever keeps it."""
        self._lost = self._lost or Fenced("the partition was let go of")
        await self._opened.closing.aclose()

    # Taking over

    async def _write_barrier(self) -> int:
        """Write a record behind all that any owner wrote; the offset after it."""
        barrier: Written = (BARRIER, b"\x01", [])
        batches = batched(self._opened.producer, self._changelog, [barrier])
        with counted(self._ways.metrics, self._place.stream), reaching():
            ends = await self._writes.run(Ready(batches, {}))
        return ends[self._changelog]

    async def _restore(self, end: int, consumer: AIOKafkaConsumer) -> int:
        """Take the change log into the state, from where the state ends; how many records."""
        state, changelog = self._state, self._changelog
        await wholly(consumer.start)
        consumer.assign([changelog])
        consumer.seek(changelog, max(state.next_offset, await self._ways.ends.first(changelog)))
        begun, count = seconds(), 0
        while (reached := await consumer.position(changelog)) < end:
            found = await consumer.getmany(changelog, timeout_ms=1000)
            records = found.get(changelog, ())
            state.restore((it.key, it.value) for it in records)
            count += len(records)
        if state.is_half:
            told = (
                "an import is being put into it, or was cut off; when none is running, import into"
                " another SEINTJE_KAFKA_PREFIX"
            )
            raise Misconfigured(f"topic {changelog.topic}", told)
        state.next_offset = reached
        state.logged += count
        took_ms = int((seconds() - begun) * 1000)
        _log.info("restored", shard=self._place.name, records=count, took_ms=took_ms)
        return count

    async def _committed(self, brokers: Brokers) -> int | None:
        """Up to where the group has read; None where it never did, or Kafka has forgotten."""
        group = self._names.group(self._place.processor)
        async with brokers.asking() as admin:
            found = await patiently(
                partial(admin.list_consumer_group_offsets, group, partitions=[self._input])
            )
        place = found.get(self._input)
        return None if place is None or place.offset < 0 else int(place.offset)

    async def _begin(self, committed: int | None) -> None:
        """Go to the place in the input that the state was made from. The group must agree."""
        cursor = self._state.cursor
        if committed is not None and committed != (cursor or 0):
            told = (
                f"it was made from the input up to {cursor or 0}, but the group stands at"
                f" {committed}: one of them was changed by hand or removed. Put it back, or import"
                " a state export under another SEINTJE_KAFKA_PREFIX"
            )
            raise Misconfigured(f"topic {self._changelog.topic}", told)
        self._opened.consumer.assign([self._input])
        self._opened.consumer.seek(self._input, await self._next())

    async def _next(self) -> int:
        """The next offset to read."""
        return self._state.cursor or await self._ways.ends.first(self._input)

    # Reading and committing

    async def _poll(self, limit: int, wait: float | None) -> list[Record]:
        end = None if wait is None else seconds() + wait
        while True:
            left = _LONGEST_POLL_SECONDS if end is None else max(end - seconds(), 0.0)
            polled = int(min(left, _LONGEST_POLL_SECONDS) * 1000)
            found = await self._opened.consumer.getmany(
                self._input, timeout_ms=polled, max_records=limit
            )
            records = [record_of(it) for it in found.get(self._input, ())]
            if records or (end is not None and seconds() >= end):
                return records

    def _has_more(self, position: Position) -> bool:
        """Whether the last fetch saw more than that; a few records are not worth waiting for."""
        stable = self._opened.consumer.last_stable_offset(self._input)
        return stable is not None and stable - position > _WORTH_MORE

    async def _is_at_end(self) -> bool:
        consumer, place = self._opened.consumer, self._input
        reached = await consumer.position(place)
        stable = consumer.last_stable_offset(place)
        if stable is not None and reached < stable:
            return False
        return bool(reached >= await self._ways.ends.last(place))

    async def _has_caught_up(self) -> bool:
        if await self._is_at_end():
            return True
        return await self._lately.is_reached(await self._opened.consumer.position(self._input))

    async def _transact(self, effects: Effects, cursor: int | None) -> None:
        offsets = {} if cursor == self._state.cursor else {self._input: cursor or 0}
        producer = self._opened.producer
        batches = batched(producer, self._changelog, self._changes(effects, offsets))
        logged = sum(batch.record_count() for _, batch in batches)
        with reaching():
            emitted = await self._emitted(effects.emits)
        for target, written in emitted.items():
            batches += batched(producer, target, written)
        with counted(self._ways.metrics, self._place.stream), committing():
            ends = await self._writes.run(Ready(batches, offsets))
        self._state.logged += logged
        self._state.next_offset = ends.get(self._changelog, self._state.next_offset)

    def _changes(self, effects: Effects, offsets: dict[TopicPartition, int]) -> Iterable[Written]:
        for (table, key), value in effects.changes.items():
            yield self._key_of(table, key), value, _NO_HEADERS
        for offset in offsets.values():
            yield CURSOR, cursor_value(offset), _NO_HEADERS

    async def _emitted(self, emits: Sequence[Emit]) -> dict[TopicPartition, list[Written]]:
        found: dict[TopicPartition, list[Written]] = {}
        for emit in emits:
            target = self._targets.get(emit.stream) or await self._target(emit.stream)
            headers, value = self._ways.dress(emit)
            found.setdefault(target, []).append((emit.key, value, headers))
        return found

    async def _target(self, stream: StreamName) -> TopicPartition:
        topic = self._names.topic(stream)
        partitions = await self._opened.producer.partitions_for(topic)
        target = self._targets[stream] = at(topic, self._place.partition % len(partitions))
        return target


def record_of(it: ConsumerRecord[bytes, bytes]) -> Record:
    headers = {name: value or b"" for name, value in it.headers}
    return Record(it.offset + 1, it.key or b"", it.value, headers, it.timestamp)
