"""One job of three rules on this hub and on what else could do it, each beside the same floor.

One broker, one topic of facts, one run; each system alone on it, one process (one thread where that
can be said), on the cores that the broker uses too. The floor is a bare loop that consumes and
decodes. What each system told is held against what the job must give, up to where it committed.
Needs `make bench-peers`; what each promises and what it was told: `docs/benchmarks.md`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from bench.on_kafka.backlog import worked_off
from bench.on_kafka.brokers import broker, create, values, write
from bench.on_kafka.progress import Rate, Window, looking_at
from bench.on_kafka.region import Told
from bench.peers import java, ours
from bench.peers.facts import PARTITIONS, Expected, facts
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.names import Names

_ROOT: Final = Path(__file__).resolve().parents[1]
_QUIX: Final = _ROOT / ".venv-bench-quix"
_PREFIX: Final = "three"


class Peer(Struct, frozen=True):
    """A system: how it is run, its group, where it tells its alerts, what it promises.

    `warm_up`: seconds that are not counted. What compiles itself while it runs is given longer.
    """

    name: str
    command: list[str]
    group: str
    alerts: str
    promise: str
    warm_up: float = 2.0


def main(arguments: list[str]) -> None:
    """`python -m bench three_rules [--households N] [--copies N] [--only NAME]`."""
    parser = argparse.ArgumentParser(prog="bench three_rules", description=__doc__)
    parser.add_argument("--households", type=int, default=500, help="in the region")
    parser.add_argument("--copies", type=int, default=110, help="of the region")
    parser.add_argument("--window", type=float, default=5.0, help="seconds that each is watched")
    parser.add_argument("--whole", type=int, default=1_000, help="households for the whole hub")
    parser.add_argument("--only", help="the system whose name begins like this")
    asked = parser.parse_args(arguments)
    if not (_QUIX / "java").exists():
        raise SystemExit("run: make bench-peers")
    with tempfile.TemporaryDirectory() as folder, broker() as connection:
        expected = Expected({}, [0] * PARTITIONS)
        peers = [it for it in _peers(connection, Path(folder)) if _chosen(it, asked.only)]
        topic = Names(_PREFIX).topic("facts")
        create(connection, PARTITIONS, topic, *(it.alerts for it in peers))
        count = write(connection, topic, facts(asked.households, asked.copies, expected))
        print(f"{count:,} facts of {asked.households * asked.copies:,} households")
        at = asked.window, Path(folder)
        floor = _floor(connection, topic, asked.window)
        print(_row("floor: consume, decode", "", floor, floor, "alerts"))
        for peer in peers:
            rate, told = _measured(connection, peer, expected, at)
            print(_row(peer.name, peer.promise, rate, floor, told), flush=True)
        if asked.whole:
            rate = worked_off(connection, "whole", Told.of_region(asked.whole), Path(folder)).rate
            name = "this hub, whole agreement"
            print(_row(name, "exactly once", rate, floor, "facts of its own"))


def _chosen(peer: Peer, only: str | None) -> bool:
    return only is None or peer.name.startswith(only)


def _peers(connection: Connection, folder: Path) -> list[Peer]:
    python, brokers = sys.executable, connection.brokers
    topic, names = Names(_PREFIX).topic("facts"), Names(_PREFIX)
    quix = [str(_QUIX / "bin" / "python"), "-m", "bench.peers.quix"]
    agent = [python, "-m", "bench.peers.faust_agent", brokers, topic, "faust-alerts", "faust"]
    stream = [*java.command(_QUIX / "java"), brokers, topic, "streams-alerts", "streams"]
    hub = [python, "-m", "bench.peers.ours", brokers, _PREFIX]
    create(connection, PARTITIONS, names.changelog(ours.RULES))
    return [
        Peer(
            "this hub's shard and loop",
            hub,
            names.group(ours.RULES),
            names.topic(ours.ALERTS),
            "exactly once",
        ),
        Peer(
            "Kafka Streams 4.1 (Java)",
            [*stream, str(folder / "streams")],
            "streams",
            "streams-alerts",
            "exactly once",
            warm_up=10.0,
        ),
        Peer(
            "Quix Streams 3.28",
            [*quix, brokers, topic, "quix-alerts", "quix", str(folder / "quix")],
            "quix",
            "quix-alerts",
            "exactly once",
        ),
        Peer("Faust agent with a Table", agent, "faust", "faust-alerts", "at least once"),
    ]


def _floor(connection: Connection, topic: str, window: float) -> Rate:
    command = [sys.executable, "-m", "bench.peers.floor", connection.brokers, topic, str(window)]
    said = subprocess.run(command, cwd=_ROOT, capture_output=True, check=True).stdout
    return msgspec.json.decode(said, type=Rate)


def _measured(
    connection: Connection, peer: Peer, expected: Expected, at: tuple[float, Path]
) -> tuple[Rate, str]:
    seconds, folder = at
    with looking_at(connection, peer.group, Names(_PREFIX).topic("facts")) as group:
        with _running(peer, folder) as process:
            rate = group.watch(Window(seconds, peer.warm_up), process)
        return rate, expected.differences(values(connection, peer.alerts), group.committed())


@contextmanager
def _running(peer: Peer, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The system in a process of its own; what it says on stderr is shown when it fails."""
    log = folder / f"{peer.group}.log"
    with log.open("wb") as said:
        process = subprocess.Popen(peer.command, cwd=_ROOT, stdout=said, stderr=said)
    try:
        yield process
    except SystemExit:
        print(log.read_text("utf-8", "replace")[-3000:], file=sys.stderr)
        raise
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _row(name: str, promise: str, rate: Rate, floor: Rate, told: str) -> str:
    return f"{name:<28} {promise:<13} {rate.beside(floor)} | {told}"
