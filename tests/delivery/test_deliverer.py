"""The whole way of a webhook: from what a party is told to its receiver, and what is kept."""

from __future__ import annotations

import json
import ssl
from pathlib import Path

import pytest
import trustme

from hub.delivery.subscription import Life
from tests.delivery.delivering import site
from tests.delivery.hooks import hook


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def tls(ca: trustme.CA) -> ssl.SSLContext:
    found = ssl.create_default_context()
    ca.configure_trust(found)
    return found


async def test_what_a_party_is_told_comes_to_its_receiver_in_order(
    ca: trustme.CA, tls: ssl.SSLContext, tmp_path: Path
) -> None:
    async with site(tmp_path, tls) as hub, hook(ca) as found:
        await hub.tell(1, 2, 3)
        async with hub.delivering():
            await hub.subscribe("sb-1", found.url)
            kept = await hub.reached("sb-1", 3)
            await hub.tell(4)
            kept = await hub.reached("sb-1", 4)
    assert kept.subscription.life is Life.ACTIVE
    assert [it.position for it in found.taken] == [1, 2, 3, 4]
    assert [it.id for it in found.taken] == ["al-1_1", "al-2_2", "al-3_3", "al-4_4"]
    assert json.loads(found.taken[0].body)["data"]["alertId"] == "al-1"
