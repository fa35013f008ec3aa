"""How fast a group of consumers comes on: what it has committed, looked at again and again.

The same for every system, whatever it is written in: only what is committed counts, from the first
commit that is seen to the last within the window. CPU time is that of the process, all its threads.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from functools import partial
from typing import Final, TypeAlias

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from msgspec import Struct

from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.ends import Ends
from hub.streams.kafka.faults import patiently
from hub.streams.kafka.names import Names

_LOOK_SECONDS: Final = 0.05
_START_SECONDS: Final = 60.0
_STALL_SECONDS: Final = 12.0
_TICKS: Final = os.sysconf("SC_CLK_TCK")


class Rate(Struct, frozen=True):
    """What was committed in how long, and the CPU time that it took."""

    facts: int
    seconds: float
    cpu_seconds: float

    @property
    def a_second(self) -> float:
        return self.facts / self.seconds if self.seconds else 0.0

    @property
    def a_cpu_second(self) -> float:
        return self.facts / self.cpu_seconds if self.cpu_seconds else 0.0

    def beside(self, floor: Rate) -> str:
        """The figures of a row, and how many times the floor's time and CPU time it takes."""
        if not self.facts or not self.cpu_seconds:
            return "had committed nothing, or all at once: give it more facts"
        return (
            f"{self.a_second:>8,.0f} facts/s {floor.a_second / self.a_second:>6.1f} x floor"
            f" | {self.a_cpu_second:>8,.0f} a CPU second"
            f" {floor.a_cpu_second / self.a_cpu_second:>6.1f} x floor"
        )


class Window(Struct, frozen=True):
    """How long to look, from the first commit on or from when `begins` says so; what is done in
    the first `warm_up` seconds is not counted."""

    seconds: float
    warm_up: float = 0.0
    begins: Callable[[], bool] | None = None


class _Seen(Struct, frozen=True):
    done: int
    at: float
    cpu: float


_Ends: TypeAlias = dict[TopicPartition, int]


class Group:
    """A group and the topic that it reads; made by `looking_at`."""

    def __init__(
        self, runner: asyncio.Runner, admin: AIOKafkaAdminClient, name: str, ends: _Ends
    ) -> None:
        self._runner = runner
        self._admin = admin
        self._name = name
        self._places = sorted(ends)
        self.total = sum(ends.values())

    def committed(self) -> list[int]:
        """Up to where it has committed, by partition."""
        ask = partial(self._admin.list_consumer_group_offsets, self._name, partitions=self._places)
        found = self._runner.run(patiently(ask))
        return [max(found[place].offset, 0) if place in found else 0 for place in self._places]

    def watch(self, window: Window, *processes: subprocess.Popen[bytes]) -> Rate:
        """How it comes on within the window, or until all is committed."""
        first = last = self._first(window, processes)
        counted_from = first.at + window.warm_up
        while last.done < self.total and time.monotonic() < counted_from + window.seconds:
            time.sleep(_LOOK_SECONDS)
            seen = self._look(processes)
            if seen.done > last.done:
                last = seen
                if seen.at <= counted_from:
                    first = seen
            elif seen.at - last.at > _STALL_SECONDS:
                break
        return Rate(last.done - first.done, last.at - first.at, last.cpu - first.cpu)

    def _first(self, window: Window, processes: Sequence[subprocess.Popen[bytes]]) -> _Seen:
        started = time.monotonic()
        while True:
            seen = self._look(processes)
            if seen.done or (window.begins is not None and window.begins()):
                return seen
            if time.monotonic() - started > _START_SECONDS:
                raise SystemExit(f"{self._name} commits nothing")
            time.sleep(_LOOK_SECONDS)

    def _look(self, processes: Sequence[subprocess.Popen[bytes]]) -> _Seen:
        for process in processes:
            if process.poll() is not None:
                raise SystemExit(f"{self._name} ended by itself with {process.returncode}")
        used = sum(cpu_seconds(it.pid) for it in processes)
        return _Seen(sum(self.committed()), time.monotonic(), used)


@contextmanager
def looking_at(connection: Connection, name: str, topic: str) -> Iterator[Group]:
    """A group that reads this topic, for as long as the block runs."""
    brokers = Brokers(connection, Names(""))
    with asyncio.Runner() as runner:
        ends = runner.run(_ends(brokers, topic))
        admin = runner.run(_asking(brokers))
        try:
            yield Group(runner, admin, name, ends)
        finally:
            runner.run(admin.close())


async def _asking(brokers: Brokers) -> AIOKafkaAdminClient:
    admin = brokers.admin()
    await admin.start()
    return admin


async def _ends(brokers: Brokers, topic: str) -> _Ends:
    async with aclosing(Ends(brokers)) as ends:
        await ends.start()
        return await ends.of_topics([topic])


def cpu_seconds(pid: int) -> float:
    """What a process has used so far, in all its threads."""
    with open(f"/proc/{pid}/stat") as file:
        user, system = file.read().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / _TICKS
