"""Whether anything is still on its way to the facts: a backlog of intake is not silence.

Looks, again and again, where the in topics end and how far intake has committed. Intake commits
after what it made of its input is on the facts topics; so a shard that asks *afterwards* where its
input ends sees all that had come in when we looked. In a steady stream intake never is where its
topics end now; what counts is whether it is where they ended a moment ago.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import structlog
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from hub.clocks import seconds
from hub.errors import Misconfigured, Unavailable
from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.ends import Ends
from hub.streams.kafka.faults import patiently
from hub.streams.kafka.lately import FRESH_SECONDS
from hub.streams.kafka.names import INTAKE

LOOK_SECONDS: Final = 0.5

_log = structlog.get_logger("seintje.kafka")


class Upstream:
    """Knows whether intake has caught up; `run` keeps looking."""

    def __init__(self, brokers: Brokers, ends: Ends, topics: Sequence[str]) -> None:
        self._brokers = brokers
        self._ends = ends
        self._topics = topics
        self._silent_at = -FRESH_SECONDS
        # when we looked lately, and where the topics ended then
        self._ended: deque[tuple[float, Mapping[TopicPartition, int]]] = deque(
            maxlen=int(FRESH_SECONDS / LOOK_SECONDS)
        )

    def is_silent(self) -> bool:
        return seconds() - self._silent_at < FRESH_SECONDS

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self._look_on()
            except Unavailable as away:
                await asyncio.sleep(away.retry_after)
            except Misconfigured as wrong:
                # Not ours to stop for: nothing is said of silence until it is put right.
                _log.error("intake cannot be seen", where=wrong.where, do=wrong.do)
                await asyncio.sleep(10 * LOOK_SECONDS)

    async def _look_on(self) -> None:
        async with self._brokers.asking() as admin:
            while True:
                await self._look(admin)
                await asyncio.sleep(LOOK_SECONDS)

    async def _look(self, admin: AIOKafkaAdminClient) -> None:
        begun, group = seconds(), self._brokers.names.group(INTAKE)
        ends = await self._ends.of_topics(self._topics)
        self._ended.append((begun, ends))
        ask = partial(admin.list_consumer_group_offsets, group, partitions=list(ends))
        committed = await patiently(ask)
        reached = {place: it.offset for place, it in committed.items()}
        # A broker that does not have its groups yet answers, and leaves out what it does not know.
        for at, ended in self._ended:
            if all(reached.get(place, -1) >= end for place, end in ended.items() if end):
                self._silent_at = max(self._silent_at, at)
