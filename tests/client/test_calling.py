"""Acts and receipts: said once however often it is sent, and looked up."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hub.client import Alert, AsyncClient, Declined
from tests.client.site import Connect, Naps, Plan, Site, repaired
from tests.gateway.desk import MAAS, ONDERDAK, WEERT
from tests.streams.world import SOURCES, signed

NOBODYS = "al-" + "a" * 26


async def alert_of(site: Site, connect: Connect, rule: str = "begeleiding-missing") -> Alert:
    await connect(MAAS).publish(signed())
    await site.hub.settled()
    [found] = [it async for it in connect(ONDERDAK).catch_up() if it.rule == rule]
    return found


async def status_of(site: Site, client: AsyncClient) -> list[str]:
    """The status of what changed since."""
    await site.hub.settled()
    return [it.status async for it in client.catch_up()]


async def test_acts_change_the_alert(connect: Connect, site: Site) -> None:
    alert = await alert_of(site, connect)
    gemeente = connect(WEERT)
    before = [it async for it in gemeente.catch_up()]
    assert before
    assert (await gemeente.acknowledge(alert.alert_id)).status == "accepted"
    assert await status_of(site, gemeente) == ["acknowledged"]
    await gemeente.agree_approach(alert.alert_id, "joint-home-visit", date(2024, 4, 1))
    assert await status_of(site, gemeente) == ["agreed"]
    await gemeente.close_alert(alert.alert_id, "solved")
    assert await status_of(site, gemeente) == ["closed"]


async def test_an_act_whose_answer_was_lost_counts_once(connect: Connect, site: Site) -> None:
    alert = await alert_of(site, connect)
    site.plans.append(Plan(504, kept=True))
    act = await connect(WEERT).acknowledge(alert.alert_id)
    assert act.status == "duplicate"


async def test_with_a_key_of_ones_own_it_counts_once_also_when_said_again(
    connect: Connect, site: Site
) -> None:
    alert = await alert_of(site, connect)
    gemeente = connect(WEERT)
    first = await gemeente.close_alert(alert.alert_id, "solved", key="closed-77")
    again = await gemeente.close_alert(alert.alert_id, "solved", key="closed-77")
    assert (again.receipt_id, again.status) == (first.receipt_id, "duplicate")
    with pytest.raises(Declined) as caught:
        await gemeente.close_alert(alert.alert_id, "other", key="closed-77")
    assert caught.value.slug == "conflicting-duplicate"


async def test_an_act_that_says_nothing_the_hub_can_read_is_declined(
    connect: Connect, site: Site, naps: Naps
) -> None:
    alert = await alert_of(site, connect)
    with pytest.raises(Declined) as caught:
        await connect(WEERT).close_alert(alert.alert_id, "they left")
    assert (caught.value.slug, caught.value.status) == ("schema-violation", 400)
    assert [it.path for it in caught.value.violations] == ["data.outcome"]
    assert "they left" not in str(caught.value)
    assert naps.taken == []


async def test_an_alert_of_nobody_is_not_there(connect: Connect) -> None:
    with pytest.raises(Declined, match="404 not-found"):
        await connect(WEERT).acknowledge(NOBODYS)


async def test_a_receipt_is_found_by_its_id_and_by_that_of_the_event(
    client: AsyncClient, site: Site
) -> None:
    [outcome] = await client.publish(repaired("order 7/a"))
    assert outcome.receipt_id is not None
    await site.hub.settled()
    found = await client.receipt(outcome.receipt_id)
    assert found == await client.receipt_of(SOURCES[MAAS], "order 7/a")
    assert (found.id, found.type) == ("order 7/a", "damage-repaired")


async def test_a_receipt_that_is_settled_says_where_the_fact_went(
    client: AsyncClient, site: Site, naps: Naps
) -> None:
    [outcome] = await client.publish(signed())
    assert outcome.receipt_id is not None
    naps.meanwhile[1] = site.hub.settled
    found = await client.settled_receipt(outcome.receipt_id)
    assert found.household is not None
    assert found.household.startswith("hh-")


async def test_one_that_waits_for_its_household_is_settled_too(
    client: AsyncClient, site: Site
) -> None:
    [outcome] = await client.publish(repaired("a"))
    assert outcome.receipt_id is not None
    await site.hub.settled()
    assert (await client.settled_receipt(outcome.receipt_id)).status == "waiting"


async def test_waiting_for_a_receipt_ends(client: AsyncClient, naps: Naps) -> None:
    with pytest.raises(Declined, match="404 not-found"):
        await client.settled_receipt("rc-" + "a" * 26, wait_seconds=10)
    assert naps.taken == [0.25, 0.5, 1.0, 2.0, 4.0, 2.25]


async def test_without_a_state_file_acts_and_receipts_can_be_asked_for(
    site: Site, tmp_path: Path
) -> None:
    async with AsyncClient(site.address, site.keys[WEERT]) as client:
        with pytest.raises(Declined):
            await client.receipt("rc-" + "a" * 26)
