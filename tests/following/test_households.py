"""Households from a gateway on Kafka: what a worker wrote, followed, opened and found."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

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
