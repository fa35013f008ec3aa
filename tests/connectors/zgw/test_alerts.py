"""Alerts out: as notifications, and as zaken."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.gemeente.zgw import ZaakSettings
from connectors.seam import Sink
from hub.errors import Misconfigured, Unavailable
from tests.connectors.zgw.stage import LINK, Stage, alert
from tests.systems.zgw import RSIN

ZAAK = ZaakSettings(
    zaaktype="SEINTJE-OPVOLGEN",
    rsin=RSIN,
    opened="Ontvangen",
    ended="Afgehandeld",
    resultaat="Opgevolgd",
    link=LINK,
)


def publisher(stage: Stage) -> Sink:
    return stage.built().sinks[0]


def zaak_sink(stage: Stage, **changes: Any) -> Sink:
    if not any(it["identificatie"] == ZAAK.zaaktype for it in stage.system.all("zaaktypen")):
        for begin, einde in (("2020-01-01", "2025-12-31"), ("2026-01-01", None)):
            stage.system.zaaktype(
                ZAAK.zaaktype,
                begin,
                einde,
                statussen=["Ontvangen", "Afgehandeld"],
                resultaten=["Opgevolgd"],
            )
    return stage.built(**{"zaak": ZAAK} | changes).sinks[-1]


async def test_a_notification_holds_a_link_and_nothing_of_the_household(stage: Stage) -> None:
    told = alert()

    await publisher(stage).deliver(told, stage.now)

    (notificatie,) = stage.system.published
    assert notificatie == {
        "kanaal": "seintjes",
        "hoofdObject": f"{LINK}/{told.alert_id}",
        "resource": "seintje",
        "resourceUrl": f"{LINK}/{told.alert_id}",
        "actie": "create",
        "aanmaakdatum": "2026-03-05T10:00:00.000Z",
        "kenmerken": {"ernst": "hoog", "revisie": "1", "status": "open"},
    }
    written = json.dumps(notificatie)
    for never in ("arrears", "Huurachterstand", "Z-2026-1", "hh-3kq7", "0988", "gemeente-weert"):
        assert never not in written


async def test_the_kanaal_is_registered_once(stage: Stage) -> None:
    sink = publisher(stage)
    await sink.deliver(alert(), stage.now)
    await sink.deliver(alert(revision=2, status="resolved"), stage.now)
    await publisher(stage).deliver(alert(revision=3), stage.now)  # after a restart

    kanalen = [it for it in stage.system.all("kanaal") if it["naam"] == "seintjes"]
    assert [it["filters"] for it in kanalen] == [["ernst", "revisie", "status"]]
    assert [it["actie"] for it in stage.system.published] == ["create", "update", "update"]
    assert stage.system.calls.count("POST kanaal") == 1


async def test_a_kanaal_that_was_deleted_there_comes_back(stage: Stage) -> None:
    sink = publisher(stage)
    await sink.deliver(alert(), stage.now)
    stage.system.kinds["kanaal"].clear()

    with pytest.raises(Misconfigured, match="message_kanaal"):
        await sink.deliver(alert(revision=2), stage.now)
    await sink.deliver(alert(revision=2), stage.now)

    assert len(stage.system.published) == 2


async def test_a_zaak_is_opened_for_an_alert_in_which_the_party_acts(stage: Stage) -> None:
    await zaak_sink(stage).deliver(alert(), stage.now)

    (zaak,) = stage.system.all("zaken")
    assert zaak["identificatie"] == alert().alert_id
    assert zaak["toelichting"] == f"{LINK}/{alert().alert_id}"
    assert zaak["startdatum"] == "2026-03-05"
    zaaktype = stage.system.kinds["zaaktypen"][zaak["zaaktype"].rsplit("/", 1)[1]]
    assert zaaktype["beginGeldigheid"] == "2026-01-01", "the version that holds today"
    assert len(stage.system.all("statussen")) == 1
    written = json.dumps([stage.system.all(it) for it in ("zaken", "statussen")])
    for never in ("arrears", "Huurachterstand", "Z-2026-1", "hh-3kq7", "0988"):
        assert never not in written


@pytest.mark.parametrize("told", [{"part": "informed"}, {"status": "resolved"}])
async def test_no_zaak_is_opened_where_nothing_is_to_be_done(
    stage: Stage, told: dict[str, Any]
) -> None:
    await zaak_sink(stage).deliver(alert(**told), stage.now)

    assert stage.system.all("zaken") == []


async def test_it_ends_with_its_alert_and_opens_again_with_it(stage: Stage) -> None:
    sink = zaak_sink(stage)
    await sink.deliver(alert(), stage.now)
    (zaak,) = stage.system.all("zaken")
    await sink.deliver(alert(revision=2, status="acknowledged"), stage.now)
    assert len(stage.system.all("statussen")) == 1

    await sink.deliver(alert(revision=3, status="withdrawn", part=None), stage.now)
    assert zaak == zaak | {"einddatum": "2026-03-05"}
    assert len(stage.system.all("resultaten")) == 1

    await sink.deliver(alert(revision=4), stage.now)
    assert zaak == zaak | {"einddatum": None}
    await sink.deliver(alert(revision=5, status="closed"), stage.now)
    assert zaak == zaak | {"einddatum": "2026-03-05"}
    assert len(stage.system.all("resultaten")) == 1


@pytest.mark.parametrize("call", range(1, 12))
async def test_an_alert_is_one_zaak_whatever_crashes(stage: Stage, call: int) -> None:
    """The connection breaks off after any call; then it is delivered anew, by a new process."""
    calls = iter(range(1, 100))

    def broken(_: str) -> None:
        if next(calls) == call:
            raise ConnectionError

    sink = zaak_sink(stage)
    stage.system.on_call = broken
    for revision, status in ((1, "open"), (2, "resolved")):
        try:
            await sink.deliver(alert(revision=revision, status=status), stage.now)
        except (Unavailable, ConnectionError):
            sink = zaak_sink(stage)
            await sink.deliver(alert(revision=revision, status=status), stage.now)

    (zaak,) = stage.system.all("zaken")
    assert zaak["einddatum"] is not None
    assert len(stage.system.all("statussen")) == 2
    assert len(stage.system.all("resultaten")) == 1


async def test_a_clock_of_the_api_that_is_behind_ours_does_not_matter(stage: Stage) -> None:
    stage.system.clock = lambda: stage.now / 1000 - 9  # the token is still good

    await zaak_sink(stage).deliver(alert(), stage.now)

    assert len(stage.system.all("statussen")) == 1


async def test_a_zaak_whose_answer_was_lost_is_found(stage: Stage) -> None:
    sink = zaak_sink(stage)
    await sink.deliver(alert(), stage.now)
    (zaak,) = stage.system.all("zaken")
    stage.system.kinds["statussen"].clear()
    zaak["status"] = None

    await zaak_sink(stage).deliver(alert(), stage.now)

    assert len(stage.system.all("zaken")) == 1
    assert zaak["status"] is not None


async def test_a_status_that_the_zaaktype_has_not_is_told_with_those_it_has(stage: Stage) -> None:
    wrong = ZaakSettings(
        zaaktype=ZAAK.zaaktype,
        rsin=RSIN,
        opened="Nieuw",
        ended="Afgehandeld",
        resultaat="Opgevolgd",
        link=LINK,
    )

    with pytest.raises(Misconfigured, match="knows no `Nieuw`; it has: Afgehandeld, Ontvangen"):
        await zaak_sink(stage, zaak=wrong).deliver(alert(), stage.now)
