"""By how much the clock of the brokers is before ours.

No answer of a broker has its time in it, but for what it says of a record that it has just
appended. So one is appended to `ops` within a transaction that is aborted: nobody ever reads it,
and it goes with the others of its age. Who may not do that is told less: whether there is a record
that is newer than our clock.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, Final, NamedTuple

from confluent_kafka import KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from hub.clocks import SystemClock
from hub.domain.time import Instant
from hub.streams.entries import FACTS
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.names import CORRELATE, Names
from hub.streams.notices import OPS
from hub.streams.receipts import RECEIPTS

_NOBODY: Final = "doctor"  # ends a transactional id that no shard has
_LOG_APPEND_TIME: Final = 2  # TIMESTAMP_LOG_APPEND_TIME


class Skew(Enum):
    """How it is known."""

    APPENDED = "appended"  # both ways
    NEWEST = "newest"  # at least so much, if it is above 0; below 0 it says nothing


class Known(NamedTuple):
    """`ms`: by how much the clock of the brokers is before ours."""

    ms: int
    how: Skew


def skew_of_brokers(connection: Connection, names: Names, seconds: float) -> Known | None:
    """None: they told nothing. They are away, nothing is there yet, or this user may not look;
    which of it is found out elsewhere."""
    words = connection.for_admin() | {"error_cb": _ignore}
    try:
        AdminClient(words).list_topics(timeout=seconds)
    except KafkaException:  # away: each of what follows would wait for it too
        return None
    appended = _appended(words, names, seconds)
    if appended is not None:
        return Known(appended, Skew.APPENDED)
    newest = _newest(words, names, seconds)
    return None if newest is None else Known(newest - SystemClock().now(), Skew.NEWEST)


def _appended(words: dict[str, Any], names: Names, seconds: float) -> int | None:
    """What a record that was appended and taken back tells; None: it may not be, or the topic does
    not say."""
    clock, told = SystemClock(), list[int]()
    mine = names.transactional_id(CORRELATE, 0).removesuffix("0") + _NOBODY
    producer = Producer(words | {"transactional.id": mine, "acks": "all"})

    def delivered(error: object, message: Message) -> None:
        kind, at = message.timestamp()
        if error is None and kind == _LOG_APPEND_TIME:
            told.append(at)

    try:
        producer.init_transactions(seconds)
        producer.begin_transaction()
        before = clock.now()
        producer.produce(names.topic(OPS), b"", on_delivery=delivered)
        producer.flush(seconds)
        after = clock.now()
        producer.abort_transaction(seconds)
    except KafkaException:
        return None
    return told[0] - (before + after) // 2 if told else None


def _newest(words: dict[str, Any], names: Names, seconds: float) -> Instant | None:
    """When the newest record was appended, of those that this user may see; None: there is none."""
    client = AdminClient(words)
    found: list[Instant] = []
    for stream in (FACTS, RECEIPTS, OPS):
        topic = names.topic(stream)
        try:
            known: Any = client.list_topics(topic, timeout=seconds)
            partitions = [TopicPartition(topic, it) for it in known.topics[topic].partitions]
            latest: Any = OffsetSpec.max_timestamp()  # type: ignore[no-untyped-call]  # of the library
            asked = client.list_offsets(dict.fromkeys(partitions, latest), request_timeout=seconds)
            found += [it.result().timestamp for it in asked.values()]
        except KafkaException:  # this user may not see that one
            continue
    return max((it for it in found if it > 0), default=None)


def _ignore(_error: object) -> None:
    pass
