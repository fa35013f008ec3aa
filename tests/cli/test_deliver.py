"""`seintje deliver`: a process on a real Kafka that says how it is and stops when asked."""

from __future__ import annotations

import signal
from pathlib import Path

import httpx
import pytest

from hub.keys import Keys
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.names import Names
from hub.telemetry.family import Role
from tests.cli.terminal import seintje
from tests.cli.test_run import next_row, started
from tests.metrics.shown import differences, known, promtool_says

pytestmark = pytest.mark.slow


def test_it_says_how_it_is_and_stops_when_asked(
    kafka: Connection, kafka_names: Names, tmp_path: Path
) -> None:
    Keys.load_or_create(tmp_path / "hub.key")
    environ = {
        "SEINTJE_KAFKA_BROKERS": kafka.brokers,
        "SEINTJE_KAFKA_PREFIX": kafka_names.prefix,
        "SEINTJE_KAFKA_PARTITIONS": "2",
        "SEINTJE_KEY_FILE": str(tmp_path / "hub.key"),
    }
    assert seintje("topics", "create", **environ).code == 0
    words = ("deliver", "--listen", "127.0.0.1:0", "--data", tmp_path / "deliver")
    with started(*words, **environ) as process:
        url = next_row(process)["metrics"].removesuffix("/metrics")
        while httpx.get(f"{url}/readyz").status_code != 200:
            assert process.poll() is None
        assert httpx.get(f"{url}/healthz").json() == {"status": "live", "reasons": []}
        metrics = httpx.get(f"{url}/metrics").text
        assert 'seintje_webhook_attempts_total{reason="delivered"} 0.0' in metrics
        assert 'seintje_subscriptions{life="active"} 0.0' in metrics
        assert differences(Role.DELIVER, metrics, known()) == []
        assert promtool_says(metrics) == ""
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0


def test_without_kafka_it_says_which_setting_is_missing(tmp_path: Path) -> None:
    Keys.load_or_create(tmp_path / "hub.key")
    ended = seintje("deliver", SEINTJE_KEY_FILE=str(tmp_path / "hub.key"))
    assert ended.code == 2
    assert "SEINTJE_KAFKA_BROKERS" in ended.err
