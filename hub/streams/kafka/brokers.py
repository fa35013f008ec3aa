"""The brokers, for whatever reads and writes: clients made one way, for one hub.

Nothing here is open until it is asked for. Every client is made here, so that what was measured
(see the comments) holds for all.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, TypeAlias

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from msgspec import Struct

from hub.settings import Settings
from hub.streams.kafka.connection import Connection, connection_of
from hub.streams.kafka.faults import gently, reaching, wholly
from hub.streams.kafka.names import Names
from hub.streams.seam import Emit

# What is written for an emit: its headers and its value, as they stand on Kafka.
Written: TypeAlias = tuple[list[tuple[str, bytes]], bytes | None]
Dress: TypeAlias = Callable[[Emit], Written]

MESSAGE_BYTES: Final = 2 << 20  # what topics take at once (names), framing included
BATCH_BYTES: Final = MESSAGE_BYTES - 4096
FETCH_BYTES: Final = 2 << 20  # of one partition at once; more made restoring slower, not faster
_REQUEST_MS: Final = 10_000


def plain(emit: Emit) -> Written:
    """An emit as it is."""
    return list(emit.headers.items()), emit.value


class Brokers(Struct, frozen=True):
    """How to reach them, and how things are called there."""

    connection: Connection
    names: Names
    session_seconds: int = 30

    def transactional(self, transactional_id: str) -> AIOKafkaProducer:
        """A producer for the transactions of one partition; starting it fences the former one."""
        return AIOKafkaProducer(
            transactional_id=transactional_id,
            acks="all",
            # An abandoned transaction blocks who reads committed records for as long as this.
            transaction_timeout_ms=15_000,
            # The default of 100 puts 110 ms into p99, with 10 it is 19.
            retry_backoff_ms=10,
            max_batch_size=BATCH_BYTES,
            max_request_size=MESSAGE_BYTES,
            request_timeout_ms=_REQUEST_MS,
            **self.connection.for_aiokafka(),
        )

    def appending(self) -> AIOKafkaProducer:
        """A producer that repeats without doubling, and is durable when it answers."""
        return AIOKafkaProducer(
            enable_idempotence=True,
            acks="all",
            retry_backoff_ms=50,
            max_batch_size=BATCH_BYTES,
            max_request_size=MESSAGE_BYTES,
            request_timeout_ms=_REQUEST_MS,
            **self.connection.for_aiokafka(),
        )

    def reading(self, fetch_bytes: int = FETCH_BYTES) -> AIOKafkaConsumer:
        """A consumer without a group, of what was committed; the caller assigns and seeks.
        `fetch_bytes` are fetched of a partition at once."""
        return AIOKafkaConsumer(
            isolation_level="read_committed",
            enable_auto_commit=False,
            # What was not read yet and is gone must be told, not skipped.
            auto_offset_reset="none",
            max_partition_fetch_bytes=fetch_bytes,
            fetch_max_wait_ms=2000,  # nothing else waits on this connection
            retry_backoff_ms=50,
            request_timeout_ms=_REQUEST_MS,
            **self.connection.for_aiokafka(),
        )

    def member(self, group: str, client: str, **more: Any) -> AIOKafkaConsumer:
        """A member of a group. `client` is how it is known to who describes the group."""
        session_ms = self.session_seconds * 1000
        return AIOKafkaConsumer(
            group_id=group,
            client_id=client,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=session_ms,
            heartbeat_interval_ms=min(session_ms // 3, 3000),
            max_poll_interval_ms=max(session_ms, 300_000),
            # What is going on in a partition may be finished before others get it.
            rebalance_timeout_ms=max(session_ms, 60_000),
            max_partition_fetch_bytes=FETCH_BYTES,
            retry_backoff_ms=50,
            request_timeout_ms=max(_REQUEST_MS, session_ms + 5000),
            **self.connection.for_aiokafka(),
            **more,
        )

    @asynccontextmanager
    async def asking(self) -> AsyncIterator[AIOKafkaAdminClient]:
        """A client for questions about groups, open for as long as they take."""
        admin = self.admin()
        try:
            with reaching():
                await wholly(admin.start)
                yield admin
        finally:
            await gently(admin.close)

    def admin(self) -> AIOKafkaAdminClient:
        return AIOKafkaAdminClient(request_timeout_ms=_REQUEST_MS, **self.connection.for_aiokafka())


def brokers_of(settings: Settings) -> Brokers:
    """How the settings say that Kafka is reached. Misconfigured: what is missing."""
    names = Names(settings.kafka_prefix)
    return Brokers(connection_of(settings), names, settings.kafka_session_seconds)


def at(topic: str, partition: int) -> TopicPartition:
    """One partition of a topic."""
    return TopicPartition(topic, partition)
