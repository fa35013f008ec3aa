"""Intake on Kafka: what parties write to their in topics becomes facts, or dead letters.

Stateless and at least once: what was made of a batch is on its topics before the batch is
committed, so after a crash some is made again; duplicates die in correlation. A topic belongs to
one party, and everything in it is judged as said by that party (architecture, On Kafka).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from typing import Final, TypeAlias

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import (
    CommitFailedError,
    IllegalGenerationError,
    IllegalStateError,
    UnknownMemberIdError,
)
from aiokafka.structs import ConsumerRecord
from msgspec import Struct

from hub.domain.parties import Party
from hub.domain.refusals import Refused, Slug
from hub.domain.time import Instant
from hub.errors import SeintjeError, Unavailable
from hub.streams.admitting import Admitted, Admitting, count_admitted
from hub.streams.frozen import REDRIVEN
from hub.streams.kafka.brokers import Brokers, at
from hub.streams.kafka.faults import gently, reaching, wholly
from hub.streams.kafka.membership import Member
from hub.streams.kafka.names import IN, INTAKE
from hub.streams.kafka.registry import Registry
from hub.streams.kafka.seen import Seen
from hub.streams.kafka.transactions import Written, batched
from hub.streams.letters import LETTER
from hub.streams.loop import DEAD_LETTERS, POSITION, STREAM
from hub.streams.partitions import partition_of
from hub.streams.seam import Clock
from hub.streams.tracks import COUNT, SYSTEM, contexts_in, fanned, moving
from hub.telemetry.metrics import IN as IN_SHARD
from hub.telemetry.metrics import Metrics
from hub.telemetry.spans import UNTRACED, Kind, Tracing, Value
from hub.wire.avro import Schemas
from hub.wire.cloudevents import Envelope
from hub.wire.dead_letters import letter
from hub.wire.kafka_records import decode_record

_AT_ONCE: Final = 2000
# While one topic waits for something to come, others that have something wait with it: one request
# at a time goes to a broker. So none waits long.
_LONGEST_FETCH_MS: Final = 20
_POLL_MS: Final = 1000
_APPEND_SECONDS: Final = 30.0
_LOST: Final = (CommitFailedError, IllegalGenerationError, UnknownMemberIdError)

_log = structlog.get_logger("seintje.intake")

_Read: TypeAlias = "ConsumerRecord[bytes | None, bytes | None]"


class Judging(Struct, frozen=True, eq=False):
    """What records are judged with; `registry` None: single-object encoding only."""

    admitting: Admitting
    schemas: Schemas
    registry: Registry | None
    clock: Clock
    metrics: Metrics
    tracing: Tracing = UNTRACED


class KafkaIntake:
    """Takes in what the parties write."""

    def __init__(self, brokers: Brokers, judging: Judging) -> None:
        self._brokers = brokers
        self._judging = judging
        names, parties = brokers.names, judging.admitting.admission.parties
        # Since when the oldest record waits that is not on its topics, where one does.
        self.waits_since: dict[TopicPartition, Instant] = {}
        self._senders = {names.topic(IN + it.id): it for it in parties.by_id.values()}

    async def run(self, member: Member) -> None:
        """Until cancelled. Raises `Misconfigured` when a setting is wrong."""
        while True:
            try:
                await self._take_part(member)
            except Unavailable as away:
                self.waits_since.clear()  # others may have them by now
                _log.warning("intake waits", retry_after=away.retry_after)
                await asyncio.sleep(away.retry_after)

    async def _take_part(self, member: Member) -> None:
        async with AsyncExitStack() as undo:
            consumer, producer = self._clients(member)
            for client in (consumer, producer):
                undo.push_async_callback(partial(gently, client.stop))
            with reaching():
                await wholly(producer.start)
                consumer.subscribe(sorted(self._senders))
                await wholly(consumer.start)
                await self._take_in(consumer, producer)

    def _clients(self, member: Member) -> tuple[AIOKafkaConsumer, AIOKafkaProducer]:
        instance = None if member.instance is None else f"{member.instance}-{INTAKE}"
        consumer = self._brokers.member(
            self._brokers.names.group(INTAKE),
            member.address,
            group_instance_id=instance,
            fetch_max_wait_ms=_LONGEST_FETCH_MS,
        )
        return consumer, self._brokers.appending()

    async def _take_in(self, consumer: AIOKafkaConsumer, producer: AIOKafkaProducer) -> None:
        committed: dict[TopicPartition, int] = {}
        while True:
            found = await consumer.getmany(timeout_ms=_POLL_MS, max_records=_AT_ONCE)
            # Also where nothing was found: what is left to read may be the end of a transaction,
            # and an end that is never reached is a backlog for ever (`Upstream`).
            reached = await _reached(consumer)
            self.waits_since = {place: records[0].timestamp for place, records in found.items()}
            if found:
                await self._keep(found, producer)
            moved = {place: to for place, to in reached.items() if committed.get(place) != to}
            if moved and await _commit(consumer, moved):
                committed |= moved
                self._note_taken(found)

    def _note_taken(self, found: Mapping[TopicPartition, Sequence[_Read]]) -> None:
        """For the metrics. Until more is fetched, what comes next may be as old as the last."""
        self.waits_since = {place: records[-1].timestamp for place, records in found.items()}
        taken = sum(map(len, found.values()))
        self._judging.metrics.turned(IN_SHARD, taken, ticked=False)

    async def _keep(
        self, found: Mapping[TopicPartition, Sequence[_Read]], producer: AIOKafkaProducer
    ) -> None:
        """Judge, and write what comes of it, durably."""
        with self._seen(found) as seen:
            await self._append(await self._by_target(found, seen, producer), producer)
            seen.tell()

    @contextmanager
    def _seen(self, found: Mapping[TopicPartition, Sequence[_Read]]) -> Iterator[Seen]:
        """What is told of a batch while it is taken in."""
        if not self._judging.tracing.is_on:
            yield Seen()
            return
        records = [it for records in found.values() for it in records]
        tells: dict[str, Value] = {SYSTEM: "kafka", COUNT: len(records)}
        begun = moving(Kind.CONSUMER, "process", IN.rstrip("/"), tells)
        links = contexts_in(it.headers for it in records)
        with fanned(self._judging.tracing, begun, None, links) as fan:
            yield Seen(fan)

    async def _by_target(
        self,
        found: Mapping[TopicPartition, Sequence[_Read]],
        seen: Seen,
        producer: AIOKafkaProducer,
    ) -> dict[TopicPartition, list[Written]]:
        by_target: dict[TopicPartition, list[Written]] = {}
        for place, records in found.items():
            for record in records:
                for topic, written in await self._judged(record, self._senders[place.topic], seen):
                    count = len(await producer.partitions_for(topic))
                    target = at(topic, partition_of(written[0] or b"", count))
                    by_target.setdefault(target, []).append(written)
        return by_target

    async def _append(
        self, by_target: Mapping[TopicPartition, list[Written]], producer: AIOKafkaProducer
    ) -> None:
        async with asyncio.timeout(_APPEND_SECONDS):
            sent = [
                await producer.send_batch(batch, topic, partition=partition)
                for target, records in by_target.items()
                for (topic, partition), batch in batched(producer, target, records)
            ]
            await asyncio.gather(*sent)

    async def _judged(self, record: _Read, sender: Party, seen: Seen) -> list[tuple[str, Written]]:
        """What comes of one record: entries of the log, or a dead letter."""
        names, judging = self._brokers.names, self._judging
        try:
            event, admitted = await self._admitted(record, sender)
        except SeintjeError:
            raise
        except Exception:
            # It must not stop everything that comes behind it, and nothing of it is lost.
            _log.exception("record failed, kept as dead letter", position=record.offset + 1)
            told = "It could not be judged. This is a fault of the hub."
            event, admitted = None, Refused(Slug.PROCESSING_ERROR, told)
        _count(judging, event, admitted)
        seen.note(sender.id, record.offset + 1, event, admitted)
        if isinstance(admitted, Refused):
            return [(names.topic(DEAD_LETTERS), _letter(record, sender, admitted))]
        again = [it for it in record.headers if it[0] == REDRIVEN][-1:]
        came = [(LETTER, raw or b"") for _, raw in again]
        emits = [seen.stamped(it.emit, event, record.headers) for it in admitted.entries]
        return [
            (names.topic(it.stream), (it.key, it.value, [*it.headers.items(), *came]))
            for it in emits
        ]

    async def _admitted(
        self, record: _Read, sender: Party
    ) -> tuple[Envelope | None, Admitted | Refused]:
        judging = self._judging
        decode = partial(decode_record, record.headers, record.value, judging.schemas)
        event = await judging.registry.ask(decode) if judging.registry is not None else decode()
        if isinstance(event, Refused):
            return None, event
        return event, judging.admitting.admit(event, sender, judging.clock.now())


def _letter(record: _Read, sender: Party, refused: Refused) -> Written:
    kept = letter(record.headers, record.key, record.value, refused)
    place = [(STREAM, (IN + sender.id).encode()), (POSITION, b"%d" % (record.offset + 1))]
    return kept.key, kept.value, [*kept.headers, *place]


def _count(judging: Judging, event: Envelope | None, admitted: Admitted | Refused) -> None:
    metrics, name = judging.metrics, "" if event is None else event.type
    if isinstance(admitted, Refused):
        metrics.offered(name, "refused", admitted.slug)
        return
    metrics.offered(name, "accepted")
    if event is not None and event.dropped:
        metrics.dropped_attributes(event.dropped)
    count_admitted(metrics, judging.schemas, admitted.fact)


async def _reached(consumer: AIOKafkaConsumer) -> dict[TopicPartition, int]:
    """How far each topic that is ours was read."""
    try:
        return {place: await consumer.position(place) for place in consumer.assignment()}
    except IllegalStateError:
        return {}  # some were taken from us at this moment


async def _commit(consumer: AIOKafkaConsumer, reached: Mapping[TopicPartition, int]) -> bool:
    """Say how far we are; whether the topics were still ours."""
    try:
        await consumer.commit(dict(reached))
    except _LOST:
        _log.warning("intake lost its topics, others take them in once more")
        return False
    return True
