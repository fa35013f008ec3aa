"""Every code in the tables is one of VERA, and leads to one of ours."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

import pytest

from connectors.corporatie.vera_codes import CAUSES, DAMAGE, END_REASONS, NUISANCE, ours
from connectors.corporatie.vera_settings import Damage, Leases, Nuisance, Rent, TargetGroup
from connectors.corporatie.vera_shapes import Referentiedata
from hub.agreement_files import code_lists
from tests.house.sources import ROOT

KEPT: Final = Path(ROOT) / "tests/systems/vera_referentiedata.csv"


def listed() -> set[str]:
    lines = KEPT.read_text("utf-8").splitlines()[1:]
    return {f"{row['Soort']}.{row['Code']}" for row in csv.DictReader(lines, delimiter=";")}


@pytest.mark.parametrize(
    ("table", "field"),
    [
        pytest.param(END_REASONS, ("lease-ended", "reason"), id="why a lease ended"),
        pytest.param(CAUSES, ("damage-reported", "cause"), id="causes"),
        pytest.param(DAMAGE, ("damage-reported", "category"), id="damage"),
        pytest.param(NUISANCE, ("nuisance-reported", "category"), id="nuisance"),
    ],
)
def test_a_table_leads_from_the_reference_data_to_our_codes(
    table: dict[str, str], field: tuple[str, str]
) -> None:
    assert set(table) <= listed()
    assert set(table.values()) <= set(code_lists()[field])


@pytest.mark.parametrize(
    ("soort", "codes"),
    [
        ("OVEREENKOMSTSTATUS", (*Leases().signed, *Leases().ended, "VOO", "GOE", "GEA")),
        ("OVEREENKOMSTDETAILSOORT", Leases().temporary),
        ("BOEKINGSOORT", ("VOR",)),
        ("BOEKINGDETAILSOORT", (*Rent().details, *Rent().first, "BET", "AAN")),
        ("BOEKINGSTATUS", ("VRL",)),
        ("AFLETTERSTATUS", ("VOL",)),
        ("BETALINGSREGELINGSTATUS", (*Rent().agreed, *Rent().broken, "AAN", "VER")),
        ("BETALINGSREGELINGEINDEREDEN", Rent().broken_reasons),
        ("ONDERHOUDSOORT", Damage().kinds),
        ("ONDERHOUDSVERZOEKSTATUS", (*Damage().repaired, *Damage().cancelled)),
        ("SIGNALERINGSOORT", Nuisance().kinds),
        ("EENHEIDSOORT", ("WOO",)),
    ],
)
def test_the_usual_settings_name_codes_of_the_reference_data(
    soort: str, codes: tuple[str, ...]
) -> None:
    assert {f"{soort}.{code}" for code in codes} <= listed()


def test_the_marks_of_the_target_group_are_in_the_reference_data() -> None:
    assert set(TargetGroup().codes) <= listed()
    assert "DOELGROEP.STA" in listed()  # a starter: the code alone is no mark


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param("BEW", "resident", id="known"),
        pytest.param("XXX", "other", id="in no table"),
        pytest.param(None, "unknown", id="not filled in"),
        pytest.param("STO", "wear", id="by the settings"),
    ],
)
def test_a_code_is_never_guessed(code: str | None, expected: str) -> None:
    found = ours((("DEFECTOORZAAK", Referentiedata(code)),), {"DEFECTOORZAAK.STO": "wear"}, CAUSES)
    assert found == expected
