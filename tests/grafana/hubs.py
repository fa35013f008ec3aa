"""Hubs that run as they do for operators: processes of their own, with a Prometheus that scrapes
them, under load. In one process, and on Kafka with each role as a process."""

from __future__ import annotations

import asyncio
import shutil
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import httpx
import trustme
from msgspec import Struct

from hub.agreement_files import load
from hub.domain.parties import Parties
from hub.gateway import api_keys, api_keys_on_kafka
from hub.keys import Keys
from hub.shipped import shipped
from hub.streams.kafka import admin
from hub.streams.kafka.administrator import Administrator
from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.names import Names
from hub.telemetry.family import Role
from tests.delivery.hooks import hook
from tests.grafana.load import Site, loaded, receiver
from tests.grafana.scraping import Prometheus, Target, scraping
from tests.kafka.broker import LOOPBACK, free_ports
from tests.kafka.program import Program

PATIENCE_S: Final = 60.0
SESSION_S: Final = 6
PARTITIONS: Final = 3

_ROLES: Final = ("worker", "gateway", "deliver")
_SAYS_FIRST: Final = '"metrics"'
_FEEDS: Final = """
    feeds:
      - {types: [rent-missed, rent-paid], grace: 2 d}
"""


class Watched(Struct, frozen=True):
    """A hub that was under load for a while, still running: who saw it, from when on, and which
    roles it has."""

    prometheus: Prometheus
    since: float
    until: float
    roles: frozenset[Role]


class Started(Program):
    """One process of a hub."""

    def __init__(self, folder: Path, words: Sequence[str], settings: Mapping[str, str]) -> None:
        environ = [f"{name}={value}" for name, value in settings.items()]
        program = [sys.executable, "-u", "-m", "hub", *words]
        super().__init__(folder, ["/usr/bin/env", *environ, *program], _SAYS_FIRST)


@asynccontextmanager
async def embedded(folder: Path, seconds: float) -> AsyncIterator[Watched]:
    """`seintje run`."""
    ca, data, [port] = trustme.CA(), folder / "data", free_ports(1)
    folder.mkdir(exist_ok=True)
    agreements = with_feeds(folder / "agreements")
    with ca.cert_pem.tempfile() as trusted:
        settings = _of_delivery(folder, ca, trusted) | {
            "SEINTJE_DATA": str(data),
            "SEINTJE_BACKUPS": str(folder / "backups"),
            "SEINTJE_LISTEN": f"{LOOPBACK}:{port}",
            "SEINTJE_AGREEMENTS": str(agreements),
        }
        hub = Started(folder / "run", ["run", "--json"], settings)
        await asyncio.to_thread(hub.start)
        try:
            _, parties = load(agreements)
            with api_keys.editing(data) as keys:
                made = {it: api_keys.create(keys, it, 0).secret for it in parties.by_id}
            site = Site(f"http://{LOOPBACK}:{port}", parties, made)
            targets = [Target("seintje-run", f"{LOOPBACK}:{port}")]
            async with _watched(folder, ca, site, targets, seconds) as found:
                yield found
        finally:
            await asyncio.to_thread(hub.stop)


@asynccontextmanager
async def on_kafka(
    folder: Path, kafka: Connection, names: Names, seconds: float, *, loses_a_worker: bool = False
) -> AsyncIterator[Watched]:
    """A worker, a gateway and who delivers, each a process; `loses_a_worker` has one worker more,
    that is killed halfway."""
    ca, agreements = trustme.CA(), with_feeds(folder / "agreements")
    _, parties = load(agreements)
    made = await asyncio.to_thread(_prepared, Brokers(kafka, names, SESSION_S), folder, parties)
    with ca.cert_pem.tempfile() as trusted:
        settings = _of_delivery(folder, ca, trusted) | {
            "SEINTJE_KAFKA_BROKERS": kafka.brokers,
            "SEINTJE_KAFKA_PREFIX": names.prefix,
            "SEINTJE_KAFKA_PARTITIONS": str(PARTITIONS),
            "SEINTJE_KAFKA_SESSION_SECONDS": str(SESSION_S),
            "SEINTJE_KEY_FILE": str(folder / "hub.key"),
            "SEINTJE_AGREEMENTS": str(agreements),
        }
        async with AsyncExitStack() as undo:
            roles = ("worker", *_ROLES) if loses_a_worker else _ROLES
            started = [await _started(undo, folder, it, settings) for it in roles]
            targets = [target for _, target in started]
            for it in targets:
                await _until_it_is_ready(it)
            if loses_a_worker:
                losing = asyncio.create_task(_lose(started[0][0], seconds / 2))
                undo.callback(losing.cancel)
            [gateway] = [it for it in targets if it.job == "seintje-gateway"]
            site = Site(f"http://{gateway.address}", parties, made)
            yield await undo.enter_async_context(_watched(folder, ca, site, targets, seconds))


def _prepared(brokers: Brokers, folder: Path, parties: Parties) -> dict[str, str]:
    """Topics and the key of a hub; the API key of each party."""
    admin.create(Administrator(brokers.connection), brokers.names.plans(parties, PARTITIONS), 1)
    Keys.load_or_create(folder / "hub.key")
    with api_keys_on_kafka.editing(brokers) as keys:
        return {it: api_keys.create(keys, it, 0).secret for it in parties.by_id}


async def _started(
    undo: AsyncExitStack, folder: Path, role: str, settings: Mapping[str, str]
) -> tuple[Started, Target]:
    [port] = free_ports(1)
    own = folder / f"{role}-{port}"
    words = [role, "--json", "--listen", f"{LOOPBACK}:{port}"]
    hub = Started(own, words, {**settings, "SEINTJE_DATA": str(own / "data")})
    undo.push_async_callback(asyncio.to_thread, hub.stop)
    await asyncio.to_thread(hub.start)
    return hub, Target(f"seintje-{role}", f"{LOOPBACK}:{port}")


async def _lose(worker: Started, after: float) -> None:
    await asyncio.sleep(after)
    await asyncio.to_thread(worker.kill)


async def _until_it_is_ready(target: Target) -> None:
    async with (
        asyncio.timeout(PATIENCE_S),
        httpx.AsyncClient(base_url=f"http://{target.address}", trust_env=False) as http,
    ):
        while True:
            with suppress(httpx.TransportError):
                if (await http.get("/readyz")).status_code == httpx.codes.OK:
                    return
            await asyncio.sleep(0.1)


def with_feeds(folder: Path) -> Path:
    """The agreements of Seintje, with a party that promised to be complete."""
    shutil.copytree(shipped("agreements"), folder)
    file = folder / "parties.yaml"
    lines = file.read_text("utf-8").splitlines(keepends=True)
    at = next(i for i, it in enumerate(lines) if it.strip().startswith("contact:"))
    lines.insert(at + 1, _FEEDS.lstrip("\n"))
    file.write_text("".join(lines), "utf-8")
    return folder


def _of_delivery(folder: Path, ca: trustme.CA, trusted: str) -> dict[str, str]:
    """So that a receiver on this machine may be called, and both are believed."""
    own = folder / "client.pem"
    until = datetime.now(UTC) + timedelta(days=90)
    ca.issue_cert("hub.example", not_after=until).private_key_and_cert_chain_pem.write_to_path(own)
    return {
        "SEINTJE_CLIENT_CERTIFICATE": str(own),
        "SEINTJE_CLIENT_KEY": str(own),
        "SEINTJE_ALLOWED_NETWORKS": "127.0.0.0/8",
        "SEINTJE_PUBLIC_URL": "https://hub.example/",
        "SSL_CERT_FILE": trusted,
    }


@asynccontextmanager
async def _watched(
    folder: Path, ca: trustme.CA, site: Site, targets: Sequence[Target], seconds: float
) -> AsyncIterator[Watched]:
    async with hook(ca, receiver()) as found:
        with scraping(folder / "prometheus", targets) as prometheus:
            await _until_it_is_up(prometheus)
            since = time.time()
            await loaded(site, found.url, seconds)
            yield Watched(prometheus, since, time.time(), _roles(targets))


def _roles(targets: Sequence[Target]) -> frozenset[Role]:
    return frozenset(Role(it.job.removeprefix("seintje-")) for it in targets)


async def _until_it_is_up(prometheus: Prometheus) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await asyncio.to_thread(prometheus.is_up):
            await asyncio.sleep(0.1)
