"""From a zaak to facts: by a sweep, and by what a notification names."""

from __future__ import annotations

import random
from typing import Any

import pytest

from connectors.gemeente.zgw import ApiSettings
from hub.domain.time import HOUR_MS
from hub.errors import Misconfigured, Unavailable
from tests.connectors.zgw.stage import MAPPING, Stage, types


async def test_a_sweep_finds_what_no_notification_ever_told(stage: Stage) -> None:
    zaak = stage.started()
    stage.system.eigenschap(zaak, "Huurovereenkomst", "H-1001")
    stage.system.eigenschap(zaak, "BAG", "0988200000001001")
    stage.system.eigenschap(zaak, "Einde gepland", "20270301")

    (event,) = await stage.read(stage.built())

    assert event["type"] == "nl.seintje.begeleiding-started.v1"
    assert event["data"] == {
        "occurredAt": "2026-03-02T08:00:00Z",
        "gemeente": "0988",
        "references": [
            {"scheme": "dossier", "issuer": "gemeente-weert", "value": "Z-2026-1"},
            {"scheme": "lease", "issuer": "corporatie-maas", "value": "H-1001"},
            {"scheme": "address", "issuer": "bag", "value": "0988200000001001"},
        ],
        "organisation": "Stichting Voorbeeld",
        "plannedUntil": "2027-03-01",
    }


async def test_whoever_has_the_rol_is_the_aanspreekpunt(stage: Stage) -> None:
    zaak = stage.system.zaak(stage.zaaktype, "Z-1")
    contact = {"naam": "A. Begeleider", "emailadres": "a@weert.example", "telefoonnummer": "0495"}
    stage.system.rol(zaak, "behandelaar", contactpersoonRol=contact)

    (event,) = await stage.read(stage.built())

    assert event["data"]["occurredAt"] == "2026-03-02T09:00:00Z"
    assert {k: event["data"][k] for k in ("name", "organisation", "phone", "email")} == {
        "name": "A. Begeleider",
        "organisation": "Gemeente Weert",
        "phone": "0495",
        "email": "a@weert.example",
    }


async def test_another_with_the_rol_corrects_the_one_before(stage: Stage) -> None:
    connector = stage.built()
    zaak = stage.system.zaak(stage.zaaktype, "Z-1")
    first = stage.system.rol(zaak, "behandelaar", betrokkeneIdentificatie={"achternaam": "Eerste"})
    (before,) = await stage.read(connector)
    stage.system.rol(
        zaak,
        "behandelaar",
        betrokkeneIdentificatie={"voorletters": "B", "achternaam": "Tweede"},
        registratiedatum="2026-03-04T09:00:00Z",
    )
    await _told(stage, connector, zaak)

    (after,) = await stage.read(connector)

    assert after["data"]["name"] == "B Tweede"
    assert after["data"]["occurredAt"] == first["registratiedatum"], "nobody was without one"
    assert after["data"]["replaces"] == {"source": before["source"], "id": before["id"]}


async def test_a_resultaat_counts_from_the_end_of_the_zaak(stage: Stage) -> None:
    connector = stage.built()
    zaak = stage.started()
    stage.system.resultaat(zaak, "Verhuisd")
    assert types(await stage.read(connector)) == ["begeleiding-started"]

    stage.system.status(zaak, "Afgesloten", "2026-03-04T16:00:00Z")
    await _told(stage, connector, zaak)
    (ended,) = await stage.read(connector)

    assert ended["data"]["reason"] == "moved"
    assert ended["data"]["occurredAt"] == "2026-03-04"


async def test_a_zaak_that_is_gone_takes_back_what_it_said(stage: Stage) -> None:
    connector = stage.built()
    zaak = stage.started()
    (said,) = await stage.read(connector)
    stage.system.remove(zaak, "zaken", zaak)
    await _told(stage, connector, zaak)

    (retracted,) = await stage.read(connector)

    assert retracted["data"]["retracts"] == {"source": said["source"], "id": said["id"]}


async def test_a_zaak_that_went_without_a_word_is_missed_by_the_next_sweep(stage: Stage) -> None:
    connector = stage.built()
    zaak = stage.started()
    stage.started("Z-2")
    said = await stage.read(connector)
    stage.system.remove(zaak, "zaken", zaak)
    stage.system.outgoing.clear()

    stage.now += 6 * HOUR_MS
    (retracted,) = await stage.read(stage.built())

    (gone,) = [it for it in said if it["data"]["references"][0]["value"] == "Z-2026-1"]
    assert retracted["data"]["retracts"] == {"source": gone["source"], "id": gone["id"]}
    for _ in range(2):
        stage.now += 6 * HOUR_MS
        assert await stage.read(connector) == []
    stage.system.calls.clear()
    stage.now += 6 * HOUR_MS
    await stage.read(connector)
    assert stage.system.calls.count("GET zaken") == 1, "it is asked for no more"


async def test_a_zaak_that_is_too_old_for_a_sweep_is_not_taken_for_gone(stage: Stage) -> None:
    connector = stage.built(started_days=10)
    zaak = stage.started()
    assert types(await stage.read(connector)) == ["begeleiding-started"]
    zaak["startdatum"] = "2020-01-01"

    stage.now += 6 * HOUR_MS
    assert await stage.read(connector) == []
    stage.system.calls.clear()
    stage.now += 6 * HOUR_MS
    assert await stage.read(connector) == []
    assert stage.system.calls.count("GET zaken") == 1, "and it is asked for no more"


async def test_a_404_that_is_not_of_the_zaken_api_takes_nothing_back(stage: Stage) -> None:
    connector = stage.built()
    zaak = stage.started()
    await stage.read(connector)
    stage.system.fails_with["zaken"] = 404  # a gateway in between that lost its way
    await _told(stage, connector, zaak)

    with pytest.raises(Exception, match="check the address"):
        await stage.read(connector)
    assert stage.heard() == []


@pytest.mark.parametrize("seed", range(5))
async def test_the_order_of_notifications_does_not_matter(stage: Stage, seed: int) -> None:
    connector = stage.built()
    zaak = stage.started()
    stage.system.rol(zaak, "behandelaar")
    stage.system.eigenschap(zaak, "Huurovereenkomst", "H-1")
    await _register(stage, connector)
    stage.system.outgoing *= 3
    random.Random(seed).shuffle(stage.system.outgoing)

    assert await stage.system.deliver() == 0
    first = await stage.read(connector)
    again = await stage.read(connector)

    assert types(first) == ["aanspreekpunt-assigned", "begeleiding-started"]
    assert again == []


async def test_what_happens_later_than_now_is_said_when_it_has_happened(stage: Stage) -> None:
    connector = stage.built()
    stage.started(at="2026-03-05T14:00:00Z")
    assert await stage.read(connector) == []

    stage.now += 6 * HOUR_MS

    assert types(await stage.read(connector)) == ["begeleiding-started"]


async def test_a_lost_notification_is_made_good_by_the_next_sweep(stage: Stage) -> None:
    connector = stage.built()
    zaak = stage.started()
    await stage.read(connector)
    stage.system.eigenschap(zaak, "Huurovereenkomst", "H-7")
    stage.system.outgoing.clear()
    assert await stage.read(connector) == []

    stage.now += 6 * HOUR_MS
    (event,) = await stage.read(connector)

    assert event["data"]["references"][1]["value"] == "H-7"


async def test_a_sweep_says_at_its_end_that_the_feed_is_complete(stage: Stage) -> None:
    stage.started()
    (source,) = stage.built().sources
    cursor: str | None = None
    records: list[Any] = []
    for _ in range(10):
        page = await source.read(cursor, stage.now)
        records += page.entries
        cursor = page.cursor

    (feed,) = [it for it in records if it.key.startswith("feed")]
    (draft,) = feed.drafts
    assert draft.data["upTo"] == "2026-03-05T10:00:00.000Z"
    assert "begeleiding-started" in draft.data["types"]


async def test_zaken_that_come_while_pages_are_turned_leave_none_out(stage: Stage) -> None:
    stage.system.page_size = 3
    for number in range(10):
        stage.started(f"Z-{number}")
    seen = iter(range(100))

    def more(call: str) -> None:
        number = next(seen) if call == "GET zaken" else 0
        if call == "GET zaken" and number == 1:
            stage.system.remove(first, "zaken", first)

    first = stage.system.all("zaken")[-1]
    stage.system.on_call = more

    events = await stage.read(stage.built())

    dossiers = {it["data"]["references"][0]["value"] for it in events}
    assert dossiers >= {f"Z-{number}" for number in range(9)}


async def test_a_zaak_of_another_type_is_left_alone(stage: Stage) -> None:
    connector = stage.built()
    other = stage.system.zaaktype("KAPVERGUNNING", statussen=["In begeleiding"])
    zaak = stage.system.zaak(other, "K-1")
    stage.system.status(zaak, "In begeleiding", "2026-03-02T08:00:00Z")
    await _told(stage, connector, zaak)

    assert await stage.read(connector) == []
    assert "GET statussen" not in stage.system.calls


async def test_fields_that_a_newer_api_adds_do_no_harm(stage: Stage) -> None:
    zaak = stage.started()
    for resource in (zaak, *stage.system.all("statussen"), *stage.system.all("statustypen")):
        resource["nieuwVeld"] = {"x": [1]}

    assert types(await stage.read(stage.built())) == ["begeleiding-started"]
    assert stage.dead() == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param({"startdatum": 20260301, "odd": True}, "startdatum", id="another form"),
        pytest.param({"identificatie": ""}, "references", id="no dossier"),
    ],
)
async def test_what_cannot_be_read_is_kept_by_its_address_alone(
    stage: Stage, change: dict[str, Any], why: str
) -> None:
    zaak = stage.started()
    zaak |= change
    stage.started("Z-2")

    events = await stage.read(stage.built())

    assert [it["data"]["references"][0]["value"] for it in events] == ["Z-2"]
    (letter,) = stage.dead()
    assert why in letter.why
    assert letter.raw == zaak["url"].encode() == letter.where.encode()


async def test_a_zaak_that_was_mended_is_no_dead_letter_any_more(stage: Stage) -> None:
    connector = stage.built()
    zaak = stage.started()
    stage.system.status(zaak, "Intake gedaan", "2026-03-03T08:00:00Z")
    assert types(await stage.read(connector)) == ["begeleiding-started"]
    assert "`familyReunificationExpected` has no value" in stage.dead()[0].why

    stage.system.eigenschap(zaak, "Gezinshereniging", "Nee")
    await _told(stage, connector, zaak)

    assert types(await stage.read(connector)) == ["intake-completed"]
    assert stage.dead() == []


async def test_a_value_that_does_not_fit_is_told_in_words_and_not_quoted(stage: Stage) -> None:
    zaak = stage.started()
    stage.system.eigenschap(zaak, "Einde gepland", "na de zomer")
    stage.system.resultaat(zaak, "Afgerond")
    stage.system.status(zaak, "Afgesloten", "2026-03-04T16:00:00Z")
    stage.file.write_text(MAPPING.replace("Afgerond: completed", '"*": een andere keer'))
    with pytest.raises(Misconfigured, match="write a code"):
        stage.built()
    stage.file.write_text(MAPPING.replace("Afgerond: completed", "x: completed"))

    assert types(await stage.read(stage.built())) == ["begeleiding-ended"]
    (letter,) = stage.dead()
    assert "`plannedUntil` does not fit, write a date, like 2026-01-31" in letter.why
    assert "zomer" not in letter.why


async def test_a_fact_without_its_date_is_told(stage: Stage) -> None:
    stage.file.write_text(
        MAPPING
        + "      - {fact: inburgering-started, when: {eigenschap: Gezinshereniging, is: ja},"
        + " at: {eigenschap: Einde gepland}}\n"
    )
    connector = stage.built()
    zaak = stage.system.zaak(stage.zaaktype, "Z-1")
    stage.system.eigenschap(zaak, "Gezinshereniging", "ja")
    assert await stage.read(connector) == []
    assert "`at` has no value" in stage.dead()[0].why

    stage.system.eigenschap(zaak, "Einde gepland", "20260304")
    await _told(stage, connector, zaak)

    (event,) = await stage.read(connector)
    assert event["data"]["occurredAt"] == "2026-03-04"


async def test_an_eigenschap_without_a_value_is_none(stage: Stage) -> None:
    stage.file.write_text(
        MAPPING.replace(
            "{eigenschap: Einde gepland}", '{eigenschap: BAG, codes: {"*": 2027-01-01}}'
        )
    )
    zaak = stage.started()
    stage.system.eigenschap(zaak, "BAG", " ")

    (event,) = await stage.read(stage.built())

    assert "plannedUntil" not in event["data"]


async def test_a_zaak_that_we_may_not_read_stops_no_other(stage: Stage) -> None:
    connector = stage.built()
    zaak = stage.started()
    await stage.read(connector)
    stage.system.may_read = False
    await _told(stage, connector, zaak)

    assert await stage.read(connector) == []
    (letter,) = stage.dead()
    assert "let the application read" in letter.why


async def test_a_zaak_on_which_the_api_fails_does_not_stop_the_others_for_ever(
    stage: Stage,
) -> None:
    stage.started("Z-1")
    broken = stage.started("Z-2")
    stage.started("Z-3")
    connector = stage.built()
    other = stage.started("Z-4")
    broken["breaks"] = other["breaks"] = True

    for _ in range(8):
        with pytest.raises(Unavailable):
            await stage.read(connector)
        connector = stage.built()  # a restart changes nothing
    events = await stage.read(connector)

    assert sorted(it["data"]["references"][0]["value"] for it in events) == ["Z-1", "Z-3"]
    assert {it.where for it in stage.dead()} == {broken["url"], other["url"]}
    assert "500" in stage.dead()[0].why

    del broken["breaks"]
    stage.now += 6 * HOUR_MS
    (mended,) = await stage.read(connector)
    assert mended["data"]["references"][0]["value"] == "Z-2"
    assert [it.where for it in stage.dead()] == [other["url"]]


@pytest.mark.parametrize("api", ["zaken", "catalogi"])
async def test_an_api_with_another_name_in_its_urls_is_no_silence(stage: Stage, api: str) -> None:
    stage.started()
    inside = ApiSettings(address=f"http://intern.test/{api}/api/v1")

    with pytest.raises(Misconfigured, match=f"zgw.{api}.address: .*knownAs"):
        await stage.read(stage.built(**{api: inside}))


async def test_what_is_called_otherwise_in_the_catalogue_is_so_after_an_hour(stage: Stage) -> None:
    stage.file.write_text(MAPPING.replace("In begeleiding", "Begeleiding loopt"))
    connector = stage.built()
    stage.started()
    assert await stage.read(connector) == []
    stage.system.type_of("statustypen", stage.system.all("zaken")[0], "In begeleiding")[
        "omschrijving"
    ] = "Begeleiding loopt"

    stage.now += 6 * HOUR_MS

    assert types(await stage.read(connector)) == ["begeleiding-started"]


async def test_a_dossier_can_be_named_by_an_eigenschap(stage: Stage) -> None:
    stage.file.write_text(
        MAPPING.replace("    lease:", "    dossier: {eigenschap: Huurovereenkomst}\n    lease:")
    )
    zaak = stage.started()
    stage.system.eigenschap(zaak, "Huurovereenkomst", "D-1")

    (event,) = await stage.read(stage.built())

    assert event["data"]["references"][0]["value"] == "D-1"


async def _told(stage: Stage, connector: Any, zaak: dict[str, Any]) -> None:
    """A notification of one zaak is brought, whatever became of the others."""
    await _register(stage, connector)
    stage.system.outgoing.clear()
    stage.system.tells(zaak, "zaak", zaak["url"], "update")
    assert await stage.system.deliver() == 0


async def _register(stage: Stage, connector: Any) -> None:
    (errand,) = connector.errands
    await errand.run(stage.now)
