"""What somebody does who never saw it: find the most urgent household, understand why, and answer.

By what stands on the pages alone, and with JavaScript turned off.
"""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.test_pages import WAYS
from tests.console.front import Front
from tests.console.households import leased

pytestmark = pytest.mark.slow


@pytest.fixture
async def page(browser: Browser) -> Page:
    return await browser.new_page(java_script_enabled=False, locale="nl-NL", **WAYS["phone"])


async def test_the_most_urgent_household_is_found_understood_and_answered(
    page: Page, front: Front, address: str
) -> None:
    await front.send(leased(3, "2024-01-15"))
    # The printed link: which organisation?
    await page.goto(address + await front.link())
    await expect(page.get_by_role("heading", level=1)).to_have_text(
        "Namens welke organisatie kijkt u?"
    )
    await page.get_by_role("button", name="Woonstichting Maas").click()
    # Which household is the most urgent? It says that the first is.
    await expect(page.get_by_role("main")).to_contain_text("Het meest dringende staat bovenaan.")
    first = page.get_by_role("article").first
    await expect(first).to_contain_text("Ernst: kritiek")
    await expect(first).to_contain_text("Antwoord uiterlijk dinsdag 5 maart 2024")
    await first.get_by_role("link", name="Bekijken en antwoorden").click()
    # Why?
    why = page.get_by_role("region", name="Waarom dit seintje er is")
    await expect(why).to_contain_text("overlast gemeld")
    await expect(why).to_contain_text("signaal afgegeven")
    # What to do, and that it was done.
    act = page.get_by_role("region", name="Wat u nu doet")
    await expect(act).to_contain_text("spreek samen één aanpak af")
    await act.get_by_role("button", name="Gezien, wij pakken dit op").click()
    await expect(page.get_by_role("status")).to_contain_text("uw antwoord is binnen")
    await expect(page.get_by_role("main")).to_contain_text("Uw organisatie: heeft geantwoord")


async def test_an_approach_is_agreed_by_who_has_a_keyboard_and_no_script(
    page: Page, front: Front, address: str
) -> None:
    await page.goto(address + await front.link("corporatie-maas"))
    await page.get_by_role("main").get_by_role("button").click()
    await page.get_by_role("article").first.get_by_role("link", name="Bekijken").click()
    await page.get_by_text("Een aanpak afspreken").click()
    await page.get_by_label("Wat is er afgesproken?").select_option(label="samen op huisbezoek")
    await page.get_by_label("Wanneer kijkt u of het helpt?").fill("2024-04-01")
    await page.get_by_role("button", name="Aanpak vastleggen").click()
    await expect(page.get_by_role("status")).to_contain_text("De aanpak is vastgelegd")


async def test_a_form_that_is_not_filled_in_is_stopped_by_the_browser_already(
    page: Page, front: Front, address: str
) -> None:
    await page.goto(address + await front.link("corporatie-maas"))
    await page.get_by_role("main").get_by_role("button").click()
    await page.get_by_role("article").first.get_by_role("link", name="Bekijken").click()
    before = page.url
    await page.get_by_text("Dit seintje sluiten", exact=True).click()
    await page.get_by_role("button", name="Sluiten", exact=True).click()
    assert page.url == before
    await expect(page.get_by_role("status")).to_have_count(0)
