"""A processor on Kafka: the partitions that this worker owns, each kept going by itself.

The state of a partition that was taken away stays for a while: who gets it back restores only what
others added meanwhile. A shard that fails for good (`Bug`) stays stopped while the others go on; a
setting that is wrong ends the processor, and with it the worker.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import structlog

from hub.clocks import seconds
from hub.errors import Bug, Misconfigured, Unavailable
from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.membership import Member, Membership
from hub.streams.kafka.shard import KafkaShard, Place, Ways
from hub.streams.kafka.state import KafkaState
from hub.streams.keeping import Keeper, Processor, Pulse
from hub.streams.seam import Shard, State, Step, StreamName
from hub.streams.tracks import traced
from hub.telemetry.spans import Tracing

# Longer, and a key that was erased meanwhile might be gone from the change log (names.TopicPlan).
KEPT_SECONDS: Final = 3600.0

_log = structlog.get_logger("seintje.kafka")


class KafkaProcessor:
    """One processor of a worker: `correlate` over `facts`, or `region` over `region-facts`."""

    def __init__(
        self,
        name: str,
        stream: StreamName,
        make_step: Callable[[], Step],
        keeper: Keeper,
        at: tuple[Brokers, Ways, Tracing],
    ) -> None:
        self.name = name
        self.pulses: dict[int, Pulse] = {}
        self.has_joined = False  # of its group; it may have got no partition
        self.stream = stream
        self._make_step = make_step
        self._keeper = keeper
        self._brokers, self._ways, self._tracing = at
        self._shards: dict[int, KafkaShard] = {}
        self._kept: dict[int, tuple[float, KafkaState]] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._ended: asyncio.Future[None]
        self._is_closing = False

    async def run(self, member: Member) -> None:
        """Own partitions until cancelled. Raises `Misconfigured` when a setting is wrong."""
        self._ended = asyncio.get_running_loop().create_future()
        topic = self._brokers.names.topic(self.stream)
        taking_part = asyncio.ensure_future(self._take_part(topic, member))
        try:
            await asyncio.wait({taking_part, self._ended}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._is_closing = True
            await self._taken(frozenset(self._tasks))  # before others get them
            taking_part.cancel()
            await asyncio.wait({taking_part})
        for it in (self._ended, taking_part):
            if it.done() and not it.cancelled():
                it.result()

    @property
    def states(self) -> Mapping[int, State]:
        """The state of each partition that is ours and open, as it was last committed."""
        return {number: shard.state for number, shard in self._shards.items()}

    @property
    def open_shards(self) -> Mapping[int, KafkaShard]:
        """The partitions that are ours and open."""
        return self._shards

    async def _take_part(self, topic: str, member: Member) -> None:
        while True:
            membership = Membership(self._brokers, self.name, topic, member)
            try:
                await membership.take_part(self._given, self._taken)
            except Unavailable as away:
                # What we own goes on: who has taken it over fences us, and else it is still ours.
                _log.warning("group away", shard=self.name, retry_after=away.retry_after)
                await asyncio.sleep(away.retry_after)

    async def _given(self, partitions: frozenset[int]) -> None:
        self.has_joined = True
        await self._taken(frozenset(self._tasks) - partitions)
        fresh = frozenset() if self._is_closing else partitions - self._tasks.keys()
        for number in sorted(fresh):
            self.pulses[number] = pulse = Pulse()
            task = asyncio.create_task(self._keeper.keep(self._processor(number), pulse))
            self._tasks[number] = task
            task.add_done_callback(partial(self._stopped, number))
        _log.info("partitions", shard=self.name, owned=len(self._tasks))

    async def _taken(self, partitions: frozenset[int]) -> None:
        """Finish or abort what is going on there, and let go."""
        tasks = {number: self._tasks.pop(number) for number in partitions & self._tasks.keys()}
        for task in tasks.values():
            task.cancel()
        if tasks:
            await asyncio.wait(tasks.values())
        for number in tasks:
            self.pulses.pop(number, None)
            self._keep(number)

    def _keep(self, number: int) -> None:
        shard = self._shards.pop(number, None)
        if shard is not None:
            self._kept[number] = (seconds(), shard.kept)
        for other, (since, _) in list(self._kept.items()):
            if seconds() - since > KEPT_SECONDS:
                del self._kept[other]

    def _processor(self, number: int) -> Processor:
        place = Place(self.name, self.stream, number)

        async def opened() -> Shard:
            self._keep(number)
            _since, kept = self._kept.pop(number, (0.0, None))
            shard = await KafkaShard.take(self._brokers, place, self._ways, kept)
            self._shards[number] = shard
            return traced(shard, self._tracing, place.name, "kafka")

        def position() -> int:
            shard = self._shards.get(number)
            return 0 if shard is None else shard.position

        return Processor(self.stream, opened, self._make_step, position)

    def _stopped(self, number: int, task: asyncio.Task[None]) -> None:
        """A shard stopped by itself, or was stopped."""
        fault = None if task.cancelled() else task.exception()
        if fault is None:
            return
        if isinstance(fault, Bug) and not isinstance(fault, Misconfigured):
            _log.error("shard stopped", shard=f"{self.name}-{number}", exc_info=fault)
        elif not self._ended.done():
            self._ended.set_exception(fault)
