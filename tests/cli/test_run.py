"""`seintje run` and `seintje demo`: a hub as a process of its own."""

import json
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.telemetry.family import Role
from tests.cli.terminal import command, environment, on_terminal, seintje
from tests.metrics.shown import differences, known

pytestmark = pytest.mark.slow

Process = subprocess.Popen[str]


@contextmanager
def started(*words: str | Path, **more: str) -> Iterator[Process]:
    process = subprocess.Popen(
        command(*words),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**more),
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def next_row(process: Process) -> dict[str, Any]:
    assert process.stdout is not None
    row: dict[str, Any] = json.loads(process.stdout.readline())
    return row


def until(process: Process, event: str) -> dict[str, Any]:
    """The first row about this event."""
    while True:
        row = next_row(process)
        if row["event"] == event:
            return row


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_run_says_where_it_is_serves_and_stops_when_asked(
    tmp_path: Path, stop: signal.Signals
) -> None:
    data = tmp_path / "data"
    (backups := tmp_path / "backups").mkdir()
    words = ("run", "--data", data, "--listen", "127.0.0.1:0")
    with started(*words, SEINTJE_BACKUPS=str(backups)) as process:
        told = next_row(process)
        assert told["data"] == str(data)
        assert httpx.get(told["api"].removesuffix("/v1") + "/healthz").status_code == 200
        assert differences(Role.RUN, httpx.get(told["metrics"]).text, known()) == []
        process.send_signal(stop)
        assert process.wait() == 0


def test_a_data_directory_that_is_in_use_is_told(tmp_path: Path) -> None:
    with started("run", "--data", tmp_path, "--listen", "127.0.0.1:0") as process:
        next_row(process)
        ran = seintje("run", "--data", tmp_path, "--listen", "127.0.0.1:0")
    assert ran.code == 2
    assert str(process.pid) in ran.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(["--listen", "nowhere"], "HOST:PORT", id="no port"),
        pytest.param(["--clock", "soon"], "--clock", id="no clock"),
        pytest.param(["--agreements", "nowhere"], "nowhere", id="no agreements"),
    ],
)
def test_run_with_wrong_settings_ends_with_2(
    tmp_path: Path, words: Sequence[str], told: str
) -> None:
    ran = seintje("run", "--data", tmp_path / "data", *words)
    assert (ran.code, ran.out) == (2, b"")
    assert told in ran.err


def test_a_variable_with_a_slip_in_its_name_is_told(tmp_path: Path) -> None:
    ran = seintje("run", "--data", tmp_path, SEINTJE_LISTN="127.0.0.1:0")
    assert ran.code == 2
    assert "SEINTJE_LISTEN" in ran.err


def test_the_demo_tells_both_sides_of_one_alert_and_can_be_looked_at() -> None:
    with started("demo", "--listen", "127.0.0.1:0") as process:
        told = next_row(process)
        joint = until(process, "joint-alert")
        for party in ("corporatie-maas", "begeleider-onderdak"):
            answer = httpx.get(
                f"{told['api']}/alerts/{joint['alertId']}",
                headers={"Authorization": f"Bearer {told['keys'][party]}"},
            )
            assert answer.status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        process.stdout.read()
        assert process.wait() == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_the_demo_shows_a_board_and_ends_by_itself() -> None:
    code, shown = on_terminal("demo", "--for", "1", "--listen", "127.0.0.1:0")
    assert code == 0
    assert "van de gemeente" in shown
    assert "eerste gezamenlijke seintje" in shown
