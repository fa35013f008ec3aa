"""What payment arrangements, repairs and signals say."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from connectors.corporatie.vera_arrangement import arrangement_drafts, fulfilled_on
from connectors.corporatie.vera_damage import Request, damage_drafts, is_damage
from connectors.corporatie.vera_lease import Household
from connectors.corporatie.vera_memory import Remembered
from connectors.corporatie.vera_nuisance import is_nuisance, is_of, nuisance_drafts
from connectors.corporatie.vera_settings import Damage, Nuisance, Rent
from connectors.corporatie.vera_shapes import (
    Betalingsregeling,
    Defect,
    Onderhoudsorder,
    Onderhoudsverzoek,
    Signalering,
    Verrekening,
)
from connectors.corporatie.vera_values import Unreadable
from connectors.seam import Draft
from hub.domain.time import parse_instant
from tests.systems.vera_tenants import code

NOW = parse_instant("2024-03-10T12:00:00Z")
HOUSEHOLD = Household("0988", "H-1", "corporatie-maas")


def arrangement(**fields: Any) -> Betalingsregeling:
    usual = {
        "id": "X1",
        "status": code("ACT"),
        "afspraakdatum": "2024-03-05",
        "begindatum": "2024-04-01",
        "einddatum": "2024-09-30",
    }
    known = {name: value for name, value in (usual | fields).items() if value is not None}
    return msgspec.json.decode(msgspec.json.encode(known), type=Betalingsregeling)


def agreed(remembered: Remembered | None = None, now: int = NOW, **fields: Any) -> list[Draft]:
    memory = remembered or Remembered()
    return list(arrangement_drafts(arrangement(**fields), HOUSEHOLD, Rent(), memory, now))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({}, ["agreed"], id="it runs"),
        pytest.param({"status": code("BEV")}, ["agreed"], id="suspended"),
        pytest.param({"status": code("BEE")}, ["agreed"], id="fulfilled"),
        pytest.param({"status": code("ANN")}, ["agreed", "broken"], id="stopped"),
        pytest.param(
            {"status": code("BEE"), "eindeReden": code("ONI")}, ["agreed", "broken"], id="in vain"
        ),
        pytest.param({"status": code("AAN")}, [], id="asked for"),
        pytest.param({"status": code("VER")}, [], id="recorded by mistake"),
    ],
)
def test_what_the_status_of_an_arrangement_says(
    fields: dict[str, Any], expected: list[str]
) -> None:
    found = agreed(**fields)
    assert [it.type.removeprefix("payment-arrangement-") for it in found] == expected


@pytest.mark.parametrize(
    ("fields", "until"),
    [
        pytest.param({}, "2024-09-30", id="its end"),
        pytest.param({"einddatum": None, "termijnenAantal": 6}, "2024-10-01", id="six terms"),
        pytest.param(
            {"einddatum": None, "termijnenAantal": 2, "prolongatieInterval": "P3M"},
            "2024-10-01",
            id="two terms of a quarter",
        ),
    ],
)
def test_until_when_it_runs(fields: dict[str, Any], until: str) -> None:
    [found] = agreed(**fields)
    assert found.data["until"] == until
    assert found.data["occurredAt"] == "2024-03-04T23:00:00.000Z"


def test_one_that_says_nowhere_when_it_ends_is_told() -> None:
    with pytest.raises(Unreadable, match="termijnenAantal"):
        agreed(einddatum=None)
    with pytest.raises(Unreadable, match="status"):
        agreed(status=code("XXX"))


def test_when_it_was_broken_is_its_end_or_when_that_was_seen() -> None:
    remembered = Remembered()
    _, broken = agreed(status=code("ANN"), einddatum="2024-03-08")
    assert broken.data["occurredAt"] == "2024-03-07T23:00:00.000Z"
    terms: dict[str, Any] = {"status": code("ANN"), "einddatum": None, "termijnenAantal": 3}
    _, seen = agreed(remembered, **terms)
    assert seen.data["occurredAt"] == "2024-03-10T12:00:00.000Z"
    assert agreed(remembered, NOW + 86_400_000, **terms)[1] == seen


def test_only_a_fulfilled_one_has_paid_what_went_into_it() -> None:
    assert fulfilled_on(arrangement(), Rent()) is None
    assert fulfilled_on(arrangement(status=code("BEE")), Rent()) == date(2024, 9, 30)
    unfit = arrangement(status=code("BEE"), eindeReden=code("VOL"))
    assert fulfilled_on(unfit, Rent()) is None


def damage(
    status: str = "INB", remembered: Remembered | None = None, **defect: Any
) -> tuple[Draft, ...]:
    usual = {"id": "D1", "melddatum": "2024-03-01T09:30:00Z"}
    itself = msgspec.convert(
        {"id": "V1", "onderhoudSoort": code("REP"), "status": code(status)}, Onderhoudsverzoek
    )
    one = msgspec.convert(usual | defect, Defect)
    orders = [Onderhoudsorder(id="O1", technisch_gereeddatum="2024-03-07T15:00:00Z")]
    charges = [msgspec.json.decode(b'{"id": "C1", "bedrag": 85.25}', type=Verrekening)]
    request = Request(itself, [one], orders, charges)
    return damage_drafts(request, one, HOUSEHOLD, Damage(), (remembered or Remembered(), NOW))


@pytest.mark.parametrize(
    ("oorzaak", "cause"),
    [
        ("BEW", "resident"),
        ("SLT", "wear"),
        ("OUD", "wear"),
        ("VAN", "third-party"),
        ("BRA", "other"),
        ("XXX", "other"),
    ],
)
def test_the_cause_as_it_was_reported(oorzaak: str, cause: str) -> None:
    [reported] = damage(oorzaak=code(oorzaak))
    assert reported.data["cause"] == cause


@pytest.mark.parametrize(
    ("fields", "category"),
    [
        pytest.param({"locatie": code("KEU"), "soort": code("GLA")}, "kitchen", id="where it is"),
        pytest.param({"locatie": code("WOO"), "soort": code("GLA")}, "windows", id="what it is"),
        pytest.param({"soort": code("ZIL")}, "other", id="neither is one of ours"),
        pytest.param({}, "unknown", id="nothing is said"),
    ],
)
def test_the_category_of_damage(fields: dict[str, Any], category: str) -> None:
    [reported] = damage(**fields)
    assert reported.data["category"] == category
    assert reported.data["occurredAt"] == "2024-03-01T09:30:00.000Z"


def test_a_repair_says_what_the_repairer_found_and_of_which_damage() -> None:
    _, repaired = damage("AFG", oorzaak=code("SLT"), aangetroffenOorzaak=code("BEW"))
    assert repaired.type == "damage-repaired"
    assert repaired.concerns == ("damage-reported", "")
    assert repaired.data["occurredAt"] == "2024-03-07T15:00:00.000Z"
    assert (repaired.data["cost"], repaired.data["cause"]) == (8525, "resident")


@pytest.mark.parametrize(
    ("kind", "status", "expected"),
    [("REP", "INB", True), ("REP", "GEA", False), ("MUT", "INB", False), ("WMO", "INB", False)],
)
def test_which_requests_are_damage(kind: str, status: str, expected: bool) -> None:
    fields = {"onderhoudSoort": code(kind), "status": code(status)}
    assert is_damage(msgspec.convert(fields, Onderhoudsverzoek), Damage()) is expected


def signal(**fields: Any) -> Signalering:
    usual = {"id": "S1", "soort": code("OVE"), "begindatum": "2024-03-05T20:00:00Z"}
    return msgspec.convert(usual | fields, Signalering)


@pytest.mark.parametrize(
    ("soort", "expected"),
    [("OVE", True), ("SCH", False), ("ONB", False), ("AGR", False), ("XXX", False)],
)
def test_only_overlast_is_nuisance(soort: str, expected: bool) -> None:
    assert is_nuisance(signal(soort=code(soort)), Nuisance()) is expected


@pytest.mark.parametrize(
    ("detail", "category"),
    [("GEL", "noise"), ("VER", "waste"), ("AGS", "other"), (None, "unknown")],
)
def test_the_category_of_nuisance(detail: str | None, category: str) -> None:
    one = signal(detailSoort=code(detail)) if detail else signal()
    [reported] = nuisance_drafts(one, HOUSEHOLD, Nuisance(), NOW)
    assert reported.data["category"] == category


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({}, True, id="in the tenancy"),
        pytest.param({"relatie": {"id": "P1"}}, True, id="of the tenant"),
        pytest.param({"relatie": {"id": "P9"}}, False, id="of somebody else"),
        pytest.param({"begindatum": "2024-01-05T20:00:00Z"}, False, id="of who lived there before"),
        pytest.param({"begindatum": "2024-05-05T20:00:00Z"}, False, id="of who lives there next"),
    ],
)
def test_a_signal_is_about_this_tenancy(fields: dict[str, Any], expected: bool) -> None:
    found = is_of(signal(**fields), {"P1"}, date(2024, 2, 1), date(2024, 4, 30))
    assert found is expected
