"""What a system says reaches the hub: all of it, once, whatever happens on the way."""

from __future__ import annotations

import pytest

from hub.errors import Misconfigured, Unavailable
from tests.contract.connectors.scene import Scene
from tests.contract.connectors.world import Can

pytestmark = [pytest.mark.needs(Can.BE_READ), pytest.mark.slow]


async def test_everything_is_said_and_the_second_time_nothing(scene: Scene) -> None:
    await scene.world.add(5)
    await scene.once()
    assert scene.agrees(), scene.differences()
    calls = len(scene.site.sent)
    await scene.once()
    assert scene.said() == scene.said()
    assert scene.agrees(), scene.differences()
    assert len(scene.site.sent) - calls <= 1  # a feed may say how far it has come
    assert scene.dead_letters() == []


async def test_a_hub_that_is_away_gets_it_when_it_is_back(scene: Scene) -> None:
    await scene.world.add(5)
    scene.hub_away()
    with pytest.raises(Unavailable):
        await scene.once()
    scene.hub_back()
    await scene.world.add(2)
    await scene.once()
    assert scene.agrees(), scene.differences()


@pytest.mark.needs(Can.GO_AWAY)
async def test_a_system_that_is_away_is_read_when_it_is_back(scene: Scene) -> None:
    await scene.world.add(3)
    await scene.once()
    await scene.world.go()
    with pytest.raises(Unavailable):
        await scene.once()
    await scene.world.come()
    await scene.world.add(3)
    await scene.once()
    assert scene.agrees(), scene.differences()


@pytest.mark.needs(Can.CHANGE)
async def test_what_changes_is_corrected(scene: Scene) -> None:
    await scene.world.add(3)
    await scene.once()
    await scene.world.change()
    await scene.once()
    assert scene.agrees(), scene.differences()


@pytest.mark.needs(Can.SHIFT)
async def test_a_page_that_moves_while_it_is_read_loses_nothing(scene: Scene) -> None:
    await scene.world.add(7)
    async with scene.ready() as ready:
        source = next(iter(ready.runner.sources))
        await ready.runner.read(source, ready.way)
        await scene.world.shift()
        await scene.world.add(1)
    await scene.once()
    assert scene.agrees(), scene.differences()


async def test_what_is_brought_again_is_not_said_again(scene: Scene) -> None:
    await scene.world.add(4)
    await scene.once()
    said = len(scene.in_force())
    await scene.world.repeat()
    await scene.once()
    assert len(scene.in_force()) == said
    assert scene.agrees(), scene.differences()


async def test_a_form_that_nobody_expected_is_kept_and_the_rest_goes_on(scene: Scene) -> None:
    await scene.world.add(2)
    where = await scene.world.surprise()
    await scene.world.add(2)
    await scene.once()
    assert scene.agrees(), scene.differences()
    [letter] = scene.dead_letters()
    assert where in letter.where
    assert letter.raw
    await scene.once()
    assert len(scene.dead_letters()) == 1


async def test_a_check_asks_the_hub_about_what_waits_for_it(scene: Scene) -> None:
    await scene.world.add(3)
    scene.hub_away()
    with pytest.raises(Unavailable):
        await scene.once()
    scene.hub_back()
    other = next(key for party, key in scene.site.keys.items() if party != scene.world.party)
    scene.file.with_name("hub.key").write_text(other)
    checked = await scene.connecting().check(lambda _looked: None)
    found = {it.mend for it in checked.findings if "not-your-source" in it.wrong}
    assert any("`party`" in it for it in found)


@pytest.mark.needs(Can.CHANGE)
async def test_a_check_takes_what_changed_for_a_correction(scene: Scene) -> None:
    await scene.world.add(3)
    await scene.once()
    await scene.world.change()
    checked = await scene.connecting().check(lambda _looked: None)
    assert checked.findings == []


async def test_a_check_finds_the_surprise_and_says_nothing_to_the_hub(scene: Scene) -> None:
    await scene.world.add(2)
    where = await scene.world.surprise()
    checked = await scene.connecting().check(lambda _looked: None)
    found = [it for it in checked.findings if where in it.where]
    assert found or await _names(scene) == ["inbox"]
    assert all(it.wrong and it.mend for it in found)
    assert scene.dead_letters() == []


async def _names(scene: Scene) -> list[str]:
    async with scene.ready() as ready:
        return [it.name for it in ready.runner.sources]


async def test_a_key_that_the_hub_does_not_know_is_told_and_nothing_is_lost(scene: Scene) -> None:
    await scene.world.add(2)
    key = scene.file.parent / "hub.key"
    good = key.read_text()
    key.write_text("no-such-key")
    with pytest.raises(Misconfigured):
        await scene.once()
    key.write_text(good)
    await scene.once()
    assert scene.agrees(), scene.differences()
