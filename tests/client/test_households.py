"""Households: found by a reference of one's own, and read by one's own handle."""

from __future__ import annotations

import pytest

from hub.client import Declined
from tests.client.site import Connect, Plan, Site
from tests.gateway.desk import MAAS, PEEL, WEERT
from tests.streams.world import DOSSIER, LEASE, SOURCES, event, quiet_household

DAMAGE = event("damage-reported", "damage", "2024-02-20", category="kitchen", cause="resident")
GONE = event("begeleiding-ended", "gone", "2024-02-10", reason="other")


async def test_a_household_is_found_and_read(connect: Connect, site: Site) -> None:
    sent = [*quiet_household(), GONE, DAMAGE]
    clients = {SOURCES[it]: connect(it) for it in (MAAS, WEERT)}
    for source, client in clients.items():
        await client.publish(*[it for it in sent if it["source"] == source])
    await site.hub.settled()
    gemeente = clients[SOURCES[WEERT]]
    found = await gemeente.lookup_household(**DOSSIER)
    assert found.others == ()
    seen = await gemeente.household(found.household)
    assert (seen.household, seen.gemeente, list(seen.references)) == (
        found.household, "0988", [DOSSIER],
    )  # fmt: skip
    assert {it.alert_id for it in seen.alerts} >= {
        alert_id for it in seen.timeline for alert_id in it.alerts
    }
    assert [it.type for it in seen.timeline if not it.own] == ["damage-reported"]
    assert "gone" in [it.id for it in seen.timeline]
    [begeleiding] = [it for it in seen.states if it.state == "begeleiding"]
    assert begeleiding.from_ < (begeleiding.until or "")
    assert seen.aanspreekpunt is not None
    assert {it.household for it in seen.alerts} == {found.household}


async def test_what_is_not_ones_own_is_declined(connect: Connect) -> None:
    await connect(MAAS).publish(quiet_household()[0])
    peel = connect(PEEL)
    for asked in (
        peel.lookup_household(**LEASE),
        peel.household("hh-" + "a" * 26),
        peel.household("../alerts"),
    ):
        with pytest.raises(Declined) as caught:
            await asked
        assert caught.value.slug == "not-found"


async def test_a_hub_that_cannot_log_it_now_is_asked_again(connect: Connect, site: Site) -> None:
    maas = connect(MAAS)
    await maas.publish(quiet_household()[0])
    await site.hub.settled()
    found = await maas.lookup_household(**LEASE)
    site.plans.append(Plan(503, {"Retry-After": "1"}))
    assert (await maas.household(found.household)).household == found.household
    assert not site.plans
