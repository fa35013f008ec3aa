"""The stream of settings as an operator's command reads and writes it, without a gateway."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hub.reading.settings import SETTINGS
from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.streams import KafkaLog, KafkaOutbox
from hub.streams.seam import Emit, Record

_AT_ONCE: Final = 1000


async def records(brokers: Brokers) -> Sequence[Record]:
    """All of it. Unavailable: Kafka is away, or does not know of the topic."""
    outbox = KafkaOutbox(brokers)
    found: list[Record] = []
    while some := await outbox.read(SETTINGS, found[-1].at if found else None, _AT_ONCE, 0.0):
        found += some
    return found


async def append(brokers: Brokers, changed: Sequence[Emit]) -> None:
    """Write these, in this order. Misconfigured: the topic is closed to this user."""
    log = KafkaLog(brokers)
    try:
        await log.start()
        await log.append(SETTINGS, changed)
    finally:
        await log.close()
