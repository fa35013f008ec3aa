"""A broker for one run, topics on it, and records written fast."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from msgspec import Struct

from hub.streams.kafka.brokers import MESSAGE_BYTES
from hub.streams.kafka.connection import Connection
from tests.kafka.broker import Broker

_QUEUE: Final = 100_000
_READ_SECONDS: Final = 30.0


class ToWrite(Struct, frozen=True):
    """A record, and the partition that it goes to."""

    partition: int
    key: bytes
    value: bytes | None
    headers: list[tuple[str, bytes]] = []


@contextmanager
def broker() -> Iterator[Connection]:
    """A broker that is gone afterwards, with all that was written to it."""
    with tempfile.TemporaryDirectory(prefix="seintje-bench-") as folder:
        node = Broker(Path(folder) / "broker")
        node.start()
        try:
            yield node.connection
        finally:
            node.stop()


def create(connection: Connection, partitions: int, *topics: str) -> None:
    """Topics that keep everything, and take batches as large as the hub's own topics do."""
    settings = {"retention.ms": "-1", "max.message.bytes": str(MESSAGE_BYTES)}
    admin = AdminClient(connection.for_admin())
    asked = [NewTopic(it, partitions, 1, config=settings) for it in topics]
    for made in admin.create_topics(asked).values():
        made.result(30)


def write(connection: Connection, topic: str, records: Iterable[ToWrite]) -> int:
    """Write them in order, and wait until they are there; how many there were."""
    settings: Mapping[str, str | int | bool] = {
        "enable.idempotence": True,
        "linger.ms": 20,
        "queue.buffering.max.messages": 2 * _QUEUE,
    }
    producer = Producer({**connection.for_admin(), **settings})
    count = 0
    for count, it in enumerate(records, 1):
        producer.produce(
            topic, it.value, key=it.key, partition=it.partition, headers=list(it.headers)
        )
        if not count % 1000:
            producer.poll(0)
            while len(producer) > _QUEUE:
                producer.poll(0.1)
    assert producer.flush(_READ_SECONDS) == 0, "the broker took not all of it"
    return count


def values(connection: Connection, topic: str) -> Sequence[bytes]:
    """The values of all committed records of a topic."""
    settings = {"group.id": "bench", "isolation.level": "read_committed"}
    consumer = Consumer({**connection.for_admin(), **settings, "enable.partition.eof": True})
    numbers = sorted(consumer.list_topics(topic, _READ_SECONDS).topics[topic].partitions)
    consumer.assign([TopicPartition(topic, number, 0) for number in numbers])
    found, at_end = [], 0
    while at_end < len(numbers):
        record = consumer.poll(_READ_SECONDS)
        assert record is not None, f"{topic} cannot be read to its end"
        if record.error():
            at_end += 1
        else:
            found.append(record.value() or b"")
    consumer.close()
    return found
