"""What a hub lets out in a whole night holds nothing of anybody."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import trustme

from hub.telemetry.logs import LOGGED
from tests.delivery.hooks import hook
from tests.telemetry.collector import PATIENCE_SECONDS, Collector, collecting
from tests.telemetry.night import BSN, TOKEN, TROUBLED, Night, good_events, receiver
from tests.telemetry.scanning import Scan, needles

pytestmark = pytest.mark.slow


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as found:
        yield found


async def spent(night: Night, ca: trustme.CA) -> str:
    """The whole night; what `/metrics` says at its end."""
    async with hook(ca, receiver()) as found:
        endpoint = found.url.replace("/hook", f"/{TOKEN}")
        return await asyncio.to_thread(_spent, night, endpoint)


def _spent(night: Night, endpoint: str) -> str:
    with night.running() as client:
        night.make_keys()
        night.subscribe(client, endpoint)
        night.publish(client)
        night.misbehave(client)
        assert len(night.look_at_pages()) > 3
        _until_delivered(client)
        metrics = _metrics(client)
    night.look_around()
    return metrics


def _until_delivered(client: httpx.Client) -> None:
    """Attempts were made of every kind that the receiver knows."""
    wanted = {"server-error", "rejected", "redirected", "throttled"}
    until = time.monotonic() + PATIENCE_SECONDS
    while any(f'attempts_total{{reason="{it}"}} 0.0' in _metrics(client) for it in wanted):
        assert time.monotonic() < until, "in vain"


def _metrics(client: httpx.Client) -> str:
    return client.get("/metrics").text


def scanned(night: Night, metrics: str, collector: Collector) -> Scan:
    scan = Scan(needles(night.sent, BSN, *night.secrets))
    for where, text in night.emitted.items():
        scan.lines(where, text)
    scan.metrics(metrics)
    scan.spans(collector.bodies)
    return scan


def settings(collector: Collector, ca_file: str) -> dict[str, str]:
    return {
        "SEINTJE_OTLP_URL": collector.url,
        "SEINTJE_ALLOWED_NETWORKS": "127.0.0.0/8",
        "SEINTJE_PUBLIC_URL": "https://hub.example.nl",
        "SSL_CERT_FILE": ca_file,
    }


async def test_nothing_of_anybody_gets_out(tmp_path: Path, collector: Collector) -> None:
    ca = trustme.CA()
    with ca.cert_pem.tempfile() as file:
        night = Night(tmp_path, TROUBLED, **settings(collector, file))
        metrics = await spent(night, ca)
    scan = scanned(night, metrics, collector)
    assert scan.hits == []
    logged = night.emitted["stderr of run"]
    for told in (
        "fact offered",
        "facts refused",
        "fact failed, kept as dead letter",
        "subscription changed",
        "not delivered",
        "revision put aside as a dead letter",
        "starting",
        "stopped",
    ):
        assert told in logged  # or the night was too quiet to tell
    lines = [json.loads(line) for line in logged.splitlines()]
    assert {key for line in lines for key in line} <= LOGGED
    assert any("trace_id" in line for line in lines)
    assert len({it.name for it in collector.spans}) > 5


async def test_a_hub_that_leaks_is_found_out(tmp_path: Path, collector: Collector) -> None:
    ca = trustme.CA()
    with ca.cert_pem.tempfile() as file:
        night = Night(tmp_path, TROUBLED, LEAK="yes", **settings(collector, file))
        with night.running() as client:
            night.make_keys()
            night.post(client, good_events()[:2], "corporatie-maas")
    scan = scanned(night, "", collector)
    assert scan.hits
    assert all(it.startswith("stderr of run") for it in scan.hits)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param('{"event": "x", "says": "lease L-1234 is gone"}', id="a reference"),
        pytest.param('{"event": "x", "says": "0988200000000001"}', id="an address"),
        pytest.param('{"event": "x", "frames": ["A. de Vries"]}', id="a name"),
        pytest.param('{"event": "x", "where": "https://10.0.0.1/secret-path"}', id="a receiver"),
        pytest.param('{"event": "x", "says": "hh-abcdefghijklmnopqrstuvwxyz"}', id="a handle"),
        pytest.param(f'{{"event": "x", "position": {BSN}}}', id="a BSN as a number"),
        pytest.param('{"event": "x", "says": "tel. 111222333"}', id="a BSN of somebody else"),
        pytest.param("Traceback: KeyError: 'L-1234'", id="a line that is no JSON"),
    ],
)
def test_whatever_leaks_is_found(line: str) -> None:
    said = {
        "id": "e-1234",
        "data": {
            "references": [{"value": "L-1234"}, {"value": "0988200000000001"}],
            "name": "A. de Vries",
        },
    }
    scan = Scan(needles([said], BSN, "secret-path"))
    scan.lines("log", line)
    assert scan.hits
    assert not any(text in hit for hit in scan.hits for text in ("L-1234", "de Vries", BSN))


def test_what_may_be_said_is_no_leak() -> None:
    scan = Scan(needles([{"id": "e-1234", "data": {"references": [{"value": "L-1234"}]}}]))
    trace = "00000000000000000000000123456782abc"[-32:]
    scan.lines("log", f'{{"event": "fact offered", "trace_id": "{trace}", "position": 41234}}')
    scan.metrics('seintje_facts_total{type="rent-missed"} 123456782.0\nup 111222333\n')
    assert scan.hits == []
    assert scan.looked_at
