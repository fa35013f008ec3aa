"""A scene for each connector: every test that asks for `scene` runs with all that can do it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.client.site import a_site
from tests.contract.connectors.scene import Scene
from tests.contract.connectors.worlds import WORLDS


@pytest.fixture(params=sorted(WORLDS))
async def scene(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Scene]:
    # Those of the module and of the test.
    needed = [it for marker in request.node.iter_markers("needs") for it in marker.args]
    folder = tmp_path / "connector"
    folder.mkdir()
    async with a_site(tmp_path / "data") as site, WORLDS[request.param](folder) as world:
        for it in needed:
            if it in world.lacks:
                pytest.skip(f"{request.param}: {it.value}: {world.lacks[it]}")
        yield Scene(site, world, folder)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(*can): what a system must be able to do")
