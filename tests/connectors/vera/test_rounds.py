"""Rounds on a real server: who is read, what of them, and what happens when it moves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from connectors.seam import Finding, Record
from hub.domain.time import DAY_MS, parse_instant
from hub.errors import Misconfigured, Unavailable
from tests.connectors.vera.stage import Stage, feed, records, staged, unmapped
from tests.systems import vera_tenants as tenants
from tests.systems.vera_tenants import code

ALL_TYPES = [
    "damage-repaired",
    "damage-reported",
    "lease-ended",
    "lease-signed",
    "nuisance-reported",
    "payment-arrangement-agreed",
    "payment-arrangement-broken",
    "rent-missed",
    "rent-paid",
]


async def test_a_household_with_everything_says_everything() -> None:
    async with staged() as stage:
        system = stage.system
        tenants.lease(system)
        tenants.rent(system, "2024-02-01")
        tenants.rent(system, "2024-03-01")
        tenants.pay(system, "2024-02-01", "2024-02-12")
        tenants.damage(system, "V1")
        tenants.signal(system, "S1")
        system.put(
            "betalingsregelingen",
            "X1",
            status=code("ACT"),
            afspraakdatum="2024-03-08",
            einddatum="2024-06-30",
            overeenkomst=system.uri("huurovereenkomsten", "L1"),
        )
        said = await stage.facts()
        assert sorted((name, len(drafts)) for name, drafts in said.items()) == [
            ("damage-reported", 1),
            ("lease-signed", 1),
            ("nuisance-reported", 1),
            ("payment-arrangement-agreed", 1),
            ("rent-missed", 2),
            ("rent-paid", 1),
        ]
        assert unmapped(stage.entries) == []
        [complete] = feed(stage.entries)
        assert complete["types"] == ALL_TYPES
        assert complete["upTo"] == "2024-03-06T23:00:00.000Z"  # three days before today


async def test_the_lease_comes_first_of_what_is_said_of_a_household() -> None:
    async with staged() as stage:
        tenants.lease(stage.system)
        tenants.rent(stage.system, "2024-02-01")
        keys = [it.key for it in records(await stage.round())]
        assert keys[0] == "lease/L1"


async def test_a_round_that_finds_nothing_new_says_the_same() -> None:
    async with staged() as stage:
        tenants.lease(stage.system)
        tenants.rent(stage.system, "2024-02-01")
        tenants.damage(stage.system, "V1")
        assert await stage.round() == await stage.round()


async def test_nobody_else_is_read_and_no_person_is_asked_for() -> None:
    async with staged(targetGroup={"filter": {"aanvullendeDoelgroep.code": "STH"}}) as stage:
        system = stage.system
        tenants.lease(system, "1")
        tenants.lease(system, "2")
        tenants.allocate(system, "2", "ZIN")
        tenants.rent(system, "2024-02-01", "2")
        system.put("natuurlijk-personen", "P1", bsn="111222333")
        await stage.round()
        assert {it.key for it in records(stage.entries) if it.key[:4] != "feed"} == {"lease/L1"}
        assert not system.asked_for("natuurlijk-personen") + system.asked_for("relaties/")
        assert not [it for it in system.calls if "L2" in it]
        assert not [it for it in stage.shelf.kept.items() if "L2" in str(it)]


async def test_a_list_that_takes_no_filter_is_not_read_on() -> None:
    async with staged() as stage:
        tenants.lease(stage.system, "1")
        tenants.lease(stage.system, "2")
        for month in range(1, 4):
            tenants.rent(stage.system, f"2024-0{month}-01", "2")
        stage.system.per_page = 1
        stage.system.unfiltered = {"boekingen"}
        with pytest.raises(Misconfigured, match="does not filter boekingen by overeenkomst"):
            await stage.round()
        assert len(stage.system.asked_for("boekingen")) == 1


async def test_a_lease_may_come_into_the_target_group_later_with_all_that_happened() -> None:
    async with staged() as stage:
        tenants.lease(stage.system)
        tenants.allocate(stage.system, "1", "ZIN")
        tenants.rent(stage.system, "2024-02-01")
        assert await stage.facts() == {}
        tenants.allocate(stage.system, "1", "STH")
        said = await stage.facts()
        assert {name: len(drafts) for name, drafts in said.items()} == {
            "lease-signed": 1,
            "rent-missed": 1,
        }


async def test_a_mark_that_was_a_mistake_takes_everything_back_but_that_there_is_a_tenant() -> None:
    async with staged() as stage:
        tenants.lease(stage.system)
        tenants.rent(stage.system, "2024-02-01")
        tenants.signal(stage.system, "S1")
        await stage.round()
        tenants.allocate(stage.system, "1", "ZIN")
        before = len(stage.system.asked_for("boekingen"))
        found = {it.key: it for it in records(await stage.round())}
        assert found["rent/L1/2024-02"].drafts == found["nuisance/S1"].drafts == ()
        [signed] = found["lease/L1"].drafts
        assert signed.data["targetGroup"] == "regular"
        assert "persons" not in signed.data
        assert len(stage.system.asked_for("boekingen")) == before


async def test_a_mark_that_goes_after_the_end_takes_nothing_back() -> None:
    async with staged() as stage:
        tenants.lease(stage.system)
        await stage.round()
        ended: dict[str, Any] = {"status": code("BEE"), "einddatum": "2024-03-09"}
        tenants.lease(stage.system, **ended)
        tenants.allocate(stage.system, "1", "ZIN")
        assert await stage.facts() == {}
        assert not [it for it in records(stage.entries[-2:]) if it.key == "lease/L1"]


async def test_what_is_gone_over_there_is_taken_back() -> None:
    async with staged() as stage:
        tenants.lease(stage.system)
        tenants.rent(stage.system, "2024-02-01")
        tenants.rent(stage.system, "2024-03-01")
        tenants.signal(stage.system, "S1")
        await stage.round()
        stage.system.remove("boekingen", "B1-2024-02-01")
        stage.system.remove("signaleringen", "S1")
        found = {it.key: it.drafts for it in records(await stage.round())}
        assert found["rent/L1/2024-02"] == found["nuisance/S1"] == ()
        stage.system.remove("huurovereenkomsten", "L1")
        assert {it.key: it.drafts for it in records(await stage.round())}["lease/L1"] == ()


async def test_an_api_that_moved_away_takes_nothing_back() -> None:
    async with staged() as stage:
        tenants.lease(stage.system)
        await stage.round()
        stage.system.fails_with = {"/overeenkomsten/v4/huurovereenkomsten": 404}
        with pytest.raises(Misconfigured, match="has no huurovereenkomsten"):
            await stage.round()
        assert all(it.drafts for it in records(stage.entries))


async def test_books_that_are_empty_all_at_once_take_nothing_back() -> None:
    async with staged() as stage:
        tenants.lease(stage.system)
        tenants.rent(stage.system, "2024-02-01")
        await stage.round()
        kept = dict(stage.system.store["boekingen"])
        stage.system.store["boekingen"].clear()
        found = await stage.round()
        assert "leases.uri" in unmapped(found)[0].why
        assert not [it for it in records(found) if it.key.startswith("rent/")]
        assert "rent-paid" not in feed(found)[0]["types"]
        stage.system.store["boekingen"].update(kept)
        assert "rent-missed" in await stage.facts()


async def test_an_allocation_that_was_cleared_away_takes_nothing_back() -> None:
    async with staged() as stage:
        tenants.lease(stage.system)
        tenants.rent(stage.system, "2024-02-01")
        before = await stage.facts()
        stage.system.remove("toewijzingen", "T1")
        assert await stage.facts() == before


async def test_a_dwelling_that_is_not_meant_for_the_target_group_any_more_takes_nothing_back() -> (
    None
):
    async with staged(targetGroup={"foundIn": "eenheden"}, woonruimteverdeling=None) as stage:
        tenants.lease(stage.system)
        stage.system.put("eenheden", "E1", aanvullendeDoelgroep=code("STH"))
        before = await stage.facts()
        assert "lease-signed" in before
        stage.system.put("eenheden", "E1", aanvullendeDoelgroep=None)
        assert await stage.facts() == before


async def test_a_domain_that_is_not_read_any_more_takes_nothing_back() -> None:
    async with staged() as stage:
        tenants.lease(stage.system)
        tenants.rent(stage.system, "2024-02-01")
        await stage.round()
        await stage.build(financien=None)
        found = await stage.round()
        assert not [it for it in records(found) if it.key.startswith("rent/")]
        assert "rent-missed" not in feed(found)[0]["types"]


async def test_one_thing_that_cannot_be_read_is_for_people_and_keeps_its_types_open() -> None:
    async with staged() as stage:
        tenants.lease(stage.system, "1")
        tenants.lease(stage.system, "2")
        for n in ("1", "2"):
            tenants.rent(stage.system, "2024-02-01", n)
            tenants.signal(stage.system, f"S{n}", n)
        await stage.round()
        stage.system.put_odd("boekingen", "B1-2024-02-01", bedrag="zes honderd")
        found = await stage.round()
        [letter] = unmapped(found)
        assert "/financien/v4/boekingen?overeenkomst=" in letter.where
        assert "bedrag" in letter.why
        assert b"zes honderd" in letter.raw
        keys = {it.key for it in records(found)}
        assert "rent/L1/2024-02" not in keys  # what was said of it stays
        assert {"rent/L2/2024-02", "nuisance/S1", "nuisance/S2"} <= keys
        assert "rent-paid" not in feed(found)[0]["types"]
        assert "nuisance-reported" in feed(found)[0]["types"]
        tenants.rent(stage.system, "2024-02-01", "1")
        assert letter.where in [it.where for it in await stage.round() if isinstance(it, Record)]


async def test_a_lease_that_cannot_be_read_keeps_everything_open() -> None:
    async with staged() as stage:
        tenants.lease(stage.system)
        stage.system.put("eenheidadressen", "A1", gemeente={"code": "Weert"})
        found = await stage.round()
        [letter] = unmapped(found)
        assert "leases.gemeenten" in letter.why
        assert b"17000.5" not in letter.raw  # of an income nothing is kept
        assert feed(found) == []
        await stage.build(leases={"gemeenten": {"Weert": "0988"}})
        assert feed(await stage.round())[0]["types"] == ALL_TYPES


async def test_a_field_that_nobody_knows_is_passed_over() -> None:
    async with staged() as stage:
        tenants.lease(stage.system)
        stage.system.put_odd("huurovereenkomsten", "L1", nieuwVeld={"a": [1]}, eindeReden=7)
        assert "lease-signed" in await stage.facts()


@pytest.mark.parametrize("pages_by", ["cursor", "pagina"])
async def test_lists_are_read_to_their_end(pages_by: str) -> None:
    async with staged() as stage:
        stage.system.pages_by, stage.system.per_page = pages_by, 2
        for n in range(1, 6):
            tenants.lease(stage.system, str(n))
        for month in range(1, 10):
            tenants.rent(stage.system, f"2023-0{month}-01", "3")
        said = await stage.facts()
        assert len(said["lease-signed"]) == 5
        assert len(said["rent-missed"]) == 9


async def test_a_list_that_moves_while_it_is_paged_is_read_again() -> None:
    async with staged() as stage:
        system = stage.system
        system.pages_by, system.per_page = "pagina", 2
        tenants.lease(system)
        for month in range(2, 7):
            tenants.rent(system, f"2023-0{month}-01")

        def one_goes() -> None:
            system.between_pages = None
            system.remove("boekingen", "B1-2023-02-01")

        system.between_pages = one_goes
        said = await stage.facts()
        assert [it.data["period"] for it in said["rent-missed"]] == [
            "2023-03",
            "2023-04",
            "2023-05",
            "2023-06",
        ]


async def test_a_list_that_never_holds_still_is_tried_later() -> None:
    async with staged() as stage:
        system = stage.system
        system.pages_by, system.per_page = "pagina", 2
        tenants.lease(system)
        for month in range(1, 6):
            tenants.rent(system, f"2024-0{month}-01")
        days = iter(range(1, 29))

        def one_comes() -> None:
            tenants.rent(system, f"2023-02-{next(days):02d}")

        system.between_pages = one_comes
        with pytest.raises(Unavailable, match="changes its boekingen"):
            await stage.round()


async def test_a_cursor_that_is_not_known_any_more_begins_the_list_anew() -> None:
    async with staged() as stage:
        stage.system.per_page = 1
        for n in ("1", "2", "3"):
            tenants.lease(stage.system, n)
        await stage.page()
        stage.system.fails_with = {"/woonruimteverdeling": 400}
        await stage.page()
        stage.system.fails_with = {}
        assert len((await stage.facts())["lease-signed"]) == 3


async def test_a_system_that_fails_at_one_lease_does_not_keep_the_others_waiting() -> None:
    async with staged() as stage:
        for n in ("1", "2", "3"):
            tenants.lease(stage.system, n)
        stage.system.fails_with = {"/overeenkomsten/v4/huurovereenkomsten/L2": 500}
        for _ in range(3):
            with pytest.raises(Unavailable):
                await stage.round()
        found = await stage.round()
        [letter] = unmapped(found)
        assert letter.where.endswith("/L2")
        assert {"lease/L1", "lease/L3"} <= {it.key for it in records(stage.entries)}
        assert feed(found) == []


async def test_a_system_that_is_away_is_waited_for_however_long() -> None:
    async with staged() as stage:
        tenants.lease(stage.system)
        stage.system.fails_with = {"/overeenkomsten": 503}
        stage.system.retry_after = 120
        for _ in range(7):
            with pytest.raises(Unavailable) as error:
                await stage.round()
            assert error.value.retry_after == 120
        stage.system.fails_with = {}
        assert "lease-signed" in await stage.facts()


async def test_a_round_is_not_begun_before_its_time() -> None:
    async with staged(roundMinutes=60) as stage:
        tenants.lease(stage.system)
        await stage.round("2024-03-10T12:00:00Z")
        calls = len(stage.system.calls)
        await stage.round("2024-03-10T12:59:00Z")
        assert len(stage.system.calls) == calls
        await stage.round("2024-03-10T11:00:00Z")  # a clock that was set back
        assert len(stage.system.calls) > calls
        calls = len(stage.system.calls)
        await stage.round("2024-03-10T13:00:00Z")
        assert len(stage.system.calls) > calls


async def test_a_system_that_lets_us_ask_only_so_much_is_read_bit_by_bit() -> None:
    async with staged() as stage:
        for n in range(1, 6):
            tenants.lease(stage.system, str(n))
        await stage.page()
        seen: set[str] = set()
        while len(seen) < 5:
            stage.system.allows = len(stage.system.calls) + 20  # two leases, and a bit
            page = await stage.page()
            found = {it.key for it in records(page.entries) if it.key.startswith("lease/")}
            assert found - seen
            seen |= found
        stage.system.allows = len(stage.system.calls)
        stage.cursor = None
        with pytest.raises(Unavailable):
            await stage.page()


async def test_a_lease_without_an_end_may_end_in_the_year_9999() -> None:
    async with staged(damage={"foundBy": "eenheid"}) as stage:
        system = stage.system
        tenants.lease(system, einddatum="9999-12-31", opzegdatum="0001-01-01")
        tenants.signal(system, "S1")
        tenants.damage(system, "V1")
        unit = system.uri("eenheden", "E1")
        system.put("defecten", "DV1", eenheid=unit, onderhoudsverzoeken=[{"id": "V1"}])
        assert list(await stage.facts()) == ["lease-signed", "damage-reported", "nuisance-reported"]
        assert unmapped(stage.entries) == []


async def test_a_thing_that_does_not_say_whose_it_is_is_not_kept() -> None:
    async with staged() as stage:
        tenants.lease(stage.system)
        tenants.rent(stage.system, "2024-02-01")
        stage.system.unfiltered = {"boekingen"}
        stage.system.put_odd("boekingen", "B9", overeenkomst={"id": "L2"}, bedrag=17000.5)
        [letter] = unmapped(await stage.round())
        assert "of which lease" in letter.why
        assert letter.raw == b""


async def test_an_allocation_that_only_the_list_shows_is_enough() -> None:
    async with staged(leases={"uri": "urn:x:{id}"}) as stage:
        tenants.lease(stage.system)
        assert "lease-signed" in await stage.facts()


async def test_one_thing_that_the_system_will_not_give_stops_no_other() -> None:
    async with staged() as stage:
        tenants.lease(stage.system, "1")
        tenants.lease(stage.system, "2")
        stage.system.fails_with = {"/vastgoed/v4/eenheden/E1": 422}
        found = await stage.round()
        assert "answers 422" in unmapped(found)[0].why
        assert "lease/L2" in {it.key for it in records(found)}


async def test_a_garage_is_no_household() -> None:
    async with staged() as stage:
        tenants.lease(stage.system)
        stage.system.put("eenheden", "E1", soort=code("PAR"))
        found = await stage.round()
        assert unmapped(found) == []
        assert [it.key[:4] for it in records(found)] == ["feed"]


async def test_who_was_there_long_ago_is_looked_at_again_now_and_then() -> None:
    async with staged(leases={"days": 30}) as stage:
        tenants.lease(stage.system, begindatum="2014-03-01")
        assert await stage.facts("2024-03-10T12:00:00Z") == {}
        tenants.lease(stage.system, begindatum="2024-04-01")  # a slip of the pen, corrected
        assert await stage.facts("2024-03-11T12:00:00Z") == {}
        assert "lease-signed" in await stage.facts("2024-04-10T12:00:00Z")


@pytest.mark.slow
async def test_a_process_that_was_stopped_goes_on_where_it_was() -> None:
    async with staged() as stage:
        for n in range(1, 13):
            tenants.lease(stage.system, str(n))
        await stage.page()
        await stage.page()
        first = {it.key for it in records(stage.entries)}
        assert len(first) == 10
        await stage.build()
        second = {it.key for it in records((await stage.page()).entries)}
        assert not first & second
        await stage.round()
        assert len({it.key for it in records(stage.entries) if it.key.startswith("lease")}) == 12


async def test_who_was_there_long_ago_is_not_read_any_more() -> None:
    async with staged(leases={"days": 30}) as stage:
        tenants.lease(stage.system, begindatum="2024-02-20")
        assert "lease-signed" in await stage.facts("2024-03-10T12:00:00Z")
        assert await stage.facts("2024-04-10T12:00:00Z") == {}
        before = len(stage.system.asked_for("huurovereenkomsten/L1"))
        await stage.round("2024-04-11T12:00:00Z")
        assert len(stage.system.asked_for("huurovereenkomsten/L1")) == before


async def test_a_dwelling_that_is_marked_is_so_for_who_comes_and_not_for_who_leaves() -> None:
    async with staged(targetGroup={"foundIn": "eenheden"}, woonruimteverdeling=None) as stage:
        system = stage.system
        tenants.lease(system, "1", status=code("OPG"), einddatum="2024-03-31")
        tenants.lease(system, "2", begindatum="2024-04-01", status=code("GOE"))
        both = [system.uri("huurovereenkomsten", it) for it in ("L1", "L2")]
        mark = {"aanvullendeDoelgroep": code("STH"), "overeenkomsten": both}
        system.put("eenheden", "E1", **mark)
        tenants.lease(system, "2", eenheden=[system.uri("eenheden", "E1")])
        assert await stage.facts() == {}
        tenants.lease(system, "2", status=code("LOP"))
        [signed] = (await stage.facts("2024-03-15T12:00:00Z"))["lease-signed"]
        assert signed.data["references"][0]["value"] == "H-2"
        assert signed.data["occurredAt"] == "2024-03-15T12:00:00.000Z"


async def test_a_label_of_the_corporatie_itself_may_be_the_mark() -> None:
    group = {"foundIn": "huurovereenkomsten", "codes": ["STURINGSLABEL.VGH"]}
    async with staged(targetGroup=group, woonruimteverdeling=None) as stage:
        label = {"sturingslabels": [{"label": code("VGH")}]}
        tenants.lease(stage.system, "1", **label)
        tenants.lease(stage.system, "2")
        [signed] = (await stage.facts())["lease-signed"]
        assert signed.data["references"][0]["value"] == "H-1"
        assert "lease/L2" not in stage.shelf.kept


async def test_who_is_new_is_asked_for_since_the_last_time_and_longer_where_a_supplier_can() -> (
    None
):
    group = {"changedSince": "gewijzigdVanaf", "overlapHours": 24, "wholeDays": 7}
    async with staged(targetGroup=group) as stage:
        stage.system.own_parameters = {"gewijzigdVanaf"}
        tenants.lease(stage.system)

        async def asked(at: str) -> str:
            before = len(stage.system.calls)
            await stage.round(at)
            return stage.system.calls[before].partition("?")[2]

        assert await asked("2024-03-10T12:00:00Z") == ""
        assert await asked("2024-03-10T13:00:00Z") == "gewijzigdVanaf=2024-03-09T12%3A00%3A00.000Z"
        assert await asked("2024-03-12T13:00:00Z") == "gewijzigdVanaf=2024-03-09T13%3A00%3A00.000Z"
        stage.system.put_odd("toewijzingen", "T9", huishoudgrootte="veel")
        assert await asked("2024-03-13T13:00:00Z") == "gewijzigdVanaf=2024-03-11T13%3A00%3A00.000Z"
        stage.system.remove("toewijzingen", "T9")
        # What could not be read then is not passed over.
        assert await asked("2024-03-14T13:00:00Z") == "gewijzigdVanaf=2024-03-11T13%3A00%3A00.000Z"
        assert await asked("2024-03-17T12:00:00Z") == ""


async def test_a_starter_is_no_statushouder() -> None:
    async with staged() as stage:
        tenants.lease(stage.system)
        group = {"aanvullendeDoelgroep": None, "doelgroep": code("STA")}
        stage.system.put("toewijzingen", "T1", **group)
        assert await stage.facts() == {}


async def test_an_allocation_by_urgency_is_a_mark_too_where_the_supplier_shows_it() -> None:
    async with staged() as stage:
        tenants.lease(stage.system)
        stage.system.put_odd(
            "toewijzingen",
            "T1",
            aanvullendeDoelgroep=None,
            voorrangsregelingen=[{"id": "U1", "detailSoort": code("STA")}],
        )
        assert "lease-signed" in await stage.facts()


async def test_what_was_done_about_arrears_is_read_only_where_the_settings_give_it_a_meaning() -> (
    None
):
    steps = {"personalContactTried": ["CONTACTMOMENTSOORT.HUI"]}
    async with staged() as stage:
        system = stage.system
        contact = system.uri("contactmomenten", "C1")
        tenants.lease(system, contactmomenten=[contact])
        tenants.rent(system, "2024-02-01")
        system.put(
            "contactmomenten",
            "C1",
            soort=code("HUI"),
            datum="2024-02-20T10:00:00Z",
            onderwerp="vertrouwelijk",
        )
        [missed] = (await stage.facts())["rent-missed"]
        assert not any(missed.data["socialCollection"].values())
        assert not system.asked_for("contactmomenten")
        await stage.build(rent={"steps": steps})
        [missed] = (await stage.facts())["rent-missed"]
        assert missed.data["socialCollection"]["personalContactTried"]
        await stage.round()
        assert len(system.asked_for("contactmomenten")) == 1  # it does not change


async def test_a_moment_of_contact_that_cannot_be_read_may_be_an_objection() -> None:
    steps = {"reminderSent": ["CONTACTMOMENTSOORT.R"], "tenantObjected": ["CONTACTMOMENTSOORT.B"]}
    async with staged(rent={"steps": steps}) as stage:
        system = stage.system
        tenants.lease(system, contactmomenten=[system.uri("contactmomenten", "C1")])
        tenants.rent(system, "2024-02-01")
        found = await stage.round()
        assert "contactmoment" in unmapped(found)[0].why
        assert not [it for it in records(found) if it.key.startswith("rent/")]
        system.put("contactmomenten", "C1", soort=code("B"), datum="2024-03-01T10:00:00Z")
        [missed] = (await stage.facts())["rent-missed"]
        assert missed.data["socialCollection"]["tenantObjected"]


async def test_rent_that_went_into_an_arrangement_is_paid_when_that_is_fulfilled() -> None:
    async with staged() as stage:
        system = stage.system
        lease = system.uri("huurovereenkomsten", "L1")
        tenants.lease(system)
        tenants.rent(system, "2024-02-01")
        regeling = {
            "afspraakdatum": "2024-02-15",
            "einddatum": "2024-03-08",
            "overeenkomst": lease,
        }
        system.put("betalingsregelingen", "X1", status=code("ACT"), **regeling)
        tenants.pay(system, "2024-02-01", "2024-02-15")
        against = {"detailSoort": code("BET"), "betalingsregelingen": [{"id": "X1"}]}
        system.put("boekingen", "R1-2024-02-01-2024-02-15", **against)
        assert "rent-paid" not in await stage.facts()
        system.put("betalingsregelingen", "X1", status=code("BEE"))
        [paid] = (await stage.facts("2024-03-11T12:00:00Z"))["rent-paid"]
        assert paid.data["occurredAt"] == "2024-03-07T23:00:00.000Z"


async def test_a_repair_closes_the_damage_that_it_was_about() -> None:
    async with staged() as stage:
        tenants.lease(stage.system)
        tenants.damage(stage.system, "V1")
        tenants.damage(stage.system, "V2")
        stage.system.put("onderhoudsorders", "O1", technischGereeddatum="2024-03-07T15:00:00Z")
        stage.system.put("onderhoudsverzoekverrekeningen", "C1", bedrag=85.25)
        parts = {"onderhoudsorders": [{"id": "O1"}], "verrekeningen": [{"id": "C1"}]}
        stage.system.put("onderhoudsverzoeken", "V1", status=code("TEC"), **parts)
        stage.system.put("defecten", "DV1", aangetroffenOorzaak=code("SLT"))
        said = await stage.facts()
        assert len(said["damage-reported"]) == 2
        [repaired] = said["damage-repaired"]
        assert repaired.concerns == ("damage-reported", "")
        assert (repaired.data["cause"], repaired.data["cost"]) == ("wear", 8525)


async def test_damage_may_be_found_by_the_dwelling_but_only_of_the_time_of_the_lease() -> None:
    async with staged(damage={"foundBy": "eenheid"}) as stage:
        system = stage.system
        tenants.lease(system)
        for n, on in (("1", "2024-03-01"), ("2", "2023-12-01")):
            tenants.damage(system, f"V{n}", melddatum=f"{on}T10:00:00Z")
            unit = system.uri("eenheden", "E1")
            system.put("defecten", f"DV{n}", eenheid=unit, onderhoudsverzoeken=[{"id": f"V{n}"}])
        tenants.lease(system, onderhoudsverzoeken=None)
        [reported] = (await stage.facts())["damage-reported"]
        assert reported.data["occurredAt"] == "2024-03-01T10:00:00.000Z"
        assert not system.asked_for("onderhoudsverzoeken/V2")


async def test_that_nobody_has_a_booking_is_told_and_is_no_silence() -> None:
    async with staged() as stage:
        label = {"sturingslabels": [{"label": code("VGH")}], "begindatum": "2024-01-01"}
        tenants.lease(stage.system, "1", **label)
        tenants.rent(stage.system, "2024-02-01")
        group = {"foundIn": "huurovereenkomsten", "codes": ["STURINGSLABEL.VGH"]}
        own: dict[str, Any] = {"woonruimteverdeling": None, "targetGroup": group}
        await stage.build(leases={"uri": "urn:x:{id}"}, **own)
        found = await stage.round()
        [letter] = unmapped(found)
        assert "leases.uri" in letter.why
        assert "rent-paid" not in feed(found)[0]["types"]
        assert "lease-signed" in feed(found)[0]["types"]
        await stage.build(**own)
        found = await stage.round()
        assert letter.where in [it.where for it in found if isinstance(it, Record)]
        assert "rent-paid" in feed(found)[0]["types"]


async def test_whole_things_in_place_of_keys_are_not_asked_for_again() -> None:
    async with staged() as stage:
        system = stage.system
        tenants.lease(system)
        system.put_odd(
            "eenheden",
            "E1",
            adres={"id": "A1", "gemeente": {"code": "988"}},
            adresseerbaarObjectBasisregistratie={"bagIdentificatie": "0988010000000001"},
            voorwaarden={"maximumAantalPersonen": 4},
        )
        [signed] = (await stage.facts())["lease-signed"]
        assert (signed.data["gemeente"], signed.data["maxPersons"]) == ("0988", 4)
        assert not system.asked_for("eenheidadressen") + system.asked_for("adresseerbare")


async def test_a_feed_says_no_more_than_has_certainly_been_read() -> None:
    async with staged(settleDays=2) as stage:
        tenants.lease(stage.system)
        await stage.page()  # the round has begun
        stage.now += 5 * DAY_MS
        while not (await stage.page()).is_last:
            pass
        [complete] = feed(stage.entries)
        assert parse_instant(complete["upTo"]) <= stage.now - 7 * DAY_MS
        assert complete["occurredAt"] == complete["upTo"]


async def test_check_asks_each_domain_and_names_what_others_stand_in_the_list() -> None:
    async with staged() as stage:
        tenants.lease(stage.system, "1")
        tenants.lease(stage.system, "2")
        tenants.allocate(stage.system, "2", "ZIN")
        assert [it.where for it in await _check(stage)] == ["vera.targetGroup.filter"]
        await stage.build(targetGroup={"filter": {"aanvullendeDoelgroep.code": "STH"}})
        assert await _check(stage) == []
        stage.system.fails_with = {"/financien": 403, "/onderhoud": 500}
        assert [it.where for it in await _check(stage)] == ["vera.financien", "vera.onderhoud"]


async def _check(stage: Stage) -> Sequence[Finding]:
    assert stage.connector is not None
    assert stage.connector.check is not None
    found = await stage.connector.check()
    assert all(it.where and it.wrong and it.mend for it in found)
    return found
