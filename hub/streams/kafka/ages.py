"""How old the oldest record is that waits in an input, in seconds and not in messages.

What a shard or intake has in hand it knows itself. What nobody has in hand (its worker died, it is
being restored, it is stuck) is looked for here: where the group of an input has not moved since the
last look though more has come, the one record that it stands at is fetched, for its time. Every
worker looks at all partitions, so one that is left tells of those that nobody owns.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from msgspec import Struct

from hub.clocks import seconds
from hub.domain.time import Instant
from hub.errors import Misconfigured, Unavailable
from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.ends import Ends
from hub.streams.kafka.faults import gently, patiently, reaching, wholly

LOOK_SECONDS: Final = 5.0
_PEEK_SECONDS: Final = 3.0
_PEEKED_AT_ONCE: Final = 16
_PEEK_BYTES: Final = 1024  # a broker gives a whole batch all the same

_log = structlog.get_logger("seintje.kafka")


class Input(Struct, frozen=True):
    """What a shard of this name reads: topics, and the group that says how far."""

    shard: str
    group: str
    topics: Sequence[str]


class _Stand(Struct, frozen=True):
    """Where a group stands in a partition, and where that ends."""

    at: int
    end: int


class Ages:
    """Looks again and again; `waits_since` is what was found last."""

    def __init__(self, brokers: Brokers, ends: Ends, inputs: Sequence[Input]) -> None:
        self._brokers = brokers
        self._ends = ends
        self._inputs = inputs
        self._before: Mapping[TopicPartition, _Stand] = {}
        self._found: dict[TopicPartition, tuple[_Stand, Instant | None]] = {}

    def waits_since(self) -> Mapping[str, Instant]:
        """When the oldest record that stands still was appended, by shard; only where one does."""
        oldest: dict[str, Instant] = {}
        for it in self._inputs:
            told = [at for place, (_, at) in self._found.items() if place.topic in it.topics]
            times = [at for at in told if at is not None]
            if times:
                oldest[it.shard] = min(times)
        return oldest

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self._look_on()
            except Unavailable as away:
                await asyncio.sleep(away.retry_after)
            except Misconfigured as wrong:
                # Nothing stops for want of a figure.
                _log.error("ages cannot be seen", where=wrong.where, do=wrong.do)
                await asyncio.sleep(10 * LOOK_SECONDS)

    async def _look_on(self) -> None:
        async with self._brokers.asking() as admin:
            while True:
                await self.look(admin)
                await asyncio.sleep(LOOK_SECONDS)

    async def look(self, admin: AIOKafkaAdminClient) -> None:
        """Once. Unavailable, Misconfigured: as Kafka says."""
        behind = await self._behind(admin)
        still = {it: stand for it, stand in behind.items() if self._is_still(it, stand)}
        self._found = {
            it: (stand, self._found[it][1]) for it, stand in still.items() if it in self._found
        }
        unknown = {it: stand for it, stand in still.items() if self._is_unknown(it, stand)}
        self._before = behind
        if unknown:
            some = dict(islice(unknown.items(), _PEEKED_AT_ONCE))
            for place, since in (await self._peek(some)).items():
                self._found[place] = some[place], since

    async def _behind(self, admin: AIOKafkaAdminClient) -> dict[TopicPartition, _Stand]:
        """The partitions of which something was not taken."""
        ends = await self._ends.of_topics(topic for it in self._inputs for topic in it.topics)
        behind: dict[TopicPartition, _Stand] = {}
        for it in self._inputs:
            places = [place for place in ends if place.topic in it.topics]
            if not places:
                continue
            ask = partial(admin.list_consumer_group_offsets, it.group, partitions=places)
            committed = await patiently(ask)
            for place in places:
                told = committed.get(place)
                at = max(0 if told is None else told.offset, 0)
                if at < ends[place]:
                    behind[place] = _Stand(at, ends[place])
        return behind

    def _is_still(self, place: TopicPartition, stand: _Stand) -> bool:
        before = self._before.get(place)
        return before is not None and before.at == stand.at

    def _is_unknown(self, place: TopicPartition, stand: _Stand) -> bool:
        """Of a place where nothing could be read (the end of a transaction) it is asked again when
        something has come behind it."""
        kept = self._found.get(place)
        return kept is None or (kept[1] is None and kept[0] != stand)

    async def _peek(
        self, stands: Mapping[TopicPartition, _Stand]
    ) -> dict[TopicPartition, Instant | None]:
        """When the record was appended at which each stands; None where there is none."""
        consumer = self._brokers.reading(_PEEK_BYTES)
        firsts = await self._ends.firsts(stands)
        try:
            with reaching():
                await wholly(consumer.start)
                consumer.assign(list(stands))
                for place, stand in stands.items():
                    consumer.seek(place, max(stand.at, firsts[place]))
                return await _first_times(consumer, stands)
        finally:
            await gently(consumer.stop)


async def _first_times(
    consumer: AIOKafkaConsumer, stands: Mapping[TopicPartition, _Stand]
) -> dict[TopicPartition, Instant | None]:
    found: dict[TopicPartition, Instant | None] = {}
    until = seconds() + _PEEK_SECONDS
    while (missing := stands.keys() - found.keys()) and seconds() < until:
        told = await consumer.getmany(*missing, timeout_ms=200, max_records=len(missing))
        for place, records in told.items():
            found.setdefault(place, records[0].timestamp)
        for place in missing - found.keys():
            if await consumer.position(place) >= stands[place].end:
                found[place] = None
    return found
