"""The transactions of one partition: changes, emits and the place in the input, together or not.

Records are put into batches here and handed over whole: what aiokafka's `send` does record by
record, at a tenth of its time. A transaction is opened only when all is there to be sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeAlias

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.producer.message_accumulator import BatchBuilder
from msgspec import Struct

from hub.errors import Bug, Fenced
from hub.telemetry.metrics import Metrics

# After this its outcome is unknown; longer than a broker takes to come back, or to be replaced.
COMMIT_SECONDS: Final = 20.0

# Key, value, headers.
Written: TypeAlias = tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]


def batched(
    producer: AIOKafkaProducer, target: TopicPartition, written: Iterable[Written]
) -> list[tuple[TopicPartition, BatchBuilder]]:
    """Records as batches for one partition, in order."""
    found = [producer.create_batch()]
    for key, value, headers in written:
        told = {"timestamp": None, "key": key, "value": value, "headers": headers}
        if found[-1].append(**told) is None:
            found.append(producer.create_batch())
            if found[-1].append(**told) is None:
                raise Bug("a record that is larger than a topic takes")
    return [(target, batch) for batch in found if batch.record_count()]


class Ready(Struct):
    """What one transaction writes, in batches, and where it has come in its input."""

    batches: list[tuple[TopicPartition, BatchBuilder]]
    offsets: dict[TopicPartition, int]


class Transactions:
    """Writes through a producer that was started; one transaction at a time."""

    def __init__(self, producer: AIOKafkaProducer, group: str) -> None:
        self._producer = producer
        self._group = group

    async def run(self, ready: Ready) -> dict[TopicPartition, int]:
        """Write it all, or nothing; the offset after the last record by partition."""
        async with asyncio.timeout(COMMIT_SECONDS):
            await self._producer.begin_transaction()
            sent = [await self._send(*batch) for batch in ready.batches]
            for future in sent:
                future.add_done_callback(_heard)
            if ready.offsets:
                await self._producer.send_offsets_to_transaction(ready.offsets, self._group)
            # What a broker refused (a record larger than its topic takes) is said here alone: a
            # commit would keep the rest, and the place in the input, without it.
            placed = [(await future).offset for future in sent]
            await self._producer.commit_transaction()
        return {
            target: offset + batch.record_count()
            for (target, batch), offset in zip(ready.batches, placed, strict=True)
        }

    async def _send(self, target: TopicPartition, batch: BatchBuilder) -> asyncio.Future[Any]:
        topic, partition = target
        sent: asyncio.Future[Any] = await self._producer.send_batch(
            batch, topic, partition=partition
        )
        return sent


@contextmanager
def counted(metrics: Metrics, shard: str) -> Iterator[None]:
    """Count how a transaction ends; one that is cut off is `unknown` as well."""
    outcome = "unknown"
    try:
        yield
        outcome = "committed"
    except Fenced:
        outcome = "aborted"
        raise
    finally:
        metrics.transacted(shard, outcome)


def _heard(sent: asyncio.Future[Any]) -> None:
    """Of a transaction that failed: why, it says itself, and not each of its batches once more."""
    if not sent.cancelled():
        sent.exception()
