"""A digest in a real browser, as a mail program shows it: read by axe, and it loads nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser

from connectors.mail_digest import Digest
from connectors.mail_recipient import Language
from connectors.mail_words import said
from hub.domain.time import parse_instant
from tests.browser.test_pages import PICTURES, WAYS, visiting

pytestmark = pytest.mark.slow

DIGEST = Digest(
    3, new=2, critical=1, waiting=3, late=1, answer_by=parse_instant("2026-03-13T10:00:00+01:00")
)


@pytest.mark.parametrize("way", ["light", "phone in the dark"])
@pytest.mark.parametrize("language", ["nl", "en"])
async def test_a_digest_is_for_everybody(browser: Browser, way: str, language: Language) -> None:
    html = said(DIGEST, "https://hub.example.nl", language).html
    async with visiting(browser, **WAYS[way]) as page:
        loaded: list[str] = []
        page.on("request", lambda it: loaded.append(it.url))
        await page.set_content(html)
        found = await Axe().run(page)
        assert found.response["violations"] == []
        assert loaded == []
        # axe takes the page behind the text to be white, whatever it is
        behind = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert behind == "rgb(255, 255, 255)"
        width = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert width <= 0
        if PICTURES in os.environ:
            await page.screenshot(path=Path(os.environ[PICTURES]) / f"mail {language} {way}.png")
