"""A hub on Kafka under load is watched while workers are killed, a party writes what is no fact,
and the broker goes: each alert fires, reaches who must hear it, and clears after the repair."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from aiokafka import AIOKafkaProducer

from hub.streams.kafka.names import IN, Names
from tests.kafka.broker import Broker
from tests.prometheus.prepare import needed
from tests.watching.load import loaded
from tests.watching.receiving import PARTY
from tests.watching.roles import Role, keys_of_senders, seintje, started
from tests.watching.watch import Watch, target, watching

pytestmark = pytest.mark.slow

HUB: Final = "on-kafka"
PARTITIONS: Final = "3"


class HubOnKafka:
    """Its roles, each in a folder; two workers."""

    def __init__(self, broker: Broker, folder: Path) -> None:
        self.broker = broker
        self.environ = {
            "SEINTJE_KAFKA_BROKERS": broker.connection.brokers,
            "SEINTJE_KAFKA_PARTITIONS": PARTITIONS,
            "SEINTJE_KAFKA_SESSION_SECONDS": "6",
            "SEINTJE_KEY_FILE": str(folder / "hub.key"),
        }
        self.workers = [
            Role(folder / it, "worker", {**self.environ, "SEINTJE_INSTANCE": it})
            for it in ("worker-0", "worker-1")
        ]
        self.gateway = Role(
            folder / "gateway", "gateway", self.environ, "--data", str(folder / "reading")
        )
        self.deliver = Role(
            folder / "deliver", "deliver", self.environ, "--data", str(folder / "following")
        )

    @contextmanager
    def running(self) -> Iterator[None]:
        """All of it, until the block ends."""
        seintje({}, "keys", "create", self.environ["SEINTJE_KEY_FILE"])
        seintje(self.environ, "topics", "create")
        roles = [*self.workers, self.gateway, self.deliver]
        try:
            started(*roles)
            yield
        finally:
            for role in roles:
                role.kill()

    @property
    def jobs(self) -> dict[str, list[dict[str, object]]]:
        return {
            "seintje-worker": [target(HUB, *(it.url for it in self.workers))],
            "seintje-gateway": [target(HUB, self.gateway.url)],
            "seintje-deliver": [target(HUB, self.deliver.url)],
        }


async def test_workers_and_a_broker_that_go_and_what_is_no_fact(
    own_broker: Broker, tmp_path: Path
) -> None:
    needed("prometheus")
    hub = HubOnKafka(own_broker, tmp_path)
    with hub.running():
        keys = await asyncio.to_thread(keys_of_senders, hub.environ)
        with watching(tmp_path / "watch", hub.jobs) as watch:
            async with loaded(hub.gateway.url, keys):
                await asyncio.to_thread(_quiet, watch)
                await asyncio.to_thread(_a_worker_killed, watch, hub)
                await asyncio.to_thread(_all_workers_killed, watch, hub)
                await _publish_nonsense(hub)
                await asyncio.to_thread(_dead_letters, watch, hub)
                await asyncio.to_thread(_no_gateway_and_no_delivery, watch, hub)
                await asyncio.to_thread(_broker_gone, watch, hub)


def _quiet(watch: Watch) -> None:
    """Under load, and without a fault, nobody hears anything."""
    watch.until('sum(seintje_records_total{shard="facts"}) > 200')
    assert watch.firing() == set()
    assert watch.pager.names() == set()


def _a_worker_killed(watch: Watch, hub: HubOnKafka) -> None:
    since, instance = watch.pager.mark(), hub.workers[0].url.removeprefix("http://")
    hub.workers[0].kill()
    told = {"hub": HUB, "job": "seintje-worker", "instance": instance}
    watch.pager.fires("SeintjeProcessDown", "ticket", told, since)
    assert "SeintjeWorkersDown" not in watch.pager.names(since)
    started(hub.workers[0])
    watch.pager.clears("SeintjeProcessDown", "ticket", told, since)


def _all_workers_killed(watch: Watch, hub: HubOnKafka) -> None:
    since = watch.pager.mark()
    for worker in hub.workers:
        worker.kill()
    told = {"hub": HUB, "job": "seintje-worker"}
    heard = watch.pager.fires("SeintjeWorkersDown", "page", told, since)
    assert heard.annotations["runbook_url"].endswith("/SeintjeWorkersDown.md")
    assert hub.gateway.reasons() == []  # facts are accepted all the same
    started(*hub.workers)
    watch.pager.clears("SeintjeWorkersDown", "page", told, since)
    watch.until("max(seintje_oldest_unprocessed_seconds) < 5")


async def _publish_nonsense(hub: HubOnKafka) -> None:
    producer = AIOKafkaProducer(**hub.broker.connection.for_aiokafka())
    await producer.start()
    try:
        await producer.send_and_wait(Names("seintje").topic(IN + PARTY), b"no fact", key=b"k")
    finally:
        await producer.stop()


def _dead_letters(watch: Watch, hub: HubOnKafka) -> None:
    told = {"hub": HUB, "reason": "malformed"}
    watch.pager.fires("SeintjeDeadLetters", "ticket", told)
    [letter] = seintje(hub.environ, "dead-letters", "list", "--state", "open")
    assert letter["reason"] == "malformed"
    at = str(letter["position"])
    seintje(hub.environ, "dead-letters", "dismiss", at, "--why", "the party mends it")
    watch.pager.clears("SeintjeDeadLetters", "ticket", told)


def _no_gateway_and_no_delivery(watch: Watch, hub: HubOnKafka) -> None:
    since, roles = watch.pager.mark(), (hub.gateway, hub.deliver)
    for role in roles:
        role.kill()
    names = ("SeintjeGatewaysDown", "SeintjeDeliverDown")
    for name in names:
        watch.pager.fires(name, "page", {"hub": HUB}, since)
    started(*roles)
    for name in names:
        watch.pager.clears(name, "page", {"hub": HUB}, since)


def _broker_gone(watch: Watch, hub: HubOnKafka) -> None:
    since = watch.pager.mark()
    hub.broker.kill()
    watch.pager.fires("SeintjeBrokerGone", "page", {"hub": HUB}, since)
    assert any("kafka" in it for it in hub.gateway.reasons())
    seintje(hub.environ, "doctor", "--role", "worker", ends=1)
    # what follows from it is told to nobody any more
    for name in ("SeintjeRoleNotReady", "SeintjeIntakeFails"):
        watch.suppresses(name)
    hub.broker.start()
    watch.pager.clears("SeintjeBrokerGone", "page", {"hub": HUB}, since)
    watch.until("min(seintje_ready) == 1")
