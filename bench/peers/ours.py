"""The job as a step of the hub's own seam, driven as a worker drives its own: a processor that
takes part in a group, a shard for each partition, `loop.drive`, one transaction a batch.

`python -m bench.peers.ours BROKERS PREFIX` runs until SIGTERM.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from contextlib import aclosing
from typing import Final

import msgspec

from bench.peers import job
from hub.clocks import SystemClock
from hub.compose.worker import LIMITS
from hub.domain.time import Instant
from hub.streams.entries import FACTS
from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.ends import Ends
from hub.streams.kafka.membership import Member
from hub.streams.kafka.names import Names
from hub.streams.kafka.processor import KafkaProcessor
from hub.streams.kafka.shard import Ways
from hub.streams.keeping import Keeper
from hub.streams.seam import Effects, Emit, Record, State
from hub.telemetry.spans import UNTRACED

RULES: Final = "three-rules"
ALERTS: Final = "alerts"
_TABLE: Final = "household"

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder().decode


class ThreeRules:
    """The job as a `Step`: each household of a batch is read once, and written once."""

    def open(self, state: State) -> Instant | None:
        return None

    def take(
        self, state: State, batch: Sequence[Record], now: Instant, *, more: bool = False
    ) -> Effects:
        seen: dict[bytes, job.Household] = {}
        emits: list[Emit] = []
        for record in batch:
            household = seen.get(record.key)
            if household is None:
                stored = state.get(_TABLE, record.key)
                household = seen[record.key] = job.fresh() if stored is None else _decode(stored)
            fact = _decode(record.value or b"")
            for rule in job.take(household, fact):
                alert = job.alert(record.key.decode(), rule, fact)
                emits.append(Emit(ALERTS, record.key, _encode(alert)))
        return Effects({(_TABLE, key): _encode(it) for key, it in seen.items()}, emits)

    def tick(self, state: State, now: Instant, limit: int) -> Effects:
        return Effects({}, [])

    def freeze(self, state: State, record: Record | None, now: Instant) -> Effects:
        return Effects({}, [])


async def run(brokers: Brokers) -> None:
    """Until SIGTERM."""
    keeper = Keeper(SystemClock(), LIMITS, lambda _stream, _turn: None)
    ends = Ends(brokers)
    async with aclosing(ends):
        await ends.start()
        processor = KafkaProcessor(
            RULES, FACTS, ThreeRules, keeper, (brokers, Ways(ends), UNTRACED)
        )
        running = asyncio.ensure_future(processor.run(Member("bench")))
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
        await asyncio.wait({running})
        if not running.cancelled():
            running.result()


if __name__ == "__main__":
    asyncio.run(run(Brokers(Connection(sys.argv[1], "PLAINTEXT"), Names(sys.argv[2]))))
