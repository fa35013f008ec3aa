"""Files: JSON Lines whatever the compression, and CSV by a mapping."""

from __future__ import annotations

import gzip
import io
import re
from typing import Any

import msgspec
import pytest
import zstandard

from hub.domain.facts import Fact, RentMissed
from hub.domain.refusals import Refused, Slug
from hub.errors import Misconfigured
from hub.wire.cloudevents import MAX_EVENT_BYTES, decode
from hub.wire.csv_mapping import CsvMapping
from hub.wire.tables import read_csv, read_lines
from tests.wire.parties import ROOT, judged

LINES = b'\xef\xbb\xbf{"a":1}\n\n  \r\n{"b":2}\r\n{"c":3}'


def squeezed(raw: bytes, suffix: str) -> bytes:
    if suffix == ".gz":
        return gzip.compress(raw)
    return zstandard.compress(raw) if suffix == ".zst" else raw


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_lines_come_with_their_number_and_without_blanks(suffix: str) -> None:
    stream = io.BytesIO(squeezed(LINES, suffix))
    found = list(read_lines(stream, "facts.jsonl" + suffix))
    assert found == [(1, b'{"a":1}'), (4, b'{"b":2}'), (5, b'{"c":3}')]


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_archives_that_were_put_behind_each_other_are_one(suffix: str) -> None:
    stream = io.BytesIO(squeezed(b"1\n2\n", suffix) + squeezed(b"3\n", suffix))
    assert [line for _, line in read_lines(stream, "x" + suffix)] == [b"1", b"2", b"3"]


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
@pytest.mark.parametrize("damage", ["cut off", "no archive"])
def test_a_damaged_archive_stops_with_file_and_line(suffix: str, damage: str) -> None:
    raw = squeezed(b"1\n" * 10_000 + b"x" * 9_000, suffix)[:-12] if damage == "cut off" else LINES
    with pytest.raises(Misconfigured, match=rf"facts\.jsonl{suffix}, line \d+"):
        list(read_lines(io.BytesIO(raw), "facts.jsonl" + suffix))


def test_a_line_without_end_is_too_large_and_the_next_one_is_read() -> None:
    stream = io.BytesIO(b"x" * (3 * MAX_EVENT_BYTES) + b"\n{}\n")
    (_, large), second = read_lines(stream, "facts.jsonl")
    answer = decode(large)
    assert isinstance(answer, Refused)
    assert answer.slug == Slug.TOO_LARGE
    assert second == (2, b"{}")


DOCS = (ROOT / "docs" / "csv.md").read_text("utf-8")
CSV, MAPPING = (re.findall(rf"```{kind}\n(.*?)```", DOCS, re.DOTALL)[0] for kind in ("csv", "yaml"))


def rows(csv: bytes, **changes: Any) -> list[Any]:
    mapping = msgspec.yaml.encode(msgspec.yaml.decode(MAPPING) | changes)
    return list(read_csv(io.BytesIO(csv), "b.csv", CsvMapping.parse(mapping, "b.yaml")))


def test_the_example_of_the_guide_gives_the_fact_that_it_says() -> None:
    (line,) = rows(CSV.encode())
    fact = judged(line.event)
    assert line.number == 2
    assert isinstance(fact, Fact)
    assert isinstance(fact.own, RentMissed)
    assert (fact.own.amount_due, fact.own.total_arrears, fact.own.period) == (
        61250,
        122500,
        "2026-03",
    )
    assert fact.own.social_collection.reminder_sent
    assert not fact.own.social_collection.sharing_announced


@pytest.mark.parametrize(
    ("csv", "changes"),
    [
        pytest.param(CSV.encode("utf-8-sig"), {}, id="a byte order mark"),
        pytest.param(CSV.encode("cp1252"), {"encoding": "cp1252"}, id="the encoding of Windows"),
        pytest.param(CSV.replace("\n", "\r\n").encode(), {}, id="line ends of Windows"),
        pytest.param(CSV.replace(";", "\t").encode(), {}, id="tabs"),
        pytest.param(CSV.replace(";", "\t").encode(), {"separator": "\t"}, id="tabs, as told"),
        pytest.param(CSV.replace("H-1042", '"H-1042"').encode(), {}, id="quotes"),
    ],
)  # fmt: skip
def test_the_same_table_written_otherwise_gives_the_same_event(csv: bytes, changes: Any) -> None:
    assert rows(csv, **changes) == rows(CSV.encode())


@pytest.mark.parametrize(
    ("cell", "changed", "path"),
    [
        pytest.param("01-03-2026;€", "31-02-2026;€", "data.dueDate", id="no day"),
        pytest.param("612,50", "612,505", "data.amountDue", id="half a cent"),
        pytest.param("1.225,00", "1225.00", "data.totalArrears", id="another decimal mark"),
        pytest.param("03-2026;01", "maart;01", "data.period", id="no month"),
        pytest.param("ja;ja;ja", "ja;ja;soms", "data.socialCollection.reminderSent", id="maybe"),
        pytest.param("€ 612,50", "", "data.amountDue", id="an empty cell"),
        pytest.param("€ 612,50", "-1,00", "data.amountDue", id="money below zero"),
    ],
)
def test_a_cell_that_cannot_be_read_is_told_by_its_field(
    cell: str, changed: str, path: str
) -> None:
    assert cell in CSV
    (line,) = rows(CSV.replace(cell, changed, 1).encode())
    answer = judged(line.event)
    assert isinstance(answer, Refused)
    assert [violation.path for violation in answer.violations] == [path]


def test_a_row_of_another_length_is_refused_and_the_rest_is_read() -> None:
    found = rows(CSV.replace("\n02", "\n\none;two\n02", 1).encode())
    assert [line.number for line in found] == [3, 4]
    assert isinstance(found[0].event, Refused)
    assert isinstance(judged(found[1].event), Fact)


@pytest.mark.parametrize(
    ("path", "cell", "value"),
    [
        pytest.param("occurredAt", "02-03-2026", "2026-03-02", id="a date"),
        pytest.param(
            "occurredAt", "2026-03-02T10:00:00Z", "2026-03-02T10:00:00Z", id="a time with offset"
        ),
        pytest.param("startDate", "02-03-2026", "2026-03-02", id="a day"),
        pytest.param("persons", "4", 4, id="a number"),
        pytest.param("persons", "vier", "vier", id="no number"),
        pytest.param("temporary", "Waar", True, id="true as a spreadsheet says it"),
        pytest.param("targetGroup", "VGH", "vergunninghouder", id="a code of theirs"),
        pytest.param("targetGroup", "ABC", "other", id="any other code of theirs"),
    ],
)  # fmt: skip
def test_a_cell_is_read_as_its_field_wants(path: str, cell: str, value: Any) -> None:
    mapping = CsvMapping(
        type="lease-signed",
        source="urn:x",
        id="A",
        columns={"A": path},
        codes={"targetGroup": {"VGH": "vergunninghouder", "*": "other"}},
    )
    assert mapping.data_of({"A": cell}) == {path: value}


def test_a_time_of_the_wall_is_that_of_amsterdam() -> None:
    mapping = CsvMapping(
        type="lease-signed",
        source="urn:x",
        id="A",
        columns={"A": "occurredAt"},
        dates=("%d-%m-%Y %H:%M",),
    )
    assert mapping.data_of({"A": "01-07-2026 09:30"}) == {"occurredAt": "2026-07-01T09:30:00+02:00"}


def test_an_id_of_columns_holds_none_of_their_values() -> None:
    (line,) = rows(CSV.encode())
    envelope = decode(line.event)
    assert not isinstance(envelope, Refused)
    assert "1042" not in envelope.id
    (other,) = rows(CSV.replace("H-1042", "H-1043").encode())
    assert decode(other.event) != envelope


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({"columns": {"Bedraag": "amountDue"}}, "line 1.*Bedraag", id="no such column"),
        pytest.param({"columns": {"Bedrag": "amount"}}, "no field `amount`", id="no such field"),
        pytest.param({"columns": {"Bedrag": "period.x"}}, "no field `period.x`", id="in a text"),
        pytest.param({"type": "rent-forgiven"}, "a fact type", id="no such type"),
        pytest.param({"encoding": "utf-16"}, "encoding", id="no such encoding"),
        pytest.param({"colums": {}}, "colums", id="no such key"),
    ],
)  # fmt: skip
def test_a_mapping_that_does_not_fit_stops_with_its_place(changes: Any, told: str) -> None:
    with pytest.raises(Misconfigured, match=told):
        rows(CSV.encode(), **changes)


def test_another_encoding_than_the_mapping_says_stops() -> None:
    with pytest.raises(Misconfigured, match="encoding: cp1252"):
        rows(CSV.encode("cp1252"))


def test_an_empty_file_lacks_every_column() -> None:
    with pytest.raises(Misconfigured, match="line 1"):
        rows(b"")
