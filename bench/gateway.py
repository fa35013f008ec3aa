"""A gateway on a real Kafka: single facts at a steady rate, batches, and streams that are idle.

One process of `seintje gateway`, a broker, and who asks in a third process, all on the same cores;
no worker, unless one is asked for. The floors, in the same run: a producer without HTTP, checks or
a read model, that appends values of that size at the same rate, or a hundred at a time.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from bench.on_kafka.asking import Asked, Found
from bench.on_kafka.brokers import broker, create
from bench.on_kafka.gateways import Gateway, gateway, keys_of, wait_until_ready, with_parties
from bench.on_kafka.workers import ROOT, Hub
from bench.post import BATCH
from hub.keys import Keys
from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.names import Names
from hub.streams.kafka.streams import KafkaLog
from hub.streams.seam import Emit

_CLOCK: Final = "from:2027-01-01T00:00:00Z"  # when all that is told has happened
_WARM: Final = 200
_IDLE_SECONDS: Final = 5.0
_HEARTBEATS: Final = 2
_HEARTBEAT_SECONDS: Final = 15.0
_STREAMS_OF_A_PARTY: Final = 20
_FLOOR: Final = "floor"
_FLOOR_SECONDS: Final = 5
_FLOOR_BATCHES: Final = 100
_VALUE: Final = Emit(_FLOOR, b"0988", b"x" * 450)


def main(arguments: list[str]) -> None:
    """`python -m bench gateway [--only PART] [--rate N] [--seconds S] [--worker] …`."""
    parser = argparse.ArgumentParser(prog="bench gateway", description=__doc__)
    # To come, with what sends webhooks: one subscriber that never answers beside others.
    parts: Mapping[str, Callable[[Gateway, argparse.Namespace], None]] = {
        "single": _single,
        "batches": _batches,
        "streams": _streams,
    }
    parser.add_argument("--only", choices=parts)
    parser.add_argument("--rate", type=int, default=200, help="single facts a second")
    parser.add_argument("--seconds", type=int, default=10, help="of single facts")
    parser.add_argument("--facts", type=int, default=20_000, help="in batches of 100")
    parser.add_argument("--connections", type=int, default=4, help="that send batches")
    parser.add_argument("--streams", type=int, default=500)
    parser.add_argument("--partitions", type=int, default=24, help="as many as by default")
    parser.add_argument("--worker", action="store_true", help="with a worker beside it")
    asked = parser.parse_args(arguments)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a topic that is not everywhere yet
    with tempfile.TemporaryDirectory() as folder, broker() as connection, ExitStack() as running:
        hub = _hub(connection, Path(folder), asked)
        if asked.only in (None, "single", "batches"):
            print(asyncio.run(_floors(connection, asked)))
        if asked.worker:
            worker = running.enter_context(hub.worker())
            wait_until_ready(int(worker.address.rpartition(":")[2]))
        served = running.enter_context(gateway(hub, keys_of(hub)))
        for name, part in parts.items():
            if asked.only in (None, name):
                part(served, asked)


def _single(served: Gateway, asked: argparse.Namespace) -> None:
    used = _Used(served)
    count = asked.rate * asked.seconds
    plan = Asked("single", served.port, served.keys, count, _region(asked), asked.rate, _WARM)
    found = _done(plan)
    print(
        f"one by one, {asked.rate} a second: p50 {_at(found, 0.5):.1f} ms,"
        f" p99 {_at(found, 0.99):.1f} ms, longest {_at(found, 1):.1f} ms,"
        f" {found.accepted:,} of {count:,} accepted;"
        f" {used.cpu / (count + _WARM) * 1000:.2f} ms of CPU each{used.waited}"
    )


def _batches(served: Gateway, asked: argparse.Namespace) -> None:
    sent = _WARM + asked.rate * asked.seconds  # by the part before
    plan = Asked("batches", served.port, served.keys, asked.facts, _region(asked))
    for connections in (1, asked.connections):
        used = _Used(served)
        found = _done(replace(plan, skip=sent, connections=connections))
        print(
            f"batches of {BATCH}, {connections} connection(s):"
            f" {found.accepted / found.seconds:,.0f} facts/s,"
            f" {found.accepted / used.cpu:,.0f} a CPU second,"
            f" p50 {_at(found, 0.5):.0f} ms, p99 {_at(found, 0.99):.0f} ms,"
            f" {found.accepted:,} of {asked.facts:,} accepted{used.waited}"
        )
        sent += 2 * asked.facts  # a batch is of one party: what does not fill one is left


class _Used:
    """What a gateway uses from now on."""

    def __init__(self, served: Gateway) -> None:
        self._served = served
        self._cpu, self._waited = served.cpu_seconds, served.waited_seconds

    @property
    def cpu(self) -> float:
        """Seconds of CPU time, of all its threads."""
        return self._served.cpu_seconds - self._cpu

    @property
    def waited(self) -> str:
        """How long its threads waited for a core: where that is much, others had the machine."""
        return f"; it waited {self._served.waited_seconds - self._waited:.1f} s for a core"


def _region(asked: argparse.Namespace) -> int:
    """How many facts it takes for all parts."""
    sent: int = _WARM + asked.rate * asked.seconds + 4 * asked.facts
    return sent


def _streams(served: Gateway, asked: argparse.Namespace) -> None:
    without = _Used(served)
    time.sleep(_IDLE_SECONDS)
    idle = without.cpu / _IDLE_SECONDS
    before = served.rss_mb
    with _asking(Asked("streams", served.port, served.keys, asked.streams)) as process:
        time.sleep(1.0)
        used = _Used(served)
        time.sleep(_HEARTBEATS * _HEARTBEAT_SECONDS)
        cpu = used.cpu - idle * _HEARTBEATS * _HEARTBEAT_SECONDS
        during = served.rss_mb
        found = _found(process)
    print(
        f"{asked.streams} idle streams: {during:.0f} MB, {before:.0f} MB before them,"
        f" {(during - before) / asked.streams * 1024:.1f} kB each;"
        f" {cpu / (asked.streams * _HEARTBEATS) * 1e6:.0f} µs of CPU a heartbeat,"
        f" {found.ended} ended, {found.lines:,} lines came"
    )


async def _floors(connection: Connection, asked: argparse.Namespace) -> str:
    create(connection, asked.partitions, Names("").topic(_FLOOR))
    log = KafkaLog(Brokers(connection, Names("")))
    await log.start()

    async def append(due: float) -> float:
        await log.append(_FLOOR, [_VALUE])
        return (time.perf_counter() - due) * 1000

    appending, begun = [], time.perf_counter()
    for position in range(asked.rate * _FLOOR_SECONDS):
        due = begun + position / asked.rate
        await asyncio.sleep(due - time.perf_counter())
        appending.append(asyncio.create_task(append(due)))
    waits = Found(
        (await asyncio.gather(*appending))[asked.rate :]
    )  # in the first second it warms up
    begun = time.perf_counter()
    for _ in range(_FLOOR_BATCHES):
        await log.append(_FLOOR, [_VALUE] * BATCH)
    rate = _FLOOR_BATCHES * BATCH / (time.perf_counter() - begun)
    await log.close()
    return (
        f"floor: appended one by one p50 {_at(waits, 0.5):.1f} ms, p99 {_at(waits, 0.99):.1f} ms;"
        f" {BATCH} at a time {rate:,.0f}/s"
    )


def _hub(connection: Connection, folder: Path, asked: argparse.Namespace) -> Hub:
    agreements = with_parties(folder, asked.streams // _STREAMS_OF_A_PARTY)
    hub = Hub(connection, "gateway", asked.partitions, _CLOCK, folder, agreements)
    Keys.load_or_create(hub.key_file)
    hub.create_topics()
    return hub


def _at(found: Found, part: float) -> float:
    """The wait that this part of all stays within, in milliseconds."""
    ordered = sorted(found.waits)
    return ordered[min(int(part * len(ordered)), len(ordered) - 1)]


def _done(asked: Asked) -> Found:
    with _asking(asked) as process:
        return _found(process)


@contextmanager
def _asking(asked: Asked) -> Iterator[subprocess.Popen[bytes]]:
    """Somebody who asks, once it has begun."""
    command = [sys.executable, "-m", "bench.on_kafka.asking"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(msgspec.json.encode(asked) + b"\n")
        process.stdin.flush()
        assert process.stdout.readline() == b'"begins"\n', "who asks did not begin"
        yield process


def _found(process: subprocess.Popen[bytes]) -> Found:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    return msgspec.json.decode(process.stdout.readline(), type=Found)
