"""What people do by a form becomes a fact, once, and only when one of our own pages sent it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from hub.reading import alerts
from tests.console.front import Front, Visitor
from tests.console.households import urgent_alert, worried
from tests.console.html import Form, Page
from tests.gateway.desk import MAAS, ONDERDAK, PEEL, WEERT
from tests.streams.world import event, signed


async def opened(front: Front, party: str = MAAS) -> tuple[Visitor, Page]:
    """Somebody who looks at the most urgent alert."""
    await front.send(*worried())
    visitor = await front.signed_in(party)
    return visitor, await visitor.get(await urgent_alert(visitor))


async def view(front: Front, page: Page, party: str) -> dict[str, Any]:
    """What a party is told of the alert of a page."""
    alert_id = page.answer.url.path.rpartition("/")[2]
    raw = front.hub.reading.ask(lambda it: alerts.find(it, party, alert_id))
    found: dict[str, Any] = json.loads(raw or b"{}")
    return found


def acts(front: Front) -> int:
    """How many facts were accepted since the beginning."""
    told = front.hub.reading.ask(lambda it: it.execute("SELECT count(*) FROM read_receipt"))
    return int(told.fetchone()[0])


async def test_acknowledging_is_seen_by_the_others(front: Front) -> None:
    visitor, page = await opened(front)
    page = await visitor.submit(page.form("/acknowledgement"))
    assert "uw antwoord is binnen" in page.text
    assert not [it for it in page.forms if it.action.endswith("/acknowledgement")]
    told = await view(front, page, WEERT)
    assert {it["role"]: it["acknowledged"] for it in told["others"]}["corporatie"] is True


async def test_what_was_done_is_told_once(front: Front) -> None:
    visitor, page = await opened(front)
    page = await visitor.submit(page.form("/acknowledgement"))
    page = await visitor.get(page.answer.url.path)
    assert "uw antwoord is binnen" not in page.text


async def test_a_form_that_is_sent_twice_is_one_act(front: Front) -> None:
    visitor, page = await opened(front)
    before = acts(front)
    form = page.form("/closure")
    for _ in range(3):
        again = await visitor.submit(form, outcome="solved")
        assert "gesloten" in again.text
    assert acts(front) == before + 1


async def test_the_same_form_with_another_choice_is_refused_in_words(front: Front) -> None:
    visitor, page = await opened(front)
    form = page.form("/approach")
    said = {"action": "conversation", "review_on": "2024-04-01"}
    await visitor.submit(form, **said)
    page = await visitor.submit(form, **(said | {"action": "mediation"}))
    assert "Dit kon niet worden bewaard" in page.text


async def test_an_approach_is_agreed(front: Front) -> None:
    visitor, page = await opened(front)
    page = await visitor.submit(
        page.form("/approach"), action="joint-home-visit", review_on="2024-04-01"
    )
    assert "De aanpak is vastgelegd" in page.text
    assert (await view(front, page, WEERT))["resolution"] == "approach"


async def test_closing_by_who_acts_closes_for_all(front: Front) -> None:
    visitor, page = await opened(front)
    page = await visitor.submit(page.form("/closure"), outcome="solved")
    assert (await view(front, page, WEERT))["status"] == "closed"
    assert "Dit seintje is voorbij" in page.text
    assert not [it for it in page.forms if "/alerts/" in it.action]


async def test_closing_by_who_is_informed_takes_it_off_its_own_list(front: Front) -> None:
    await front.send(signed())
    visitor = await front.signed_in(MAAS)
    overview = await visitor.get("/")
    [alert] = {
        it.attributes["href"]
        for it in overview.root.all("a")
        if it.text == "Geen vast aanspreekpunt"
    }
    page = await visitor.get(alert)
    assert "van uw eigen lijst" in page.text
    page = await visitor.submit(page.form("/closure"), outcome="no-action-needed")
    assert alert not in (await visitor.get("/")).links
    assert (await view(front, page, WEERT))["status"] == "open"


@pytest.mark.parametrize(
    ("form", "said", "told"),
    [
        (
            "/approach",
            {"action": "", "review_on": "2024-04-01"},
            "Kies eerst wat er is afgesproken",
        ),
        ("/approach", {"action": "x", "review_on": "2024-04-01"}, "Kies eerst"),
        ("/approach", {"action": "other", "review_on": "soon"}, "Vul een datum in"),
        ("/approach", {"action": "other", "review_on": "20240401"}, "Vul een datum in"),
        ("/closure", {"outcome": ""}, "Kies eerst hoe het is afgelopen"),
        ("/closure", {"outcome": "<b>"}, "Kies eerst hoe"),
    ],
)
async def test_what_is_not_filled_in_is_asked_for(
    form: str, said: dict[str, str], told: str, front: Front
) -> None:
    visitor, page = await opened(front)
    before = acts(front)
    page = await visitor.submit(page.form(form), **said)
    assert told in page.text
    assert acts(front) == before


async def test_on_an_alert_of_another_nobody_acts(front: Front) -> None:
    _, page = await opened(front)
    other = await front.signed_in(PEEL)
    token = (await other.get("/")).form("/sign-out").fields["form_token"]
    form = page.form("/acknowledgement")
    theirs = Form(form.method, form.action, form.fields | {"form_token": token})
    before = acts(front)
    assert (await other.submit(theirs, 404)).heading == "Niet gevonden"
    assert acts(front) == before


async def test_on_what_was_withdrawn_there_is_nothing_to_do(front: Front) -> None:
    await front.send(signed())
    visitor = await front.signed_in(WEERT)
    page = await visitor.get(await urgent_alert(visitor))
    retracts = {"source": signed()["source"], "id": "lease"}
    await front.send(
        event("fact-retracted", "r", "2024-03-01", retracts=retracts, reason="test", party=MAAS)
    )
    page = await visitor.submit(page.form("/acknowledgement"), 410)
    assert "U hoeft niets meer te doen" in page.text


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"form_token": ""}, id="no token"),
        pytest.param({"form_token": "x"}, id="no token of ours"),
        pytest.param({"form_token": "é"}, id="no token at all"),
        pytest.param({"once": ""}, id="nothing that makes it one act"),
        pytest.param({"once": "x" * 65}, id="too much of that"),
    ],
)
async def test_a_form_that_is_not_ours_does_nothing(changed: dict[str, str], front: Front) -> None:
    visitor, page = await opened(front)
    before = acts(front)
    form = page.form("/acknowledgement")
    answer = await visitor.post(form.action, form.fields | changed)
    assert answer.status_code in (400, 403)
    assert "Er is niets bewaard" in answer.text
    assert acts(front) == before


async def test_the_token_of_another_session_is_not_ours(front: Front) -> None:
    visitor, page = await opened(front)
    other = await (await front.signed_in(MAAS)).get("/")
    form = page.form("/acknowledgement")
    token = other.form("/sign-out").fields["form_token"]
    answer = await visitor.post(form.action, form.fields | {"form_token": token})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:8301"},
        {"Origin": "http://127.0.0.1:8300", "Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_what_another_site_sends_does_nothing_even_with_the_token(
    headers: dict[str, str], front: Front
) -> None:
    visitor, page = await opened(front)
    form = page.form("/acknowledgement")
    assert (await visitor.post(form.action, form.fields, **headers)).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Origin": "http://127.0.0.1:8300"},
        {"Origin": "null"},
        {},
    ],
)
async def test_our_own_pages_are_believed(headers: dict[str, str], front: Front) -> None:
    visitor, page = await opened(front)
    form = page.form("/acknowledgement")
    assert (await visitor.post(form.action, form.fields, **headers)).status_code == 303


@pytest.mark.parametrize(
    ("media", "body"),
    [
        pytest.param("application/json", b"{}", id="JSON"),
        pytest.param("multipart/form-data; boundary=x", b"--x--", id="several parts"),
        pytest.param("text/plain", b"form_token=x", id="text"),
        pytest.param("application/x-www-form-urlencoded", b"a=" + b"x" * 20_000, id="too large"),
        pytest.param("application/x-www-form-urlencoded", b"&".join([b"a=b"] * 30), id="too many"),
        pytest.param("application/x-www-form-urlencoded", b"\xff\xfe", id="no ASCII"),
        pytest.param("application/x-www-form-urlencoded", b"%ff=%ff", id="no UTF-8"),
        pytest.param("application/x-www-form-urlencoded", b"a", id="no pair"),
    ],
)
async def test_what_is_no_form_is_told_so(media: str, body: bytes, front: Front) -> None:
    visitor = await front.signed_in(WEERT)
    path = "/alerts/al-x/acknowledgement"
    answer = await visitor.client.post(path, content=body, headers={"Content-Type": media})
    assert answer.status_code == 400


async def test_a_form_that_does_not_come_to_an_end_is_not_waited_for(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b"form_token="
        await asyncio.Event().wait()

    monkeypatch.setattr("hub.console.app.SLOWEST_SECONDS", 0.01)
    visitor = await front.signed_in(WEERT)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    path = "/alerts/al-x/acknowledgement"
    answer = await visitor.client.post(path, content=endless(), headers=headers)
    assert answer.status_code == 400


async def test_who_was_away_too_long_signs_in_first(front: Front) -> None:
    visitor, page = await opened(front, ONDERDAK)
    front.wall.at += 31 * 60_000
    before = acts(front)
    page = await visitor.submit(page.form("/acknowledgement"))
    assert page.heading == "Inloggen"
    assert acts(front) == before
