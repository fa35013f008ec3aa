"""Subscriptions at gateways on Kafka: what one answered is true for the others, and for one that
starts from nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from ipaddress import ip_network

import pytest
import trustme
from msgspec.structs import replace

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
