"""A hub as a process: nothing that was answered is lost, whatever ends it."""

from __future__ import annotations

import http.client
import json
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Self

import msgspec
import pytest

from bench.serve import Served, served
from hub.compose.embedded import build
from hub.errors import Misconfigured
from hub.settings import Listen, Settings
from tests.gateway.desk import MAAS, WEERT
from tests.streams.world import LEASE, Event, event, signed

pytestmark = pytest.mark.slow

CLOCK = "fixed:2024-03-01T12:00:00Z"


def repaired(number: int) -> Event:
    letters = str(number).translate(str.maketrans("0123456789", "abcdefghij"))
    return event("damage-repaired", letters, "2024-02-01", LEASE, cost=number, cause="wear")


class Caller:
    """One connection that is kept open, as a party."""

    def __init__(self, hub: Served) -> None:
        self._hub = hub
        self._connection = http.client.HTTPConnection("127.0.0.1", hub.port, timeout=60)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._connection.close()

    def call(self, method: str, path: str, party: str, event: Event | None = None) -> object:
        headers = {
            "Authorization": f"Bearer {self._hub.keys[party]}",
            "Content-Type": "application/cloudevents+json",
        }
        body = None if event is None else msgspec.json.encode(event)
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        told = answer.read()
        assert answer.status < 300, told
        return json.loads(told)

    def post(self, sent: Event) -> object:
        return self.call("POST", "/v1/events", MAAS, sent)


def keep_posting(hub: Served, numbers: range, answered: Callable[[int], None]) -> None:
    """Until the hub is gone."""
    with Caller(hub) as caller, suppress(OSError, http.client.HTTPException):
        for number in numbers:
            caller.post(repaired(number))
            answered(number)


def test_what_was_answered_outlives_a_kill(tmp_path: Path) -> None:
    data, answered = tmp_path / "data", list[int]()
    with served(data, CLOCK) as (hub, process):
        with Caller(hub) as caller:
            caller.post(signed())

        def note(number: int) -> None:
            answered.append(number)
            if len(answered) >= 120:
                process.kill()  # others are waiting for their answers

        with ThreadPoolExecutor(4) as pool:
            ranges = [range(start, start + 1000) for start in range(0, 4000, 1000)]
            posting = [pool.submit(keep_posting, hub, numbers, note) for numbers in ranges]
        for it in posting:
            it.result()
        assert process.wait() == -signal.SIGKILL
    assert len(answered) >= 120
    with served(data, CLOCK) as (hub, process), Caller(hub) as caller:
        for number in answered:
            again = caller.post(repaired(number))
            assert isinstance(again, dict)
            assert again["status"] == "duplicate"
        found = caller.call("GET", "/v1/alerts?order=cursor&wait=30", WEERT)
        assert isinstance(found, dict)
        assert found["alerts"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_hub_that_is_asked_to_stop_stops_well(number: signal.Signals, tmp_path: Path) -> None:
    with served(tmp_path / "data", CLOCK) as (hub, process), Caller(hub) as caller:
        caller.post(signed())
        process.send_signal(number)
        assert process.wait() == 0


def test_who_waits_for_alerts_does_not_keep_the_hub_from_stopping(tmp_path: Path) -> None:
    with (
        served(tmp_path / "data", CLOCK) as (hub, process),
        Caller(hub) as caller,
        ThreadPoolExecutor(1) as pool,
    ):
        caller.call("GET", "/v1/alerts", WEERT)  # the connection is there
        waiting = pool.submit(caller.call, "GET", "/v1/alerts?wait=30", WEERT)
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0
        with suppress(OSError, http.client.HTTPException):  # if it came when nothing was read
            assert waiting.result() == {"alerts": [], "cursor": "YWZ0ZXI6MA"}


def test_a_port_that_is_taken_is_told_and_nothing_stays_open(tmp_path: Path) -> None:
    with served(tmp_path / "first", CLOCK) as (hub, _process):
        settings = Settings(data=tmp_path / "second", listen=Listen("127.0.0.1", hub.port))
        with pytest.raises(Misconfigured, match="give another HOST:PORT"):
            build(settings).run()
    build(settings).close()  # its directory was let go
