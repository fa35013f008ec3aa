"""What can keep a worker from its work: it says which setting it is about, waits where waiting
helps, and ends where only a change of settings does."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
import pytest
import trustme

from hub.keys import Keys
from hub.streams.kafka.admin import create
from hub.streams.kafka.administrator import Administrator
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.grants import WORKER, Resource, grants_of_role
from hub.streams.kafka.names import Names
from tests.kafka.broker import Broker
from tests.kafka.cluster import Access
from tests.kafka.registry import Registry
from tests.kafka.workers import Worker
from tests.streams.world import PARTIES

pytestmark = pytest.mark.slow

PATIENCE_S: Final = 60.0
PARTITIONS: Final = 2


def settings_of(folder: Path, names: Names, connection: Connection) -> dict[str, str]:
    """What a worker of this hub is set to; its key and password are in the folder."""
    Keys.load_or_create(folder / "hub.key")
    found = {
        "SEINTJE_KAFKA_BROKERS": connection.brokers,
        "SEINTJE_KAFKA_SECURITY": connection.protocol.lower().replace("_", "-"),
        "SEINTJE_KAFKA_PREFIX": names.prefix,
        "SEINTJE_KAFKA_PARTITIONS": str(PARTITIONS),
        "SEINTJE_KAFKA_SESSION_SECONDS": "6",
        "SEINTJE_KEY_FILE": str(folder / "hub.key"),
    }
    if connection.user is not None:
        (folder / "password").write_text(connection.password or "")
        found |= {
            "SEINTJE_KAFKA_USER": connection.user,
            "SEINTJE_KAFKA_PASSWORD_FILE": str(folder / "password"),
            "SEINTJE_KAFKA_CA": str(connection.ca),
        }
    return found


def make_topics(connection: Connection, names: Names, replicas: int = 1) -> None:
    create(Administrator(connection), names.plans(PARTIES, PARTITIONS), replicas)


@contextmanager
def started(folder: Path, settings: Mapping[str, str]) -> Iterator[Worker]:
    worker = Worker(folder / "worker", settings)
    try:
        worker.start()
        yield worker
    finally:
        worker.kill()


def reasons(worker: Worker) -> str:
    """Why it is not ready, once it says more than that it is not in its groups yet."""
    until, moment = time.monotonic() + PATIENCE_S, threading.Event()
    while time.monotonic() < until and worker.running:
        is_ready, why = worker.ready()
        assert not is_ready
        if any("SEINTJE_" in it for it in why):
            return " ".join(why)
        moment.wait(0.05)
    raise AssertionError(worker.said)


def wait_until_said(worker: Worker, words: str) -> None:
    """What it answers may be ahead of its log."""
    until, moment = time.monotonic() + PATIENCE_S, threading.Event()
    while words not in worker.said:
        assert time.monotonic() < until, worker.said
        moment.wait(0.05)


def last_words(folder: Path, settings: Mapping[str, str]) -> str:
    """What a worker says that ends by itself."""
    with started(folder, settings) as worker:
        worker.wait()
        return worker.said


def test_a_broker_that_is_away_is_waited_for(tmp_path: Path) -> None:
    broker, names = Broker(tmp_path / "broker"), Names("seintje")
    settings = settings_of(tmp_path, names, broker.connection)
    try:
        broker.start()
        make_topics(broker.connection, names)
        broker.kill()
        with started(tmp_path, settings) as worker:
            told = reasons(worker)
            assert told.startswith("SEINTJE_KAFKA_BROKERS — nothing listens on 127.0.0.1:")
            wait_until_said(worker, "SEINTJE_KAFKA_BROKERS")
            assert httpx.get(f"{worker.url}/healthz").status_code == httpx.codes.OK
            broker.start()
            worker.wait_until_ready()
    finally:
        broker.kill()


def test_a_topic_that_is_missing_is_named(
    kafka: Connection, kafka_names: Names, tmp_path: Path
) -> None:
    said = last_words(tmp_path, settings_of(tmp_path, kafka_names, kafka))
    assert f"{kafka_names.prefix}.facts.v1: topic missing, wanted 2 partitions" in said
    assert "seintje topics create" in said


def test_a_registry_that_is_away_is_waited_for(
    kafka: Connection, kafka_names: Names, tmp_path: Path
) -> None:
    make_topics(kafka, kafka_names)
    registry = Registry(tmp_path / "registry")
    confluent = {"SEINTJE_FRAMING": "confluent", "SEINTJE_REGISTRY_URL": registry.url}
    settings = settings_of(tmp_path, kafka_names, kafka) | confluent
    try:
        with started(tmp_path, settings) as worker:
            assert "SEINTJE_REGISTRY_URL" in reasons(worker)
            wait_until_said(worker, "SEINTJE_REGISTRY_URL")
            registry.start()
            worker.wait_until_ready()
    finally:
        registry.kill()


def test_what_the_brokers_deny_is_said_with_who_may_change_it(
    cluster: Access, kafka_names: Names, tmp_path: Path
) -> None:
    make_topics(cluster.admin, kafka_names, 3)
    nobody = cluster.add_user(f"{kafka_names.prefix}-nobody")
    said = last_words(tmp_path, settings_of(tmp_path, kafka_names, nobody))
    assert "not allowed to look" in said
    assert "seintje topics acls" in said
    # All that a worker may, but for transactions.
    grants = grants_of_role(kafka_names, WORKER)
    less = [it for it in grants if it.resource is not Resource.TRANSACTIONAL_ID]
    Administrator(cluster.admin).grant(less, lambda _user: f"User:{nobody.user}")
    said = last_words(tmp_path, settings_of(tmp_path, kafka_names, nobody))
    assert "SEINTJE_KAFKA_USER" in said
    assert "seintje topics acls" in said


def test_who_is_not_let_in_says_with_which_setting(
    cluster: Access, kafka_names: Names, tmp_path: Path
) -> None:
    settings = settings_of(tmp_path, kafka_names, cluster.admin)
    (tmp_path / "password").write_text("another")
    said = last_words(tmp_path, settings)
    assert "SEINTJE_KAFKA_USER, SEINTJE_KAFKA_PASSWORD_FILE — " in said
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    said = last_words(tmp_path, settings | {"SEINTJE_KAFKA_CA": str(tmp_path / "other.pem")})
    assert "SEINTJE_KAFKA_CA — the certificate of 127.0.0.1:" in said
