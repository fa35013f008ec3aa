"""A gateway on Kafka: facts in, alerts out, over HTTP, from a read model of its own."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from msgspec.structs import replace

from hub.compose.gateway import build
from hub.errors import Misconfigured
from hub.gateway import api_keys, api_keys_on_kafka
from tests.following.site import Caller, Site, patiently, until
from tests.gateway.desk import slug
from tests.gateway.event_source import opened
from tests.streams.world import event, signed

pytestmark = pytest.mark.slow

MAAS, PEEL, WEERT = "corporatie-maas", "corporatie-peel", "gemeente-weert"
REPAIRED = event("damage-repaired", "e", "2024-02-01", cost=1, cause="wear")
OTHERWISE = event("damage-repaired", "e", "2024-02-01", cost=2, cause="wear")


async def test_a_fact_comes_back_as_an_alert(site: Site) -> None:
    async with site.correlating(), site.gateway() as gateway:
        await gateway.send(signed())
        alert = await patiently(gateway.told(WEERT, "intake-missing"))
        assert alert["household"]
        assert await gateway.reasons() == []
        metrics = (await gateway.http.get("/metrics")).text
        assert "seintje_reading_behind_seconds" in metrics
        assert 'seintje_open_alerts{rule="intake-missing"' in metrics


async def test_a_receipt_can_be_read_as_soon_as_it_is_given(site: Site) -> None:
    async with site.gateway() as gateway:
        answers = [await gateway.send(signed(id_=f"l{letter}")) for letter in "abcdefgh"]
        for [receipt_id] in answers:
            assert (await gateway.receipt(receipt_id, MAAS))["status"] == "accepted"


async def test_what_came_before_is_known_at_once(site: Site) -> None:
    async with site.gateway() as gateway:
        [receipt_id] = await gateway.send(REPAIRED)
        again = await gateway.post(REPAIRED, MAAS)
        assert (again.json()["status"], again.json()["receiptId"]) == ("duplicate", receipt_id)
        other = await gateway.post(OTHERWISE, MAAS)
        assert slug(other) == "conflicting-duplicate"


async def test_every_gateway_knows_what_another_took_in(site: Site) -> None:
    async with site.gateway("one") as one, site.gateway("other") as other:
        [receipt_id] = await one.send(REPAIRED)

        async def is_known() -> bool:
            return (await other.get(f"/v1/receipts/{receipt_id}", MAAS)).status_code == 200

        await until(is_known)
        assert (await other.post(REPAIRED, MAAS)).json()["status"] == "duplicate"


async def test_what_correlation_says_is_in_the_receipt(site: Site) -> None:
    async with site.correlating(), site.gateway() as gateway:
        [receipt_id] = await gateway.send(signed())

        async def has_household() -> bool:
            return "household" in await gateway.receipt(receipt_id, MAAS)

        await until(has_household)
        assert (await gateway.post(signed(), MAAS)).json()["status"] == "duplicate"


async def test_a_party_sees_only_itself(site: Site) -> None:
    async with site.correlating(), site.gateway() as gateway:
        [receipt_id] = await gateway.send(signed())
        alert = await patiently(gateway.told(WEERT, "intake-missing"))
        assert slug(await gateway.get(f"/v1/receipts/{receipt_id}", WEERT)) == "not-found"
        assert slug(await gateway.get(f"/v1/alerts/{alert['alertId']}", PEEL)) == "not-found"
        assert await gateway.alerts(PEEL) == []
        assert (await gateway.post(signed(id_="x"), PEEL)).status_code == 403


async def test_an_act_is_told_to_others_and_made_once(site: Site) -> None:
    async with site.correlating(), site.gateway() as gateway:
        await gateway.send(signed())
        alert = await patiently(gateway.told(WEERT, "intake-missing"))
        act = partial(gateway.act, alert["alertId"], "acknowledgement", WEERT, "key-a")
        first, second = await act(), await act()
        assert (first.status_code, second.json()["status"]) == (202, "duplicate")
        assert first.json()["receiptId"] == second.json()["receiptId"]
        later = await patiently(gateway.told(WEERT, "intake-missing", "acknowledged"))
        assert later["revision"] > alert["revision"]


def revoke(site: Site, party: str) -> None:
    with api_keys_on_kafka.editing(site.brokers) as keys:
        assert api_keys.revoke(keys, party, None, 1) == 1


async def is_refused(gateway: Caller, party: str) -> bool:
    return (await gateway.get("/v1/alerts", party)).status_code == 401


async def test_a_key_that_is_revoked_is_refused_by_gateways_that_run(site: Site) -> None:
    async with site.gateway() as gateway:
        assert await gateway.alerts(PEEL) == []

        await asyncio.to_thread(revoke, site, PEEL)
        await until(lambda: is_refused(gateway, PEEL))
        assert await gateway.alerts(MAAS) == []


async def test_alerts_are_followed_by_an_event_stream_over_gateways(site: Site) -> None:
    """What one told last is where another goes on."""
    async with site.correlating(), site.gateway("one") as one, site.gateway("other") as other:
        key = site.keys[WEERT]
        async with opened(one.http, key) as source:
            await one.send(signed())
            first = await patiently(source.next())
        await patiently(other.told(WEERT, "intake-missing"))
        async with opened(other.http, key, first.id) as source:
            alert = first.alert
            await other.act(alert["alertId"], "acknowledgement", WEERT, "key-s")
            found = [first]
            while found[-1].revision != (alert["alertId"], alert["revision"] + 1):
                found.append(await patiently(source.next()))
        revisions = [it.revision for it in found]
        assert len(set(revisions)) == len(revisions)
        rules = {it.alert["rule"] for it in found}
        assert rules == {it["rule"] for it in await other.alerts(WEERT, order="cursor")}


async def test_a_key_that_is_revoked_in_kafka_ends_an_event_stream(site: Site) -> None:
    async with site.gateway() as gateway, opened(gateway.http, site.keys[WEERT]) as source:
        await asyncio.to_thread(revoke, site, WEERT)
        await until(lambda: is_refused(gateway, WEERT))
        await gateway.send(signed())
        async with site.correlating():
            assert await patiently(source.rest()) == []


def test_without_the_key_of_the_hub_no_gateway_starts(site: Site) -> None:
    with pytest.raises(Misconfigured, match="SEINTJE_KEY_FILE"):
        build(replace(site.settings, key_file=None))
