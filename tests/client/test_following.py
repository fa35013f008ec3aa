"""Following: every alert at least once, its place kept when it was dealt with, never backwards."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from hub.client import Alert, AsyncClient, Declined, Unavailable
from hub.domain.sharing import View
from tests.client.site import Connect, Naps, Site
from tests.gateway.desk import MAAS, WEERT
from tests.streams.world import event, signed


class Interrupted(Exception):
    """What ends the loop of a caller."""


async def caught_up(client: AsyncClient) -> list[Alert]:
    return [alert async for alert in client.catch_up()]


async def dealt_with(alerts: AsyncIterator[Alert], number: int) -> list[Alert]:
    """So many alerts; what the caller does with the one after them fails."""
    found: list[Alert] = []
    with suppress(Interrupted):
        async for alert in alerts:
            if len(found) == number:
                raise Interrupted
            found.append(alert)
    return found


def ids(alerts: Sequence[Alert]) -> list[str]:
    return [alert.alert_id for alert in alerts]


async def send(site: Site, client: AsyncClient, *events: object) -> None:
    """Published by the corporatie, and looked at."""
    outcomes = await client.publish(*events)  # type: ignore[arg-type]  # events of tests
    assert {it.status for it in outcomes} == {"accepted"}
    await site.hub.settled()


async def test_each_alert_is_handed_out_once(connect: Connect, site: Site) -> None:
    await send(site, connect(MAAS), signed())
    gemeente = connect(WEERT)
    found = await caught_up(gemeente)
    assert len(found) == len(set(ids(found))) > 2
    assert {(it.status, it.gemeente, it.part) for it in found} == {("open", "0988", "acts")}
    assert await caught_up(gemeente) == []


async def test_another_process_goes_on_where_the_last_one_was(connect: Connect, site: Site) -> None:
    await send(site, connect(MAAS), signed())
    gemeente = connect(WEERT)
    every = ids(await caught_up(gemeente))
    await gemeente.acknowledge(every[0])
    await site.hub.settled()
    await gemeente.close()
    [changed] = await caught_up(connect(WEERT))
    assert (changed.alert_id, changed.revision, changed.status) == (every[0], 2, "acknowledged")


async def test_what_was_not_dealt_with_comes_again_and_what_was_does_not(
    connect: Connect, site: Site
) -> None:
    await send(site, connect(MAAS), signed())
    gemeente = connect(WEERT)
    first = await dealt_with(gemeente.catch_up(), 2)
    await gemeente.close()
    rest = await caught_up(connect(WEERT))
    assert len(first) == 2
    assert rest
    assert not set(ids(first)) & set(ids(rest))
    newest_first = {it["alertId"] for it in await listed(site)}
    assert set(ids(first)) | set(ids(rest)) == newest_first


async def listed(site: Site) -> list[dict[str, str]]:
    async with httpx.AsyncClient(base_url=site.address) as http:
        headers = {"authorization": f"Bearer {site.keys[WEERT]}"}
        answer = await http.get("/v1/alerts", headers=headers)
    found: list[dict[str, str]] = answer.json()["alerts"]
    return found


async def test_when_the_hub_begins_anew_only_newer_revisions_come(
    connect: Connect, site: Site, tmp_path: Path
) -> None:
    await send(site, connect(MAAS), signed())
    gemeente = connect(WEERT)
    first = (await caught_up(gemeente))[0]
    await gemeente.acknowledge(first.alert_id)
    await site.hub.settled()
    await gemeente.close()
    # As a cursor of a hub that moved: it leads to the beginning.
    with sqlite3.connect(tmp_path / f"{WEERT}.db") as state:
        state.execute("DELETE FROM place")
    state.close()
    found = await caught_up(connect(WEERT))
    assert [(it.alert_id, it.revision) for it in found] == [(first.alert_id, 2)]


async def test_a_follower_hears_of_a_change_when_it_comes(connect: Connect, site: Site) -> None:
    following = asyncio.create_task(dealt_with(connect(WEERT).follow(), 1))
    await send(site, connect(MAAS), signed())
    assert len(await following) == 1


async def test_a_follower_goes_on_after_an_outage(connect: Connect, site: Site, naps: Naps) -> None:
    await send(site, connect(MAAS), signed())
    await site.go()
    naps.meanwhile[9] = site.come  # the patience of a single call is less
    found = await dealt_with(connect(WEERT).follow(), 1)
    assert len(found) == 1
    assert naps.taken == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]


async def test_who_catches_up_is_told_that_the_hub_is_away(connect: Connect, site: Site) -> None:
    await site.go()
    with pytest.raises(Unavailable):
        await caught_up(connect(WEERT))


async def test_a_follower_whose_key_is_revoked_is_told(connect: Connect) -> None:
    with pytest.raises(Declined, match="unauthenticated"):
        await dealt_with(connect(WEERT, key="sk_revoked").follow(), 1)


async def test_what_was_withdrawn_comes_too_with_what_is_left_of_it(
    connect: Connect, site: Site
) -> None:
    corporatie, gemeente = connect(MAAS), connect(WEERT)
    await send(site, corporatie, signed())
    every = ids(await caught_up(gemeente))
    retracts = {"source": signed()["source"], "id": "lease"}
    retracted = event(
        "fact-retracted", "r", "2024-03-01", retracts=retracts, reason="mistake", party=MAAS
    )
    await send(site, corporatie, retracted)
    found = await caught_up(gemeente)
    assert sorted(ids(found)) == sorted(every)
    assert {(it.status, it.listed) for it in found} == {("withdrawn", False)}


def test_an_alert_has_every_field_of_a_view() -> None:
    assert set(Alert.__struct_encode_fields__) == set(View.__struct_encode_fields__)
