"""What must never be read, kept or fetched."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from msgspec import structs

from connectors.gemeente.zgw import build
from connectors.gemeente.zgw_api import Api, ApiAt, Declined
from connectors.gemeente.zgw_token import Client
from connectors.secret import Secret
from hub.errors import Misconfigured
from hub.outbound import trusting
from tests.connectors.zgw.stage import AUTH, MAPPING, Stage, types

BSN = "123456782"  # passes the eleven-test; of nobody


def everything_in(folder: Path) -> bytes:
    return b"".join(it.read_bytes() for it in folder.rglob("*") if it.is_file())


async def test_a_natural_person_is_not_even_asked_for(stage: Stage, tmp_path: Path) -> None:
    zaak = stage.started()
    stage.system.rol(
        zaak, "initiator", "natuurlijk_persoon", betrokkeneIdentificatie={"inpBsn": BSN}
    )
    stage.system.rol(zaak, "behandelaar", betrokkeneIdentificatie={"achternaam": "Begeleider"})
    asked: list[str] = []
    stage.system.on_call = asked.append

    events = await stage.read(stage.built())

    assert types(events) == ["aanspreekpunt-assigned", "begeleiding-started"]
    assert BSN.encode() not in everything_in(tmp_path)


async def test_a_natural_person_with_the_rol_of_a_professional_says_nothing(
    stage: Stage, tmp_path: Path
) -> None:
    zaak = stage.started()
    person = {"inpBsn": BSN, "geslachtsnaam": "Iemand", "voorletters": "X"}
    contact = {"naam": "X Iemand", "telefoonnummer": "0495"}
    stage.system.rol(
        zaak,
        "behandelaar",
        "natuurlijk_persoon",
        betrokkeneIdentificatie=person,
        contactpersoonRol=contact,
    )

    assert types(await stage.read(stage.built())) == ["begeleiding-started"]
    assert BSN.encode() not in everything_in(tmp_path)
    assert b"Iemand" not in everything_in(tmp_path)


async def test_a_bsn_in_an_eigenschap_makes_no_fact(stage: Stage, tmp_path: Path) -> None:
    stage.file.write_text(
        MAPPING.replace("organisation: Stichting Voorbeeld", "organisation: {eigenschap: BAG}")
    )
    zaak = stage.started()
    stage.system.eigenschap(zaak, "BAG", f"bsn {BSN}")

    assert await stage.read(stage.built()) == []
    assert "burgerservicenummer" in stage.dead()[0].why
    assert BSN.encode() not in everything_in(tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://zgw.test.attacker.example/zaken/api/v1/zaken/0f3c7b6e-0000-4000-8000-000000000001",
        "http://zgw.test/zaken/api/v1/zaken/../../../admin",
        "http://zgw.test/zaken/api/v1/zaken/0f3c7b6e-0000-4000-8000-000000000001/../../x",
        "http://zgw.test/zaken/api/v1/zaken/0f3c7b6e-0000-4000-8000-000000000001?expand=rollen",
        "http://zgw.test/zaken/api/v1/zaken/0f3c7b6e-0000-4000-8000-000000000001#x",
        "http://zgw.test@attacker.example/zaken/api/v1/zaken/0f3c7b6e-0000-4000-8000-000000000001",
        "http://zgw.test/zaken/api/v1/zaken/%2e%2e%2fadmin",
        "http://zgw.test/zaken/api/v1/rollen/0f3c7b6e-0000-4000-8000-000000000001",
        "zaken/0f3c7b6e-0000-4000-8000-000000000001",
        "file:///etc/passwd",
        "",
    ],
)
async def test_an_address_outside_the_settings_is_never_fetched(stage: Stage, url: str) -> None:
    connector = stage.built()
    await stage.read(connector)
    told = {
        "kanaal": "zaken",
        "hoofdObject": url,
        "resource": "zaak",
        "resourceUrl": url,
        "actie": "create",
        "aanmaakdatum": "2026-03-05T10:00:00Z",
        "kenmerken": {},
    }
    stage.system.calls.clear()

    assert await stage.system.call_back("http://koppeling.test/zgw/notificaties", AUTH, told) == 204
    assert await stage.read(connector) == []
    assert stage.system.calls == []
    (letter,) = stage.dead()
    assert letter.raw == url.encode()


async def test_a_zaak_that_leads_elsewhere_is_not_followed(stage: Stage) -> None:
    zaak = stage.started()
    status = stage.system.all("statussen")[0]
    status["statustype"] = "http://attacker.example/statustypen/0f3c7b6e-0000-4000-8000-00000000001"

    assert await stage.read(stage.built()) == []
    assert "not in the catalogue of the settings" in stage.dead()[0].why
    assert stage.dead()[0].where == zaak["url"]


async def test_an_api_under_two_names_gives_one_zaak(stage: Stage) -> None:
    from connectors.gemeente.zgw import ApiSettings

    inside = "http://zaken.intern:8000/api/v1"
    zaken = ApiSettings(address=stage.system.zaken, known_as=(inside,))
    connector = stage.built(zaken=zaken)
    zaak = stage.started()
    assert types(await stage.read(connector)) == ["begeleiding-started"]

    told = {
        "kanaal": "zaken",
        "hoofdObject": zaak["url"].replace(stage.system.zaken, inside),
        "resource": "zaak",
        "resourceUrl": zaak["url"],
        "actie": "update",
        "aanmaakdatum": "2026-03-05T10:00:00Z",
        "kenmerken": {},
    }
    assert await stage.system.call_back("http://koppeling.test/zgw/notificaties", AUTH, told) == 204
    assert await stage.read(connector) == []
    assert stage.dead() == []


def test_no_api_is_called_in_the_clear_unless_that_was_meant(stage: Stage) -> None:
    with pytest.raises(Misconfigured, match="write https://") as told:
        build(stage.settings(plain_http=False), stage.site)
    assert told.value.where == "zgw.zaken.address"
    build(stage.settings(plain_http=True), stage.site)


async def test_what_an_api_says_is_wrong_is_told_by_its_codes_alone(stage: Stage) -> None:
    names = ["callbackUrl", "J. Voorbeeld, Dorpsstraat 12", "x" * 5000, *["filters"] * 100]
    fout = {"code": "invalid", "invalidParams": [{"name": it, "code": "invalid"} for it in names]}
    no = httpx.MockTransport(lambda _request: httpx.Response(400, json=fout))
    at = ApiAt("zgw.zaken", "https://x.example.nl", Client("a", Secret("b"), "c", "d"), trusting())
    api = Api(structs.replace(stage.site, transport=no), at)
    with pytest.raises(Declined) as told:
        await api.send("POST", "zaken", {}, dict)
    await api.close()
    assert "callbackUrl invalid" in told.value.codes
    assert ("Voorbeeld" in str(told.value), len(str(told.value)) < 500) == (False, True)
