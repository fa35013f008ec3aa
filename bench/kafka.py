"""The whole hub on a real Kafka: workers as `seintje worker` starts them, the default agreement.

Four measurements on one broker, which shares the cores with all that is measured: a backlog (with
where the time goes, and the floor beside it), from publishing to an alert that can be read, taking
a partition over with a large change log, and a second worker. Each by itself with `--only`.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from bench.on_kafka import latency, restoring
from bench.on_kafka.backlog import PARTITIONS, shared, worked_off
from bench.on_kafka.brokers import broker, create, write
from bench.on_kafka.progress import Rate
from bench.on_kafka.region import Told
from bench.on_kafka.sampling import IDLE
from bench.peers.floor import read
from hub.agreement_files import load
from hub.compose.worker import LIMITS
from hub.shipped import shipped
from hub.streams.entries import FACTS
from hub.streams.kafka.connection import Connection
from hub.wire.state import PartyOf, decode_fact

_FLOOR_SECONDS: Final = 3.0


def main(arguments: list[str]) -> None:
    """`python -m bench kafka [--only PART] [--households N …] [--rate N] [--seconds S] …`."""
    parser = argparse.ArgumentParser(prog="bench kafka", description=__doc__)
    parts: Mapping[str, Callable[[Connection, Path, argparse.Namespace], None]] = {
        "backlog": _backlog,
        "latency": _latency,
        "restore": _restore,
        "workers": _workers,
    }
    parser.add_argument("--only", choices=parts)
    parser.add_argument("--households", type=int, nargs="+", default=[1_000, 4_000])
    parser.add_argument("--batches", type=int, nargs="+", default=[LIMITS.records])
    parser.add_argument("--rate", type=int, default=100, help="facts a second, each an alert")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--records", type=int, default=1_000_000, help="in the change log")
    asked = parser.parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    for name, part in parts.items():
        if asked.only in (None, name):
            # Each with a broker that has nothing else to look after.
            with tempfile.TemporaryDirectory() as folder, broker() as connection:
                part(connection, Path(folder), asked)


def _backlog(connection: Connection, folder: Path, asked: argparse.Namespace) -> None:
    for households in asked.households:
        told = Told.of_region(households)
        floor = _floor(connection, f"floor-{households}", told)
        print(f"{households:,} households, {len(told.emits):,} facts")
        print(_row("floor: consume, decode", floor, floor))
        for batch in asked.batches:
            prefix = f"region-{households}-{batch}"
            worked = worked_off(connection, prefix, told, folder, batch)
            print(_row(f"a worker, batches of {batch:,}", worked.rate, floor), flush=True)
    print("where the time of the last went, when it did not wait")
    busy = {part: count for part, count in worked.seen.items() if part != IDLE}
    for part, count in sorted(busy.items(), key=lambda it: -it[1]):
        print(f"    {part:<34} {count / sum(busy.values()):>6.1%}")


def _floor(connection: Connection, topic: str, told: Told) -> Rate:
    """The same facts, consumed and decoded by a loop that does nothing else."""
    create(connection, PARTITIONS, topic)
    write(connection, topic, told.of_stream(FACTS, PARTITIONS))
    decode = partial(decode_fact, party_of=PartyOf(load(shipped("agreements"))[1].find_by_source))
    return asyncio.run(read(connection, topic, _FLOOR_SECONDS, decode))


def _latency(connection: Connection, folder: Path, asked: argparse.Namespace) -> None:
    waits = latency.measured(connection, asked.rate, asked.seconds, folder)
    print(
        f"published to readable, {asked.rate} a second for {asked.seconds} s:"
        f" p50 {waits.at(0.5):.0f} ms, p99 {waits.at(0.99):.0f} ms, longest {waits.at(1):.0f} ms,"
        f" {len(waits.milliseconds):,} alerts, {waits.lost} never came"
    )


def _restore(connection: Connection, _folder: Path, asked: argparse.Namespace) -> None:
    done = restoring.measured(connection, asked.records)
    print(
        f"taking over {done.records:,} records of state: {done.seconds:.1f} s,"
        f" {done.records / done.seconds:,.0f} records/s,"
        f" {done.records / done.cpu_seconds:,.0f} a CPU second"
    )


def _workers(connection: Connection, folder: Path, asked: argparse.Namespace) -> None:
    told = Told.of_region(asked.households[0])
    one, two = (shared(connection, f"by-{it}", told, folder, it) for it in (1, 2))
    for name, rate in (("one worker, facts written meanwhile", one), ("two workers", two)):
        figures = f"{rate.a_second:>8,.0f} facts/s | {rate.a_cpu_second:>8,.0f} a CPU second"
        print(f"{name:<38} {figures}")
    print(f"    a second worker: {two.a_second / one.a_second:.2f} times as much")


def _row(name: str, rate: Rate, floor: Rate) -> str:
    return f"{name:<38} {rate.beside(floor)}"
