"""A mapping for an export that nobody described: exports of ten columns, each of another shape."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from connectors.corporatie.files_forms import CsvKind
from connectors.corporatie.files_suggest import Suggestion, suggest, suggested
from connectors.seam import Record
from hub.domain.facts import CATALOGUE
from hub.errors import Misconfigured
from hub.wire.avro import Schemas
from hub.wire.csv_mapping import CsvMapping
from tests.connectors.files.stage import bad
from tests.connectors.files.test_pages import pages
from tests.house.sources import ROOT

EXPORTS: Final = Path(__file__).with_name("exports")
ASKED: Final = "gemeente: EDIT"

# What people would have written.
WANTED: Final[dict[str, tuple[str, object, dict[str, object]]]] = {
    "achterstanden.csv": (
        "rent-missed",
        ["Contractnummer", "Periode"],
        {
            "Contractnummer": "lease",
            "Periode": "period",
            "Vervaldatum": "dueDate",
            "Peildatum": "occurredAt",
            "Openstaand": "amountDue",
            "Totale achterstand": "totalArrears",
            "Gebeld": "socialCollection.personalContactTried",
            "Aanmaning verstuurd": "socialCollection.reminderSent",
            "Schuldhulp aangeboden": "socialCollection.debtHelpOffered",
        },
    ),
    "ontvangsten_2026-03.csv": (
        "rent-paid",
        "Boekingsnummer",
        {
            "Boekdatum": "occurredAt",
            "Huurovereenkomst": "lease",
            "BAG nummeraanduiding": ["address", "gemeente"],
            "Huurmaand": "period",
            "Bedrag": "amount",
        },
    ),
    "nieuwe verhuringen.txt": (
        "lease-signed",
        ["Contractnr."],  # a date that was corrected is a correction, not another lease
        {
            "Contractnr.": "lease",
            "BAG-ID": ["address", "gemeente"],
            "Datum ondertekening": "occurredAt",
            "Ingangsdatum huur": "startDate",
            "Doelgroep": "targetGroup",
            "Tijdelijk contract": "temporary",
            "Aantal personen": "persons",
            "Max. aantal bewoners": "maxPersons",
            "Eerste huurbetaling": "firstRentDue",
        },
    ),
    "terminations.csv": (
        "lease-ended",
        ["lease_number"],
        {
            "lease_number": "lease",
            "notice_date": "occurredAt",
            "end_date": "endDate",
            "reason": "reason",
            "handover_costs": "handoverCosts",
            "municipality_code": "gemeente",
        },
    ),
    "Reparatieverzoeken.csv": (
        "damage-reported",
        "Meldingsnummer",
        {
            "Gemeld op": "occurredAt",
            "Huurovereenkomstnr": "lease",
            "Element": "category",
            "Oorzaak": "cause",
            "Geschatte kosten": "estimate",
            "Gemeente": "gemeente",
        },
    ),
    "gereedmeldingen.dat": (
        "damage-repaired",
        "MELDING_NR",
        {
            "DATUM_GEREED": "occurredAt",
            "CONTRACT_NR": "lease",
            "OORZAAK_AANGETROFFEN": "cause",
            "KOSTEN_TOTAAL": "cost",
            "GEMEENTE_CODE": "gemeente",
        },
    ),
    "betalingsregelingen.csv": (
        "payment-arrangement-agreed",
        "Kenmerk",
        {"Contract": "lease", "Datum afspraak": "occurredAt", "Regeling loopt tot": "until"},
    ),
    "overlastmeldingen.csv": (
        "nuisance-reported",
        "Zaaknummer",
        {
            "Melddatum": "occurredAt",
            "Contractnummer veroorzaker": "lease",
            "Soort overlast": "category",
            "BAG adres-id": ["address", "gemeente"],
        },
    ),
    "huisbezoeken.csv": (
        "home-visit-made",
        "Bezoek-id",
        {
            "Datum bezoek": "occurredAt",
            "Huurcontract": "lease",
            "Zorgen": "concern",
            "Gemeente": "gemeente",
        },
    ),
    "debiteuren.csv": (
        "rent-missed",
        ["HOE-nr", "Factuurperiode"],
        {
            "HOE-nr": "lease",
            "Factuurdatum": "occurredAt",
            "Vervaldatum": "dueDate",
            "Factuurperiode": "period",
            "Factuurbedrag": "amountDue",
            "Openstaand saldo": "totalArrears",
        },
    ),
    "rent_arrears_export.csv": (
        "rent-missed",
        ["Tenancy ID", "Period"],
        {
            "Tenancy ID": "lease",
            "Arrears date": "occurredAt",
            "Period": "period",
            "Due date": "dueDate",
            "Amount due": "amountDue",
            "Total arrears": "totalArrears",
            "Phone call made": "socialCollection.personalContactTried",
            "Help offered": "socialCollection.debtHelpOffered",
            "Reminder letter": "socialCollection.reminderSent",
        },
    ),
    "Tekenlijst maart.csv": (
        "lease-signed",
        ["Huurovereenkomst nr"],
        {
            "Huurovereenkomst nr": "lease",
            "Getekend op": "occurredAt",
            "Huur ingangsdatum": "startDate",
            "Nummeraanduiding-ID": ["address", "gemeente"],
            "Soort kandidaat": "targetGroup",
            "Gezinsgrootte": "persons",
        },
    ),
    "huurcontracten_20260310.csv": (
        "lease-signed",
        ["Overeenkomstnr"],
        {
            "Overeenkomstnr": "lease",
            "BAG-nr": ["address", "gemeente"],
            "Datum ondertekening": "occurredAt",
            "Ingangsdatum huur": "startDate",
            "Soort huurder": "targetGroup",
        },
    ),
    "huurachterstand-mrt.csv": (
        "rent-missed",
        ["Huurovereenkomst", "Huurmaand"],
        {
            "Huurovereenkomst": "lease",
            "Huurmaand": "period",
            "Verval": "dueDate",
            "Peildatum": "occurredAt",
            "Openstaand": "amountDue",
            "Saldo totaal": "totalArrears",
        },
    ),
    "reparatiemeldingen.csv": (
        "damage-reported",
        "Meldnr",
        {
            "Melddatum": "occurredAt",
            "Contractnummer": "lease",
            "Ruimte": "category",
            "Oorzaak": "cause",
            "Geschatte kosten": "estimate",
        },
    ),
    "voorlichting.csv": (
        "housing-information-provided",
        ["Overeenkomstnummer", "Gegeven op"],  # a number of a row is another one next time
        {
            "Gegeven op": "occurredAt",
            "Overeenkomstnummer": "lease",
            "Taal": "language",
            "Vorm": "form",
            "Gemeente": "gemeente",
        },
    ),
}


def mapped(suggestion: Suggestion) -> CsvMapping:
    """The mapping after the one edit that may be left."""
    text = suggestion.text.replace(ASKED, 'gemeente: "0988"')
    mapping = CsvMapping.parse(text.encode(), "suggested.yaml")
    return msgspec.structs.replace(mapping, party="corporatie-maas")


def test_every_export_has_its_expectation() -> None:
    assert {it.name for it in EXPORTS.glob("[!.]*")} == WANTED.keys()


@pytest.mark.parametrize("name", WANTED)
def test_an_export_of_ten_columns_needs_one_edit_at_most(name: str) -> None:
    suggestion = suggest(EXPORTS / name)
    fact_type, id_, columns = WANTED[name]
    mapping = mapped(suggestion)
    assert (mapping.type, mapping.id, mapping.columns) == (fact_type, id_, columns)
    edits = suggestion.text.count("EDIT  #") + suggestion.text.count("# EDIT?")
    says_whose = any(line.startswith("only: ") for line in suggestion.text.splitlines())
    assert edits <= 1
    assert len(suggestion.remaining) == edits + (not says_whose)
    assert "10 columns" in suggestion.text


@pytest.mark.parametrize("name", WANTED)
def test_every_row_of_the_target_group_becomes_a_fact(name: str) -> None:
    raw = (EXPORTS / name).read_bytes()
    found = list(pages(raw, CsvKind(mapped(suggest(EXPORTS / name))), 1 << 20))
    assert bad(found) == []
    wanted = {"achterstanden.csv": 3, "rent_arrears_export.csv": 1, "Tekenlijst maart.csv": 1}
    assert len([it for it in found if isinstance(it, Record)]) == wanted.get(name, 2)


@pytest.mark.parametrize("name", WANTED)
def test_no_cell_is_told_but_the_words_of_codes(name: str) -> None:
    text = suggest(EXPORTS / name).text
    assert not [it for it in ("H-1001", "H-2001", "612", "0988200000001001", "team") if it in text]


def csv(*rows: str) -> bytes:
    return ("\r\n".join(rows) + "\r\n").encode()


def test_a_type_that_is_given_is_taken() -> None:
    rows = csv("Contract;Datum", "H-1;02-03-2026", "H-2;02-03-2026")
    mapping = mapped(suggested(rows, "x.csv", "payment-arrangement-broken"))
    assert mapping.type == "payment-arrangement-broken"
    assert mapping.columns == {"Contract": "lease", "Datum": "occurredAt"}


def test_what_could_not_be_decided_is_marked_and_told() -> None:
    rows = csv("Nr;Iets;Oorzaak", "1;02-03-2026;Mol", "2;03-03-2026;Das")
    suggestion = suggested(rows, "schade.csv", "damage-reported")
    text = suggestion.text
    assert text.count("EDIT") - 1 >= 4
    told = " ".join(suggestion.remaining)
    for field in ("gemeente", "category", "references", "Iets", "Oorzaak"):
        assert field in told
    assert CsvMapping.parse(text.encode(), "x").codes == {
        "cause": {"Das": "other", "Mol": "other", "*": "other"}
    }


def test_no_objection_is_guessed_away_where_every_step_has_a_column() -> None:
    steps = "Gebeld;Hulp aangeboden;Aanmaning;Melding aangekondigd"
    header = f"Contractnummer;Periode;Vervaldatum;Bedrag achterstand;Totaal achterstand;{steps}"
    row = "H-1042;2026-03;01-03-2026;612,50;1.225,00;ja;ja;ja;ja"
    found = suggested(f"{header}\n{row}\n".encode(), "achterstanden.csv")
    mapping = yaml.safe_load(found.text)
    objected = "socialCollection.tenantObjected"
    assert mapping["columns"]["Melding aangekondigd"] == "socialCollection.sharingAnnounced"
    assert mapping["constants"][objected] == "EDIT"
    assert any("whether the tenant objected" in it for it in found.remaining)
    fewer = suggested(
        f"{header.replace('Melding aangekondigd', 'Iets')}\n{row}\n".encode(), "achterstanden.csv"
    )
    assert yaml.safe_load(fewer.text)["constants"][objected] is False


def test_rows_that_do_not_fit_yet_are_counted() -> None:
    rows = [f"B{n};02-03-2026;H-{n};03-2026;{n},00;0988" for n in range(30)]
    rows[3] = "B3;02-03-2026;H-3;03-2026;veel;0988"
    head = csv("Boekingsnr;Betaaldatum;Contract;Maand;Bedrag;Gemeente", *rows)
    suggestion = suggested(head, "betalingen.csv")
    assert suggestion.remaining[-1] == (
        "1 of 30 rows do not fit yet; line 5: column Bedrag: expected an amount of 0 or more,"
        " like 1.225,00 (`decimal` in the mapping)."
    )


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        pytest.param(b"", "a header", id="nothing"),
        pytest.param(b"%PDF-1.7\n\x00\x01\x02", "a header", id="no text"),
        pytest.param(b"1;2\n3;4\n", "a header", id="no header"),
    ],
)
def test_what_is_no_table_is_told(raw: bytes, told: str) -> None:
    with pytest.raises(Misconfigured, match=told):
        suggested(raw, "x.csv")


def test_a_workbook_is_told_to_be_saved_as_csv(tmp_path: Path) -> None:
    (tmp_path / "x.xlsx").write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(Misconfigured, match="save it as CSV"):
        suggest(tmp_path / "x.xlsx")


def test_a_type_or_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="no such fact type"):
        suggest(EXPORTS / "achterstanden.csv", "rent-forgiven")
    with pytest.raises(Misconfigured, match="cannot be read"):
        suggest(tmp_path / "x.csv")


@pytest.mark.parametrize(
    "name", ['Datum: "op"', "#1 x", "Ja", "no", "tab\tin", "Eén, twee", "a: b", "'x", "- x", "x "]
)
def test_any_name_of_a_column_is_written_so_that_it_parses(name: str) -> None:
    rows = csv(f'Contract;"{name.replace(chr(34), chr(34) * 2)}";Datum', "H-1;x;02-03-2026")
    found: Any = msgspec.yaml.decode(suggested(rows, "tolk.csv").text.encode())
    assert found["columns"]["Contract"] == "lease"


def test_a_number_of_a_person_is_no_id() -> None:
    rows = csv("Klantnummer;Contract;Bezocht op", "K-1;H-1;02-03-2026", "K-2;H-2;02-03-2026")
    mapping = mapped(suggested(rows, "huisbezoeken.csv"))
    assert mapping.id == ["Contract", "Bezocht op"]
    assert "Klantnummer" not in mapping.columns


def test_the_number_of_who_caused_it_goes_before_that_of_who_reported_it() -> None:
    header = "Dossiernummer;Melddatum;Contractnr melder;Contractnr overlastgever;Soort;Gemeente"
    rows = csv(header, "O1;02-03-2026;H-9;H-1;Geluid;0988", "O2;03-03-2026;H-8;H-2;Stank;0988")
    mapping = mapped(suggested(rows, "overlast.csv"))
    assert mapping.columns["Contractnr overlastgever"] == "lease"


def test_another_number_of_the_bag_is_no_address() -> None:
    rows = csv("Contract;BAG-id;Bezocht op", "H-1;0988010000001001;02-03-2026")
    assert "BAG-id" not in mapped(suggested(rows, "huisbezoeken.csv")).columns


def test_names_of_gemeenten_ask_for_their_codes() -> None:
    rows = csv("Contract;Gemeente;Bezocht op", "H-1;Weert;02-03-2026", "H-2;Roermond;02-03-2026")
    suggestion = suggested(rows, "huisbezoeken.csv")
    codes = CsvMapping.parse(suggestion.text.encode(), "x").codes
    assert codes == {"gemeente": {"Roermond": "EDIT", "Weert": "EDIT"}}
    assert "Write the CBS code of each gemeente in column Gemeente." in suggestion.remaining


def test_a_column_that_tells_whose_rows_these_are_in_letters_takes_none_until_somebody_says() -> (
    None
):
    rows = csv("Contract;Huurderstype;Bezocht op", "H-1;V;02-03-2026", "H-2;R;02-03-2026")
    suggestion = suggested(rows, "huisbezoeken.csv")
    assert CsvMapping.parse(suggestion.text.encode(), "x").only == {"Huurderstype": ["EDIT"]}
    assert any("Huurderstype" in it for it in suggestion.remaining)


def test_a_lease_in_two_rows_is_told_apart_by_more_than_its_number() -> None:
    header = "Contract;Ondertekend;Ingangsdatum;BAG-id;Doelgroep"
    row = "H-1;02-03-2026;03-03-2026;098820000000100{};VGH"
    rows = csv(header, row.format(1), row.format(2))
    mapping = mapped(suggested(rows, "contracten.csv"))
    assert mapping.id == ["Contract", "BAG-id", "Ondertekend"]


def test_every_code_that_a_word_leads_to_is_one_of_the_catalogue() -> None:
    lists = {
        f"{name}.{field}": codes
        for name, schema in Schemas.load(ROOT / "schemas" / "avro").by_name.items()
        for field, codes in schema.codes.items()
    }
    words = tomllib.loads(
        (ROOT / "connectors" / "corporatie" / "files_words.toml").read_text("utf-8")
    )["code"]
    for path, codes in words.items():
        wanted = [it for name, it in lists.items() if name == path or name.endswith(f".{path}")]
        assert path in ("any", "language") or wanted, path
        for of in wanted:
            assert codes.keys() <= of, path


def test_rows_that_one_id_does_not_tell_apart_are_told() -> None:
    header = "Contract;Gemeld op;Onderdeel;Oorzaak"
    twice = "H-1;02-03-2026;Keuken;Slijtage"
    suggestion = suggested(csv(header, twice, twice.replace("Keuken", "Bad")), "schade.csv")
    told = " ".join(suggestion.remaining)
    assert "1 rows have the same Contract and Gemeld op as another" in told


def test_another_separator_that_is_told_in_the_file_is_left_to_the_file() -> None:
    rows = csv("sep=#", "Contract#Bezocht op", "H-1#02-03-2026")
    mapping = mapped(suggested(rows, "huisbezoeken.csv"))
    assert mapping.separator is None
    assert mapping.columns == {"Contract": "lease", "Bezocht op": "occurredAt"}


@pytest.mark.parametrize("fact_type", CATALOGUE)
def test_any_type_that_is_asked_for_gives_a_mapping_that_parses(fact_type: str) -> None:
    suggestion = suggest(EXPORTS / "achterstanden.csv", fact_type)
    assert CsvMapping.parse(suggestion.text.encode(), "x").type == fact_type


def parsed(raw: bytes) -> CsvMapping | None:
    """The suggested mapping; None if there was a reason why not."""
    try:
        suggestion = suggested(raw, "x.csv")
    except Misconfigured:
        return None
    return CsvMapping.parse(suggestion.text.encode(), "x")


@given(st.binary(max_size=300))
def test_whatever_the_bytes_are_a_mapping_parses(raw: bytes) -> None:
    parsed(raw)


@given(st.lists(st.lists(st.text(max_size=6), min_size=2, max_size=4), min_size=1, max_size=5))
def test_whatever_the_cells_are_a_mapping_parses(rows: list[list[str]]) -> None:
    parsed("\n".join(";".join(row) for row in rows).encode("utf-8", "replace"))
