"""A hub for each test, and clients of it: every test that asks for `connect` runs with either."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest

from hub.client import AsyncClient, Client, Policy
from tests.client.site import FEW, Connect, InThread, Naps, Site, a_site
from tests.gateway.desk import MAAS


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with a_site(tmp_path / "data") as up:
        yield up


@pytest.fixture
async def naps() -> Naps:
    return Naps()


@pytest.fixture(params=["ordinary", "asyncio"])
async def connect(
    request: pytest.FixtureRequest, site: Site, naps: Naps, tmp_path: Path
) -> AsyncIterator[Connect]:
    """Makes clients: of the corporatie, unless said otherwise, with a state file for each party."""
    made: list[Any] = []

    def open_client(party: str = MAAS, policy: Policy = FEW, key: str | None = None) -> AsyncClient:
        given = (site.address, key or site.keys[party], tmp_path / f"{party}.db", policy)
        if request.param == "ordinary":
            made.append(InThread(Client(*given, naps.nap_in_thread)))
        else:
            made.append(AsyncClient(*given, naps.nap))
        return cast(AsyncClient, made[-1])

    yield open_client
    for client in made:
        await client.close()


@pytest.fixture
async def client(connect: Connect) -> AsyncClient:
    return connect()
