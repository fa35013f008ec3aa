"""From publishing a fact until the subscriber can read the alert that it gives.

Households are prepared first: a lease and an intake each, and nobody who began. Then each damage
that is reported gives an alert (damage-without-begeleiding) for the gemeente. It is published to
the in topic of the corporatie, as a corporatie would; a consumer that reads only what was committed
waits at the out topic of the gemeente. One process does both, so one clock tells the time.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from msgspec import Struct

from bench.on_kafka.workers import Hub
from hub.streams.kafka.brokers import Brokers, at
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.names import IN, Names
from hub.streams.revisions import OUT

_GEMEENTE: Final = "gemeente-weert"
_CORPORATIE: Final = "corporatie-maas"
_SOURCES: Final = {
    _GEMEENTE: "urn:nld:oin:00000099000000988000:systeem:zaken",
    _CORPORATIE: "urn:nld:kvknr:90000001:systeem:bench",
}
_RULE: Final = b"damage-without-begeleiding"
_DOSSIER: Final = re.compile(rb"D-([0-9]{6})")
_CLOCK: Final = "from:2026-03-10T09:00:00+01:00"
_PATIENCE_SECONDS: Final = 30.0
_PARTITIONS: Final = 2


class Waits(Struct, frozen=True):
    """How long each took, in milliseconds, and how many never came."""

    milliseconds: list[float]
    lost: int

    def at(self, part: float) -> float:
        """The wait that this part of all stays within."""
        ordered = sorted(self.milliseconds)
        return ordered[min(int(part * len(ordered)), len(ordered) - 1)]


def measured(connection: Connection, rate: int, seconds: int, folder: Path) -> Waits:
    """A hub of its own; `rate` facts a second for so many seconds."""
    hub = Hub(connection, "latency", _PARTITIONS, _CLOCK, folder)
    _ = hub.keys  # makes the file
    hub.create_topics()
    with hub.worker():
        return asyncio.run(_measure(Brokers(connection, Names(hub.prefix)), rate, rate * seconds))


async def _measure(brokers: Brokers, rate: int, count: int) -> Waits:
    async with AsyncExitStack() as undo:
        producer, consumer = brokers.appending(), brokers.reading()
        for client in (producer, consumer):
            await client.start()
            undo.push_async_callback(client.stop)
        out = at(brokers.names.topic(OUT + _GEMEENTE), 0)
        consumer.assign([out])
        await consumer.seek_to_beginning(out)
        warm = range(count, count + rate)  # before the others, so that all is running
        await _prepare(brokers, producer, range(count + rate))
        await _publish(brokers, producer, warm, rate)
        await _told(consumer, len(warm))
        sending = asyncio.create_task(_publish(brokers, producer, range(count), rate))
        read_at = await _told(consumer, count)
        sent_at = await sending
        waits = [(read_at[it] - sent_at[it]) * 1000 for it in sent_at if it in read_at]
        return Waits(waits, count - len(waits))


async def _prepare(brokers: Brokers, producer: AIOKafkaProducer, households: Iterable[int]) -> None:
    for number in households:
        for party, event in ((_CORPORATIE, _lease(number)), (_GEMEENTE, _intake(number))):
            await producer.send(brokers.names.topic(IN + party), event, headers=_JSON)
    await producer.flush()


async def _publish(
    brokers: Brokers, producer: AIOKafkaProducer, households: Iterable[int], rate: int
) -> dict[int, float]:
    """One a household, evenly; when each was handed over."""
    sent_at: dict[int, float] = {}
    topic, begun = brokers.names.topic(IN + _CORPORATIE), time.monotonic()
    for position, number in enumerate(households):
        await asyncio.sleep(begun + position / rate - time.monotonic())
        sent_at[number] = time.monotonic()
        await producer.send(topic, _damage(number), headers=_JSON)
    await producer.flush()
    return sent_at


async def _told(consumer: AIOKafkaConsumer, count: int) -> dict[int, float]:
    """When the first notice of each household's damage was read, until there are so many."""
    read_at: dict[int, float] = {}
    until = time.monotonic() + _PATIENCE_SECONDS
    while len(read_at) < count and time.monotonic() < until:
        for records in (await consumer.getmany(timeout_ms=1000)).values():
            now = time.monotonic()
            for record in records:
                found = _DOSSIER.search(record.value)
                if _RULE in record.value and found:
                    read_at.setdefault(int(found[1]), now)
                    until = now + _PATIENCE_SECONDS
    return read_at


_JSON: Final = [("content-type", b"application/cloudevents+json")]


def _lease(number: int) -> bytes:
    address = {"scheme": "address", "issuer": "bag", "value": f"0988200000{number:06d}"}
    own = {
        "startDate": "2026-03-01",
        "targetGroup": "vergunninghouder",
        "temporary": False,
        "firstRentDue": "2026-04-01",
    }
    said = (_CORPORATIE, "lease-signed", number)
    return _event(said, "2026-02-20", [_lease_of(number), address], own)


def _intake(number: int) -> bytes:
    dossier = {"scheme": "dossier", "issuer": _GEMEENTE, "value": f"D-{number:06d}"}
    own = {"familyReunificationExpected": False}
    said = (_GEMEENTE, "intake-completed", number)
    return _event(said, "2026-02-24", [dossier, _lease_of(number)], own)


def _damage(number: int) -> bytes:
    own = {"category": "kitchen", "cause": "resident", "estimate": 45_000}
    said = (_CORPORATIE, "damage-reported", number)
    return _event(said, "2026-03-09", [_lease_of(number)], own)


def _lease_of(number: int) -> dict[str, str]:
    return {"scheme": "lease", "issuer": _CORPORATIE, "value": f"H-{number:06d}"}


def _event(
    said: tuple[str, str, int], at: str, references: list[dict[str, str]], own: dict[str, Any]
) -> bytes:
    party, fact_type, number = said
    event = {
        "specversion": "1.0",
        "id": f"{fact_type}-{number}",
        "source": _SOURCES[party],
        "type": f"nl.seintje.{fact_type}.v1",
        "data": {"occurredAt": at, "gemeente": "0988", "references": references, **own},
    }
    return json.dumps(event).encode()
