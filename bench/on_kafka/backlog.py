"""All the facts of a region, correlated by workers: how many a second, and on what the time goes.

A backlog: the facts are there, then one worker is started. Shared: workers are there and have their
partitions, then the facts are written, as fast as that goes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from bench.on_kafka.brokers import write
from bench.on_kafka.progress import Rate, Window, looking_at
from bench.on_kafka.region import Told
from bench.on_kafka.workers import Hub, Sampled, Worker
from hub.compose.worker import LIMITS
from hub.domain.time import format_instant
from hub.streams.entries import FACTS, REGION_FACTS
from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.names import CORRELATE, Names
from hub.streams.kafka.owners import owners

PARTITIONS: Final = 3
_USED: Final = frozenset({1, 2})  # on which the two gemeenten of the region lie
_LONGEST_SECONDS: Final = 90.0
_SETTLED_SECONDS: Final = 60.0


class Worked(Struct, frozen=True):
    """How fast, and in what a worker was seen how often meanwhile."""

    rate: Rate
    seen: dict[str, int]


def worked_off(
    connection: Connection, prefix: str, told: Told, folder: Path, batch: int = LIMITS.records
) -> Worked:
    """A backlog under this prefix; counted from when the worker has restored its partitions."""
    hub = _prepared(connection, prefix, told, folder)
    _write(hub, told)
    names, sampled = Names(prefix), Sampled(hub.folder / "sampled", batch)
    looking = looking_at(connection, names.group(CORRELATE), names.topic(FACTS))
    with looking as group, hub.worker(sampled) as worker:

        def begins() -> bool:
            return worker.restored(CORRELATE) >= PARTITIONS

        rate = group.watch(Window(_LONGEST_SECONDS, begins=begins), worker.process)
    return Worked(rate, msgspec.json.decode(sampled.file.read_bytes(), type=dict[str, int]))


def shared(connection: Connection, prefix: str, told: Told, folder: Path, workers: int) -> Rate:
    """Shared by so many workers; counted from when the first fact is written."""
    hub = _prepared(connection, prefix, told, folder)
    names = Names(prefix)
    with ExitStack() as running:
        started = [running.enter_context(hub.worker()) for _ in range(workers)]
        asyncio.run(_settled(Brokers(connection, names), started))
        begun = time.monotonic()
        _write(hub, told)
        looking = looking_at(connection, names.group(CORRELATE), names.topic(FACTS))
        group = running.enter_context(looking)
        window = Window(_LONGEST_SECONDS, begins=lambda: True)
        rate = group.watch(window, *(it.process for it in started))
        return Rate(group.total, time.monotonic() - begun, rate.cpu_seconds)


def _prepared(connection: Connection, prefix: str, told: Told, folder: Path) -> Hub:
    folder = folder / prefix
    folder.mkdir()
    hub = Hub(connection, prefix, PARTITIONS, f"fixed:{format_instant(told.until)}", folder)
    _ = hub.keys  # makes the file
    hub.create_topics()
    return hub


def _write(hub: Hub, told: Told) -> None:
    for stream in (REGION_FACTS, FACTS):
        topic = Names(hub.prefix).topic(stream)
        write(hub.connection, topic, told.of_stream(stream, PARTITIONS))


async def _settled(brokers: Brokers, started: Sequence[Worker]) -> None:
    """Wait until each worker owns a partition that facts come to, or all of them."""
    until = time.monotonic() + _SETTLED_SECONDS
    while time.monotonic() < until:
        owned = await owners(brokers, CORRELATE)
        if len({owned.get(it) for it in _USED} - {None}) == len(started):
            return
        await asyncio.sleep(0.2)
    raise SystemExit("the workers did not share the partitions; once more, please")
