"""Subscriptions at gateways on Kafka: what one answered is true for the others, and for one that
starts from nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import trustme
from msgspec.structs import replace

from tests.cli.terminal import seintje
from tests.following.site import Caller, Site, until
from tests.gateway.receiving import HOST, ORIGIN, PATH, consent, trusted
from tests.gateway.subscription_walk import PARTY, begin, end, go_on
from tests.outbound.receivers import receiver

pytestmark = pytest.mark.slow


@pytest.fixture
async def endpoint(site: Site) -> AsyncIterator[str]:
    """A receiver that consents, of a party of this site."""
    ours = (ip_network("127.0.0.0/8"),)
    site.settings = replace(site.settings, allowed_networks=ours, public_url=f"https://{ORIGIN}")
    ca = trustme.CA()
    with trusted(ca):
        async with receiver(ca, HOST, answer=consent()) as found:
            yield f"https://{HOST}:{found.port}/in"


async def test_the_whole_way_of_a_party(site: Site, endpoint: str) -> None:
    async with site.gateway() as gateway:
        made = await begin(gateway.call, endpoint)
        await go_on(gateway.call, made)
        await end(gateway.call, made)


async def test_what_one_gateway_answered_the_others_say_too(site: Site, endpoint: str) -> None:
    async with site.gateway("one") as one, site.gateway("other") as other:
        made = await begin(one.call, endpoint)
        await until_same(one, other, made["id"])
        path = f"{PATH}/{made['id']}"
        assert (await other.call("POST", f"{path}/pause", PARTY)).status_code == 200
        await until_same(other, one, made["id"])
        secret = (await other.call("POST", f"{path}/secret", PARTY)).json()["secret"]
        assert secret != made["secret"]
        before = (await one.get(PATH, PARTY)).json()
    async with site.gateway("from-nothing") as late:
        told = (await late.get(PATH, PARTY)).json()
        assert [it["status"] for it in told["subscriptions"]] == ["paused"]
        assert "formerKeyUntil" in told["subscriptions"][0]
        assert before["subscriptions"][0].keys() <= told["subscriptions"][0].keys()
        await end(late.call, made)


async def until_same(one: Caller, other: Caller, id_: str) -> None:
    said = (await one.get(f"{PATH}/{id_}", PARTY)).json()

    async def is_same() -> bool:
        return bool((await other.get(f"{PATH}/{id_}", PARTY)).json() == said)

    await until(is_same)


async def test_what_an_operator_orders_is_true_at_the_gateways(
    site: Site, endpoint: str, tmp_path: Path
) -> None:
    environ = {
        "SEINTJE_KAFKA_BROKERS": str(site.settings.kafka_brokers),
        "SEINTJE_KAFKA_PREFIX": site.settings.kafka_prefix,
        "SEINTJE_KEY_FILE": str(site.settings.key_file),
        "SEINTJE_ALLOWED_NETWORKS": "127.0.0.0/8",
        "SEINTJE_PUBLIC_URL": f"https://{ORIGIN}",
    }
    file = tmp_path / "subscription.json"
    file.write_text(json.dumps({"endpoint": endpoint}))

    async def row(*words: str | Path) -> Any:
        ran = await asyncio.to_thread(seintje, "subscriptions", *words, **environ)
        assert ran.code == 0, ran.err
        return ran.rows[0]

    async with site.gateway() as gateway:
        id_ = (await row("add", PARTY, file))["id"]
        for words, status in ((("pause", id_), "paused"), (("resume", id_), "active")):
            assert (await row(*words))["status"] == status

            async def is_known(status: str = status) -> bool:
                told = (await gateway.get(f"{PATH}/{id_}", PARTY)).json()
                return bool(told.get("status") == status)

            await until(is_known)
        rotated = await gateway.call("POST", f"{PATH}/{id_}/secret", PARTY)
        assert rotated.status_code == 200
        assert (await row("verify", id_))["rate"] == 120
        assert (await row("remove", id_))["removed"]
