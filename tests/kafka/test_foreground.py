"""`make kafka`: what it says, how it ends, and that it keeps its data."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient

from hub.streams.kafka.connection import Connection
from tests.house.sources import ROOT
from tests.kafka.broker import LOOPBACK, free_pair
from tests.kafka.test_broker import make_topic

COMMAND = [sys.executable, "-m", "tests.kafka"]


@contextmanager
def foreground(folder: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    running = subprocess.Popen(
        [*COMMAND, str(folder)],
        cwd=ROOT,
        env={**os.environ, "KAFKA_PORT": str(port)},
        stdout=subprocess.PIPE,
        text=True,
    )
    with running:
        assert running.stdout is not None
        assert str(folder) in running.stdout.readline()
        assert running.stdout.readline() == f"Kafka answers at {LOOPBACK}:{port}; Ctrl-C stops it\n"
        yield running


def refused(folder: Path, port: str) -> str:
    said = subprocess.run(
        [*COMMAND, str(folder)],
        cwd=ROOT,
        env={**os.environ, "KAFKA_PORT": port},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 1
    assert not folder.exists()
    return said.stderr


@pytest.mark.slow
def test_it_keeps_its_data_and_ends_cleanly_on_either_signal(tmp_path: Path) -> None:
    port = free_pair()
    kafka = Connection(f"{LOOPBACK}:{port}", "PLAINTEXT")
    for number, end in enumerate([signal.SIGINT, signal.SIGTERM]):
        with foreground(tmp_path / "data", port) as running:
            admin = AdminClient(kafka.for_admin())
            assert ("kept" in admin.list_topics(timeout=30).topics) == bool(number)
            if not number:
                make_topic(kafka, "kept")
            running.send_signal(end)
            assert running.wait(30) == 0


def test_a_port_that_is_taken_is_named_with_what_to_do(tmp_path: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        told = refused(tmp_path / "data", str(port))
        assert told.startswith(f"Port {port} of {LOOPBACK} is taken: ")
        assert f"make kafka KAFKA_PORT={port + 100}" in told


@pytest.mark.parametrize("port", ["0", "65535", "kafka", "²"])
def test_what_is_no_port_is_refused(tmp_path: Path, port: str) -> None:
    assert refused(tmp_path / "data", port).startswith("KAFKA_PORT is not a port: ")
