"""Who reads a household leaves a record, before anything is shown, of what was told and no more."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from hub.domain.time import HOUR_MS, format_instant
from hub.errors import Unavailable
from hub.gateway.gateway import Gateway
from hub.reading.disclosures import of_household
from hub.streams.revisions import Disclosure, Way
from tests.cli.terminal import seintje
from tests.convergence.regions import facts_of_region
from tests.gateway.desk import MAAS, ONDERDAK, PEEL, WEERT, Desk, a_desk, slug
from tests.gateway.living import lived
from tests.streams.world import DOSSIER, LEASE, event, quiet_household, signed

DAMAGE = event("damage-reported", "damage", "2024-02-20", category="kitchen", cause="resident")
GONE = event("begeleiding-ended", "gone", "2024-02-10", reason="other")


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[Desk]:
    """A household of which both sides have said and heard something."""
    async with a_desk(tmp_path / "data") as desk:
        await desk.send(*quiet_household(), GONE, DAMAGE)
        yield desk


async def handle_of(desk: Desk, party: str) -> str:
    reference = LEASE if party == MAAS else DOSSIER
    return str((await desk.look_up(party, reference)).json()["household"])


def logged(desk: Desk) -> list[Disclosure]:
    """All disclosures, the oldest first."""
    rows = desk.hub.reading.ask(
        lambda it: it.execute("SELECT disclosure FROM read_disclosure ORDER BY position").fetchall()
    )
    return [msgspec.json.decode(told, type=Disclosure) for (told,) in rows]


def readings(desk: Desk) -> list[Disclosure]:
    return [it for it in logged(desk) if it.way != Way.NOTICE]


@pytest.mark.parametrize("party", [MAAS, WEERT, ONDERDAK])
async def test_each_reading_is_a_record_of_each_alert_that_it_shows(told: Desk, party: str) -> None:
    handle, written = await handle_of(told, party), logged(told)
    assert {it.way for it in written} == {Way.NOTICE}
    told.clock.at += HOUR_MS
    shown = (await told.get(f"/v1/households/{handle}", party)).json()
    revisions = {it["alertId"]: it["revision"] for it in shown["alerts"]}
    of_views = [
        it for it in written if it.party == party and revisions.get(it.alert_id) == it.revision
    ]
    assert revisions
    assert len(of_views) == len(revisions)
    at = format_instant(told.clock.at)
    expected = [replace(it, way="timeline", at=at) for it in of_views]
    assert sorted(readings(told), key=msgspec.json.encode) == sorted(
        expected, key=msgspec.json.encode
    )
    await told.get(f"/v1/households/{handle}", party)
    assert len(readings(told)) == 2 * len(revisions)


async def test_readings_and_views_stand_under_the_same_household(told: Desk) -> None:
    """So one question by a reference, as for an inzage request, shows both."""
    for party in (MAAS, WEERT):
        await told.get(f"/v1/households/{await handle_of(told, party)}", party)
    [household] = {it.household for it in logged(told)}
    found = told.hub.reading.ask(partial(of_household, household=household))
    assert {(it.disclosure.party, it.disclosure.way) for it in found} >= {
        (MAAS, "notice"), (WEERT, "notice"), (MAAS, "timeline"), (WEERT, "timeline"),
    }  # fmt: skip
    lease = f"lease:{LEASE['issuer']}:{LEASE['value']}"
    words = ("disclosures", "list", "--reference", lease)
    rows = (await asyncio.to_thread(seintje, *words, "--data", told.hub.settings.data)).rows
    assert [it["way"] for it in rows] == [it.way for it in logged(told)]


async def test_own_facts_are_no_disclosure(tmp_path: Path) -> None:
    async with a_desk(tmp_path / "data", "2024-01-09T12:00:00Z") as desk:
        await desk.send(signed())
        handle = await handle_of(desk, MAAS)
        shown = (await desk.get(f"/v1/households/{handle}", MAAS)).json()
        assert [it["own"] for it in shown["timeline"]] == [True]
        assert shown["alerts"] == []
        assert readings(desk) == []


async def test_what_is_not_found_is_not_read(told: Desk) -> None:
    for handle in ("hh-" + "a" * 26, await handle_of(told, MAAS)):
        for party in (WEERT, PEEL):
            assert slug(await told.get(f"/v1/households/{handle}", party)) == "not-found"
    assert readings(told) == []


async def test_where_there_is_no_room_for_the_record_nothing_is_shown(told: Desk) -> None:
    handle = await handle_of(told, WEERT)
    await told.hub.store.transact(_no_more_pages)
    for shown in range(1000):
        answer = await told.get(f"/v1/households/{handle}", WEERT)
        if answer.status_code != 200:
            break
        assert len(readings(told)) == (shown + 1) * len(answer.json()["alerts"])
    before = readings(told)
    assert slug(answer) == "unavailable"
    assert int(answer.headers["Retry-After"]) > 0
    for secret in ("kitchen", "damage", "alertId", "begeleiding", "D-1"):
        assert secret not in answer.text
    assert readings(told) == before
    await told.hub.store.transact(_room_again)
    assert (await told.get(f"/v1/households/{handle}", WEERT)).status_code == 200
    assert len(readings(told)) > len(before)


def _no_more_pages(connection: sqlite3.Connection) -> None:
    (now,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {now}")


def _room_again(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA max_page_count = {1 << 30}")


async def test_nothing_is_shown_before_it_is_logged(told: Desk) -> None:
    """The answer waits for whoever writes."""
    handle = await handle_of(told, WEERT)
    async with _writer_kept(told):
        asked = asyncio.ensure_future(told.get(f"/v1/households/{handle}", WEERT))
        for _ in range(50):
            await told.get("/v1/alerts", WEERT)  # others are answered meanwhile
        assert not asked.done()
        assert readings(told) == []
    assert (await asked).status_code == 200
    assert readings(told)


def _writer_kept(desk: Desk) -> AbstractAsyncContextManager[None]:
    """Another connection writes, so that nobody else can."""

    @asynccontextmanager
    async def keep() -> AsyncIterator[None]:
        connection = sqlite3.connect(desk.hub.store.database, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")
            connection.close()

    return keep()


async def test_without_the_record_of_a_view_the_view_is_not_shown(told: Desk) -> None:
    """On Kafka it may come a moment after the view; here it is taken away."""
    gateway, handle = told.hub.gateway(), await handle_of(told, WEERT)
    at_once = replace(gateway, readings=replace(gateway.readings, patience=0.0))
    await told.hub.store.transact(
        lambda it: it.execute("DELETE FROM read_disclosure WHERE party = ?", (WEERT,))
    )
    with pytest.raises(Unavailable):
        await at_once.readings.household(WEERT, handle, Way.TIMELINE)
    assert readings(told) == []


async def test_one_alert_is_logged_when_the_console_shows_it(told: Desk) -> None:
    gateway: Gateway = told.hub.gateway()
    [alert, *_] = await told.alerts(WEERT)
    assert readings(told) == []  # what was delivered was logged when it was written
    view = await gateway.readings.alert(WEERT, alert["alertId"], Way.CONSOLE)
    assert view is not None
    assert msgspec.json.decode(view) == alert
    [record] = readings(told)
    assert (record.alert_id, record.way) == (alert["alertId"], "console")
    assert await gateway.readings.alert(PEEL, alert["alertId"], Way.CONSOLE) is None
    assert len(readings(told)) == 1


async def test_what_has_no_data_of_a_household_leaves_no_record(told: Desk) -> None:
    gateway: Gateway = told.hub.gateway()
    [alert, *_] = await told.alerts(WEERT)
    await told.send(event("household-erased", "x", "2024-02-28", basis="request"))
    view = await gateway.readings.alert(WEERT, alert["alertId"], Way.CONSOLE)
    assert view is not None
    assert msgspec.json.decode(view)["status"] == "erased"
    assert readings(told) == []


async def test_of_a_region_each_field_of_others_that_shows_is_in_a_record(tmp_path: Path) -> None:
    """And no record has a value."""
    async with a_desk(tmp_path / "data", "2025-01-01T00:00:00Z") as desk:
        handles = await lived(desk, facts_of_region(4, 7))
        disclosed = 0
        for party, handle in handles:
            before = len(readings(desk))
            shown = (await desk.get(f"/v1/households/{handle}", party)).json()
            new = readings(desk)[before:]
            check(party, shown, new)
            disclosed += len(new)
        assert disclosed > 9
        assert {field for it in readings(desk) for field in it.fields} > {"alert"}


def check(party: str, shown: Mapping[str, Any], new: Sequence[Disclosure]) -> None:
    """That this reading is logged, wholly."""
    assert Counter((it.alert_id, it.revision) for it in new) == Counter(
        (it["alertId"], it["revision"]) for it in shown["alerts"]
    )
    assert {it.party for it in new} <= {party}
    fields = {it.alert_id: set(it.fields) for it in new}
    for entry in shown["timeline"]:
        if not entry["own"]:
            named = {*entry["fields"], *(["occurredAt"] if entry["occurredAt"] else [])}
            for alert_id in entry["alerts"]:
                assert {f"{entry['type']}.{it}" for it in named} <= fields[alert_id]
            assert entry["alerts"]
    of_contact = {f"aanspreekpunt-assigned.{it}" for it in shown["aanspreekpunt"] or ()}
    is_own = any(it["own"] and it["type"] == "aanspreekpunt-assigned" for it in shown["timeline"])
    assert is_own or of_contact <= set().union(*fields.values())
    for it in new:
        assert {field.partition(".")[0] for field in it.fields} <= {
            "alert", *(item["type"] for one in shown["alerts"] for item in one["evidence"]),
            "aanspreekpunt-assigned",
        }  # fmt: skip
