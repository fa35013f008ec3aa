"""kill -9 in the one moment that counts: the server has the mail, and nobody here knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.client.site import a_site
from tests.contract.connectors.mail_world import mail_world
from tests.contract.connectors.scene import Scene
from tests.contract.connectors.test_telling import trouble


@pytest.mark.slow
async def test_a_process_that_is_killed_then_sends_the_same_mail_once_more(tmp_path: Path) -> None:
    folder = tmp_path / "connector"
    folder.mkdir()
    async with a_site(tmp_path / "data") as site, mail_world(folder) as world:
        scene = Scene(site, world, folder)
        await trouble(scene)
        world.mailbox.keep_silent()
        process = await scene.process("run")
        await world.mailbox.taken()
        process.kill()
        out, err = await process.communicate()
        world.mailbox.go_on()
        await scene.once()
        await scene.once()
        first, second, *more = world.mailbox.mails
        assert first.raw == second.raw
        assert first.message_id not in [got.message_id for got in more]
        assert sorted(world.told()) == sorted(await scene.alerts())
        assert not [it for it in world.secrets if it in (out + err).decode()]
