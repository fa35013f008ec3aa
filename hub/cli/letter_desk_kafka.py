"""The desk of dead letters of a hub on Kafka.

What goes back and the notes that it did are one transaction of a producer that fences the one
before it: of two who redrive at once the first is stopped, and what a killed run left half done is
undone. Positions of streams with several partitions are told apart by their partition.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from aiokafka import AIOKafkaProducer, TopicPartition

from hub.cli.letter_desk import AT_ONCE, Deed
from hub.cli.letter_desk import Written as Places
from hub.cli.options import agreements_at
from hub.clocks import seconds
from hub.errors import Bug
from hub.gateway import settings_on_kafka
from hub.reading import letter_marks
from hub.reading.letter_marks import KIND, Mark
from hub.reading.settings import SETTINGS
from hub.settings import Settings
from hub.streams.entries import FACTS, REGION_FACTS
from hub.streams.kafka.brokers import Brokers, at, brokers_of
from hub.streams.kafka.ends import Ends
from hub.streams.kafka.faults import committing, gently, patiently, reaching, wholly
from hub.streams.kafka.names import CORRELATE, IN, INTAKE, REDRIVE, REGION
from hub.streams.kafka.streams import KafkaOutbox
from hub.streams.kafka.transactions import Ready, Transactions, Written, batched
from hub.streams.loop import DEAD_LETTERS
from hub.streams.partitions import partition_of
from hub.streams.seam import Emit, Position, Record

# The end of a transaction takes a place too, and nobody need read up to behind it.
_MARKER: Final = 1
_CALM_SECONDS: Final = 2.0


class DeskOnKafka:
    """Reads at once; writes when it was started, which fences whoever did before."""

    def __init__(self, brokers: Brokers, parties: Iterable[str], ends: Ends) -> None:
        self.streams = frozenset({FACTS, REGION_FACTS, *(IN + it for it in parties)})
        self._brokers = brokers
        self._names = brokers.names
        self._ends = ends
        self._outbox = KafkaOutbox(brokers)
        self._producer: AIOKafkaProducer | None = None
        self._calm: tuple[float, Mapping[TopicPartition, int]] | None = None

    async def letters(self, after: Position) -> Sequence[Record]:
        return await self._outbox.read(DEAD_LETTERS, after, AT_ONCE, 0.0)

    async def marks(self) -> Mapping[str, Mark]:
        found: dict[str, Mark] = {}
        for it in await settings_on_kafka.records(self._brokers):
            key = it.key.decode("utf-8", "replace")
            if not key.startswith(KIND):
                continue
            if it.value is None:
                found.pop(key, None)
            else:
                found[key] = letter_marks.decode(it.value)
        return found

    async def do(self, deeds: Sequence[Deed], outlived: Iterable[str] = ()) -> Places:
        producer = self._producer
        if producer is None:
            raise Bug("a desk that was not started for writing")
        notes = [Emit(SETTINGS, it.encode(), None) for it in outlived]
        for it in deeds:
            value = None if it.mark is None else letter_marks.encode(it.mark)
            notes.append(Emit(SETTINGS, it.key.encode(), value))
        written: dict[TopicPartition, list[Written]] = {}
        for emit in (*notes, *(emit for it in deeds for emit in it.emits)):
            with reaching():
                place = await self._place(producer, emit)
            record = (emit.key, emit.value, list(emit.headers.items()))
            written.setdefault(place, []).append(record)
        batches = [one for it in written.items() for one in batched(producer, *it)]
        writes = Transactions(producer, self._names.group(REDRIVE))
        with committing():
            ends = await writes.run(Ready(batches, {}))
        notes_at = self._names.topic(SETTINGS)
        self._calm = None
        return {it: end for it, end in ends.items() if it.topic != notes_at}

    async def has_taken(self, written: Places) -> bool:
        """First intake must have read what parties are said to have sent, and then correlation
        everything that there is."""
        wanted = {it: end for it, end in written.items() if isinstance(it, TopicPartition)}
        begin = self._names.topic(IN)
        sent = {it: end for it, end in wanted.items() if it.topic.startswith(begin)}
        if sent and not await self._have_read(INTAKE, sent):
            return False
        facts = wanted if not sent else await self._all_facts()
        for processor, stream in ((CORRELATE, FACTS), (REGION, REGION_FACTS)):
            topic = self._names.topic(stream)
            own = {it: end for it, end in facts.items() if it.topic == topic and end}
            if own and not await self._have_read(processor, own):
                return False
        return True

    async def start(self) -> None:
        """Be the one who redrives. Unavailable, Misconfigured: nothing can be written."""
        producer = self._brokers.transactional(self._names.transactional_id(REDRIVE, 0))
        self._producer = producer
        with reaching():
            await wholly(producer.start)

    async def close(self) -> None:
        if self._producer is not None:
            await gently(self._producer.stop)

    async def _place(self, producer: AIOKafkaProducer, emit: Emit) -> TopicPartition:
        topic = self._names.topic(emit.stream)
        count = len(await producer.partitions_for(topic))
        return at(topic, partition_of(emit.key, count))

    async def _all_facts(self) -> Mapping[TopicPartition, int]:
        """The ends of all facts, without what may be the end of a transaction there; once they
        have stood still for a moment, else nobody has read that far."""
        topics = [self._names.topic(it) for it in (FACTS, REGION_FACTS)]
        found = await self._ends.of_topics(topics)
        if self._calm is None or self._calm[1] != found:
            self._calm = (seconds(), found)
        is_calm = seconds() - self._calm[0] >= _CALM_SECONDS
        return {it: end - _MARKER if is_calm else end for it, end in found.items()}

    async def _have_read(self, processor: str, wanted: Mapping[TopicPartition, int]) -> bool:
        group = self._names.group(processor)
        async with self._brokers.asking() as admin:
            ask = partial(admin.list_consumer_group_offsets, group, partitions=[*wanted])
            found = await patiently(ask)
        return all(found[it].offset >= end for it, end in wanted.items() if it in found)


@asynccontextmanager
async def desk_on_kafka(settings: Settings) -> AsyncIterator[DeskOnKafka]:
    """What Kafka holds; nothing is written before `start`."""
    brokers = brokers_of(settings)
    parties = agreements_at(settings.agreements, None)[1]
    ends = Ends(brokers)
    desk = DeskOnKafka(brokers, parties.by_id, ends)
    try:
        await ends.start()
        yield desk
    finally:
        await desk.close()
        await ends.aclose()
