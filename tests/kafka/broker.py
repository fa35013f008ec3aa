"""A Kafka broker on loopback, its own controller, in a folder and on ports that it keeps.

Restarted, it has what it had. What it is set to stands in `SETTINGS`: everything as Kafka ships it,
but for what suits a single node, a small heap and tests that do not wait.
"""

from __future__ import annotations

import random
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from hub.streams.kafka.connection import Connection
from tests.kafka.java import kafka_java
from tests.kafka.program import NotStarted, Program

LOOPBACK: Final = "127.0.0.1"
_STARTED: Final = "Kafka Server started"

SETTINGS: Final[Mapping[str, object]] = {
    "process.roles": "broker,controller",
    "controller.listener.names": "CONTROLLER",
    # Somebody who reads first must not make a topic with one partition.
    "auto.create.topics.enable": False,
    "offsets.topic.replication.factor": 1,
    "offsets.topic.num.partitions": 4,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "transaction.state.log.num.partitions": 4,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    # A group does not wait for members who might come.
    "group.initial.rebalance.delay.ms": 0,
    "group.min.session.timeout.ms": 1000,
    # What a killed producer left open is given up within a second of its timeout.
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": 1000,
    # One that was killed may come back, and one that is gone is replaced, this soon.
    "broker.session.timeout.ms": 2000,
    "broker.heartbeat.interval.ms": 500,
    # Compaction looks twice a second, with 8 MB where Kafka takes 128.
    "log.cleaner.backoff.ms": 500,
    "log.cleaner.dedupe.buffer.size": 8 * 1024 * 1024,
    # Topics of tests go with their test, and their files soon after.
    "log.segment.delete.delay.ms": 5000,
    "num.network.threads": 2,
    "num.io.threads": 4,
}

_CLUSTER: Final = "4L6g3nShT-eMCtK--X86sw"  # names nothing; every broker of ours has it


class Node(Program):
    """One process of Kafka with its settings. `start` returns when it answers."""

    def __init__(
        self, folder: Path, settings: Mapping[str, object], format_options: Sequence[str]
    ) -> None:
        properties = folder / "server.properties"
        super().__init__(folder, [*kafka_java(), "kafka.Kafka", str(properties)], _STARTED)
        self._properties = properties
        self._settings = {**SETTINGS, **settings, "log.dirs": folder / "data"}
        self._format_options = format_options

    def start(self, within: float = 60.0) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        _write_properties(self._properties, self._settings)
        _format_once(self.folder, self._format_options)
        super().start(within)


class Broker(Node):
    """A node by itself, with one listener and no authentication."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.port, controller = (port, port + 1) if port else free_ports(2)
        listener = f"PLAINTEXT://{LOOPBACK}:{self.port}"
        settings = {
            "node.id": 1,
            "listeners": f"{listener},CONTROLLER://{LOOPBACK}:{controller}",
            "advertised.listeners": listener,
            "controller.quorum.bootstrap.servers": f"{LOOPBACK}:{controller}",
        }
        super().__init__(folder, settings, ["--standalone"])

    @property
    def connection(self) -> Connection:
        return Connection(f"{LOOPBACK}:{self.port}", "PLAINTEXT")


def _write_properties(file: Path, settings: Mapping[str, object]) -> None:
    """Java's properties; what Python writes as True is true there."""
    told = {True: "true", False: "false"}
    lines = [
        f"{name}={told[value] if isinstance(value, bool) else value}\n"
        for name, value in settings.items()
    ]
    file.write_text("".join(lines), "utf-8")


def _format_once(folder: Path, options: Sequence[str]) -> None:
    """Prepare the data of a node, unless it has been. NotStarted says what Kafka said."""
    done = folder / "formatted"
    if done.exists():
        return
    settings = str(folder / "server.properties")
    format_ = ["kafka.tools.StorageTool", "format", "-t", _CLUSTER, "-c", settings, *options]
    said = subprocess.run([*kafka_java(), *format_], capture_output=True, text=True, check=False)
    if said.returncode:
        raise NotStarted(f"{folder.name} could not be formatted: {said.stdout}{said.stderr}")
    done.touch()


_PORTS: Final = range(20_000, 32_000)


def free_ports(count: int) -> tuple[int, ...]:
    """Ports that nobody listens on, below those that the system gives to outgoing connections.

    A client that keeps connecting to a port of those, while its broker is away, ends up connected
    to itself, and the broker cannot come back.
    """
    found: list[int] = []
    for port in random.sample(_PORTS, 200):
        if _is_free(port):
            found.append(port)
        if len(found) == count:
            return tuple(found)
    raise NotStarted("no free ports between 20000 and 32000")


def free_pair() -> int:
    """Such a port of which the next one is free too."""
    for port in random.sample(_PORTS, 200):
        if _is_free(port) and _is_free(port + 1):
            return port
    raise NotStarted("no two free ports between 20000 and 32000")


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return tried.connect_ex((LOOPBACK, port)) != 0
