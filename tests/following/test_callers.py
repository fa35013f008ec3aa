"""Who calls a gateway on Kafka: keys through the stream of settings, tokens and certificates."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from sqlite3 import Connection
from typing import TypeVar

import pytest
from msgspec.structs import replace

from hub.clocks import SystemClock
from hub.domain.time import DAY_MS, HOUR_MS
from hub.gateway import api_keys, api_keys_on_kafka
from hub.gateway.api_keys import StoredKey
from tests.following.site import Caller, Site, until
from tests.identity.certifying import Authority, forwarded
from tests.identity.issuing import HUB, claims, ec, key_set, signed
from tests.identity.issuing import site as issuer_site

pytestmark = pytest.mark.slow

Answer = TypeVar("Answer")
MAAS, WEERT = "corporatie-maas", "gemeente-weert"
KEY, CA = ec(), Authority()


async def status(gateway: Caller, **headers: str) -> int:
    return (await gateway.http.get("/v1/alerts", headers=headers)).status_code


async def edited(site: Site, work: Callable[[Connection], Answer]) -> Answer:
    """What a command does with the keys."""

    def done() -> Answer:
        with api_keys_on_kafka.editing(site.brokers) as keys:
            return work(keys)

    return await asyncio.to_thread(done)


async def stored(site: Site) -> Sequence[StoredKey]:
    return await edited(site, partial(api_keys.stored, party=MAAS))


async def test_when_a_key_was_last_used_is_known_to_all(site: Site) -> None:
    async with site.gateway() as gateway:
        assert (await gateway.get("/v1/alerts", MAAS)).status_code == 200
    [used] = await stored(site)
    now = SystemClock().now()
    assert used.used_at in (now - now % HOUR_MS, now - now % HOUR_MS - HOUR_MS)
    async with site.gateway("another") as gateway:  # its read model has it too
        found = gateway.hub.reading.ask(lambda it: api_keys.stored(it, MAAS))
        assert [it.used_at for it in found] == [used.used_at]


async def test_a_key_is_replaced_at_every_gateway(site: Site) -> None:
    now = SystemClock().now()
    async with site.gateway("one") as one, site.gateway("other") as other:
        rotate = partial(api_keys.rotate, party=MAAS, now=now, until=now + DAY_MS)
        new = await edited(site, rotate)
        as_new = {"Authorization": f"Bearer {new.secret}"}

        async def is_known() -> bool:
            return [await status(it, **as_new) for it in (one, other)] == [200, 200]

        await until(is_known)
        assert (await other.get("/v1/alerts", MAAS)).status_code == 200  # the old one, still
        ends = sorted(it.revoked_at or 0 for it in await stored(site))
        assert ends == [0, now + DAY_MS]


@asynccontextmanager
async def known_by_file(
    site: Site, folder: Path, address: str, trait: str
) -> AsyncIterator[Caller]:
    """A gateway with a file of identities."""
    file = folder / "identities.yaml"
    file.write_text(
        f"issuers:\n  - {{issuer: 'https://login.example.nl', audience: '{HUB}', claim: client_id,"
        f" keys: '{address}/jwks', parties: {{weert-zaken: {WEERT}}}}}\n"
        f"certificates:\n  - {{party: {WEERT}, fingerprint: '{trait}'}}\n"
        "proxies:\n  - {network: 127.0.0.0/8}\n"
    )
    site.settings = replace(site.settings, identities=file)
    async with site.gateway() as gateway:
        yield gateway


async def test_a_party_is_known_by_token_and_by_certificate(site: Site, tmp_path: Path) -> None:
    made, nobodys = CA.certify(names=["koppeling.weert.example.nl"]), CA.certify()
    async with (
        issuer_site() as found,
        known_by_file(site, tmp_path, found.address, made.fingerprint) as gateway,
    ):
        found.pages["/jwks"] = key_set(KEY)
        at = SystemClock().now() // 1000
        good = signed(KEY, "ES256", claims(iat=at, exp=at + 300))
        late = signed(KEY, "ES256", claims(iat=at - 900, exp=at - 600))
        assert await status(gateway, Authorization=f"Bearer {good}") == 200
        assert await status(gateway, Authorization=f"Bearer {late}") == 401
        assert await status(gateway, **forwarded(made)) == 200
        assert await status(gateway, **forwarded(nobodys)) == 401
        assert found.asked == ["/jwks"]
