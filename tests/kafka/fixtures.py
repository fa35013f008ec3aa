"""What tests get of a real Kafka. Every test folder can ask for these (tests/conftest.py).

`kafka` is one broker for the whole run, shared by all workers of xdist; `cluster` are three with
passwords and ACLs; `registry` is a schema registry. Nobody may harm these, and each test keeps to
its own `kafka_names`. `own_broker` and `own_cluster` belong to one test, which may do to them what
it likes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec
import pytest
from confluent_kafka.admin import AdminClient

from hub.streams.kafka.connection import Connection
from hub.streams.kafka.names import Names
from tests.kafka.broker import Broker
from tests.kafka.cluster import Access, Cluster
from tests.kafka.program import Program
from tests.kafka.registry import Registry
from tests.kafka.sharing import shared_by_all

_NUMBERS: Final = itertools.count(1)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The folder of this run, the same for all workers of xdist."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def kafka(run_folder: Path) -> Iterator[Connection]:
    """How to reach the broker that this run shares. Started by the first who asks."""
    with shared_by_all(run_folder / "kafka", _start_broker) as brokers:
        yield Connection(brokers, "PLAINTEXT")


@pytest.fixture
def kafka_names(worker_id: str, request: pytest.FixtureRequest) -> Iterator[Names]:
    """Topics, groups and transactional ids that no other test has. The topics go with the test:
    what a thousand tests leave is more than one small broker can hold."""
    shared = [it for it in ("kafka", "cluster") if it in request.fixturenames]
    connections = [_administrating(request.getfixturevalue(it)) for it in shared]
    names = Names(f"{worker_id}-{next(_NUMBERS)}")
    yield names
    for connection in connections:
        delete_topics(connection, names.prefix)


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker of this test alone, started."""
    broker = Broker(tmp_path / "broker")
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()


@pytest.fixture(scope="session")
def cluster(run_folder: Path) -> Iterator[Access]:
    """How to reach the three nodes that this run shares. Started by the first who asks."""
    with shared_by_all(run_folder / "cluster", _start_cluster) as access:
        yield msgspec.json.decode(access, type=Access)


@pytest.fixture(scope="session")
def registry(run_folder: Path) -> Iterator[str]:
    """The address of the schema registry that this run shares. Subjects are to be one's own."""
    with shared_by_all(run_folder / "registry", _start_registry) as url:
        yield url


@pytest.fixture
def own_cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Three nodes of this test alone, started."""
    cluster = Cluster(tmp_path / "cluster")
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.kill()


def delete_topics(connection: Connection, prefix: str) -> None:
    """Those of hubs with this prefix, or one that goes on with a dash."""
    client = AdminClient(connection.for_admin())
    ours = [
        it
        for it in client.list_topics(timeout=30).topics
        if it.startswith((f"{prefix}.", f"{prefix}-"))
    ]
    if ours:
        for done in client.delete_topics(ours, request_timeout=30).values():
            done.result()


def _administrating(given: Connection | Access) -> Connection:
    return given.admin if isinstance(given, Access) else given


def _start_broker(folder: Path) -> tuple[str, Sequence[Program]]:
    broker = Broker(folder)
    broker.start()
    return broker.connection.brokers, [broker]


def _start_cluster(folder: Path) -> tuple[str, Sequence[Program]]:
    cluster = Cluster(folder)
    cluster.start()
    return msgspec.json.encode(cluster.access).decode("ascii"), list(cluster.nodes.values())


def _start_registry(folder: Path) -> tuple[str, Sequence[Program]]:
    registry = Registry(folder)
    registry.start()
    return registry.url, [registry]
