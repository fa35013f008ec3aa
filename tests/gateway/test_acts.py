"""Acts on alerts become facts, and facts change alerts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateway.desk import MAAS, ONDERDAK, PEEL, WEERT, Desk, slug
from tests.streams.world import SOURCES, event, signed

ALERT = "al-" + "a" * 26


async def an_alert(desk: Desk, rule: str) -> str:
    """The id of an alert of this rule about a household of which nothing but the lease is known."""
    await desk.send(signed())
    [found] = [it["alertId"] for it in await desk.alerts(WEERT) if it["rule"] == rule]
    return str(found)


async def view(desk: Desk, alert_id: str, party: str) -> dict[str, Any]:
    await desk.hub.settled()
    found: dict[str, Any] = (await desk.get(f"/v1/alerts/{alert_id}", party)).json()
    return found


async def test_acknowledging_is_seen_by_everyone_who_is_told(desk: Desk) -> None:
    alert_id = await an_alert(desk, "begeleiding-missing")
    answer = await desk.act(alert_id, "acknowledgement", WEERT)
    assert answer.status_code == 202
    assert answer.json()["status"] == "accepted"
    assert (await view(desk, alert_id, WEERT))["status"] == "acknowledged"
    others = (await view(desk, alert_id, MAAS))["others"]
    assert {it["role"]: it["acknowledged"] for it in others} == {
        "gemeente": True,
        "begeleider": False,
    }
    receipt = await desk.client.get(
        answer.headers["location"], headers={"Authorization": f"Bearer {desk.keys[WEERT]}"}
    )
    assert receipt.json()["source"].endswith(":systeem:seintje-api")


async def test_an_approach_is_agreed(desk: Desk) -> None:
    alert_id = await an_alert(desk, "begeleiding-missing")
    said = {"action": "home-visit", "reviewOn": "2024-04-01"}
    assert (await desk.act(alert_id, "approach", ONDERDAK, **said)).status_code == 202
    assert (await view(desk, alert_id, WEERT))["status"] == "agreed"


async def test_closing_by_a_party_that_acts_closes(desk: Desk) -> None:
    alert_id = await an_alert(desk, "begeleiding-missing")
    await desk.act(alert_id, "closure", WEERT, outcome="solved")
    closed = await view(desk, alert_id, MAAS)
    assert (closed["status"], closed["resolution"]) == ("closed", "closed")


async def test_closing_by_a_party_that_is_informed_takes_it_off_its_own_list(desk: Desk) -> None:
    alert_id = await an_alert(desk, "begeleiding-missing")
    await desk.act(alert_id, "closure", MAAS, outcome="seen")
    assert (await view(desk, alert_id, WEERT))["status"] == "open"
    assert alert_id not in {it["alertId"] for it in await desk.alerts(MAAS)}


async def test_the_same_key_for_the_same_act_is_a_duplicate(desk: Desk) -> None:
    alert_id = await an_alert(desk, "begeleiding-missing")
    first = await desk.act(alert_id, "closure", WEERT, "key-1", outcome="solved")
    await desk.wait_until("2024-03-02T12:00:00Z")
    again = await desk.act(alert_id, "closure", WEERT, "key-1", outcome="solved")
    assert (again.status_code, again.json()["status"]) == (202, "duplicate")
    assert again.json()["receiptId"] == first.json()["receiptId"]


@pytest.mark.parametrize(
    ("act", "said"),
    [("closure", {"outcome": "other"}), ("acknowledgement", {})],
    ids=["another outcome", "another act"],
)
async def test_the_same_key_is_a_conflict_for(act: str, said: dict[str, str], desk: Desk) -> None:
    alert_id = await an_alert(desk, "begeleiding-missing")
    await desk.act(alert_id, "closure", WEERT, "key-1", outcome="solved")
    answer = await desk.act(alert_id, act, WEERT, "key-1", **said)
    assert (answer.status_code, slug(answer)) == (409, "conflicting-duplicate")


async def test_the_keys_of_two_parties_have_nothing_to_do_with_each_other(desk: Desk) -> None:
    alert_id = await an_alert(desk, "begeleiding-missing")
    for party in (WEERT, ONDERDAK):
        answer = await desk.act(alert_id, "acknowledgement", party, "key-1")
        assert answer.json()["status"] == "accepted"


async def test_without_a_key_each_call_is_an_act_of_its_own(desk: Desk) -> None:
    alert_id = await an_alert(desk, "begeleiding-missing")
    receipts = {
        (await desk.act(alert_id, "acknowledgement", WEERT)).json()["receiptId"] for _ in range(2)
    }
    assert len(receipts) == 2


async def test_an_act_without_a_body_is_an_act(desk: Desk) -> None:
    alert_id = await an_alert(desk, "begeleiding-missing")
    path = f"/v1/alerts/{alert_id}/acknowledgement"
    assert (await desk.call("POST", path, WEERT)).status_code == 202


async def test_on_an_alert_of_another_nobody_acts(desk: Desk) -> None:
    alert_id = await an_alert(desk, "begeleiding-missing")
    for party, known in ((PEEL, alert_id), (WEERT, ALERT)):
        answer = await desk.act(known, "acknowledgement", party)
        assert (answer.status_code, slug(answer)) == (404, "not-found")


async def test_what_was_withdrawn_is_gone(desk: Desk) -> None:
    alert_id = await an_alert(desk, "begeleiding-missing")
    retracts = {"source": SOURCES[MAAS], "id": "lease"}
    await desk.send(
        event("fact-retracted", "r", "2024-03-01", retracts=retracts, reason="x", party=MAAS)
    )
    answer = await desk.act(alert_id, "acknowledgement", WEERT)
    assert (answer.status_code, slug(answer)) == (410, "alert-gone")


@pytest.mark.parametrize(
    ("act", "said", "path"),
    [
        pytest.param("closure", {}, "data.outcome", id="nothing"),
        pytest.param("closure", {"outcome": "a b"}, "data.outcome", id="no code"),
        pytest.param(
            "approach", {"action": "visit", "reviewOn": "soon"}, "data.reviewOn", id="no date"
        ),
        pytest.param("closure", {"outcome": "x", "occurredAt": "2020-01-01"}, "data", id="more"),
        pytest.param("acknowledgement", {"alertId": ALERT}, "data", id="another alert"),
    ],
)
async def test_an_act_does_not_say(act: str, said: dict[str, str], path: str, desk: Desk) -> None:
    alert_id = await an_alert(desk, "begeleiding-missing")
    answer = await desk.act(alert_id, act, WEERT, **said)
    assert (answer.status_code, slug(answer)) == (400, "schema-violation")
    assert [it["path"] for it in answer.json()["violations"]] == [path]


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"a":1,"a":2}', b"\xff"])
async def test_a_body_that_is_no_object_is(body: bytes, desk: Desk) -> None:
    alert_id = await an_alert(desk, "begeleiding-missing")
    headers = {"Content-Type": "application/json"}
    path = f"/v1/alerts/{alert_id}/closure"
    answer = await desk.call("POST", path, WEERT, content=body, headers=headers)
    assert (answer.status_code, slug(answer)) == (400, "invalid-body")


async def test_an_act_on_an_alert_of_a_region_stays_with_the_region(desk: Desk) -> None:
    first: dict[str, Any] = dict(
        event(
            "dwelling-released",
            "d",
            "2022-02-01",
            region="limburg-midden",
            unitId="unit-a",
            party=MAAS,
        )
    )
    del first["data"]["references"]
    await desk.send(first)
    [alert] = [it for it in await desk.alerts(MAAS) if it["region"]]
    answer = await desk.act(alert["alertId"], "acknowledgement", MAAS)
    assert answer.status_code == 202
    assert (await view(desk, alert["alertId"], MAAS))["status"] == "acknowledged"
