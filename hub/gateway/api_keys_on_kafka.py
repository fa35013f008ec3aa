"""API keys in the stream of settings, changed as if they were a table: `editing` reads them all,
and appends what was changed."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Final

from hub.gateway.api_keys import as_settings, prepare, put
from hub.reading.settings import SETTINGS
from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.streams import KafkaLog, KafkaOutbox
from hub.streams.seam import Emit, Record

_AT_ONCE: Final = 1000


@contextmanager
def editing(brokers: Brokers) -> Iterator[sqlite3.Connection]:
    """The keys, to ask and to change; what was changed is in force a moment after the block.

    Misconfigured: the topic is closed to this user. Unavailable: Kafka is away, or does not know of
    the topic.
    """
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        prepare(connection)
        records = asyncio.run(_records(brokers))
        put(connection, [(Emit(SETTINGS, it.key, it.value), it.at, 0) for it in records])
        before = as_settings(connection)
        yield connection
        changed = [it for it in as_settings(connection) if it not in before]
        if changed:
            asyncio.run(_append(brokers, changed))


async def _records(brokers: Brokers) -> Sequence[Record]:
    outbox = KafkaOutbox(brokers)
    found: list[Record] = []
    while some := await outbox.read(SETTINGS, found[-1].at if found else None, _AT_ONCE, 0.0):
        found += some
    return found


async def _append(brokers: Brokers, changed: Sequence[Emit]) -> None:
    log = KafkaLog(brokers)
    try:
        await log.start()
        await log.append(SETTINGS, changed)
    finally:
        await log.close()
