"""What the pages show, to whom, and that they show it as it was written."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from hub.agreement_files import read_agreement_file
from hub.console.console import Shelf
from hub.errors import Unavailable
from hub.shipped import shipped
from hub.streams.revisions import Disclosure, Way
from tests.console.front import Front, Visitor
from tests.console.households import (
    HOSTILE,
    aanspreekpunt,
    leased,
    urgent_alert,
    with_both,
    worried,
)
from tests.gateway.desk import HUURDERS, MAAS, ONDERDAK, PEEL, ROERMOND, WEERT
from tests.streams.world import event, missed, quiet_household, signed

CONCURRENT = "Signalen van twee kanten over dit huishouden"


async def test_the_overview_begins_with_the_most_urgent_household(front: Front) -> None:
    await with_both(front)
    page = await (await front.signed_in(MAAS)).get("/")
    households = [it.text for it in page.root.all("h3")]
    assert households == ["Huurcontract L-1", "Huurcontract l-ac"]
    [first, *_] = page.root.all("article")
    assert CONCURRENT in first.text
    assert "Ernst: kritiek" in first.text
    assert "Antwoord uiterlijk dinsdag 5 maart 2024" in first.text


async def test_a_household_stands_there_once_with_all_its_alerts(front: Front) -> None:
    await with_both(front)
    page = await (await front.signed_in(WEERT)).get("/")
    first = next(page.root.all("article"))
    assert "Er spelen nog" in first.text
    assert len(page.links_to("/households/")) == 2


async def test_what_is_too_late_says_so(front: Front) -> None:
    await with_both(front)
    visitor = await front.signed_in(MAAS)
    assert "nog 4 dagen" in (await visitor.get("/")).text
    await front.wait_until("2024-03-07T12:00:00Z")
    assert "2 dagen te laat" in (await visitor.get("/")).text


async def test_without_alerts_there_is_nothing_to_do(front: Front) -> None:
    page = await (await front.signed_in(PEEL)).get("/")
    assert "U hoeft nu niets te doen" in page.text


async def test_what_we_answered_no_longer_waits(front: Front) -> None:
    await with_both(front)
    visitor = await front.signed_in(MAAS)
    page = await visitor.get("/")
    assert [it.text for it in page.root.all("h2")] == ["Wacht op u", "Loopt nog"]
    for link in page.links_to("/alerts/"):
        page = await visitor.get(link)
        if page.forms[1].action.endswith("/acknowledgement"):
            await visitor.submit(page.form("/acknowledgement"))
    page = await visitor.get("/")
    assert [it.text for it in page.root.all("h2")] == ["Loopt nog"]
    assert "Niets wacht op uw antwoord" in page.text
    assert "Uw organisatie: heeft geantwoord" in page.text


async def test_whether_we_answered_is_known_also_when_others_did(front: Front) -> None:
    await front.send(*worried())
    for party in (WEERT, MAAS):
        visitor = await front.signed_in(party)
        page = await visitor.get(await urgent_alert(visitor))
        assert "Uw organisatie: nog geen antwoord" in page.text
        assert ("een organisatie pakt dit op" in page.text) is (party == MAAS)
        page = await visitor.submit(page.form("/acknowledgement"))
        assert "Uw organisatie: heeft geantwoord" in page.text
        assert "wordt opgepakt" in page.text


async def test_more_households_than_fit_are_on_further_pages(front: Front) -> None:
    await front.send(*(leased(number, "2024-01-15") for number in range(30)))
    visitor = await front.signed_in(MAAS)
    first, second = await visitor.get("/"), await visitor.get("/?page=2")
    assert "Bladzijde 1 van 2" in first.text
    seen = [*first.links_to("/households/"), *second.links_to("/households/")]
    assert len(seen) == len(set(seen)) == 30
    for odd in ("0", "-1", "x", "9" * 20, "9" * 5000, "²"):
        await visitor.get(f"/?page={odd}")


async def test_an_alert_explains_itself(front: Front) -> None:
    await front.send(*worried())
    visitor = await front.signed_in(MAAS)
    page = await visitor.get(await urgent_alert(visitor))
    assert page.heading == CONCURRENT
    for told in (
        "Overleg met het aanspreekpunt",  # what to do
        "Antwoord uiterlijk dinsdag 5 maart 2024 om 13:00 uur",  # by when
        "overlast gemeld maandag 26 februari 2024 om 11:00 uur door uw organisatie gemeld",
        "soort : geluid".replace(" :", ""),
        "signaal afgegeven dinsdag 27 februari 2024 om 11:00 uur door een andere organisatie",
        "A. de Vries",  # whom to call
        "Afgesproken (punt 2): “lichten elkaar in en bespreken de aanpak”.",
        "duurzame-start, versie 1",
        "gemeente: nog geen antwoord",
    ):
        assert told in page.text, told
    assert {"tel:+31495000000", "mailto:a.devries@example.nl"} <= set(page.links)


async def test_an_alert_tells_what_did_not_come(front: Front) -> None:
    await front.send(signed())
    page = await (await front.signed_in(WEERT)).get("/")
    [alert] = [it.attributes["href"] for it in page.root.all("a") if "Startsituatie" in it.text][:1]
    page = await (await front.signed_in(WEERT)).get(alert)
    assert "intake afgerond verwacht uiterlijk dinsdag 9 januari 2024" in page.text


async def test_who_is_only_informed_is_asked_nothing(front: Front) -> None:
    await front.send(signed())
    visitor = await front.signed_in(MAAS)
    page = await visitor.get("/")
    [alert] = {
        it.attributes["href"] for it in page.root.all("a") if it.text == "Geen vast aanspreekpunt"
    }
    page = await visitor.get(alert)
    assert "U hoeft niets te doen" in page.text
    assert "Uw organisatie: hoeft dit alleen te weten" in page.text
    assert "Antwoord uiterlijk" not in page.text


async def test_what_the_gate_holds_back_the_corporatie_is_told(front: Front) -> None:
    await front.send(
        *quiet_household(), missed("m", "2024-02-16T12:00:00Z", "2024-01", shared=False)
    )
    visitor = await front.signed_in(MAAS)
    page = await visitor.get(await urgent_alert(visitor))
    assert "De gemeente weet het nog niet" in page.text
    page = await (await front.signed_in(WEERT)).get("/")
    assert "huur" not in page.text.lower()


async def test_a_household_is_drawn_and_stands_in_a_table(front: Front) -> None:
    await front.send(*worried())
    visitor = await front.signed_in(MAAS)
    [link] = (await visitor.get("/")).links_to("/households/")
    page = await visitor.get(link)
    assert page.heading == "Huurcontract L-1"
    rows = [row.text for row in next(page.root.all("tbody")).all("tr")]
    assert any("overlast gemeld" in row and "geluid" in row for row in rows)
    assert any(
        row.endswith("11:00 uur signaal afgegeven door een andere organisatie gemeld")
        for row in rows
    )
    drawn = [it.text for it in next(page.root.all("svg")).all("title")]
    assert {"overlast gemeld", "signaal afgegeven", CONCURRENT} <= set(drawn)


async def test_our_answers_are_part_of_the_story(front: Front) -> None:
    await front.send(*worried())
    visitor = await front.signed_in(MAAS)
    page = await visitor.get(await urgent_alert(visitor))
    page = await visitor.submit(page.form("/acknowledgement"))
    assert "Uw organisatie: gezien, wij pakken dit op" in page.text
    page = await visitor.get(page.links_to("/households/")[0])
    assert "Uw organisatie: gezien, wij pakken dit op" in next(page.root.all("table")).text


async def test_what_is_told_to_one_party_is_not_there_for_another(front: Front) -> None:
    await with_both(front)
    everyone = (HUURDERS, MAAS, ONDERDAK, PEEL, ROERMOND, WEERT)
    visitors = {party: await front.signed_in(party) for party in everyone}
    seen: dict[str, set[str]] = {}
    for party, visitor in visitors.items():
        page = await visitor.get("/")
        households = page.links_to("/households/")
        below = [await visitor.get(it) for it in households]
        alerts = {it for one in (page, *below) for it in one.links_to("/alerts/")}
        seen[party] = {*households, *alerts}
    assert len(seen[WEERT]) > len(seen[MAAS]) > 2
    assert not seen[PEEL] | seen[ROERMOND] | seen[HUURDERS]
    every = set().union(*seen.values())
    for party, visitor in visitors.items():
        for path in every - seen[party]:
            page = await visitor.get(path, 404)
            assert page.heading == "Niet gevonden"
            assert path.split("/")[-1] not in page.text


async def test_what_was_withdrawn_is_shown_without_anything_of_it(front: Front) -> None:
    await front.send(signed())
    visitor = await front.signed_in(WEERT)
    alert = await urgent_alert(visitor)
    retracts = {"source": signed()["source"], "id": "lease"}
    retraction = event(
        "fact-retracted", "r", "2024-03-01", retracts=retracts, reason="test", party=MAAS
    )
    await front.send(retraction)
    page = await visitor.get(alert)
    assert page.heading == "Dit seintje is er niet meer"
    assert not [it for it in page.forms if "alerts" in it.action]


async def test_what_people_wrote_is_text_and_nothing_else(front: Front) -> None:
    await front.send(*worried()[:1], aanspreekpunt(HOSTILE), *worried()[2:])
    visitor = await front.signed_in(MAAS)
    alert = await visitor.get(await urgent_alert(visitor))
    household = await visitor.get(alert.links_to("/households/")[0])
    for page in (alert, household):
        assert HOSTILE in page.root.text.replace("  ", " ")
        assert not list(page.root.all("script"))
        assert not [it for it in page.root.all("img") if it.attributes["src"] == "x"]
        assert "49" not in page.text.replace("+31495000000", "")


def titles_of_rules() -> frozenset[str]:
    agreement = read_agreement_file(shipped("agreements") / "duurzame-start.yaml")
    texts = [it.text for it in agreement.rules] + [it.text for it in agreement.region_rules]
    return frozenset(text["nl"].title for text in texts)


async def test_neither_address_nor_title_tells_anything_of_anybody(front: Front) -> None:
    await with_both(front)
    visitor = await front.signed_in(WEERT)
    rules = titles_of_rules()
    assert not re.search("statushouder|vergunning|asiel|vluchteling", " ".join(rules).lower())
    pages = [await visitor.get("/")]
    pages += [await visitor.get(it) for it in pages[0].links_to("/households/")]
    pages += [await visitor.get(it) for it in pages[0].links_to("/alerts/")]
    for page in pages:
        # An alert is called what its rule is called, which is the same for every household.
        rule = next((it for it in rules if f"{it} – Seintje" == page.title), "")
        assert rule == page.heading or page.title in {
            "Overzicht – Seintje",
            "Huishouden – Seintje",
        }
        for link in page.links:
            if link in ("tel:+31495000000", "mailto:a.devries@example.nl"):
                continue  # no address of a page
            plain = r"/(sign-in/party|(alerts/al|households/hh)-[a-z2-7]{26})?(\?lang=en)?|#content"
            assert re.fullmatch(plain, link), link


async def test_which_group_somebody_belongs_to_is_shown_to_nobody(front: Front) -> None:
    await front.send(*quiet_household(), *worried()[2:])
    visitor = await front.signed_in(MAAS)
    page = await visitor.get((await visitor.get("/")).links_to("/households/")[0])
    assert "huurcontract getekend" in page.text
    for word in ("vergunninghouder", "statushouder", "tir", "targetGroup"):
        assert word not in page.answer.text


async def test_a_page_is_kept_by_nobody_and_loads_nothing_from_elsewhere(front: Front) -> None:
    await with_both(front)
    visitor = await front.signed_in(WEERT)
    paths = ["/", await urgent_alert(visitor), "/sign-in/party", "/alerts/al-x"]
    answers = [await visitor.client.get(path) for path in paths]
    answers.append(await front.visitor().client.get("/"))  # a redirect
    for answer in answers:
        told = answer.headers
        assert told["cache-control"] == "no-store"
        assert told["referrer-policy"] == "no-referrer"
        assert told["x-content-type-options"] == "nosniff"
        assert told["cross-origin-opener-policy"] == "same-origin"
        assert told["cross-origin-resource-policy"] == "same-origin"
        policy = dict(it.strip().split(" ", 1) for it in told["content-security-policy"].split(";"))
        assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert policy["style-src"] == policy["img-src"] == policy["form-action"] == "'self'"
        assert "unsafe" not in told["content-security-policy"]
        assert not re.search(r"\bstyle=|\bon[a-z]+=|<script", answer.text)


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ({}, "nl"),
        ({"Accept-Language": "en-GB,nl;q=0.5"}, "en"),
        ({"Accept-Language": "nl-BE,en"}, "nl"),
        ({"Accept-Language": "tr"}, "nl"),
    ],
)
async def test_the_language_is_the_one_that_the_browser_likes(
    asked: dict[str, str], language: str, front: Front
) -> None:
    visitor = await front.signed_in(WEERT, **asked)
    page = await visitor.get("/")
    [html] = page.root.all("html")
    assert html.attributes["lang"] == page.answer.headers["content-language"] == language


async def test_the_language_can_be_switched_and_stays(front: Front) -> None:
    await front.send(*worried())
    visitor = await front.signed_in(MAAS)
    [switch] = [it for it in (await visitor.get("/")).links if "lang=" in it]
    page = await visitor.get(switch)
    assert page.heading == "Open alerts"
    assert "Answer by Tuesday 5 March 2024 at 13:00" in page.text
    page = await visitor.get(page.links_to("/alerts/")[0])
    assert page.heading == "Signals from both sides about this household"
    await visitor.get("/?lang=xx")
    assert (await visitor.get("/?lang=nl")).heading == "Open seintjes"


async def test_switching_the_language_of_a_link_does_not_lose_it(front: Front) -> None:
    visitor = front.visitor()
    page = await visitor.get(await front.link(WEERT))
    [switch] = [it for it in page.links if "lang=" in it]
    page = await visitor.get(switch)
    assert page.heading == "You are signing in"
    assert (await visitor.submit(page.form("/link"), party=WEERT)).heading == "Open alerts"


async def test_who_stays_silent_sees_what_became_of_it(front: Front) -> None:
    await front.send(*worried())
    visitor = await front.signed_in(MAAS)
    alert = await urgent_alert(visitor)
    await front.wait_until("2024-03-04T12:00:00Z")
    assert "U bent eraan herinnerd" in (await visitor.get(alert)).text
    await front.wait_until("2024-03-06T12:00:00Z")
    page = await visitor.get(alert)
    told = "Uw organisatie had op dinsdag 5 maart 2024 om 13:00 uur nog niet geantwoord."
    contact = front.hub.parties.by_id[MAAS].contact
    assert f"{told} Daarom kreeg {contact} bericht." in page.text
    page = await visitor.submit(page.form("/acknowledgement"))
    assert "5 maart 2024 om 13:00 uur Uw organisatie had nog niet geantwoord" in page.text


def readings(front: Front) -> list[Disclosure]:
    """What was written down of what pages showed, the oldest first."""
    rows = front.hub.reading.ask(
        lambda it: it.execute("SELECT disclosure FROM read_disclosure ORDER BY position").fetchall()
    )
    found = [msgspec.json.decode(told, type=Disclosure) for (told,) in rows]
    return [it for it in found if it.way == Way.CONSOLE]


async def urgent_pages(visitor: Visitor) -> tuple[str, str, str]:
    """The overview, the most urgent alert and its household."""
    page = await visitor.get("/")
    return "/", page.links_to("/alerts/")[0], page.links_to("/households/")[0]


async def test_what_is_shown_is_written_down_before(front: Front) -> None:
    await front.send(*worried())
    visitor = await front.signed_in(WEERT)
    pages = await urgent_pages(visitor)
    for path in pages:
        before = len(readings(front))
        await visitor.get(path)
        read = readings(front)[before:]
        assert pages[1].removeprefix("/alerts/") in {it.alert_id for it in read}, path
        assert {it.party for it in read} == {WEERT}


@pytest.mark.slow
async def test_nothing_is_shown_that_cannot_be_written_down(front: Front) -> None:
    await front.send(*worried())
    visitor = await front.signed_in(WEERT)
    pages = await urgent_pages(visitor)
    await front.hub.store.transact(lambda it: it.execute("DELETE FROM read_disclosure"))
    for path in pages:
        assert CONCURRENT not in (await visitor.get(path, 503)).text


async def test_what_cannot_be_read_now_is_told_so(front: Front) -> None:
    def away(*_asked: object) -> Any:
        raise Unavailable("the read model is catching up", 7)

    visitor = await front.signed_in(WEERT)
    front.serve(replace(front.console, shelf=Shelf(away, away, away, away, away)))
    behind = front.visitor()
    behind.client.cookies = visitor.client.cookies
    for path in ("/", "/alerts/al-x", "/households/hh-x"):
        page = await behind.get(path, 503)
        assert page.heading == "Nu even niet"
        assert page.answer.headers["retry-after"] == "7"


async def test_pages_are_counted_by_their_path_and_not_by_what_is_in_it(front: Front) -> None:
    await front.send(*worried())
    visitor = await front.signed_in(MAAS)
    alert = await urgent_alert(visitor)
    await visitor.get(alert)
    metrics = (await visitor.client.get("/metrics")).text
    assert "/alerts/{alert_id}" in metrics
    assert alert not in metrics


async def test_a_region_has_alerts_too(front: Front) -> None:
    region = {"region": "limburg-midden", "unitId": "unit-a"}
    first = dict(event("dwelling-released", "d", "2022-02-01", party=MAAS, **region))
    fields = {name: it for name, it in first["data"].items() if name != "references"}
    await front.send(first | {"data": fields})
    visitor = await front.signed_in(MAAS)
    page = await visitor.get("/")
    assert "Regio Limburg-Midden" in page.text
    page = await visitor.get(page.links_to("/alerts/")[0])
    assert "Regio Limburg-Midden" in page.text
    await visitor.submit(page.form("/acknowledgement"))
    assert "Uw organisatie: heeft geantwoord" in (await visitor.get("/")).text
