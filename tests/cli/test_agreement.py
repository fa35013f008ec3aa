"""`seintje agreement`, `schemas`, `docs` and `simulate` as a user types them."""

import gzip
import json
import shutil
from pathlib import Path

import pytest
import zstandard

from hub.gateway.app import described
from hub.shipped import shipped
from hub.simulation import Fault, simulate
from tests.cli.terminal import on_terminal, piped, seintje

AGREEMENT = shipped("agreements") / "duurzame-start.yaml"


def edited(folder: Path, *edits: tuple[str, str]) -> Path:
    text = AGREEMENT.read_text("utf-8")
    for before, after in edits:
        assert before in text
        text = text.replace(before, after)
    file = folder / "proposal.yaml"
    file.write_text(text, "utf-8")
    return file


def test_the_shipped_agreement_has_nothing_wrong() -> None:
    assert seintje("agreement", "check") == (0, b"", "")


def test_check_tells_each_problem_with_its_line(tmp_path: Path) -> None:
    file = edited(tmp_path, ("severity: critical", "severity: grave"), ("retention: 1 y", ""))
    ran = seintje("agreement", "check", file)
    lines = file.read_text().splitlines()
    assert ran.code == 1
    assert {"file": str(file), "line": lines.index("  severity: grave") + 1}.items() <= (
        ran.rows[-1].items()
    )
    assert all(row["message"] for row in ran.rows)
    code, shown = on_terminal("agreement", "check", file)
    assert (code, len(shown.splitlines())) == (1, len(ran.rows))


def test_check_fills_in_the_holidays_of_a_year_once(tmp_path: Path) -> None:
    file = edited(tmp_path)
    assert "2033-12-25" not in file.read_text()
    assert seintje("agreement", "check", file, "--fill-holidays", "2033").code == 0
    filled = file.read_text()
    assert "2033-12-25" in filled
    assert seintje("agreement", "check", file, "--fill-holidays", "2033").code == 0
    assert file.read_text() == filled


def test_a_file_that_cannot_be_opened_is_bad_input() -> None:
    ran = seintje("agreement", "check", "nowhere.yaml")
    assert (ran.code, ran.out) == (2, b"")
    assert "nowhere.yaml" in ran.err


def test_the_scenarios_of_the_shipped_agreement_pass() -> None:
    ran = seintje("agreement", "test")
    assert ran.code == 0
    assert ran.rows
    assert all(row["passed"] for row in ran.rows)


def test_a_scenario_that_finds_something_else_fails(tmp_path: Path) -> None:
    file = edited(tmp_path, ("S + 70 d", "S + 75 d"))
    shutil.copytree(AGREEMENT.with_suffix(".scenarios"), file.with_suffix(".scenarios"))
    ran = seintje("agreement", "test", file)
    failed = [row for row in ran.rows if not row["passed"]]
    assert ran.code == 1
    assert failed
    assert all(row["missing"] or row["unexpected"] for row in failed)
    _, shown = on_terminal("agreement", "test", file)
    assert shown.count("✗") == len(failed)


def test_an_agreement_without_scenarios_is_told_where_to_write_them(tmp_path: Path) -> None:
    ran = seintje("agreement", "test", edited(tmp_path))
    assert ran.code == 2
    assert "proposal.scenarios" in ran.err


def test_show_prints_three_tables() -> None:
    rows = seintje("agreement", "show").rows
    assert {row["table"] for row in rows} == {"rules", "responsibilities", "sharing"}
    _, dutch = on_terminal("agreement", "show")
    _, english = on_terminal("agreement", "show", "--lang", "en")
    assert "Verantwoordelijkheden" in dutch
    assert "Responsibilities" in english


def test_diff_prints_what_is_different_and_nothing_else(tmp_path: Path) -> None:
    other = edited(
        tmp_path,
        ("S + 70 d", "S + 75 d"),
        ("- id: signal\n", "- id: sign\n"),
        ("inhibits: [signal,", "inhibits: [sign,"),
    )
    ran = seintje("agreement", "diff", AGREEMENT, other)
    assert ran.code == 0
    assert {
        "kind": "rule-changed",
        "part": "inburgering-not-started: when",
        "before": "missing (inburgering-started or inburgering-completed) by S + 70 d",
        "after": "missing (inburgering-started or inburgering-completed) by S + 75 d",
    } in ran.rows
    assert {"rule-added", "rule-removed"} < {row["kind"] for row in ran.rows}
    assert seintje("agreement", "diff", AGREEMENT, AGREEMENT).out == b""
    assert "S + 75 d" in on_terminal("agreement", "diff", AGREEMENT, other)[1]


def test_the_schema_of_agreements_is_printed() -> None:
    printed = seintje("docs", "agreement-schema").out
    assert printed == (shipped("agreements") / "agreement.schema.json").read_bytes()


def test_the_openapi_document_is_printed_as_the_gateway_answers_it() -> None:
    assert seintje("docs", "openapi").out == described() + b"\n"


def test_the_shipped_schemas_may_be_published() -> None:
    assert seintje("schemas", "check") == (0, b"", "")


def test_schemas_that_break_a_promise_are_told(tmp_path: Path) -> None:
    folder = tmp_path / "avro"
    shutil.copytree(shipped("schemas/avro"), folder)
    file = folder / "rent-paid.v1.avsc"
    schema = json.loads(file.read_text())
    schema["fields"] = [field for field in schema["fields"] if field["name"] != "period"]
    schema["fields"].append({"name": "extra", "type": "string"})
    file.write_text(json.dumps(schema))
    ran = seintje("schemas", "check", folder)
    assert ran.code == 1
    assert all(row["file"].startswith("rent-paid") for row in ran.rows)
    assert seintje("schemas", "check", tmp_path).code == 2


def test_simulate_writes_the_region_asked_for(tmp_path: Path) -> None:
    words = ("--households", "3", "--months", "4", "--seed", "9", "--faults", "late,bad")
    expected = b"".join(
        line + b"\n" for line in simulate(3, 4, 9, frozenset({Fault.LATE, Fault.BAD}))
    )
    assert piped("simulate", *words) == (0, expected, "")
    for name, unpack in (("a.jsonl", bytes), ("a.gz", gzip.decompress), ("a.zst", unzstd)):
        assert seintje("simulate", *words, "--out", tmp_path / name) == (0, b"", "")
        assert unpack((tmp_path / name).read_bytes()) == expected


def unzstd(raw: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompressobj().decompress(raw)


def test_simulate_begins_where_it_is_told() -> None:
    ran = seintje("simulate", "--households", "2", "--months", "2", "--start", "2021-05-01")
    assert max(row["time"] for row in ran.rows) < "2021-07-01"


@pytest.mark.parametrize(
    "words",
    [["--faults", "gremlins"], ["--months", "0"], ["--start", "yesterday"], ["--households", "x"]],
)
def test_simulate_refuses_what_makes_no_region(words: list[str]) -> None:
    ran = seintje("simulate", *words)
    assert (ran.code, ran.out) == (2, b"")


def test_a_place_that_cannot_be_written_is_outside() -> None:
    ran = seintje("simulate", "--households", "1", "--out", "/nowhere/region.jsonl")
    assert ran.code == 3
    assert "/nowhere/region.jsonl" in ran.err
