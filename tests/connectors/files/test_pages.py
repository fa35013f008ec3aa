"""Rows out of bytes: whatever the encoding, quotes and lengths, and wherever a piece ends."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.corporatie.files_forms import CsvKind, JsonKind
from connectors.corporatie.files_pages import LONGEST_ROW, Kind, NoForm, page
from connectors.seam import Entry, Record
from hub.domain.time import format_instant
from tests.connectors.files.stage import HEADER, WRITTEN, bad, export, leases, mapping, row

EVENT = (
    '{"specversion":"1.0","id":"p-1","source":"urn:nld:kvknr:90000001:systeem:primair",'
    '"type":"nl.seintje.payment-arrangement-broken.v1","data":{"occurredAt":"2026-03-02",'
    '"gemeente":"0988","references":[{"scheme":"lease","issuer":"corporatie-maas","value":"H-1"}]}}'
)


def pages(raw: bytes, kind: Kind, size: int) -> Iterator[Entry]:
    """Every entry, read by pieces of that size."""
    opened = kind.opened(raw[:65_536], WRITTEN)
    assert not isinstance(opened, NoForm)
    spot, end = opened.begin, 0
    while end < len(raw):
        end = min(end + size, len(raw))
        cut = page(raw[spot.offset : end], spot, opened.form, "b.csv", is_end=end == len(raw))
        yield from cut.entries
        spot = cut.spot


def read(text: str, encoding: str = "utf-8", size: int = 1 << 20, **changes: object) -> list[Entry]:
    said = "utf-8" if encoding == "utf-8-sig" else encoding
    kind = CsvKind(mapping(encoding=said, **changes))
    return list(pages(text.encode(encoding), kind, size))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("size", [7, 64, 1000])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_same_rows_come_wherever_a_piece_ends(encoding: str, size: int, end: str) -> None:
    memo = row(2).replace("VGH", '"één\nof ""twee"""')
    text = (HEADER + row(1) + memo + row(3)).replace("\n", end)
    found = read(text, encoding, size)
    assert leases(found) == ["H-1", "H-2", "H-3"]
    assert [it.where for it in found] == ["b.csv, line 2", "b.csv, line 3", "b.csv, line 5"]


def test_excel_writes_unicode_text_with_tabs() -> None:
    found = read(export(1).replace(";", "\t").replace("\n", "\r\n"), "utf-16")
    assert leases(found) == ["H-1"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_row_in_another_encoding_is_told_and_the_others_are_read(encoding: str) -> None:
    raw = read_raw(encoding)
    found = list(pages(raw, CsvKind(mapping(encoding=encoding)), 1 << 20))
    assert leases(found) == ["H-1", "H-3"]
    (letter,) = bad(found)
    assert letter.where == "b.csv, line 3"
    assert "`encoding`" in letter.why


def read_raw(encoding: str) -> bytes:
    if encoding == "utf-16":
        text = HEADER + row(1) + row(2).replace("VGH", "\ud800") + row(3)
        return text.encode("utf-16-le", "surrogatepass")
    return (HEADER + row(1) + row(2).replace("VGH", "één") + row(3)).encode("cp1252")


def test_a_quote_that_is_never_closed_costs_no_other_row() -> None:
    found = read(HEADER + row(1) + row(2).replace("VGH", '"VGH') + row(3) + row(4))
    assert leases(found) == ["H-1", "H-2", "H-3", "H-4"]
    found = read(HEADER + row(1).replace("VGH", '"VGH') + row(2).replace("VGH", '"VGH"') + row(3))
    assert leases(found) == ["H-1", "H-2", "H-3"]
    long = (
        HEADER + row(1) + row(2).replace(";02", ';"02', 1) + "".join(row(n) for n in range(3, 4000))
    )
    found = read(long, size=LONGEST_ROW)
    assert leases(found) == ["H-1", *(f"H-{n}" for n in range(3, 4000))]
    (letter,) = bad(found)
    assert letter.where == "b.csv, line 3"


def test_a_line_without_end_costs_one_line() -> None:
    text = HEADER + row(1) + "x" * (3 * LONGEST_ROW) + "\n" + row(3)
    found = read(text, size=LONGEST_ROW)
    assert leases(found) == ["H-1", "H-3"]
    (letter,) = bad(found)
    assert letter.where == "b.csv, line 3"
    assert found[-1].where == "b.csv, line 4"


def test_a_quote_inside_a_cell_is_a_quote() -> None:
    assert leases(read(HEADER + row(1).replace("VGH", 'buis 5" lang') + row(2))) == ["H-1", "H-2"]


def test_blanks_totals_and_an_empty_id_are_seen_for_what_they_are() -> None:
    text = HEADER + row(1) + ";;;;;\n\nTotaal;;;;612,50;\n" + row(2).replace("B2", "")
    found = read(text)
    assert leases(found) == ["H-1"]
    (letter,) = bad(found)
    assert (letter.where, "Boeking" in letter.why) == ("b.csv, line 6", True)


def test_a_record_is_known_by_a_digest_of_its_id() -> None:
    first, second = read(export(1, 2))
    again = read(export(1, amount="540,00"))
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert [it.key for it in again if isinstance(it, Record)] == [first.key]
    assert first.key != second.key
    assert "B1" not in first.key


@pytest.mark.parametrize("size", [50, 1 << 20])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_an_event_goes_on_under_its_own_name(size: int, mark: str) -> None:
    raw = f"{mark}{EVENT}\n\n{EVENT.replace('p-1', 'p-2')}".encode()
    found = list(pages(raw, JsonKind(), size))
    owns = [draft.own for it in found if isinstance(it, Record) for draft in it.drafts]
    source = "urn:nld:kvknr:90000001:systeem:primair"
    assert owns == [(source, "p-1"), (source, "p-2")]
    assert [it.where for it in found] == ["b.csv, line 1", "b.csv, line 3"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        pytest.param("{", "not JSON", id="no json"),
        pytest.param(EVENT.replace("arrangement-broken", "x"), "catalogue", id="no type"),
        pytest.param(EVENT.replace('"0988"', "988"), "data.gemeente", id="another form"),
        pytest.param(EVENT.replace('"data":{', '"data":{"gemeente":"1",'), "once", id="twice"),
        pytest.param(EVENT.replace('"1.0"', '"0.3"'), "specversion", id="another version"),
    ],
)
def test_a_line_that_is_no_event_is_told(line: str, why: str) -> None:
    found = list(pages(f"{line}\n{EVENT}\n".encode(), JsonKind(), 1 << 20))
    (letter,) = bad(found)
    assert (letter.where, letter.raw) == ("b.csv, line 1", line.encode())
    assert why in letter.why
    assert len(found) == 2


def test_an_event_in_another_encoding_is_told() -> None:
    assert isinstance(JsonKind().opened(EVENT.encode("utf-16"), WRITTEN), NoForm)
    assert format_instant(WRITTEN)


def test_a_bad_row_of_utf_16_is_kept_so_that_a_bsn_is_found_in_it() -> None:
    found = read(HEADER + row(1, amount="123456782"), "utf-16", dates=["%Y"])
    (letter,) = bad(found)
    assert b"123456782" in letter.raw


@pytest.mark.parametrize(
    ("changed", "changes", "told"),
    [
        ({"612,50": "612.50"}, {}, "Bedrag: expected an amount of 0 or more, like 1.225,00"),
        (
            {"612,50": "612,50"},
            {"decimal": "."},
            "Bedrag: expected an amount of 0 or more, like 1225.00",
        ),
        (
            {"02-03-2026": "31-02-2026"},
            {},
            "Boekdatum: expected a day that is there, like 31-01-2026",
        ),
        ({"02-03-2026": ""}, {}, "Boekdatum: it is empty, expected a day that is there"),
        ({"02-03-2026": "2/3/26"}, {"dates": ["%d %B %Y"]}, "like 31 januari 2026"),
        ({"H-1;03-2026": "H-1;13-2026"}, {}, "a month, like 01-2026 or januari 2026"),
    ],
)
def test_what_was_expected_is_told_as_it_is_written_in_the_file(
    changed: dict[str, str], changes: dict[str, Any], told: str
) -> None:
    text = row(1)
    for was, now in changed.items():
        text = text.replace(was, now)
    [letter] = bad(read(HEADER + text, **changes))
    assert told in letter.why


def test_a_row_without_its_reference_is_told_by_its_column() -> None:
    (letter,) = bad(read(HEADER + row(1).replace("H-1", "")))
    assert letter.why.startswith("column Contract: it is empty")


cells = st.text(st.characters(codec="cp1252", exclude_characters="\r\0"), max_size=8)


@given(
    st.lists(st.lists(cells, min_size=3, max_size=3), min_size=1, max_size=12),
    st.sampled_from(["utf-8", "cp1252", "utf-16"]),
    st.integers(5, 200),
)
def test_rows_that_a_writer_of_csv_wrote_come_back_whatever_the_pieces(
    rows: list[list[str]], encoding: str, size: int
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(["Boeking", "Boekdatum", "Contract", "Maand", "Bedrag", "Eén", "Twee", "Drie"])
    for n, it in enumerate(rows):
        writer.writerow([f"B{n}", "02-03-2026", f"H-{n}", "03-2026", "1,00", *it])
    assert leases(read(text.getvalue(), encoding, size)) == [f"H-{n}" for n in range(len(rows))]


@given(
    st.text(st.sampled_from("\";,\r\n\t\0 aé€='1-"), max_size=300),
    st.sampled_from(["utf-8", "cp1252", "utf-16"]),
    st.integers(1, 80),
)
def test_whatever_the_bytes_are_each_is_read_once_and_nothing_stops(
    text: str, encoding: str, size: int
) -> None:
    whole = (HEADER + text + "\n" + row(7)).encode(encoding)
    found = list(pages(whole, CsvKind(mapping(encoding=encoding)), size))
    lines = [int(it.where.rpartition(" ")[2]) for it in found]
    assert lines == sorted(lines)


@given(st.binary(max_size=300), st.integers(1, 80))
def test_whatever_the_bytes_are_lines_of_json_are_read(raw: bytes, size: int) -> None:
    found = list(pages(raw + b"\n" + EVENT.encode() + b"\n", JsonKind(), size))
    assert isinstance(found[-1], Record)


def test_an_amount_of_thousands_of_digits_costs_one_row() -> None:
    text = HEADER + row(1) + row(2, amount="9" * 5000) + row(3)
    found = read(text)
    assert [it.where for it in bad(found)] == ["b.csv, line 3"]
    assert len(found) == 3


def test_a_quote_is_not_looked_for_over_more_lines_than_a_cell_can_have() -> None:
    long = row(2).replace("VGH", '"' + "a\n" * 150 + '"')
    found = read(HEADER + row(1) + long + row(3))
    read_as_rows = [it.where for it in found if isinstance(it, Record)]
    assert read_as_rows == ["b.csv, line 2", "b.csv, line 3", "b.csv, line 154"]
    assert len(bad(found)) == 149
