"""Receipts: what became of a fact, for its own party only."""

from __future__ import annotations

from tests.gateway.desk import MAAS, ONDERDAK, PEEL, WEERT, Desk, slug
from tests.streams.world import DOSSIER, LEASE, SOURCES, event, quiet_household, signed


async def test_it_says_to_which_household_of_mine_the_fact_went(desk: Desk) -> None:
    await desk.send(*quiet_household())
    lease = (await desk.get(f"/v1/events/{SOURCES[MAAS]}/lease/receipt", MAAS)).json()
    intake = (await desk.get(f"/v1/events/{SOURCES[WEERT]}/intake/receipt", WEERT)).json()
    assert (lease["status"], intake["status"]) == ("accepted", "accepted")
    assert lease["household"].startswith("hh-")
    assert lease["household"] != intake["household"]


async def test_both_addresses_lead_to_the_same_receipt(desk: Desk) -> None:
    await desk.send(signed())
    by_event = (await desk.get(f"/v1/events/{SOURCES[MAAS]}/lease/receipt", MAAS)).json()
    assert await desk.receipt(by_event["receiptId"], MAAS) == by_event


async def test_an_id_may_hold_anything_that_fits_in_a_path(desk: Desk) -> None:
    sent = event("damage-repaired", "a/b c?é", "2024-02-01", cost=1, cause="wear")
    await desk.send(sent)
    path = f"/v1/events/{SOURCES[MAAS]}/a%2Fb%20c%3F%C3%A9/receipt"
    assert (await desk.get(path, MAAS)).json()["id"] == "a/b c?é"


async def test_a_fact_without_a_household_waits_and_is_bound_when_it_has_one(desk: Desk) -> None:
    early = event("damage-repaired", "e", "2024-02-01", cost=1, cause="wear")
    await desk.send(early)
    path = f"/v1/events/{SOURCES[MAAS]}/e/receipt"
    waiting = (await desk.get(path, MAAS)).json()
    assert waiting["status"] == "waiting"
    assert "household" not in waiting
    await desk.send(signed())
    bound = (await desk.get(path, MAAS)).json()
    assert bound["status"] == "accepted"
    assert bound["household"].startswith("hh-")


async def test_what_waits_still_waits_when_it_is_sent_again(desk: Desk) -> None:
    early = event("damage-repaired", "e", "2024-02-01", cost=1, cause="wear")
    await desk.send(early)
    again = await desk.post(early, MAAS)
    assert again.json()["status"] == "duplicate"
    await desk.hub.settled()
    assert (await desk.receipt(again.json()["receiptId"], MAAS))["status"] == "waiting"


async def test_what_found_no_household_in_time_expires(desk: Desk) -> None:
    early = event("damage-repaired", "e", "2024-02-01", cost=1, cause="wear")
    await desk.send(early)
    await desk.wait_until("2024-06-01T00:00:00Z")
    path = f"/v1/events/{SOURCES[MAAS]}/e/receipt"
    assert (await desk.get(path, MAAS)).json()["status"] == "expired-unbound"


async def test_nobody_reads_the_receipt_of_another_party(desk: Desk) -> None:
    answer = await desk.post(event("begeleiding-contact", "b", "2024-02-01", DOSSIER, LEASE), WEERT)
    receipt_id = answer.json()["receiptId"]
    for party in (MAAS, PEEL, ONDERDAK):
        for path in (f"/v1/receipts/{receipt_id}", f"/v1/events/{SOURCES[WEERT]}/b/receipt"):
            found = await desk.get(path, party)
            assert (found.status_code, slug(found)) == (404, "not-found")


async def test_another_party_learns_nothing_from_the_answer_to_an_unknown_one(desk: Desk) -> None:
    answer = await desk.post(signed(), MAAS)
    of_another = await desk.get(f"/v1/receipts/{answer.json()['receiptId']}", PEEL)
    of_nobody = await desk.get("/v1/receipts/rc-aaaaaaaaaaaaaaaaaaaaaaaaaa", PEEL)
    assert of_another.content == of_nobody.content
