"""How long a shard takes to be ours with a large change log.

The change log is written by a shard, in transactions of 10 000 changes, with keys and values of the
size that those of a fact have. Then another takes the partition over, as a worker that was started
anew does; all of `KafkaShard.take` counts.
"""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import aclosing
from typing import Final

from msgspec import Struct

from bench.on_kafka.brokers import create
from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.ends import Ends
from hub.streams.kafka.names import Names
from hub.streams.kafka.shard import KafkaShard, Place, Ways
from hub.streams.seam import Effects

_PLACE: Final = Place("restoring", "facts", 0)
_TABLE: Final = "fact"
_AT_ONCE: Final = 10_000
_KEY_BYTES: Final = 20
_VALUE_BYTES: Final = 80


class Restored(Struct, frozen=True):
    """How many records, in how long, and what it took of this process."""

    records: int
    seconds: float
    cpu_seconds: float


def measured(connection: Connection, records: int) -> Restored:
    """A change log of so many records, each a key of its own."""
    names = Names("restore")
    create(connection, 1, names.topic(_PLACE.stream), names.changelog(_PLACE.processor))
    return asyncio.run(_measure(Brokers(connection, names), records))


async def _measure(brokers: Brokers, records: int) -> Restored:
    async with aclosing(Ends(brokers)) as ends:
        await ends.start()
        await _fill(brokers, Ways(ends), records)
        begun, cpu = time.monotonic(), time.process_time()
        shard = await KafkaShard.take(brokers, _PLACE, Ways(ends))
        took = Restored(records, time.monotonic() - begun, time.process_time() - cpu)
        assert shard.kept.entries() == records, "the state is not whole"
        await shard.close()
        return took


async def _fill(brokers: Brokers, ways: Ways, records: int) -> None:
    shard = await KafkaShard.take(brokers, _PLACE, ways)
    for _ in range(records // _AT_ONCE):
        keys = os.urandom(_KEY_BYTES * _AT_ONCE)
        changes: dict[tuple[str, bytes], bytes | None] = {
            (_TABLE, keys[at : at + _KEY_BYTES]): os.urandom(_VALUE_BYTES)
            for at in range(0, len(keys), _KEY_BYTES)
        }
        await shard.commit(None, Effects(changes, []))
    await shard.close()
