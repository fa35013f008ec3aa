"""A gateway on Kafka: facts in, alerts out, over HTTP, from a read model of its own."""

from __future__ import annotations

from tests.following.site import Site, patiently
from tests.streams.world import signed

MAAS, WEERT = "corporatie-maas", "gemeente-weert"


async def test_a_fact_comes_back_as_an_alert(site: Site) -> None:
    async with site.correlating(), site.gateway() as gateway:
        [receipt_id] = await gateway.send(signed())
        assert (await gateway.receipt(receipt_id, MAAS))["status"] == "accepted"
        alert = await patiently(gateway.told(WEERT, "intake-missing"))
        assert alert["household"]
        assert await gateway.reasons() == []
