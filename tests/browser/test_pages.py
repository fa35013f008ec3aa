"""Every page in a real browser: by eye and by ear, in the light, in the dark and on a phone."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Locator, Page, Request

from tests.console.front import Front
from tests.gateway.desk import MAAS, WEERT

pytestmark = pytest.mark.slow

# Where pictures of the pages are kept, for who wants to look at them.
PICTURES: Final = "SEINTJE_PICTURES"
DESK: Final = {"width": 1200, "height": 900}
WAYS: Final[dict[str, dict[str, Any]]] = {
    "light": {"color_scheme": "light", "viewport": DESK},
    "dark": {"color_scheme": "dark", "viewport": DESK},
    "phone": {
        "color_scheme": "light",
        "viewport": {"width": 360, "height": 740},
        "is_mobile": True,
        "has_touch": True,
    },
    "phone in the dark": {"color_scheme": "dark", "viewport": {"width": 360, "height": 740}},
    "English": {"color_scheme": "light", "viewport": DESK, "locale": "en-GB"},
}
BROKEN: Final = (
    "<html><head><title></title></head><body><img src='x.png'>"
    "<p style='color:#aaa;background:#fff'>pale</p><input></body></html>"
)


@asynccontextmanager
async def visiting(browser: Browser, **way: Any) -> AsyncIterator[Page]:
    """A page of a browser of its own, that complains of whatever the policy of a page forbids."""
    context = await browser.new_context(**({"locale": "nl-NL"} | way))
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda it: complaints.append(it.text))
    page.on("pageerror", lambda it: complaints.append(str(it)))
    page.on("requestfailed", lambda it: complaints.extend([] if _left(it) else [it.url]))
    yield page
    await context.close()
    assert not complaints


def _left(request: Request) -> bool:
    """On a busy machine the page is left before its icon has come. Nothing else may be missing."""
    return request.url.endswith("/icon.svg") and request.failure == "net::ERR_ABORTED"


async def sign_in(page: Page, address: str, front: Front, party: str) -> None:
    await page.goto(address + await front.link(party))
    await leads_on(page, page.get_by_role("main").get_by_role("button"))


async def leads_on(page: Page, to_click: Locator) -> None:
    """Click, and be where that leads."""
    async with page.expect_navigation():
        await to_click.click()


async def is_fine(page: Page, name: str) -> None:
    """Nothing for axe to find, and nothing that sticks out sideways."""
    folder = os.environ.get(PICTURES)
    if folder:
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
    found = await Axe().run(page)
    assert not found.violations_count, found.generate_report()
    width = await page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1], f"{name} is {width[0]} wide"


@pytest.mark.parametrize("way", WAYS)
async def test_every_page_can_be_used_by_everybody(
    way: str, browser: Browser, front: Front, address: str
) -> None:
    async with visiting(browser, **WAYS[way]) as page:
        await page.goto(f"{address}/sign-in")
        await is_fine(page, f"sign-in, {way}")
        await page.goto(address + await front.link())
        await is_fine(page, f"choice, {way}")
        await sign_in(page, address, front, MAAS)
        await is_fine(page, f"overview, {way}")
        await leads_on(page, page.locator("article h3 a").first)
        await is_fine(page, f"household, {way}")
        await leads_on(page, page.locator("article h3 a").first)
        await is_fine(page, f"alert, {way}")
        for summary in await page.locator("summary").all():
            await summary.click()
        await is_fine(page, f"alert with its forms open, {way}")
        await leads_on(page, page.locator("form[action$=acknowledgement] button"))
        await is_fine(page, f"alert that was answered, {way}")
        await page.goto(f"{address}/")
        await is_fine(page, f"overview of what was answered, {way}")


async def test_what_is_told_besides_can_be_used_by_everybody(
    browser: Browser, front: Front, address: str
) -> None:
    async with visiting(browser) as page:
        await sign_in(page, address, front, WEERT)
        # A status that is no success is a complaint in this browser, so these come one by one.
        await leads_on(page, page.locator("form[action='/sign-out'] button"))
        await is_fine(page, "signed out")


@pytest.mark.parametrize("path", ["/alerts/al-x", "/sign-in/link?token=x"])
async def test_so_can_what_is_told_where_there_is_nothing(
    path: str, browser: Browser, front: Front, address: str
) -> None:
    context = await browser.new_context(locale="nl-NL")
    page = await context.new_page()
    await sign_in(page, address, front, WEERT)
    await page.goto(address + path)
    await is_fine(page, path.partition("?")[0].strip("/").replace("/", " "))
    await context.close()


async def test_the_keyboard_is_enough(browser: Browser, front: Front, address: str) -> None:
    async with visiting(browser) as page:
        await sign_in(page, address, front, MAAS)
        await page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Naar de inhoud")
        assert await skip.evaluate("it => it === document.activeElement")
        assert await skip.is_visible()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        focused = await page.evaluate("document.activeElement.getAttribute('href')")
        assert focused.startswith("/households/")


async def test_axe_finds_what_is_wrong_with_a_page_that_is_broken(browser: Browser) -> None:
    page = await browser.new_page()
    await page.set_content(BROKEN)
    found = await Axe().run(page)
    rules = {it["id"] for it in found.response["violations"]}
    assert {"image-alt", "html-has-lang", "color-contrast", "label", "document-title"} <= rules
