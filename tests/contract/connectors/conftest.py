"""A scene for each connector: every test that asks for `scene` runs with all that can do it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.client.site import a_site
from tests.contract.connectors.scene import Scene
from tests.contract.connectors.worlds import WORLDS, worlds_that


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "scene" in metafunc.fixturenames:
        # Those of the module and of the test.
        marks = metafunc.definition.iter_markers("needs")
        names = worlds_that(it for mark in marks for it in mark.args)
        metafunc.parametrize("scene", names, indirect=True)


@pytest.fixture
async def scene(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Scene]:
    folder = tmp_path / "connector"
    folder.mkdir()
    case = WORLDS[request.param]
    async with a_site(tmp_path / "data") as site, case.opens(folder) as world:
        yield Scene(site, world, folder)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(*can): what a system must be able to do")
