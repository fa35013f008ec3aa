"""One browser for all tests of pages, and a hub on a socket of this machine for each of them.

Without a browser they are skipped, with the line that says what to install (`make browser`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from hub.gateway.server import Server, open_socket
from hub.settings import Listen
from tests.browser.prepare import MISSING, chromium
from tests.console.front import Front, a_front
from tests.console.households import with_both


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    found = chromium()
    if found is None:
        pytest.skip(MISSING)
    async with async_playwright() as playwright:
        # Root has no sandbox to give; everything it loads is ours.
        started = await playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield started
        await started.close()


@asynccontextmanager
async def _listening(front: Front) -> AsyncIterator[str]:
    listening = open_socket(Listen("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    serving = asyncio.create_task(Server(front.app, listening).serve(front.hub.stopping))
    try:
        yield url
    finally:
        front.hub.stopping.set()
        await serving


@pytest.fixture
async def front(tmp_path: Path) -> AsyncIterator[Front]:
    """A hub with an urgent household and a quieter one."""
    async with a_front(tmp_path / "data") as opened:
        await with_both(opened)
        yield opened


@pytest.fixture
async def address(front: Front) -> AsyncIterator[str]:
    """Where that hub is."""
    async with _listening(front) as url:
        yield url
