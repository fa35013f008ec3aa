"""Households over HTTP: found by an own reference, read by an own handle, and by nobody else."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.convergence.regions import facts_of_region
from tests.gateway.desk import HUURDERS, MAAS, ONDERDAK, PEEL, ROERMOND, WEERT, Desk, a_desk, slug
from tests.gateway.living import lived
from tests.streams.world import ADDRESS, DOSSIER, LEASE, event, missed, quiet_household, signed

DAMAGE = event("damage-reported", "damage", "2024-02-20", category="kitchen", cause="resident")
GONE = event("begeleiding-ended", "gone", "2024-02-10", reason="other")
# With these there is nothing to tell on the first of March.
CONTACTS = [
    event("begeleiding-contact", f"c-{day[-2:]}", day) for day in ("2024-02-01", "2024-02-25")
]
STRANGERS = [PEEL, ROERMOND, HUURDERS]


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[Desk]:
    """A household of which both sides have said and heard something."""
    async with a_desk(tmp_path / "data") as desk:
        await desk.send(*quiet_household(), GONE, DAMAGE)
        yield desk


async def household(desk: Desk, party: str, reference: object = None) -> dict[str, Any]:
    """What a party sees of its household."""
    own = reference or (LEASE if party == MAAS else DOSSIER)
    found = await desk.look_up(party, own)  # type: ignore[arg-type]
    assert found.status_code == 200, found.text
    answer = await read(desk, party, found.json()["household"])
    assert answer.status_code == 200, answer.text
    view: dict[str, Any] = answer.json()
    return view


async def read(desk: Desk, party: str, handle: str) -> httpx.Response:
    return await desk.get(f"/v1/households/{handle}", party)


async def test_the_handle_is_that_of_receipts_and_alerts(told: Desk) -> None:
    view = await household(told, WEERT)
    assert {it["household"] for it in view["alerts"]} == {view["household"]}
    assert {it["household"] for it in await told.alerts(WEERT)} == {view["household"]}
    other = await household(told, MAAS)
    assert other["household"] != view["household"]


async def test_own_facts_are_whole_and_in_order(told: Desk) -> None:
    view = await household(told, MAAS)
    own = [it for it in view["timeline"] if it["own"]]
    assert [it["id"] for it in own] == ["lease", "information", "damage"]
    assert own[0]["fields"] == {
        "startDate": "2024-01-08",
        "targetGroup": "vergunninghouder",
        "temporary": False,
        "persons": 1,
        "maxPersons": 4,
    }
    resting = [
        alert["alertId"]
        for alert in view["alerts"]
        if "damage" in [it.get("id") for it in alert["evidence"]]
    ]
    assert own[2]["alerts"] == resting != []
    assert view["gemeente"] == "0988"
    assert view["references"] == [LEASE]


async def test_of_others_there_is_what_alerts_told_and_no_more(told: Desk) -> None:
    view = await household(told, WEERT)
    others = [it for it in view["timeline"] if not it["own"]]
    assert [it["type"] for it in others] == ["damage-reported"]
    [damage] = others
    assert damage["source"] is damage["id"] is None
    [alert] = [it for it in view["alerts"] if it["alertId"] in damage["alerts"]]
    [evidence] = [it for it in alert["evidence"] if "source" not in it]
    known = {"type": damage["type"], "occurredAt": damage["occurredAt"]} | damage["fields"]
    assert known == evidence


async def test_everything_in_it_was_told_before(told: Desk) -> None:
    """No value of another party that stands in none of the alerts that the party was told of."""
    for party in (MAAS, WEERT, ONDERDAK):
        view = await household(told, party)
        told_before = [it["evidence"] for it in await told.alerts(party)]
        for entry in view["timeline"]:
            if not entry["own"]:
                known = {"type": entry["type"], **entry["fields"]}
                known |= {"occurredAt": entry["occurredAt"]} if entry["occurredAt"] else {}
                assert any(known in evidence for evidence in told_before)


async def test_states_are_what_own_facts_say(told: Desk) -> None:
    of_maas = {it["state"]: it for it in (await household(told, MAAS))["states"]}
    assert of_maas["tenancy"]["from"] == "2024-01-07T23:00:00.000Z"
    assert of_maas["tenancy"]["until"] is None
    assert of_maas["monitoring"]["until"] == "2025-01-07T23:00:00.000Z"
    assert "begeleiding" not in of_maas
    of_weert = {it["state"]: it for it in (await household(told, WEERT))["states"]}
    assert of_weert["begeleiding"]["until"] == "2024-02-09T23:00:00.000Z"
    assert of_weert.keys() == {"begeleiding", "aanspreekpunt"}


async def test_the_aanspreekpunt_is_that_of_the_alerts(told: Desk) -> None:
    of_maas = await household(told, MAAS)
    [shown, *_] = [it["aanspreekpunt"] for it in of_maas["alerts"]]
    assert of_maas["aanspreekpunt"] == shown
    of_weert = await household(told, WEERT)
    assert of_weert["aanspreekpunt"]["name"] == "A. de Vries"


async def test_what_is_expected_is_what_living_alerts_miss(tmp_path: Path) -> None:
    async with a_desk(tmp_path / "data") as desk:
        await desk.send(signed(), event("inburgering-started", "i", "2024-01-20"))
        view = await household(desk, WEERT)
        absent = {
            (it["type"], it["expectedBy"]) for alert in view["alerts"] for it in alert["absent"]
        }
        assert {(it["type"], it["expectedBy"]) for it in view["expected"]} == absent
        assert "intake-completed" in {it["type"] for it in view["expected"]}


async def test_a_begeleider_finds_it_by_the_dossier_of_its_gemeente(told: Desk) -> None:
    view = await household(told, ONDERDAK, DOSSIER)
    assert [it for it in view["timeline"] if it["own"]] == []
    assert view["references"] == [DOSSIER]


@pytest.mark.parametrize("party", STRANGERS)
async def test_a_handle_of_another_party_is_not_found(told: Desk, party: str) -> None:
    for owner in (MAAS, WEERT):
        handle = (await household(told, owner))["household"]
        nobodys = await read(told, party, "hh-" + "a" * 26)
        answer = await read(told, party, handle)
        assert slug(answer) == "not-found"
        assert answer.content == nobodys.content


async def test_parties_of_one_household_have_no_use_of_each_others_handles(told: Desk) -> None:
    handles = {party: (await household(told, party))["household"] for party in (MAAS, WEERT)}
    assert slug(await read(told, MAAS, handles[WEERT])) == "not-found"
    assert slug(await read(told, WEERT, handles[MAAS])) == "not-found"


@pytest.mark.parametrize(
    ("party", "reference"),
    [
        (WEERT, LEASE),
        (MAAS, DOSSIER),
        (MAAS, ADDRESS),
        (WEERT, ADDRESS),
        (PEEL, LEASE),
        (PEEL, {**LEASE, "issuer": PEEL}),
        (ROERMOND, DOSSIER),
        (HUURDERS, LEASE),
        (MAAS, {**LEASE, "value": "L-2"}),
        (MAAS, {**LEASE, "scheme": "dossier"}),
    ],
)
async def test_a_reference_that_is_not_ones_own_is_like_one_that_is_not_there(
    told: Desk, party: str, reference: dict[str, str]
) -> None:
    nobodys = await told.look_up(party, {**LEASE, "issuer": party, "value": "nobodys"})
    answer = await told.look_up(party, reference)
    assert slug(answer) == "not-found"
    assert answer.content == nobodys.content


async def test_what_the_gate_holds_does_not_show(tmp_path: Path) -> None:
    async with a_desk(tmp_path / "data") as desk:
        await desk.send(*quiet_household(), *CONTACTS)
        before = await household(desk, WEERT)
        await desk.send(missed("m", "2024-02-16", "2024-01", shared=False))
        assert await household(desk, WEERT) == before
        assert slug(await desk.look_up(ONDERDAK, DOSSIER)) == "not-found"
        of_maas = await household(desk, MAAS)
        assert "m" in [it["id"] for it in of_maas["timeline"]]


async def test_what_is_taken_back_leaves_the_timeline(tmp_path: Path) -> None:
    """A tenant who objects after all: what was told of the arrears is not shown any more."""
    async with a_desk(tmp_path / "data") as desk:
        await desk.send(*quiet_household(), *CONTACTS, missed("m", "2024-02-16", "2024-01"))
        assert [it["type"] for it in (await household(desk, ONDERDAK))["timeline"]] != []
        await desk.send(missed("n", "2024-02-17", "2024-01", objected=True))
        assert slug(await desk.look_up(ONDERDAK, DOSSIER)) == "not-found"
        of_weert = await household(desk, WEERT)
        assert all(it["own"] for it in of_weert["timeline"])
        assert of_weert["alerts"] == []


async def test_an_erased_household_is_not_found(told: Desk) -> None:
    handles = {party: (await household(told, party))["household"] for party in (MAAS, WEERT)}
    await told.send(event("household-erased", "x", "2024-02-28", basis="request"))
    for party, handle in handles.items():
        assert slug(await read(told, party, handle)) == "not-found"
        own = LEASE if party == MAAS else DOSSIER
        assert slug(await told.look_up(party, own)) == "not-found"


async def test_a_dossier_of_two_tenancies_leads_to_the_one_last_spoken_of(told: Desk) -> None:
    peel = {"scheme": "lease", "issuer": PEEL, "value": "P-1"}
    elsewhere = {**ADDRESS, "value": "0988200000000002"}
    own = {"startDate": "2024-02-26", "targetGroup": "vergunninghouder", "temporary": False}
    await told.send(
        event("lease-ended", "end", "2024-02-24", endDate="2024-02-25", reason="moved"),
        event("lease-signed", "next", "2024-02-24", peel, elsewhere, party=PEEL, **own),
        event("reference-linked", "link", "2024-02-25", DOSSIER, peel),
        event("begeleiding-started", "again", "2024-02-27", DOSSIER, peel, organisation="O"),
    )
    found = (await told.look_up(WEERT, DOSSIER)).json()
    now, before = [await read(told, WEERT, it) for it in (found["household"], *found["others"])]
    assert "again" in [it["id"] for it in now.json()["timeline"]]
    assert "begeleiding" in [it["id"] for it in before.json()["timeline"]]
    of_maas = await household(told, MAAS)
    assert "end" in [it["id"] for it in of_maas["timeline"]]
    assert "P-1" not in str(of_maas)


async def test_a_reference_is_read_strictly(told: Desk) -> None:
    wrong = {"scheme": "tenant", "issuer": 7, "value": "", "more": True}
    answer = await told.look_up(MAAS, wrong)  # type: ignore[arg-type]
    assert slug(answer) == "schema-violation"
    paths = [it["path"] for it in answer.json()["violations"]]
    assert paths == ["body.scheme", "body.issuer", "body.value", "body"]
    long = await told.look_up(MAAS, {**LEASE, "value": "L" * 129})
    assert slug(long) == "schema-violation"
    listed = await told.call("POST", "/v1/households/lookup", MAAS, json=[LEASE])
    assert slug(listed) == "invalid-body"


async def test_what_parties_said_lies_sealed(told: Desk) -> None:
    """Not in the read model, nor in the stream: until now it lay in sealed state alone."""
    asked = "SELECT view FROM read_household UNION ALL SELECT name FROM read_household_name"
    rows = told.hub.reading.ask(lambda it: it.execute(asked).fetchall())
    assert len(rows) == 6
    stored = b"".join(kept for (kept,) in rows)
    for secret in (b"L-1", b"D-1", b"Onderdak", b"lease", ADDRESS["value"].encode()):
        assert secret not in stored


async def test_a_hub_of_an_earlier_release_gets_its_households(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with a_desk(data) as desk:
        await desk.send(*quiet_household())
        before = await household(desk, WEERT)
    with closing(sqlite3.connect(data / "seintje.db")) as connection, connection:
        for statement in (
            "DELETE FROM state WHERE key = CAST('views' AS BLOB)",
            "DELETE FROM read_household",
            "DELETE FROM read_household_name",
        ):
            assert connection.execute(statement).rowcount > 0
    async with a_desk(data) as desk:
        await desk.hub.settled()
        assert await household(desk, WEERT) == before


async def test_every_handle_is_one_partys_alone(tmp_path: Path) -> None:
    """Of a simulated region: whatever there is, each of the others gets the same answer."""
    async with a_desk(tmp_path / "data", "2025-01-01T00:00:00Z") as desk:
        handles = await lived(desk, facts_of_region(3, 5))
        assert len({handle for _, handle in handles}) == len(handles) > 9
        for owner, handle in handles:
            for party in desk.hub.parties.by_id:
                answer = await read(desk, party, handle)
                assert answer.status_code == (200 if party == owner else 404)
