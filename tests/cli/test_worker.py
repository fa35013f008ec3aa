"""`seintje worker` as far as it comes without a broker."""

import json
import signal
import socket
from pathlib import Path

import pytest

from hub.keys import Keys
from tests.cli.terminal import seintje
from tests.cli.test_run import next_row, started
from tests.kafka.broker import free_ports


@pytest.fixture
def key_file(tmp_path: Path) -> str:
    Keys.load_or_create(tmp_path / "hub.key")
    return str(tmp_path / "hub.key")


def settings(key_file: str) -> dict[str, str]:
    """Those of a hub whose broker is away."""
    return {"SEINTJE_KAFKA_BROKERS": f"127.0.0.1:{free_ports(1)[0]}", "SEINTJE_KEY_FILE": key_file}


def test_a_port_that_is_taken_is_told(key_file: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        ran = seintje("worker", "--listen", listen, **settings(key_file))
    assert (ran.code, ran.out) == (2, b"")
    assert listen in ran.err
    assert "give another" in ran.err


def test_a_broker_that_is_away_is_waited_for_and_stdout_has_rows_only(key_file: str) -> None:
    listen = f"127.0.0.1:{free_ports(1)[0]}"
    with started("worker", "--listen", listen, **settings(key_file)) as process:
        next_row(process)
        assert process.stderr is not None
        begun, first = (json.loads(process.stderr.readline()) for _ in range(2))
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate()
    assert (begun["event"], begun["role"]) == ("starting", "worker")
    assert (first["event"], rest) == ("waiting", "")
    assert "SEINTJE_KAFKA_BROKERS" in first["says"]
