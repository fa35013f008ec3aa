"""A hub in one process delivers: from a fact that a party sends to a webhook that another gets."""

from __future__ import annotations

import asyncio
import json
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import trustme

from hub.clocks import SystemClock
from hub.compose.delivering import until_of
from hub.delivery import shelf
from hub.delivery.asking import asked
from hub.delivery.handshake import Consent
from hub.delivery.orders import Consented, Subscribe
from hub.delivery.sealing import Secrets, new_key, sealed
from hub.delivery.shelf import SECRETS, encode
from hub.delivery.signatures import Keyring, Secret
from hub.domain.time import parse_instant
from tests.delivery.hooks import OK, Got, Step, hook
from tests.delivery.proving import judged
from tests.embedded.hubs import running
from tests.streams.world import GEMEENTE, StillClock, signed

LATER = parse_instant("2024-03-01T12:00:00Z")
YES = (
    b"HTTP/1.1 204 No Content\r\nwebhook-allowed-origin: hub.example\r\n"
    b"webhook-allowed-rate: *\r\n\r\n"
)


async def test_a_fact_becomes_a_webhook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ca, key = trustme.CA(), new_key("v1")
    assert isinstance(key, Secret)

    def answer(got: Got) -> Step:
        return YES if got.method == "OPTIONS" else OK

    with ca.cert_pem.tempfile() as file:
        monkeypatch.setenv("SSL_CERT_FILE", file)
        networks = (ip_network("127.0.0.0/8"),)
        more: dict[str, Any] = {
            "allowed_networks": networks,
            "public_url": "https://hub.example/seintje",
        }
        async with hook(ca, answer) as found, running(tmp_path, LATER, **more) as client:
            hub = client.hub
            consent = await asked(hub.parts.way, found.url, LATER)
            assert consent == Consent(None)
            secrets = sealed(Secrets(Keyring(key)), "sb-1", hub.keys.webhooks)
            made = Subscribe(party=GEMEENTE, endpoint=found.url, after=0, numbered_by="", at=LATER)
            changes = {SECRETS + "sb-1": secrets, shelf.order_key("sb-1"): encode(made)}
            await hub.shelf.commit(changes)
            await hub.shelf.commit({shelf.order_key("sb-1"): encode(Consented(found.url, None))})
            await client.send([signed()])
            alerts = await client.alerts(GEMEENTE)
            await found.came(1 + len(alerts))
            metrics = hub.metrics.exposition(is_ready=True).decode()
    got = found.got[1:]
    assert [json.loads(it.body)["data"] for it in got] == alerts
    now = SystemClock().now()  # that of the receiver, whatever the hub takes for the time
    assert all(judged(it.headers, it.body, key.text, now) is None for it in got)
    assert 'seintje_subscriptions{life="active"} 1.0' in metrics


async def test_who_waits_looks_again_when_the_clock_is_put_back() -> None:
    clock = StillClock(LATER)
    waiting = asyncio.ensure_future(until_of(clock)(LATER + 1))
    await asyncio.sleep(0)  # it waits
    clock.at -= 3_600_000
    async with asyncio.timeout(20):
        await waiting
