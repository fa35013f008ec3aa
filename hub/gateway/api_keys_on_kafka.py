"""API keys in the stream of settings, changed as if they were a table: `editing` reads them all,
and appends what was changed."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from hub.gateway.api_keys import as_settings, prepare, put
from hub.gateway.settings_on_kafka import append, records
from hub.reading.settings import SETTINGS
from hub.streams.kafka.brokers import Brokers
from hub.streams.seam import Emit


@contextmanager
def editing(brokers: Brokers) -> Iterator[sqlite3.Connection]:
    """The keys, to ask and to change; what was changed is in force a moment after the block.

    Misconfigured: the topic is closed to this user. Unavailable: Kafka is away, or does not know of
    the topic.
    """
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        prepare(connection)
        found = asyncio.run(records(brokers))
        put(connection, [(Emit(SETTINGS, it.key, it.value), it.at, 0) for it in found])
        before = as_settings(connection)
        yield connection
        changed = [it for it in as_settings(connection) if it not in before]
        if changed:
            asyncio.run(append(brokers, changed))
