"""Alerts of the party reach its system: in order, each revision, whatever happens on the way."""

from __future__ import annotations

import pytest

from hub.client import AsyncClient
from hub.errors import Misconfigured, Unavailable
from tests.client.site import FEW, Naps
from tests.contract.connectors.scene import Scene
from tests.contract.connectors.world import Can
from tests.gateway.desk import MAAS
from tests.streams.world import event, signed

pytestmark = [pytest.mark.needs(Can.BE_TOLD), pytest.mark.slow]


async def trouble(scene: Scene) -> None:
    """Something happens of which both sides are told."""
    state = scene.file.parent / "corporatie.db"
    lease = {"party": MAAS}
    async with AsyncClient(
        scene.site.address, scene.site.keys[MAAS], state, FEW, Naps().nap
    ) as client:
        await client.publish(signed(), event("nuisance-reported", "n1", "2024-02-10", **lease))
    await scene.site.hub.settled()
    scene.site.sent.clear()  # not by the connector


async def test_every_alert_is_told_once(scene: Scene) -> None:
    await trouble(scene)
    expected = await scene.alerts()
    assert expected
    await scene.once()
    assert sorted(scene.world.told()) == sorted(expected)
    await scene.once()
    assert sorted(scene.world.told()) == sorted(expected)


@pytest.mark.needs(Can.GO_AWAY)
async def test_a_system_that_is_away_is_told_when_it_is_back(scene: Scene) -> None:
    await trouble(scene)
    await scene.world.go()
    with pytest.raises(Unavailable):
        await scene.once()
    await scene.world.come()
    await scene.once()
    assert sorted(scene.world.told()) == sorted(await scene.alerts())


async def test_a_key_that_the_hub_does_not_know_is_a_setting_to_mend(scene: Scene) -> None:
    await trouble(scene)
    key = scene.file.with_name("hub.key")
    right = key.read_text()
    key.write_text("sk_withdrawn")
    with pytest.raises(Misconfigured, match=r"hub\.keyFile: check the key"):
        await scene.once()
    checked = await scene.connecting().check(lambda _looked: None)
    assert "hub.keyFile" in {it.where for it in checked.findings}
    key.write_text(right)
    await scene.once()
    assert sorted(scene.world.told()) == sorted(await scene.alerts())
