"""Who delivers is killed, and Kafka goes away under it: every revision arrives, in order, and what
comes again is what was going on."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Final

import pytest
import trustme

from hub.streams.kafka.names import Names
from tests.delivery.hooks import Hook, hook
from tests.following.deliveries import Deliveries, delivering
from tests.following.site import Site, until
from tests.kafka.broker import Broker

pytestmark = pytest.mark.slow

REVISIONS: Final = 120


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@asynccontextmanager
async def deliveries(site: Site) -> AsyncIterator[Deliveries]:
    found = Deliveries(site)
    await found.log.start()
    yield found
    await found.log.close()


def check_history(found: Hook, last: int, most_again: int) -> None:
    taken = [it.position for it in found.taken]
    assert list(dict.fromkeys(taken)) == list(range(1, last + 1))
    assert all(later in (one, one + 1) for one, later in pairwise(taken))
    assert len(taken) <= last + most_again
    assert all(it.id == f"al-{it.position}_{it.position}" for it in found.got)


async def test_killed_at_any_moment_it_loses_nothing_and_keeps_the_order(
    site: Site, tmp_path: Path, ca: trustme.CA, kill_seed: int
) -> None:
    moments, kills = Random(kill_seed), 3
    command = [sys.executable, "-m", "hub", "deliver", "--listen", "127.0.0.1:0"]
    command += ["--data", str(tmp_path / "deliver")]
    async with deliveries(site) as hub, hook(ca) as found:
        await hub.tell(*range(1, REVISIONS + 1))
        await hub.subscribe(found.url)
        with ca.cert_pem.tempfile() as ca_file:
            environ = os.environ | {
                "SEINTJE_KAFKA_BROKERS": site.brokers.connection.brokers,
                "SEINTJE_KAFKA_PREFIX": site.brokers.names.prefix,
                "SEINTJE_KEY_FILE": str(tmp_path / "hub.key"),
                "SEINTJE_ALLOWED_NETWORKS": "127.0.0.0/8",
                "SSL_CERT_FILE": ca_file,
            }
            for number in range(kills + 1):
                process = await asyncio.create_subprocess_exec(
                    *command, env=environ, stdout=asyncio.subprocess.DEVNULL
                )
                try:
                    more = moments.randint(1, REVISIONS // (kills + 1))
                    is_last = number == kills
                    await (hub_done(hub) if is_last else found.came(len(found.got) + more))
                finally:
                    process.send_signal(signal.SIGKILL)
                    await process.wait()
    check_history(found, REVISIONS, kills)


async def hub_done(hub: Deliveries) -> None:
    await until(partial(hub.has_come_to, REVISIONS))


@pytest.fixture
def own_site(own_broker: Broker, tmp_path: Path) -> Site:
    return Site(own_broker.connection, Names("seintje"), tmp_path)


async def test_while_kafka_is_away_it_waits_and_then_goes_on(
    own_site: Site, own_broker: Broker, ca: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ca.cert_pem.tempfile() as ca_file:
        monkeypatch.setenv("SSL_CERT_FILE", ca_file)
        async with deliveries(own_site) as hub, hook(ca) as found:
            role = hub.role()
            async with delivering(role):
                await hub.tell(*range(1, REVISIONS + 1))
                await hub.subscribe(found.url)
                await found.came(20)
                own_broker.kill()

                async def waits() -> bool:
                    await asyncio.sleep(0)
                    return bool(role.obstacles())

                await until(waits)
                own_broker.start()
                await until(partial(hub.has_come_to, REVISIONS))
                assert role.obstacles() == []
    check_history(found, REVISIONS, 1)


async def test_with_nothing_to_deliver_it_says_too_that_kafka_is_away(
    own_site: Site, own_broker: Broker
) -> None:
    async with deliveries(own_site) as hub:
        role = hub.role()

        async def is_ready() -> bool:
            await asyncio.sleep(0.05)
            return not role.obstacles()

        async def says_so() -> bool:
            await asyncio.sleep(0.05)
            return role.obstacles() == ["kafka: does not answer (SEINTJE_KAFKA_BROKERS)"]

        async with delivering(role):
            await until(is_ready)
            own_broker.kill()
            await until(says_so)
            assert role.stalls() == []
            own_broker.start()
            await until(is_ready)
