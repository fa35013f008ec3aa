"""What tests get of a real Kafka. Every test folder can ask for these (tests/conftest.py).

`kafka` is one broker for the whole run, shared by all workers of xdist; nobody may harm it, and
each test keeps to its own `kafka_names`. `own_broker` belongs to one test, which may do to it what
it likes.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from hub.streams.kafka.connection import Connection
from hub.streams.kafka.names import Names
from tests.kafka.broker import LOOPBACK, Broker
from tests.kafka.jars import only_one
from tests.kafka.program import Hold

_NUMBERS: Final = itertools.count(1)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Connection]:
    """How to reach the broker that this run shares. Started by the first who asks."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "kafka"
    with only_one(folder.with_suffix(".lock")):
        port, let_go = _shared(folder)
    yield Connection(f"{LOOPBACK}:{port}", "PLAINTEXT")
    let_go()


@pytest.fixture
def kafka_names(worker_id: str) -> Names:
    """Topics, groups and transactional ids that no other test has."""
    return Names(f"{worker_id}-{next(_NUMBERS)}")


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker of this test alone, started."""
    broker = Broker(tmp_path / "broker")
    broker.start()
    yield broker
    broker.kill()


def _shared(folder: Path) -> tuple[int, Callable[[], None]]:
    """Its port, and how to let go of it. It lasts until nobody holds it any more."""
    port = folder / "port"
    try:
        held = Hold(folder)
    except ProcessLookupError:
        shutil.rmtree(folder, ignore_errors=True)
        broker = Broker(folder)
        broker.start()
        port.write_text(str(broker.port), "ascii")
        return broker.port, broker.let_go
    return int(port.read_text("ascii")), held.let_go
