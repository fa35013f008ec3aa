"""Alerts over HTTP: the list, following it, waiting for more, and nobody else's."""

from __future__ import annotations

import asyncio

import pytest

from hub.gateway.alerts import MOST
from tests.gateway.desk import HUURDERS, MAAS, ONDERDAK, PEEL, ROERMOND, WEERT, Desk, slug
from tests.streams.world import event, missed, quiet_household, signed


def rules(found: list[dict[str, object]]) -> set[object]:
    return {alert["rule"] for alert in found}


async def test_each_party_that_is_told_reads_its_own_view(desk: Desk) -> None:
    await desk.send(*quiet_household(), missed("m", "2024-02-16", "2024-02"))
    await desk.wait_until("2024-05-01T00:00:00Z")
    gemeente, corporatie = await desk.alerts(WEERT), await desk.alerts(MAAS)
    assert {alert["part"] for alert in gemeente} == {"acts"}
    assert all(alert["listed"] for alert in [*gemeente, *corporatie])
    assert "begeleiding-contact-lapsed" in rules(gemeente) - rules(corporatie)
    for party in (PEEL, ROERMOND, HUURDERS):
        assert await desk.alerts(party) == []


async def test_an_alert_that_a_party_was_not_told_of_is_not_there(desk: Desk) -> None:
    await desk.send(signed())
    told = {alert["alertId"] for alert in await desk.alerts(WEERT)}
    also = {alert["alertId"] for alert in await desk.alerts(MAAS)}
    assert told - also
    for alert_id in told:
        assert (await desk.get(f"/v1/alerts/{alert_id}", WEERT)).status_code == 200
        for party in (PEEL, ROERMOND, HUURDERS, *([] if alert_id in also else [MAAS])):
            answer = await desk.get(f"/v1/alerts/{alert_id}", party)
            assert (answer.status_code, slug(answer)) == (404, "not-found")


async def test_the_newest_revision_comes_first(desk: Desk) -> None:
    await desk.send(signed())
    oldest = (await desk.alerts(WEERT))[-1]["alertId"]
    await desk.act(oldest, "acknowledgement", WEERT)
    await desk.hub.settled()
    first = (await desk.alerts(WEERT))[0]
    assert (first["alertId"], first["revision"], first["status"]) == (oldest, 2, "acknowledged")


async def test_older_leads_to_the_rest_one_page_at_a_time(desk: Desk) -> None:
    await desk.send(signed())
    every = await desk.alerts(WEERT)
    pages, query = [], {"limit": "1"}
    while True:
        page = (await desk.get("/v1/alerts", WEERT, **query)).json()
        pages += page["alerts"]
        if "older" not in page:
            break
        query["cursor"] = page["older"]
    assert pages == every


async def test_following_tells_each_alert_that_changed_as_it_is_now(desk: Desk) -> None:
    await desk.send(signed())
    start = (await desk.get("/v1/alerts", WEERT)).json()
    assert (await desk.alerts(WEERT, cursor=start["cursor"])) == []
    alert_id = start["alerts"][0]["alertId"]
    await desk.act(alert_id, "acknowledgement", WEERT)
    await desk.hub.settled()
    await desk.act(alert_id, "closure", WEERT, outcome="solved")
    await desk.hub.settled()
    page = (await desk.get("/v1/alerts", WEERT, cursor=start["cursor"])).json()
    assert [(it["alertId"], it["status"]) for it in page["alerts"]] == [(alert_id, "closed")]
    assert (await desk.alerts(WEERT, cursor=page["cursor"])) == []


async def test_following_from_the_beginning_tells_everything_in_order(desk: Desk) -> None:
    await desk.send(signed())
    newest_first = await desk.alerts(WEERT)
    assert await desk.alerts(WEERT, order="cursor") == newest_first[::-1]


async def test_a_follower_hears_of_what_left_the_list(desk: Desk) -> None:
    await desk.send(signed())
    start = (await desk.get("/v1/alerts", WEERT)).json()
    retracted = event(
        "fact-retracted",
        "r",
        "2024-03-01",
        retracts={"source": signed()["source"], "id": "lease"},
        reason="mistake",
        party=MAAS,
    )
    await desk.send(retracted)
    assert await desk.alerts(WEERT) == []
    followed = await desk.alerts(WEERT, cursor=start["cursor"])
    assert len(followed) == len(start["alerts"])
    assert {alert["status"] for alert in followed} == {"withdrawn"}


async def test_the_status_filter_takes_several(desk: Desk) -> None:
    await desk.send(signed())
    one, two, *_ = await desk.alerts(WEERT)
    await desk.act(one["alertId"], "acknowledgement", WEERT)
    await desk.act(two["alertId"], "closure", ONDERDAK, outcome="solved")
    await desk.hub.settled()
    both = await desk.alerts(WEERT, status="acknowledged,closed")
    assert {it["status"] for it in both} == {"acknowledged", "closed"}
    assert await desk.alerts(WEERT, status=["acknowledged", "closed"]) == both
    assert {it["status"] for it in await desk.alerts(WEERT, status="open")} == {"open"}


async def test_who_waits_is_answered_when_there_is_something(desk: Desk) -> None:
    waiting = asyncio.create_task(desk.alerts(WEERT, order="cursor", wait=30))
    await desk.send(signed())
    assert await waiting


async def test_who_waits_for_a_status_is_not_woken_by_another(desk: Desk) -> None:
    waiting = asyncio.create_task(desk.alerts(WEERT, status="acknowledged", wait=30))
    await desk.send(signed())
    assert not waiting.done()
    alert_id = (await desk.alerts(WEERT))[0]["alertId"]
    await desk.act(alert_id, "acknowledgement", WEERT)
    assert [it["alertId"] for it in await waiting] == [alert_id]


async def test_who_waits_is_let_go_when_the_hub_stops(desk: Desk) -> None:
    waiting = asyncio.create_task(desk.alerts(WEERT, wait=30))
    await desk.alerts(MAAS)  # by now it does
    desk.hub.stopping.set()
    assert await waiting == []


@pytest.mark.slow
async def test_waiting_for_nothing_answers_with_nothing(desk: Desk) -> None:
    assert await desk.alerts(ONDERDAK, wait=1) == []


@pytest.mark.parametrize(
    "query",
    [
        pytest.param({"status": "sleeping"}, id="no such status"),
        pytest.param({"limit": "0"}, id="a limit of nothing"),
        pytest.param({"limit": str(MOST + 1)}, id="a limit above ours"),
        pytest.param({"limit": "ten"}, id="no number"),
        pytest.param({"limit": ["1", "2"]}, id="two limits"),
        pytest.param({"wait": "31"}, id="too long a wait"),
        pytest.param({"order": "oldest"}, id="no such order"),
        pytest.param({"cursor": "afterwards"}, id="a cursor of one's own"),
        pytest.param({"cursor": "é"}, id="a cursor that is no ASCII"),
        pytest.param({"cursor": "YWZ0ZXI6NA", "order": "newest"}, id="cursor and order differ"),
    ],
)
async def test_a_parameter_is_invalid_with(query: dict[str, str], desk: Desk) -> None:
    answer = await desk.get("/v1/alerts", WEERT, **query)
    assert (answer.status_code, slug(answer)) == (400, "invalid-parameter")
    assert answer.json()["violations"]
