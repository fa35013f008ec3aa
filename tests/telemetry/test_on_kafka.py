"""A worker, a gateway and who delivers, each a process: one trace goes through all of them, and
none of them lets anything out."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import trustme

from hub.gateway import api_keys, api_keys_on_kafka
from hub.keys import Keys
from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.names import IN, Names
from hub.streams.kafka.streams import KafkaLog
from hub.streams.seam import Emit
from hub.telemetry.spans import Context
from tests.cli.terminal import environment, seintje
from tests.delivery.hooks import Hook, hook
from tests.gateway.receiving import consent
from tests.kafka.broker import free_ports
from tests.streams.world import CORPORATIE, GEMEENTE, PARTIES, signed
from tests.telemetry.collector import Collector, Told, collecting
from tests.telemetry.night import (
    BSN,
    TOKEN,
    bad_events,
    by_party,
    events_in,
    good_events,
    region,
    telling,
)
from tests.telemetry.scanning import Scan, needles

pytestmark = pytest.mark.slow

CALLER: Final = Context("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")
ON_TOPIC: Final = Context("5bf92f3577b34da6a3ce929d0e0e4737", "a0f067aa0ba902b7")


class Site:
    """Topics, keys of parties, and what each process let out."""

    def __init__(self, kafka: Connection, names: Names, folder: Path) -> None:
        self.folder = folder
        self.brokers = Brokers(kafka, names)
        Keys.load_or_create(folder / "hub.key")
        self.settings = {
            "SEINTJE_KAFKA_BROKERS": kafka.brokers,
            "SEINTJE_KAFKA_PREFIX": names.prefix,
            "SEINTJE_KAFKA_PARTITIONS": "2",
            "SEINTJE_KEY_FILE": str(folder / "hub.key"),
            "SEINTJE_LOG_LEVEL": "debug",
            "SEINTJE_CLOCK": "from:2024-03-01T12:00:00Z,x60",
            "SEINTJE_ALLOWED_NETWORKS": "127.0.0.0/8",
            "SEINTJE_PUBLIC_URL": "https://hub.example.nl",
        }
        assert seintje("topics", "create", **self.settings).code == 0
        with api_keys_on_kafka.editing(self.brokers) as editing:
            self.keys = {it: api_keys.create(editing, it, 0).secret for it in PARTIES.by_id}
        self.emitted: dict[str, str] = {}
        self.sent: list[object] = []
        self.metrics = ""

    @contextmanager
    def running(self, role: str, *words: str | Path) -> Iterator[dict[str, Any]]:
        """A role as a process; what it says first."""
        log = self.folder / f"{role}.stderr"
        with log.open("wb") as err:
            process = subprocess.Popen(
                [sys.executable, "-m", "hub", role, *map(str, words)],
                env=environment(**self.settings),
                stdout=subprocess.PIPE,
                stderr=err,
                text=True,
            )
            assert process.stdout is not None
            first = process.stdout.readline()
            assert first, log.read_text()
            try:
                yield json.loads(first)
            finally:
                process.terminate()
                rest, _ = process.communicate(timeout=60)
        self.emitted[f"stdout of {role}"] = rest
        self.emitted[f"stderr of {role}"] = log.read_text()

    @contextmanager
    def all_running(self) -> Iterator[httpx.Client]:
        """Worker, gateway and who delivers, all ready; a client of the gateway."""
        [port] = free_ports(1)
        with ExitStack() as undo:
            enter = undo.enter_context
            worker = enter(self.running("worker", "--listen", f"127.0.0.1:{port}"))
            gateway = enter(self.running("gateway", "--data", self.folder / "reading", *ANY_PORT))
            deliver = enter(self.running("deliver", "--data", self.folder / "deliver", *ANY_PORT))
            client = enter(httpx.Client(timeout=60))
            for told in (worker, gateway, deliver):
                url = told["metrics"].removesuffix("/metrics")
                while not _is_ready(client, url):
                    pass
            client.base_url = httpx.URL(gateway["api"].removesuffix("/v1"))
            yield client

    def call(self, client: httpx.Client, method: str, path: str, party: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.keys[party]}", **more.pop("headers", {})}
        return client.request(method, path, headers=headers, **more)

    def post(self, client: httpx.Client, events: Sequence[object], traceparent: str = "") -> None:
        for party, theirs in by_party(events).items():
            self.sent += theirs
            headers = {"content-type": "application/cloudevents-batch+json"}
            headers |= {"traceparent": traceparent} if traceparent else {}
            body = json.dumps(theirs).encode()
            answer = self.call(client, "POST", "/v1/events", party, content=body, headers=headers)
            assert answer.status_code in (202, 400), answer.text

    async def publish(self, party: str, *events: object, traceparent: str = "") -> None:
        """As a party that writes to its own topic."""
        self.sent += events
        headers = {"content-type": b"application/cloudevents+json"}
        headers |= {"traceparent": traceparent.encode()} if traceparent else {}
        stream = IN + party
        log = KafkaLog(self.brokers)
        await log.start()
        try:
            emits = [Emit(stream, b"", json.dumps(it).encode(), headers) for it in events]
            await log.append(stream, emits)
        finally:
            await log.close()

    def subscribe(self, client: httpx.Client, endpoint: str) -> str:
        made = self.call(client, "POST", "/v1/subscriptions", GEMEENTE, json={"endpoint": endpoint})
        assert made.status_code == 201, made.text
        secret: str = made.json()["secret"]
        return secret


ANY_PORT: Final = ("--listen", "127.0.0.1:0")


def _is_ready(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(f"{url}/readyz").status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as found:
        yield found


@pytest.fixture
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def site(
    kafka: Connection, kafka_names: Names, tmp_path: Path, collector: Collector, ca: trustme.CA
) -> Iterator[Site]:
    with ca.cert_pem.tempfile() as file:
        found = Site(kafka, kafka_names, tmp_path)
        found.settings |= {"SEINTJE_OTLP_URL": collector.url, "SSL_CERT_FILE": file}
        yield found


def of(spans: Sequence[Told], trace_id: str, role: str, name: str) -> list[Told]:
    return [it for it in spans if (it.trace_id, it.role, it.name) == (trace_id, role, name)]


async def test_one_trace_goes_through_all_processes_and_nothing_of_anybody_gets_out(
    site: Site, collector: Collector, ca: trustme.CA
) -> None:
    async with hook(ca, lambda got: consent("*") if got.method == "OPTIONS" else TAKEN) as found:
        await asyncio.to_thread(_told_all, site, collector, found)
    spans = collector.spans
    [call] = of(spans, CALLER.trace_id, "gateway", "POST /v1/events")
    [send] = of(spans, CALLER.trace_id, "gateway", "send facts")
    [work] = of(spans, CALLER.trace_id, "worker", "process facts")
    hooks = of(spans, CALLER.trace_id, "deliver", "POST webhook")
    assert (call.parent, send.parent, work.parent) == (
        CALLER.span_id,
        call.span_id,
        send.span_id,
    )
    assert hooks
    assert {it.parent for it in hooks} == {work.span_id}
    assert (send.trace_id, send.span_id) in work.links
    sent = {it.headers.get("traceparent") for it in found.taken}
    assert {f"00-{it.trace_id}-{it.span_id}-01" for it in hooks} <= sent

    [taken] = of(spans, ON_TOPIC.trace_id, "worker", "process in")
    assert taken.parent == ON_TOPIC.span_id
    assert any(
        (ON_TOPIC.trace_id, ON_TOPIC.span_id) in it.links for it in spans if it.name == "process in"
    )
    works = of(spans, ON_TOPIC.trace_id, "worker", "process facts")
    assert {it.parent for it in works} == {taken.span_id}
    _scan(site, collector)


TAKEN: Final = b"HTTP/1.1 204 No Content\r\n\r\n"


def _told_all(site: Site, collector: Collector, found: Hook) -> None:
    with site.all_running() as client:
        endpoint = found.url.replace("/hook", f"/{TOKEN}")
        site.keys["secret"] = site.subscribe(client, endpoint)
        site.post(client, [telling(signed())], CALLER.traceparent)
        collector.wait_for(lambda all_: bool(of(all_, CALLER.trace_id, "deliver", "POST webhook")))
        late = good_events()[2]
        asyncio.run(site.publish(GEMEENTE, late, traceparent=ON_TOPIC.traceparent))
        collector.wait_for(
            lambda all_: bool(of(all_, ON_TOPIC.trace_id, "worker", "process facts"))
        )
        asyncio.run(site.publish(CORPORATIE, *bad_events()))
        site.post(client, [*bad_events(), *events_in(region())[:100]])
        site.metrics = client.get("/metrics").text


def _scan(site: Site, collector: Collector) -> None:
    scan = Scan(needles(site.sent, BSN, TOKEN, *site.keys.values()))
    for where, text in site.emitted.items():
        scan.lines(where, text)
    scan.metrics(site.metrics)
    scan.spans(collector.bodies)
    assert scan.hits == []
    assert "facts refused, kept as dead letters" in site.emitted["stderr of worker"]
    assert '"trace_id"' in site.emitted["stderr of gateway"]
