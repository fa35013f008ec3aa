"""Households from a gateway on Kafka: what a worker wrote, followed, opened and found."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import partial
from typing import Any

import httpx
import msgspec
import pytest

from hub.reading import counts
from hub.reading.disclosures import of_household
from hub.reading.followed import UNREADABLE
from hub.streams.revisions import DISCLOSURES, Disclosure
from tests.following.site import Caller, Site, patiently, until
from tests.gateway.desk import slug
from tests.streams.world import DOSSIER, LEASE, event, quiet_household

pytestmark = pytest.mark.slow

MAAS, PEEL, WEERT = "corporatie-maas", "corporatie-peel", "gemeente-weert"
LOOKUP = "/v1/households/lookup"
GONE = event("begeleiding-ended", "gone", "2024-02-10", reason="other")
DAMAGE = event("damage-reported", "damage", "2024-02-20", category="kitchen", cause="resident")


async def look_up(gateway: Caller, party: str, reference: object) -> httpx.Response:
    return await gateway.call("POST", LOOKUP, party, json=reference)


async def handle_of(gateway: Caller, party: str, reference: object) -> str:
    """As soon as it is there."""

    async def is_found() -> bool:
        return (await look_up(gateway, party, reference)).status_code == 200

    await until(is_found)
    return str((await look_up(gateway, party, reference)).json()["household"])


async def household(gateway: Caller, party: str, handle: str, *ids: str) -> dict[str, Any]:
    """What a party sees, as soon as these facts of its own are in it."""
    found: dict[str, Any] = {}

    async def has_them() -> bool:
        answer = await gateway.get(f"/v1/households/{handle}", party)
        found.update(answer.json() if answer.status_code == 200 else {"timeline": []})
        return {it["id"] for it in found["timeline"]} >= set(ids)

    await until(has_them)
    return found


async def test_a_household_is_found_and_read(site: Site) -> None:
    async with site.correlating(), site.gateway() as gateway:
        await gateway.send(*quiet_household(), GONE, DAMAGE)
        await patiently(gateway.told(WEERT, "concurrent-signals"))
        handle = await handle_of(gateway, WEERT, DOSSIER)
        view = await household(gateway, WEERT, handle, "gone")
        assert {it["household"] for it in view["alerts"]} == {handle}
        assert [it["type"] for it in view["timeline"] if not it["own"]] == ["damage-reported"]
        assert view["references"] == [DOSSIER]
        own = await handle_of(gateway, MAAS, LEASE)
        assert "damage" in [
            it["id"] for it in (await household(gateway, MAAS, own, "damage"))["timeline"]
        ]
        for party, other in ((PEEL, handle), (MAAS, handle), (WEERT, own)):
            assert slug(await gateway.get(f"/v1/households/{other}", party)) == "not-found"
        for party, reference in ((PEEL, LEASE), (MAAS, DOSSIER), (WEERT, LEASE)):
            assert slug(await look_up(gateway, party, reference)) == "not-found"


async def readings(gateway: Caller, views: set[tuple[str, int]]) -> Sequence[Disclosure]:
    """What was read of the one household, as this gateway knows it, once these views are in it."""

    async def look() -> Sequence[Disclosure]:
        found = [it for it in gateway.hub.reading.ask(disclosed) if it.way == "timeline"]
        return found if {(it.alert_id, it.revision) for it in found} >= views else ()

    return await patiently(gateway.hub.followed.bell.first(DISCLOSURES, None, look))


def disclosed(connection: sqlite3.Connection) -> Sequence[Disclosure]:
    rows = connection.execute("SELECT DISTINCT household FROM read_disclosure").fetchall()
    return [it.disclosure for (handle,) in rows for it in of_household(connection, handle)]


async def test_who_reads_a_household_leaves_a_record_that_every_gateway_has(site: Site) -> None:
    async with site.correlating(), site.gateway() as gateway, site.gateway("other") as other:
        await gateway.send(*quiet_household(), GONE, DAMAGE)
        await patiently(gateway.told(WEERT, "concurrent-signals"))
        handle = await handle_of(gateway, WEERT, DOSSIER)
        view = await household(gateway, WEERT, handle, "gone")
        shown = {(it["alertId"], it["revision"]) for it in view["alerts"]}
        for caller in (gateway, other):
            read = await readings(caller, shown)
            reading = caller.hub.reading
            known = reading.ask(disclosed)
            assert len({it.household for it in known}) == 1
            assert {it.party for it in read} == {WEERT}
            assert {bare(it) for it in read} <= {bare(it) for it in known if it.way == "notice"}
            assert any("damage-reported.occurredAt" in it.fields for it in read)
            assert reading.ask(partial(counts.of, name=UNREADABLE)) == {}


def bare(it: Disclosure) -> bytes:
    """Without what a reading has of its own."""
    return msgspec.json.encode(msgspec.structs.replace(it, way="", at=""))


async def test_what_is_erased_is_gone_for_who_fills_anew_too(site: Site) -> None:
    async with site.correlating(), site.gateway() as gateway:
        await gateway.send(*quiet_household())
        handle = await handle_of(gateway, MAAS, LEASE)
        await gateway.send(event("household-erased", "x", "2024-02-28", basis="request"))

        async def is_gone() -> bool:
            answer = await gateway.get(f"/v1/households/{handle}", MAAS)
            return answer.status_code == 404

        await until(is_gone)
        assert slug(await look_up(gateway, MAAS, LEASE)) == "not-found"
        async with site.gateway("other") as other:
            assert slug(await other.get(f"/v1/households/{handle}", MAAS)) == "not-found"
            assert slug(await look_up(other, WEERT, DOSSIER)) == "not-found"
