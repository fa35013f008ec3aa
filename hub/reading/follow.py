"""Following topics into the read model: what was committed, all partitions, in no order among them.

Reads without a group: each gateway has all of it. It is there (`caught_up`) once it has read up
to where the partitions ended when it began. When Kafka is away it waits, and keeps what it has.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from hashlib import blake2b
from typing import Final, TypeAlias

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import ConsumerRecord
from msgspec import Struct

from hub.clocks import seconds
from hub.domain.time import Instant
from hub.errors import Misconfigured, Unavailable
from hub.reading.followed import Followed, Spot, Taken
from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.ends import Ends
from hub.streams.kafka.faults import gently, reaching, wholly
from hub.streams.kafka.layout import Layout, laid_out
from hub.streams.seam import Emit, Position, StreamName

_RECORDS: Final = 5000  # in one transaction
_FETCH_MS: Final = 1000
# A fetch names every partition that its consumer reads, and costs milliseconds whatever it brings.
# So what comes within this time of the one before is taken in with it. Somebody may wait for what
# parties are told; the many partitions of all else have a consumer of their own, and more time.
_TOLD_SECONDS: Final = 0.02
_SPREAD_SECONDS: Final = 0.1
_AGAIN_SECONDS: Final = 1.0
_LOOK_SECONDS: Final = 1.0  # how often it is asked where partitions end
_ANSWER_SECONDS: Final = 5.0  # a broker that says nothing for so long is away
_STALL_SECONDS: Final = 60.0
_PARTITION_BITS: Final = 10  # up to a thousand partitions (hub.settings)

_log = structlog.get_logger("seintje.reading")

Place: TypeAlias = TopicPartition


class Streams(Struct, frozen=True):
    """What is followed. Of `single` each has one partition, whose offsets are its positions."""

    single: Sequence[StreamName]
    spread: Sequence[StreamName]


class NotKept(Unavailable):
    """The read model cannot be written now; Kafka is not to blame."""


@contextmanager
def keeping() -> Iterator[None]:
    """What is not available inside is the read model."""
    try:
        yield
    except Unavailable as away:
        raise NotKept(str(away), away.retry_after) from away


class _Goal(Struct, frozen=True):
    """Where partitions ended, and when that was asked."""

    at: float
    ends: Mapping[Place, int]


class Follower:
    """Follows until it is cancelled, or until something is wrong that waiting does not mend."""

    def __init__(self, brokers: Brokers, streams: Streams, followed: Followed) -> None:
        self._brokers = brokers
        self._streams = streams
        self._followed = followed
        self._next: dict[Place, int] = {}
        self._stream_of: Mapping[Place, StreamName] = {}
        self._goal = _Goal(seconds(), {})
        self._first: _Goal | None = None
        self._turned_at: dict[AIOKafkaConsumer, float] = {}
        self._begun_at = seconds()
        self.caught_up = asyncio.Event()
        self.numbered_by = ""  # of which hub on which cluster the positions are, once that is known
        self.is_reached = False  # whether Kafka answered when it was last asked

    async def follow(self) -> None:
        """Misconfigured: topics are missing or may not be read."""
        while True:
            try:
                async with self._reading() as (turns, ends):
                    takes = [self._take_in(it, pause) for it, pause in turns.items()]
                    await self._until_one_ends(*takes, self._look(ends))
            except Unavailable as away:
                self.is_reached = self.is_reached and isinstance(away, NotKept)
                _log.warning("waiting", error=type(away).__name__, says=str(away))
                await asyncio.sleep(_AGAIN_SECONDS)
            self._turned_at = {}
            self._begun_at = seconds()

    @property
    def is_stalled(self) -> bool:
        """Whether nothing has moved for long, though Kafka answers."""
        turned_at = min(self._turned_at.values(), default=self._begun_at)
        return self.is_reached and seconds() - turned_at > _STALL_SECONDS

    @property
    def behind_seconds(self) -> float:
        """For how long there has been something that is not in the read model."""
        return 0.0 if self._has(self._goal) else seconds() - self._goal.at

    def check(self) -> None:
        """`Unavailable` while the read model is being filled for the first time."""
        if not self.caught_up.is_set():
            raise Unavailable("the read model is catching up", 2.0)

    # Beginning

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[tuple[Mapping[AIOKafkaConsumer, float], Ends]]:
        """Consumers where the read model ends, each with the seconds of its turns, and the way to
        ask for the ends."""
        async with AsyncExitStack() as undo:
            layout = await laid_out(self._brokers, (*self._streams.single, *self._streams.spread))
            self._check_single(layout)
            ends = Ends(self._brokers)
            undo.push_async_callback(ends.aclose)
            await ends.start()
            self._stream_of = layout.places
            since = seconds() if self._has(self._goal) else self._goal.at
            self._first = self._goal = _Goal(since, await ends.lasts(layout.places))
            self.is_reached = True
            self._next = await self._begin(layout, ends)
            self._settle()
            turns = {}
            for streams, pause in (
                (self._streams.single, _TOLD_SECONDS),
                (self._streams.spread, _SPREAD_SECONDS),
            ):
                places = [it for it in self._next if self._stream_of[it] in streams]
                if places:
                    turns[await self._consumer(places, undo)] = pause
            yield turns, ends

    async def _consumer(self, places: Sequence[Place], undo: AsyncExitStack) -> AIOKafkaConsumer:
        """Of these partitions, each where it goes on."""
        consumer = self._brokers.reading()
        undo.push_async_callback(partial(gently, consumer.stop))
        with reaching():
            await wholly(consumer.start)
        consumer.assign(places)
        for place in places:
            consumer.seek(place, self._next[place])
        self._turned_at[consumer] = seconds()
        return consumer

    async def _begin(self, layout: Layout, ends: Ends) -> dict[Place, int]:
        """Where each partition goes on: where the read model ends, if that is still there."""
        owner = f"{layout.cluster} {self._brokers.names.prefix}"
        self.numbered_by = blake2b(owner.encode(), digest_size=4).hexdigest()
        with keeping():
            kept = await self._followed.resume(owner)
        firsts = await ends.firsts(layout.places)
        if any(kept.get(place, 0) > end for place, end in self._goal.ends.items()):
            _log.warning("topics were made anew: the read model is filled again")
            with keeping():
                await self._followed.empty(owner)
            self.caught_up.clear()
            kept = {}
        return {place: max(kept.get(place, 0), first) for place, first in firsts.items()}

    def _check_single(self, layout: Layout) -> None:
        for place in layout.places:
            if place.partition and layout.places[place] in self._streams.single:
                told = "it must have one partition; run: seintje topics check"
                raise Misconfigured(f"topic {place.topic}", told)

    # Going on

    async def _until_one_ends(self, *works: Coroutine[None, None, None]) -> None:
        """All go on for ever: what ends one of them ends the others, and is raised."""
        tasks = [asyncio.ensure_future(work) for work in works]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        for fault in ended:
            if isinstance(fault, BaseException) and not isinstance(fault, asyncio.CancelledError):
                raise fault

    async def _take_in(self, consumer: AIOKafkaConsumer, pause: float) -> None:
        places = consumer.assignment()
        while True:
            with reaching():
                found = await consumer.getmany(timeout_ms=_FETCH_MS, max_records=_RECORDS)
                # Also where no record came: the end of a transaction takes a place too.
                reached = {place: await consumer.position(place) for place in places}
            begun = seconds()
            if found:
                moved = {place: reached[place] for place in found}
                with keeping():
                    await self._followed.take(self._taken(found, moved))
            self._next.update(reached)
            self._settle()
            self._turned_at[consumer] = seconds()
            if found:
                await asyncio.sleep(begun + pause - seconds())

    def _taken(
        self,
        found: Mapping[Place, Sequence[ConsumerRecord[bytes, bytes]]],
        reached: Mapping[Place, int],
    ) -> Taken:
        entries = [
            self._entry(self._stream_of[place], record)
            for place, records in found.items()
            for record in records
        ]
        spots: dict[Spot, int] = {(it.topic, it.partition): at for it, at in reached.items()}
        return Taken(entries, spots)

    def _entry(
        self, stream: StreamName, it: ConsumerRecord[bytes, bytes]
    ) -> tuple[Emit, Position, Instant]:
        position = it.offset + 1
        if stream in self._streams.spread:
            position = position << _PARTITION_BITS | it.partition
        headers = {name: value or b"" for name, value in it.headers}
        return Emit(stream, it.key or b"", it.value, headers), position, it.timestamp

    async def _look(self, ends: Ends) -> None:
        """Ask where the partitions end, now and then: how far behind we are, and whether Kafka
        answers."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            asked = seconds()
            try:
                async with asyncio.timeout(_ANSWER_SECONDS):
                    found = await ends.lasts(self._next)
            except (TimeoutError, Unavailable):
                self._hear(is_reached=False)
                continue
            self._hear(is_reached=True)
            if self._has(self._goal):
                self._goal = _Goal(asked, found)

    def _hear(self, *, is_reached: bool) -> None:
        if is_reached != self.is_reached:
            said = "Kafka answers again" if is_reached else "Kafka does not answer"
            _log.warning(said, where="SEINTJE_KAFKA_BROKERS")
        self.is_reached = is_reached

    def _settle(self) -> None:
        """Note whether we have come where the partitions ended when we began."""
        if self._first is not None and self._has(self._first):
            self._first = None
            self.caught_up.set()

    def _has(self, goal: _Goal) -> bool:
        return all(self._next.get(place, 0) >= end for place, end in goal.ends.items())
