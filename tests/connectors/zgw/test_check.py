"""What `seintje connect zgw check` finds, without changing anything at the other side."""

from __future__ import annotations

import pytest

from connectors.gemeente.zgw import ApiSettings, CallbackSettings
from connectors.seam import Connector, Finding
from connectors.secret import Secret, Token
from hub.errors import Misconfigured
from tests.connectors.zgw.stage import CALLBACK, MAPPING, Stage
from tests.connectors.zgw.test_alerts import ZAAK


async def found(connector: Connector) -> list[Finding]:
    assert connector.check is not None
    return list(await connector.check())


async def test_before_the_first_run_only_the_abonnement_is_missing(stage: Stage) -> None:
    connector = stage.built()
    before = repr(stage.system.kinds)

    (finding,) = await found(connector)

    assert finding.wrong == "no abonnement leads to the address in `callback`"
    assert repr(stage.system.kinds) == before


async def test_after_a_run_there_is_nothing(stage: Stage) -> None:
    connector = stage.built()
    await connector.errands[0].run(stage.now)

    assert await found(connector) == []


async def test_names_that_the_catalogue_has_not_come_with_a_suggestion(stage: Stage) -> None:
    stage.file.write_text(
        MAPPING.replace("status: In begeleiding", "status: In begeleidng")
        .replace("rol: behandelaar", "rol: casusregiseur")
        .replace("eigenschap: BAG", "eigenschap: BAGG")
    )

    findings = await found(stage.built(callback=None))

    assert [(it.wrong, it.mend) for it in findings] == [
        ("the zaaktype has no eigenschap `BAGG`", "write `BAG`"),
        ("the zaaktype has no rol `casusregiseur`", "write `Casusregisseur`"),
        ("the zaaktype has no status `In begeleidng`", "write `In begeleiding`"),
    ]


async def test_a_zaaktype_that_is_not_there_is_told(stage: Stage) -> None:
    stage.file.write_text(MAPPING.replace("BEGELEIDING-STATUSHOUDER", "Begeleiding-Statushouder"))

    (finding,) = await found(stage.built(callback=None))

    assert "no zaaktype with this identificatie" in finding.wrong


async def test_a_system_that_is_away_or_refuses_us_is_a_finding(stage: Stage) -> None:
    stage.system.fails_with["zaaktypen"] = 503
    assert "503" in (await found(stage.built(callback=None)))[0].wrong

    stage.system.fails_with.clear()
    stage.system.may_read = False
    (finding,) = await found(stage.built(callback=None))
    assert finding.where == "zgw.zaken.address"
    assert "let the application read" in finding.mend


async def test_a_short_secret_works_and_is_told(stage: Stage) -> None:
    stage.system.secret = "een-kort-geheim"
    connector = stage.built(callback=None, secret_file=Secret(stage.system.secret))

    (finding,) = await found(connector)

    assert finding.where == "zgw.secretFile"
    assert await stage.read(connector) == []


async def test_an_abonnement_or_kanaal_that_differs_is_told(stage: Stage) -> None:
    connector = stage.built()
    await connector.errands[0].run(stage.now)
    stage.system.all("abonnement")[0]["kanalen"] = [{"naam": "zaken"}]
    kanaal = {"naam": "seintjes", "filters": ["bron"]}
    stage.system.put("kanaal", stage.system.notificaties, kanaal)

    wrong = {it.where: it.wrong for it in await found(connector)}

    assert wrong == {
        "zgw.callback": "the abonnement asks for other zaaktypen than the mapping",
        "zgw.publish": "the kanaal has other kenmerken than ours",
    }


async def test_the_zaaktype_of_alerts_is_looked_for_too(stage: Stage) -> None:
    (finding,) = await found(stage.built(callback=None, zaak=ZAAK))

    assert finding.where == "zgw.zaak"


def test_a_certificate_that_is_none_says_so(stage: Stage) -> None:
    zaken = ApiSettings(address=stage.system.zaken, certificate=stage.file)
    with pytest.raises(Misconfigured, match=r"zgw.zaken.certificate: write a certificate"):
        stage.built(zaken=zaken)


def test_a_short_secret_for_the_callback_says_so(stage: Stage) -> None:
    callback = CallbackSettings(address=CALLBACK, token_file=Token("kort"))
    with pytest.raises(Misconfigured, match="at least 32 characters"):
        stage.built(callback=callback)


def test_a_callback_without_a_mapping_says_so(stage: Stage) -> None:
    with pytest.raises(Misconfigured, match="name a mapping"):
        stage.built(mapping=None)


def test_what_needs_notificaties_says_so(stage: Stage) -> None:
    with pytest.raises(Misconfigured, match="write `notificaties"):
        stage.built(notificaties=None)


def test_an_address_and_its_secret_are_enough_for_zaken_alone(stage: Stage) -> None:
    connector = stage.built(notificaties=None, callback=None, publish=None)

    assert [it.name for it in connector.sources] == ["inbox"]
    assert (connector.sinks, connector.doors, connector.errands) == ((), (), ())
