"""Adding a party or a year of holidays leaves every other line as it was."""

import re
from datetime import date
from pathlib import Path
from typing import Final

import pytest
from msgspec.structs import replace

from hub.agreement_edits import NewParty, add_party, fill_holidays, holidays_of
from hub.agreement_files import load, read_agreement_file
from hub.errors import Misconfigured

SHIPPED: Final = Path(__file__).parents[2] / "agreements"
AGREEMENT: Final = (SHIPPED / "duurzame-start.yaml").read_text("utf-8")
NEW: Final = NewParty(
    id="corporatie-swalm",
    name="Woonstichting ‘Swalm’: west",
    role="corporatie",
    kvk="90000005",
    gemeenten=["0957"],
    patterns={"lease": r"S-\d{5}"},
    contact="seintje@swalm.example.nl",
)


@pytest.fixture
def parties(tmp_path: Path) -> Path:
    file = tmp_path / "parties.yaml"
    file.write_text((SHIPPED / "parties.yaml").read_text("utf-8"), "utf-8")
    return file


def test_the_calendar_of_the_default_agreement_is_that_of_the_holidays_library() -> None:
    filled = read_agreement_file(SHIPPED / "duurzame-start.yaml").calendar.holidays
    wanted = {day for year in range(2018, 2033) for day, _ in holidays_of(year)}
    assert filled == wanted
    assert {date(year, 5, 5) for year in range(2018, 2033)} <= filled


@pytest.mark.parametrize("year", [2018, 2025, 2032])
def test_a_year_that_was_taken_out_comes_back_as_it_was(year: int) -> None:
    without = re.sub(rf"\n?^    - {year}-.*$", "", AGREEMENT, flags=re.MULTILINE)
    assert without != AGREEMENT
    filled = fill_holidays(without, year).splitlines()
    assert [line for line in filled if line] == [line for line in AGREEMENT.splitlines() if line]


def test_a_later_year_comes_after_an_empty_line_at_the_end() -> None:
    filled = fill_holidays(AGREEMENT, 2033)
    assert filled.startswith(AGREEMENT + "\n    - 2033-01-01  # Nieuwjaarsdag\n")
    assert filled.endswith("    - 2033-12-26  # Tweede kerstdag\n")


def test_filling_a_year_twice_changes_nothing() -> None:
    assert fill_holidays(AGREEMENT, 2030) == AGREEMENT


def test_only_the_days_that_are_not_there_are_added() -> None:
    text = "calendar:\n  holidays:\n    - 2026-01-01\n    - 2026-12-25\n"
    filled = fill_holidays(text, 2026).splitlines()
    assert filled[2:4] == ["    - 2026-01-01", "    - 2026-04-03  # Goede vrijdag"]
    assert filled[-2:] == ["    - 2026-12-25", "    - 2026-12-26  # Tweede kerstdag"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("calendar: {holidays: [2026-01-01]}\n", id="holidays on one line"),
        pytest.param("id: a\n", id="no calendar"),
        pytest.param("calendar: [", id="no YAML"),
    ],
)
def test_a_calendar_without_lines_to_add_to_is_left_to_people(text: str) -> None:
    with pytest.raises(Misconfigured):
        fill_holidays(text, 2026)


def test_a_party_is_added_below_the_last_and_all_else_stays(parties: Path) -> None:
    before = parties.read_text("utf-8").splitlines()
    added = add_party(parties, NEW)
    assert (added.id, added.urn) == ("corporatie-swalm", "urn:nld:kvknr:90000005")
    assert added.name == NEW.name
    assert added.patterns == {"lease": r"S-\d{5}"}
    after = parties.read_text("utf-8").splitlines()
    start = after.index('  - id: "corporatie-swalm"')
    assert after[: start - 1] + after[start + 8 :] == before
    assert after[start - 1] == ""


def test_the_hub_loads_the_file_with_the_party_in_it(parties: Path) -> None:
    add_party(parties, NEW)
    _, found = load([SHIPPED / "duurzame-start.yaml", parties])
    assert found.by_id["corporatie-swalm"].gemeenten == {"0957"}


def test_a_party_added_before_another_key_stays_in_its_list(tmp_path: Path) -> None:
    file = tmp_path / "parties.yaml"
    file.write_text((Path(__file__).with_name("every_party.yaml")).read_text("utf-8"), "utf-8")
    add_party(file, replace(NEW, gemeenten=["0988"]))
    assert "\nherindelingen:\n" in file.read_text("utf-8")


def test_a_wrong_party_is_refused_and_nothing_is_written(parties: Path) -> None:
    before = parties.read_bytes()
    with pytest.raises(Misconfigured, match=r"kvk: write 8 digits") as raised:
        add_party(parties, replace(NEW, kvk="1", id="gemeente-weert"))
    assert "stands here twice" in str(raised.value)
    assert parties.read_bytes() == before
    assert [file.name for file in parties.parent.iterdir()] == ["parties.yaml"]
