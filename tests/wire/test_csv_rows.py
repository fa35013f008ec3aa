"""Tables as Dutch exports have them: what is the header, what is a row, and what is neither."""

from __future__ import annotations

import io

import msgspec
import pytest

from hub.errors import Misconfigured
from hub.wire.csv_mapping import CsvMapping
from hub.wire.csv_rows import NoTable, Table, cut, is_total, names, table
from hub.wire.fields import flaws_of
from hub.wire.tables import read_csv


def found(text: str, *needed: str, separator: str | None = None) -> Table:
    it = table(text, needed or ("A", "B"), separator)
    assert isinstance(it, Table)
    return it


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("A;B\n1;2\n", 1, id="first"),
        pytest.param("sep=;\r\nA;B\r\n", 2, id="below the separator that Excel wants"),
        pytest.param("sep=|\nA|B\n", 2, id="another separator, as told"),
        pytest.param("Achterstanden per 1 maart\n\nA;B\n", 3, id="below a title"),
        pytest.param('"Titel, met komma\nen regel"\nA;B\n', 3, id="below a title of two lines"),
        pytest.param(" A ;\u00a0B;C;;;\n", 1, id="spaces, and empty columns at the end"),
        pytest.param("\ufeffA\tB\n", 1, id="a mark that was left there"),
    ],
)
def test_the_header_is_the_first_row_with_all_columns(text: str, lines: int) -> None:
    assert found(text).lines == lines
    assert text.startswith(found(text).before)


def test_a_header_that_lacks_a_column_names_it() -> None:
    assert table("x\nA;C\n", ["A", "B"], None) == NoTable(("B",))
    assert table("", ["A"], None) == NoTable(("A",))


def test_two_columns_of_the_same_name_are_told_apart() -> None:
    assert names(["Datum", "Bedrag", "Datum ", "Datum", ""]) == (
        "Datum",
        "Bedrag",
        "Datum (2)",
        "Datum (3)",
    )


@pytest.mark.parametrize(
    ("cells", "row"),
    [
        pytest.param(["1", "2", "3"], {"A": "1", "B": "2", "C": "3"}, id="whole"),
        pytest.param(
            ["1", "2", "3", "", " "], {"A": "1", "B": "2", "C": "3"}, id="empty ones more"
        ),
        pytest.param(["1", "2"], {"A": "1", "B": "2", "C": ""}, id="an unread one less"),
        pytest.param(["", " ", ""], None, id="blank"),
        pytest.param([], None, id="nothing"),
    ],
)
def test_a_row_has_the_cells_that_are_read(cells: list[str], row: object) -> None:
    assert found("A;B;C\n").row(cells) == row


@pytest.mark.parametrize("cells", [["1"], ["1", "2", "3", "4"]])
def test_a_row_of_another_length_says_so(cells: list[str]) -> None:
    assert found("A;B;C\n").row(cells) == f"The row has {len(cells)} cells, the header 3."


@pytest.mark.parametrize(
    ("row", "total"),
    [
        ({"A": "Totaal", "B": "", "C": "12"}, True),
        ({"A": "Eindtotaal:", "B": "", "C": "12"}, True),
        ({"A": "", "B": "Subtotaal maart", "C": "12"}, True),
        ({"A": "Aantal: 12", "B": "", "C": ""}, True),
        ({"A": "Totaal", "B": "H-1", "C": "12"}, True),
        ({"A": "Totaalrenovatie", "B": "", "C": ""}, False),
        ({"A": "H-1", "B": "Totaal", "C": "12"}, False),
    ],
)
def test_a_total_is_no_row(row: dict[str, str], total: bool) -> None:
    assert is_total(row, ["A"]) is total


def test_the_last_row_of_a_piece_may_go_on_and_is_left() -> None:
    text = 'a;"b\nc"\nd;"e\n'
    assert [it.text for it in cut(text, ";", is_end=False)] == ['a;"b\nc"\n']
    assert [it.lines for it in cut(text, ";", is_end=True)] == [2, 1]
    assert [it.cells for it in cut("a;b", ";", is_end=True)] == [["a", "b"]]


MAPPING = {
    "type": "rent-paid",
    "source": "urn:nld:kvknr:90000001:systeem:primair",
    "party": "corporatie-maas",
    "id": "Boeking",
    "columns": {
        "Boekdatum": "occurredAt",
        "Contract": "lease",
        "BAG": ["address", "gemeente"],
        "Maand": "period",
        "Bedrag": "amount",
    },
    "separator": ";",
}
EXPORT = """sep=;
Betalingen\u00e9n per 2 maart;;;;;;

Boeking;Boekdatum;Contract;BAG;Maand;Bedrag;Notitie;;
B1;02-03-2026;="0042";988200000001001;mrt-26;€ 612,50;"regel
en regel";;
;;;;;;;;
B2;02-03-2026;H-2;;03-2026;540,-

Totaal;;;;;1.152,50;;;
"""


def mapping(**changes: object) -> CsvMapping:
    return CsvMapping.parse(msgspec.yaml.encode(MAPPING | changes), "b.yaml")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_an_export_as_it_really_looks_gives_its_rows(encoding: str) -> None:
    said = "utf-8" if encoding == "utf-8-sig" else encoding
    raw = io.BytesIO(EXPORT.replace("\n", "\r\n").encode(encoding))
    lines = list(read_csv(raw, "b.csv", mapping(encoding=said)))
    assert [line.number for line in lines] == [6, 8]
    first, second = (
        msgspec.json.decode(line.event) for line in lines if isinstance(line.event, bytes)
    )
    assert first["id"] == "B1"
    assert first["data"] == {
        "occurredAt": "2026-03-02",
        "gemeente": "0988",
        "period": "2026-03",
        "amount": 61250,
        "references": [
            {"scheme": "lease", "issuer": "corporatie-maas", "value": "0042"},
            {"scheme": "address", "issuer": "bag", "value": "0988200000001001"},
        ],
    }
    assert second["data"]["amount"] == 54000


def test_a_file_in_another_encoding_stops() -> None:
    with pytest.raises(Misconfigured, match="encoding"):
        list(read_csv(io.BytesIO(EXPORT.encode("utf-8")), "b.csv", mapping(encoding="utf-16")))


def test_what_no_column_and_no_constant_fills_is_told() -> None:
    assert mapping().lacks() == []
    assert mapping(columns={"Maand": "period", "Boekdatum": "occurredAt"}).lacks() == [
        "gemeente",
        "references",
        "amount",
    ]


def test_a_reference_in_one_word_is_no_field_of_a_type_without_references() -> None:
    with pytest.raises(Misconfigured, match="no field `lease`"):
        mapping(type="dwelling-released", columns={"Contract": "lease"})


@pytest.mark.parametrize(
    ("data", "paths"),
    [
        pytest.param({}, [], id="none"),
        pytest.param({"amount": -1, "period": "maart"}, ["data.amount", "data.period"], id="two"),
        pytest.param({"occurredAt": "1026-01-01"}, ["data.occurredAt"], id="long ago"),
        pytest.param({"gemeente": "0988\n"}, ["data.gemeente"], id="a line end in it"),
        pytest.param({"note": 1}, ["data.note"], id="a field that is none"),
    ],
)
def test_what_is_wrong_with_data_is_told_by_path(data: dict[str, object], paths: list[str]) -> None:
    good = {
        "occurredAt": "2026-03-02",
        "gemeente": "0988",
        "period": "2026-03",
        "amount": 1,
        "references": [{"scheme": "lease", "issuer": "corporatie-maas", "value": "H-1"}],
    }
    assert sorted(it.path for it in flaws_of("rent-paid", good | data)) == paths
