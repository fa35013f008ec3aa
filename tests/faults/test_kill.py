"""kill -9 of `seintje run` at random moments during an ingest.

What was accepted is there afterwards, and the alerts end as those of an undisturbed run; what a
party has read is never told again, under the same revision, with other content.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from hub.agreement_files import load
from hub.domain.time import format_instant
from hub.gateway import api_keys
from hub.shipped import shipped
from hub.simulation import simulate
from hub.streams.revisions import OUT
from tests.convergence.regions import FAULTS, facts_of_region
from tests.embedded.hubs import BATCH, Event, running

_, PARTIES = load(shipped("agreements"))
HOUSEHOLDS, SEED, SIZE = 8, 4, 20

Seen = dict[tuple[str, str, int], str]  # (party, alert, revision) → what was read


def region() -> tuple[list[Event], int]:
    """The events of a simulated half year and its last instant."""
    lines = [json.loads(line) for line in simulate(HOUSEHOLDS, 6, SEED, FAULTS)]
    return lines, max(fact.at for fact in facts_of_region(HOUSEHOLDS, SEED))


class Process:
    """`seintje run` on a data directory, started again whenever it was killed."""

    def __init__(self, data: Path, now: int) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.command = [sys.executable, "-m", "hub", "run", "--data", str(data)]
        self.command += ["--listen", f"127.0.0.1:{self.port}"]
        self.command += ["--clock", f"fixed:{format_instant(now)}"]
        self.running: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.running = subprocess.Popen(
            self.command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        with httpx.Client(base_url=self.url, trust_env=False) as http:
            ready = threading.Event()
            while not _is_ready(http):
                if self.running.poll() is not None:
                    assert self.running.stderr is not None
                    raise AssertionError(self.running.stderr.read().decode())
                ready.wait(0.05)

    def kill(self, how: int = signal.SIGKILL) -> None:
        assert self.running is not None
        os.kill(self.running.pid, how)
        self.running.wait()
        assert self.running.stderr is not None
        self.running.stderr.close()
        self.running = None


def _is_ready(http: httpx.Client) -> bool:
    try:
        return http.get("/readyz").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


@contextmanager
def process(data: Path, now: int) -> Iterator[Process]:
    it = Process(data, now)
    try:
        yield it
    finally:
        if it.running is not None:
            it.kill()


def pieces(events: Sequence[Event]) -> list[tuple[str, list[Event]]]:
    """What goes out in one call: some twenty events of one party."""
    found: list[tuple[str, list[Event]]] = []
    for event in events:
        party = PARTIES.find_by_source(event["source"])
        assert party is not None
        if not found or found[-1][0] != party.id or len(found[-1][1]) == SIZE:
            found.append((party.id, []))
        found[-1][1].append(event)
    return found


def read_all(http: httpx.Client, keys: Mapping[str, str], seen: Seen) -> None:
    """What parties read on the way; the same revision must never read otherwise."""
    for party, key in keys.items():
        answer = http.get("/v1/alerts", headers={"authorization": f"Bearer {key}"})
        for view in answer.json()["alerts"]:
            name = (party, view["alertId"], view["revision"])
            assert seen.setdefault(name, json.dumps(view)) == json.dumps(view)


def ingest(hub: Process, events: Sequence[Event], keys: Mapping[str, str], seen: Seen) -> None:
    """Send everything once, in order; TransportError when the hub is killed meanwhile."""
    with httpx.Client(base_url=hub.url, trust_env=False, timeout=30) as http:
        for number, (party, sent) in enumerate(pieces(events)):
            headers = {"authorization": f"Bearer {keys[party]}", "content-type": BATCH}
            answer = http.post("/v1/events", content=json.dumps(sent), headers=headers)
            assert answer.status_code in (202, 400), answer.text
            if number % 10 == 0:
                read_all(http, keys, seen)


@pytest.mark.slow
def test_killed_at_any_moment_it_ends_as_if_nothing_had_happened(
    tmp_path: Path, kills: int, kill_seed: int
) -> None:
    events, now = region()
    moments = Random(kill_seed)
    seen: Seen = {}
    with process(tmp_path / "data", now) as hub:
        hub.start()
        with api_keys.editing(tmp_path / "data") as connection:
            keys = {it: api_keys.create(connection, it, now).secret for it in PARTIES.by_id}
        for _ in range(kills):
            strike = threading.Timer(moments.uniform(0.0, 1.2), hub.kill)
            strike.start()
            with suppress(httpx.TransportError):  # what it had not answered is sent again
                ingest(hub, events, keys, seen)
            strike.join()
            hub.start()
        ingest(hub, events, keys, seen)
        hub.kill(signal.SIGTERM)
    disturbed = outcome(tmp_path / "data", now, seen)
    assert not differing(disturbed, undisturbed(tmp_path / "other", events, now))


@pytest.mark.slow
def test_a_look_from_another_process_takes_nothing_of_what_was_accepted(tmp_path: Path) -> None:
    events, now = region()
    data = tmp_path / "data"
    with process(data, now) as hub:
        hub.start()
        with api_keys.editing(data) as connection:
            key = api_keys.create(connection, "corporatie-maas", now).secret
        hub.kill(signal.SIGTERM)
        hub.start()  # the file is there now: a start of another kind
        looked = [sys.executable, "-m", "hub", "parties", "key", "list", "--data", str(data)]
        subprocess.run(looked, check=True, capture_output=True)
        headers = {"authorization": f"Bearer {key}"}
        with httpx.Client(base_url=hub.url, trust_env=False, headers=headers) as http:
            ours = next(event for event in events if "kvknr:90000001" in event["source"])
            kind = {"content-type": "application/cloudevents+json"}
            answer = http.post("/v1/events", content=json.dumps(ours), headers=kind)
            assert answer.status_code == 202, answer.text
        hub.kill()
        hub.start()
        with httpx.Client(base_url=hub.url, trust_env=False, headers=headers) as http:
            receipt = http.get(f"/v1/receipts/{answer.json()['receiptId']}")
            assert receipt.status_code == 200, receipt.text


def differing(one: dict[str, Any], other: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    """Party, rule and fields of what differs."""
    found = []
    for party in one:
        for name in one[party].keys() | other[party].keys():
            a, b = one[party].get(name, {}), other[party].get(name, {})
            fields = sorted(key for key in a.keys() | b.keys() if a.get(key) != b.get(key))
            if fields:
                found.append((party, (a or b)["rule"], fields))
    return found


def outcome(data: Path, now: int, seen: Seen) -> dict[str, Any]:
    import asyncio

    async def look() -> dict[str, Any]:
        async with running(data, now) as client:
            await client.hub.settled()
            for party in PARTIES.by_id:
                await check_history(client.hub.outbox, party, seen)
            return {party: last_told(await client.alerts(party)) for party in PARTIES.by_id}

    return asyncio.run(look())


async def check_history(outbox: Any, party: str, seen: Seen) -> None:
    """Revisions without gaps, each told once, and as it was read."""
    last: dict[str, int] = {}
    for record in await outbox.read(OUT + party, None, 1 << 20, 0):
        told = json.loads(record.value)
        name, revision = told["alertId"], told["revision"]
        assert revision == last.get(name, 0) + 1, f"{party} {name}: {last.get(name)} → {revision}"
        last[name] = revision
        read = seen.get((party, name, revision))
        assert read is None or json.loads(read) == told


def undisturbed(data: Path, events: Sequence[Event], now: int) -> dict[str, Any]:
    import asyncio

    async def look() -> dict[str, Any]:
        async with running(data, now) as client:
            for _, sent in pieces(events):
                await client.send(sent)
            return {party: last_told(await client.alerts(party)) for party in PARTIES.by_id}

    return asyncio.run(look())


def last_told(views: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What is told, without how often it was told and under which pseudonym."""
    told = {view["alertId"]: view for view in views if view["status"] != "withdrawn"}
    aside = ("revision", "notice", "household")
    return {
        name: {key: value for key, value in view.items() if key not in aside}
        for name, view in told.items()
    }
