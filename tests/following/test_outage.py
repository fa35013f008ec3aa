"""Kafka goes away and comes back under a gateway: nothing is lost, and it says why it waits."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.streams.kafka.names import Names
from tests.following.site import Caller, Site, patiently, until
from tests.gateway.desk import slug
from tests.kafka.broker import Broker
from tests.streams.world import signed

pytestmark = pytest.mark.slow

MAAS, WEERT = "corporatie-maas", "gemeente-weert"
AWAY = "kafka: does not answer (SEINTJE_KAFKA_BROKERS)"


@pytest.fixture
def site(own_broker: Broker, tmp_path: Path) -> Site:
    return Site(own_broker.connection, Names("seintje"), tmp_path)


async def until_away(gateway: Caller) -> None:
    async def is_away() -> bool:
        return AWAY in await gateway.reasons()

    await until(is_away)


async def test_an_outage_is_told_and_comes_to_an_end(site: Site, own_broker: Broker) -> None:
    async with site.gateway() as gateway:
        [before] = await gateway.send(signed())
        own_broker.kill()
        await until_away(gateway)
        declined = await gateway.post(signed(id_="during"), MAAS)
        assert slug(declined) == "unavailable"
        assert int(declined.headers["retry-after"]) > 0
        assert (await gateway.http.get("/healthz")).status_code == 200
        assert (await gateway.receipt(before, MAAS))["status"] == "accepted"
        own_broker.start()
        await patiently(gateway.hub.ready())

        async def is_ready() -> bool:
            return not await gateway.reasons()

        await until(is_ready)
        [after] = await gateway.send(signed(id_="during"))
        assert (await gateway.receipt(after, MAAS))["status"] == "accepted"
        async with site.correlating():
            assert await patiently(gateway.told(WEERT, "intake-missing"))


async def test_what_cannot_be_logged_is_not_shown(site: Site, own_broker: Broker) -> None:
    """Alerts are read on while Kafka is away; a household, of which a reading is a disclosure, is
    not."""
    async with site.gateway() as gateway:
        async with site.correlating():
            await gateway.send(signed())
            alert = await patiently(gateway.told(WEERT, "intake-missing"))
        path = f"/v1/households/{alert['household']}"
        assert (await gateway.get(path, WEERT)).status_code == 200
        own_broker.kill()
        await until_away(gateway)
        declined = await gateway.get(path, WEERT)
        assert slug(declined) == "unavailable"
        assert alert["alertId"] not in declined.text
        assert alert["alertId"] in [it["alertId"] for it in await gateway.alerts(WEERT)]
        own_broker.start()
        await patiently(gateway.hub.ready())

        async def is_shown() -> bool:
            return (await gateway.get(path, WEERT)).status_code == 200

        await until(is_shown)


async def test_a_gateway_that_starts_without_kafka_waits_for_it(
    site: Site, own_broker: Broker
) -> None:
    own_broker.kill()
    async with site.started_gateway() as gateway:
        assert set(await gateway.reasons()) == {AWAY, "reading: catching up"}
        for answer in (await gateway.post(signed(), MAAS), await gateway.get("/v1/alerts", MAAS)):
            assert slug(answer) == "unavailable"
        own_broker.start()
        await patiently(gateway.hub.ready())
        await gateway.send(signed())
