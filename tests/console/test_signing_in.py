"""Who gets in, for how long, and for which party."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.console.links import LASTS_MS
from hub.console.sessions import IDLE_MS, LONGEST_MS
from tests.console.front import Front, Visitor, a_front
from tests.gateway.desk import MAAS, WEERT

OVERVIEW = "Open seintjes"


async def is_in(visitor: Visitor) -> bool:
    return (await visitor.get("/")).heading == OVERVIEW


async def test_without_a_session_every_page_leads_to_signing_in(front: Front) -> None:
    visitor = front.visitor()
    for path in ("/", "/alerts/al-x", "/households/hh-x", "/sign-in/party"):
        assert (await visitor.get(path)).heading == "Inloggen"


async def test_a_link_lets_somebody_in_for_its_party(front: Front) -> None:
    visitor = front.visitor()
    page = await visitor.get(await front.link(WEERT))
    assert "Gemeente Weert" in page.text
    page = await visitor.submit(page.form("/sign-in/link"), party=WEERT)
    assert page.heading == OVERVIEW


async def test_looking_at_a_link_does_not_use_it_up(front: Front) -> None:
    link = await front.link(WEERT)
    for _ in range(2):
        page = await front.visitor().get(link)
    assert (await front.visitor().submit(page.form("/link"), party=WEERT)).heading == OVERVIEW


async def test_a_link_works_once(front: Front) -> None:
    link = await front.link(WEERT)
    page = await front.visitor().get(link)
    await front.visitor().submit(page.form("/link"), party=WEERT)
    again = await front.visitor().submit(page.form("/link"), 410, party=WEERT)
    assert again.heading == "Deze link werkt niet meer"
    await front.visitor().get(link, 410)


async def test_a_link_that_was_used_stays_used_after_a_restart(tmp_path: Path) -> None:
    async with a_front(tmp_path) as front:
        link = await front.link(WEERT)
        page = await front.visitor().get(link)
        await front.visitor().submit(page.form("/link"), party=WEERT)
        other = await front.link(MAAS)
    async with a_front(tmp_path) as front:
        await front.visitor().get(link, 410)
        await front.visitor().get(other)


async def test_a_link_lasts_a_quarter_of_an_hour(front: Front) -> None:
    link = await front.link(WEERT)
    page = await front.visitor().get(link)
    front.wall.at += LASTS_MS
    await front.visitor().get(link, 410)
    await front.visitor().submit(page.form("/link"), 410, party=WEERT)


@pytest.mark.parametrize("token", ["", "x", "a" * 22, "a" * 4000, "é", "%00"])
async def test_what_is_no_link_does_not_work(token: str, front: Front) -> None:
    page = await front.visitor().get(f"/sign-in/link?token={token}", 410)
    assert page.heading == "Deze link werkt niet meer"


async def test_a_link_of_one_party_is_good_for_no_other(front: Front) -> None:
    visitor = front.visitor()
    page = await visitor.get(await front.link(WEERT))
    assert "Woonstichting" not in page.text
    page = await visitor.submit(page.form("/link"), party=MAAS)
    assert page.heading == "U logt in"  # still to choose, of one
    assert "Woonstichting" not in page.text


async def test_a_link_of_no_party_lets_choose_and_choose_again(front: Front) -> None:
    visitor = front.visitor()
    page = await visitor.get(await front.link())
    page = await visitor.submit(page.form("/link"), party=MAAS)
    assert "Woonstichting Maas" in page.root.text
    page = await visitor.get("/sign-in/party")
    page = await visitor.submit(page.form("/party"), party=WEERT)
    assert "Gemeente Weert" in page.root.text


@pytest.mark.parametrize("party", ["", "nobody", "corporatie-maas'"])
async def test_a_choice_that_is_none_is_asked_again(party: str, front: Front) -> None:
    visitor = front.visitor()
    page = await visitor.get(await front.link())
    page = await visitor.submit(page.form("/link"), party=party)
    assert page.heading == "Namens welke organisatie kijkt u?"


async def test_a_session_outlives_a_restart(tmp_path: Path) -> None:
    async with a_front(tmp_path) as front:
        visitor = await front.signed_in(WEERT)
    async with a_front(tmp_path) as front:
        other = front.visitor()
        other.client.cookies = visitor.client.cookies
        assert await is_in(other)


async def test_a_session_of_another_hub_is_none(front: Front, tmp_path: Path) -> None:
    visitor = await front.signed_in(WEERT)
    async with a_front(tmp_path / "other") as elsewhere:
        other = elsewhere.visitor()
        other.client.cookies = visitor.client.cookies
        assert not await is_in(other)


async def test_a_session_ends_after_half_an_hour_of_silence(front: Front) -> None:
    visitor = await front.signed_in(WEERT)
    for _ in range(3):
        front.wall.at += IDLE_MS - 1
        assert await is_in(visitor)
    front.wall.at += IDLE_MS
    assert not await is_in(visitor)


async def test_a_session_ends_after_a_working_day_however_busy(front: Front) -> None:
    visitor = await front.signed_in(WEERT)
    for _ in range(LONGEST_MS // (IDLE_MS // 2) - 1):
        front.wall.at += IDLE_MS // 2
        assert await is_in(visitor)
    front.wall.at += IDLE_MS // 2
    assert not await is_in(visitor)


async def test_who_signs_out_is_out_with_every_copy_of_the_session(front: Front) -> None:
    visitor = await front.signed_in(WEERT)
    copied = dict(visitor.client.cookies)
    page = await visitor.get("/")
    page = await visitor.submit(page.form("/sign-out"))
    assert page.heading == "U bent uitgelogd"
    assert not await is_in(visitor)
    thief = front.visitor()
    thief.client.cookies.update(copied)
    assert not await is_in(thief)


async def test_choosing_another_party_ends_the_session_before(front: Front) -> None:
    visitor = await front.signed_in("")
    page = await visitor.get("/sign-in/party")
    await visitor.submit(page.form("/party"), party=WEERT)
    copied = dict(visitor.client.cookies)
    page = await visitor.get("/sign-in/party")
    await visitor.submit(page.form("/party"), party=MAAS)
    thief = front.visitor()
    thief.client.cookies.update(copied)
    assert not await is_in(thief)


@pytest.mark.parametrize("cookie", ["", "x", "a" * 5000, "AAAA" * 20, "é"])
async def test_a_cookie_that_we_did_not_seal_is_none(cookie: str, front: Front) -> None:
    headers = [(b"Cookie", f"seintje={cookie}".encode())]
    answer = await front.visitor().client.get("/", headers=headers)
    assert answer.headers["location"] == "/sign-in"


async def test_a_session_of_a_party_that_is_gone_is_none(front: Front) -> None:
    visitor = await front.signed_in(WEERT)
    del front.console.parties.by_id[WEERT]
    assert not await is_in(visitor)


async def test_on_this_machine_the_cookie_is_kept_from_scripts_and_other_sites(
    front: Front,
) -> None:
    page = await front.visitor().get(await front.link(WEERT))
    form = page.form("/link")
    answer = await front.visitor().post(form.action, form.fields | {"party": WEERT})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("seintje=")
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert "Secure" not in cookie


async def test_over_https_the_cookie_is_of_this_host_alone(tmp_path: Path) -> None:
    url = "https://seintje.example.nl"
    async with a_front(tmp_path, console_url=url) as front:
        visitor = front.visitor(url)
        page = await visitor.get(await front.link(WEERT))
        form = page.form("/link")
        answer = await visitor.post(form.action, form.fields | {"party": WEERT})
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-seintje=")
        assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= set(cookie.split("; "))
        assert "Domain" not in cookie


async def test_behind_a_proxy_that_ends_tls_it_is_https_all_the_same(tmp_path: Path) -> None:
    url = "https://seintje.example.nl"
    async with a_front(tmp_path, console_url=url) as front:
        page = await front.visitor("http://seintje.example.nl").get(await front.link(WEERT))
        form = page.form("/link")
        visitor = front.visitor("http://seintje.example.nl")
        answer = await visitor.post(form.action, form.fields | {"party": WEERT}, origin=url)
        assert answer.headers["set-cookie"].startswith("__Host-seintje=")


@pytest.mark.parametrize(
    "url",
    ["http://seintje.example.nl", "http://192.0.2.1:8300", "http://localhost.example.nl"],
)
async def test_over_http_it_answers_on_this_machine_only(url: str, front: Front) -> None:
    assert (await front.visitor(url).client.get("/sign-in")).status_code == 421


@pytest.mark.parametrize("url", ["http://localhost:8300", "http://127.0.0.1", "http://[::1]:83"])
async def test_this_machine_has_several_names(url: str, front: Front) -> None:
    await front.visitor(url).get("/sign-in")


async def test_by_another_name_than_that_in_the_setting_it_does_not_answer(tmp_path: Path) -> None:
    async with a_front(tmp_path, console_url="https://seintje.example.nl") as front:
        for url in ("https://evil.example", "http://127.0.0.1:8300"):
            assert (await front.visitor(url).client.get("/sign-in")).status_code == 421
