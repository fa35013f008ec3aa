"""A signal in the words of DDAS, and the file with addresses."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from connectors.gemeente.vroegsignalering_signal import Addresses, vroegsignaal
from connectors.gemeente.vroegsignalering_steps import Arrears
from hub.errors import Misconfigured
from tests.connectors.vroegsignalering.households import ALERT, LEASE
from tests.systems.vroegsignalering import wrong_with
from tests.systems.vroegsignalering_ddas import VROEGSIGNAAL

ADDRESS = {"Postcode": "6001AA", "Huisnummer": "12"}


def addresses(tmp_path: Path, text: str, encoding: str = "utf-8") -> Addresses:
    file = tmp_path / "adressen.csv"
    file.write_text(text, encoding)
    return Addresses(file)


def test_a_signal_holds_what_is_known_and_nothing_else() -> None:
    arrears = Arrears(650, date(2024, 2, 1))
    found = vroegsignaal(ALERT, date(2024, 3, 4), arrears, ADDRESS)
    assert found == {
        "ID": ALERT,
        "bedrag": 650,
        "ontstaansdatum": "2024-02-01",
        "signaaldatum": "2024-03-04",
        "signaalpartner": {"type": "Huur"},
        "client": ADDRESS,
    }
    validator = Draft202012Validator(VROEGSIGNAAL, format_checker=FormatChecker())
    assert not list(validator.iter_errors(found))
    assert not wrong_with(ALERT, found)


def test_an_address_is_found_by_its_lease(tmp_path: Path) -> None:
    text = (
        "lease;Straatnaam;Huisnummer;Huisnummertoevoeging;Postcode;Plaatsnaam\n"
        "H-1000;Voorbeeldstraat;1;;6001AA;Weert\n"
        f"{LEASE};Voorbeeldstraat;12;B;6001 ab;Weert\n"
    )
    assert addresses(tmp_path, text).of([LEASE]) == [
        {
            "Straatnaam": "Voorbeeldstraat",
            "Huisnummer": "12",
            "Huisnummertoevoeging": "B",
            "Postcode": "6001AB",
            "Plaatsnaam": "Weert",
        }
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_commas_and_a_mark_at_the_start_are_understood(tmp_path: Path, encoding: str) -> None:
    book = addresses(tmp_path, f"lease,Postcode,Huisnummer\n{LEASE},6001AA,12\n", encoding)
    assert book.of([LEASE]) == [ADDRESS]


@pytest.mark.parametrize(
    ("line", "field"),
    [
        pytest.param(f"{LEASE};;12;Laan", "Postcode", id="no postcode"),
        pytest.param(f"{LEASE};6001AA;;Laan", "Huisnummer", id="no number"),
        pytest.param(f"{LEASE};6001AA;12 B;Laan", "Huisnummer", id="more than a number"),
        pytest.param(f"{LEASE};0001AA;12;Laan", "Postcode", id="no such postcode"),
        pytest.param(f"{LEASE};6001AA;12;111222333", "Straatnaam", id="a BSN in a street"),
        pytest.param(f"{LEASE};6001AA;12;{'x' * 201}", "Straatnaam", id="longer than DDAS has it"),
    ],
)
def test_an_address_that_is_wrong_is_none_and_is_pointed_at(
    tmp_path: Path, line: str, field: str
) -> None:
    book = addresses(tmp_path, f"lease;Postcode;Huisnummer;Straatnaam\n\n{line}\n")
    assert book.of([LEASE]) == []
    (finding,) = book.findings()
    assert finding.where.endswith("adressen.csv:3")
    assert finding.wrong.startswith(field)
    assert "111222333" not in repr(finding)


def test_a_lease_that_is_not_in_it_has_no_address(tmp_path: Path) -> None:
    assert addresses(tmp_path, "lease;Postcode;Huisnummer\n").of([LEASE]) == []


@pytest.mark.parametrize(
    "column", ["Burgerservicenummer", "Achternaam", "Geboortedatum", "telefoon", "111222333"]
)
def test_a_column_with_more_than_an_address_is_refused(tmp_path: Path, column: str) -> None:
    book = addresses(tmp_path, f"lease;Postcode;Huisnummer;{column}\n{LEASE};6001AA;12;x\n")
    with pytest.raises(Misconfigured, match="column 4 may not be in it") as caught:
        book.of([LEASE])
    assert column not in str(caught.value)


@pytest.mark.parametrize("missing", ["lease", "Postcode", "Huisnummer"])
def test_a_column_that_is_needed_is_asked_for(tmp_path: Path, missing: str) -> None:
    names = [it for it in ("lease", "Postcode", "Huisnummer") if it != missing]
    with pytest.raises(Misconfigured, match=f"the column {missing} is missing"):
        addresses(tmp_path, ";".join(names) + "\n").of([LEASE])


def test_a_file_that_cannot_be_read_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="write a CSV file"):
        Addresses(tmp_path / "nowhere.csv").of([LEASE])
    (tmp_path / "latin.csv").write_bytes("lease;Postcode;Huisnummer\nH;6001AA;é".encode("latin-1"))
    with pytest.raises(Misconfigured, match="UTF-8"):
        Addresses(tmp_path / "latin.csv").of([LEASE])


def test_a_lease_of_two_addresses_has_two(tmp_path: Path) -> None:
    head = "lease;Postcode;Huisnummer\n"
    lines = f"{LEASE};6001AA;12\n{LEASE};6001 aa;12\n{LEASE};6001AA;14\n"
    assert addresses(tmp_path, head + lines).of([LEASE]) == [
        ADDRESS,
        ADDRESS | {"Huisnummer": "14"},
    ]


def test_a_cell_without_an_end_is_a_wrong_setting(tmp_path: Path) -> None:
    book = addresses(tmp_path, f'lease;Postcode;Huisnummer\n{LEASE};6001AA;"{"1" * 200_000}\n')
    with pytest.raises(Misconfigured, match="write a CSV file"):
        book.of([LEASE])


def test_a_file_that_is_too_large_is_not_read_up_to_somewhere(tmp_path: Path) -> None:
    book = addresses(tmp_path, f"lease;Postcode;Huisnummer\n{LEASE};6001AA;12\n")
    with book.file.open("r+b") as stream:
        stream.truncate(65 << 20)
    with pytest.raises(Misconfigured, match="larger than 64 MB"):
        book.of([LEASE])
