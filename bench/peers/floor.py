"""The floor: a consumer that decodes, and does nothing else. No group, no state, no commits.

`python -m bench.peers.floor BROKERS TOPIC SECONDS` prints facts, seconds and CPU seconds as JSON.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from typing import Any, Final

import msgspec

from bench.on_kafka.progress import Rate
from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.ends import Ends
from hub.streams.kafka.names import Names

_AT_ONCE: Final = 10_000


async def read(
    connection: Connection, topic: str, seconds: float, decode: Callable[[bytes], Any]
) -> Rate:
    """Read for so many seconds: the topic, once more from its beginning, and so on."""
    brokers = Brokers(connection, Names("floor"))
    ends = Ends(brokers)
    await ends.start()
    places = await ends.of_topics([topic])
    await ends.aclose()
    consumer = brokers.reading()
    await consumer.start()
    consumer.assign(list(places))
    await consumer.seek_to_beginning(*places)
    count, began, cpu = 0, time.monotonic(), time.process_time()
    while time.monotonic() - began < seconds:
        found = await consumer.getmany(timeout_ms=1000, max_records=_AT_ONCE)
        for records in found.values():
            for record in records:
                decode(record.value)
            count += len(records)
        if count % sum(places.values()) == 0:
            await consumer.seek_to_beginning(*places)
    took = Rate(count, time.monotonic() - began, time.process_time() - cpu)
    await consumer.stop()
    return took


def main(brokers: str, topic: str, seconds: str) -> None:
    connection = Connection(brokers, "PLAINTEXT")
    decode = msgspec.json.Decoder().decode
    rate = asyncio.run(read(connection, topic, float(seconds), decode))
    print(msgspec.json.encode(rate).decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
