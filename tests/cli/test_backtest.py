"""`seintje backtest` on files, pipes and terminals."""

import gzip
import json
import subprocess
from pathlib import Path
from random import Random
from typing import Any

import pytest
import zstandard

from hub.shipped import shipped
from tests.cli.terminal import command, environment, golden, on_terminal, piped, seintje

KEYS = [
    "alertId", "rule", "status", "raisedAt", "resolvedAt", "resolution", "severity", "gemeente",
    "references", "evidence", "absent", "heldFor", "agreement",
]  # fmt: skip
Row = dict[str, Any]


def test_prints_what_it_printed_before(facts: Path) -> None:
    ran = piped("backtest", facts)
    assert (ran.code, ran.err) == (0, "")
    golden("backtest-region.jsonl", ran.out)


def test_prints_one_object_a_line_sorted_with_the_keys_of_the_document(facts: Path) -> None:
    rows = seintje("backtest", facts).rows
    assert rows == sorted(rows, key=lambda row: (row["raisedAt"], row["rule"], row["alertId"]))
    assert {tuple(row) for row in rows if "gemeente" in row} == {tuple(KEYS)}


@pytest.mark.parametrize("seed", [1, 2])
def test_order_and_repetition_change_no_byte(
    small_region: tuple[bytes, ...], facts: Path, tmp_path: Path, seed: int
) -> None:
    lines = [*small_region, *small_region]
    Random(seed).shuffle(lines)
    halves = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    for file, part in zip(halves, (lines[::2], lines[1::2]), strict=True):
        file.write_bytes(b"\n".join(part))
    ran = seintje("backtest", *halves)
    assert (ran.code, ran.out) == (0, seintje("backtest", facts).out)


@pytest.mark.parametrize("how", ["gz", "zst", "stdin", "stdin.gz", "stdin.zst"])
def test_reads_compressed_files_and_stdin(facts: Path, tmp_path: Path, how: str) -> None:
    raw = facts.read_bytes()
    if how.endswith("gz"):
        raw = gzip.compress(raw)
    elif how.endswith("zst"):
        raw = zstandard.compress(raw)
    if how.startswith("stdin"):
        ran = piped("backtest", "-", stdin=raw)
    else:
        file = tmp_path / f"facts.jsonl.{how}"
        file.write_bytes(raw)
        ran = seintje("backtest", file)
    assert (ran.code, ran.err, ran.out) == (0, "", seintje("backtest", facts).out)


def test_refused_lines_have_their_place_and_the_rest_is_evaluated(
    facts: Path, tmp_path: Path
) -> None:
    file = tmp_path / "facts.jsonl"
    bad = b'{"specversion":"1.0"}\nno json\n\n' + facts.read_bytes()
    file.write_bytes(bad + b'{"id": "Jansen"}\n')
    ran = seintje("backtest", file)
    last = bad.count(b"\n") + 1
    assert ran.code == 0
    assert [(row["file"], row["line"]) for row in ran.refusals] == [
        (str(file), number) for number in (1, 2, last)
    ]
    assert {row["slug"] for row in ran.refusals} <= {"malformed", "schema-violation"}
    assert "Jansen" not in ran.err
    assert ran.out == seintje("backtest", facts).out
    assert seintje("backtest", file, "--strict").code == 1
    assert seintje("backtest", facts, "--strict").code == 0


def test_a_faulty_region_is_refused_line_by_line_and_evaluated(faulty: Path) -> None:
    ran = seintje("backtest", faulty)
    assert ran.code == 0
    assert ran.rows
    assert {row["slug"] for row in ran.refusals} > {"conflicting-duplicate", "bsn-found"}


@pytest.mark.parametrize("now", ["2024-06-01", "2024-06-01T00:00:00+02:00", "2024-05-31T22:00:00Z"])
def test_looks_from_the_instant_asked_for(facts: Path, now: str) -> None:
    rows = seintje("backtest", facts, "--now", now).rows
    assert rows
    assert max(row["raisedAt"] for row in rows) <= "2024-05-31T22:00:00.000Z"
    assert rows == seintje("backtest", facts, "--now", "2024-06-01").rows


def test_no_facts_are_no_alerts() -> None:
    assert piped("backtest", "-") == (0, b"", "")


def edited(folder: Path, *edits: tuple[str, str]) -> Path:
    """The shipped agreement with some of its text replaced."""
    text = (shipped("agreements") / "duurzame-start.yaml").read_text()
    for before, after in edits:
        assert before in text
        text = text.replace(before, after)
    file = folder / "proposal.yaml"
    file.write_text(text)
    return file


def test_against_another_agreement_shows_the_difference(facts: Path, tmp_path: Path) -> None:
    other = edited(
        tmp_path,
        ('version: "1"', 'version: "2"'),
        ("S + 70 d", "S + 75 d"),  # one rule looks later: one id, other instants
        ("- id: intake-missing\n", "- id: intake-absent\n"),  # one goes, one comes
    )
    ran = seintje("backtest", facts, "--against", other)
    before = {row["alertId"]: row for row in seintje("backtest", facts).rows}
    after = {row["alertId"]: row for row in seintje("backtest", facts, "--agreement", other).rows}
    assert (ran.code, ran.err) == (0, "")
    assert {row["change"] for row in ran.rows} == {"added", "removed", "changed"}
    for row in ran.rows:
        name = row["alert"]["alertId"]
        assert row["alert"] == (before if row["change"] == "removed" else after)[name]
    assert {r["alert"]["rule"] for r in ran.rows if r["change"] == "added"} == {"intake-absent"}
    assert {r["alert"]["rule"] for r in ran.rows if r["change"] == "removed"} == {"intake-missing"}


def test_against_itself_there_is_no_difference(facts: Path, tmp_path: Path) -> None:
    renumbered = edited(tmp_path, ('version: "1"', 'version: "2"'))
    assert seintje("backtest", facts, "--against", renumbered) == (0, b"", "")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(["nowhere.jsonl"], "nowhere.jsonl", id="a file that is not there"),
        pytest.param(["x", "--now", "soon"], "--now", id="an instant that is none"),
        pytest.param(["x", "--agreement", "nowhere.yaml"], "nowhere.yaml", id="no agreement"),
        pytest.param(["x", "--frobnicate"], "--frobnicate", id="an option that is none"),
        pytest.param([], "FILE", id="no file"),
    ],
)
def test_wrong_use_ends_with_2_and_says_what(words: list[str], told: str) -> None:
    ran = seintje("backtest", *words)
    assert (ran.code, ran.out) == (2, b"")
    assert told in ran.err
    assert "Traceback" not in ran.err


def test_a_bad_agreement_is_told_line_by_line(tmp_path: Path) -> None:
    file = edited(tmp_path, ("severity: critical", "severity: grave"))
    ran = seintje("backtest", "x", "--agreement", file)
    line = file.read_text().splitlines().index("  severity: grave") + 1
    assert ran.code == 2
    assert f"{file}:{line}:" in ran.err


def test_a_damaged_archive_is_bad_input(facts: Path, tmp_path: Path) -> None:
    file = tmp_path / "facts.jsonl.gz"
    file.write_bytes(gzip.compress(facts.read_bytes())[:-2000])
    ran = seintje("backtest", file)
    assert ran.code == 2
    assert str(file) in ran.err


def test_a_reader_that_has_had_enough_is_no_error(facts: Path) -> None:
    process = subprocess.Popen(
        command("backtest", facts, facts),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    told = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), told) == (0, b"")


def test_a_terminal_gets_a_table_in_its_language(facts: Path) -> None:
    code, dutch = on_terminal("backtest", facts)
    _, english = on_terminal("backtest", "--lang", "en", facts)
    rows = seintje("backtest", facts).rows
    assert code == 0
    assert "huishouden of regio" in dutch
    assert "household or region" in english
    assert all(row["alertId"] in dutch for row in rows)
    assert f"{len(rows)} seintjes" in dutch


def test_json_is_json_on_a_terminal_too(facts: Path) -> None:
    _, shown = on_terminal("backtest", facts, "--json")
    lines = [line[line.find("{") :] for line in shown.splitlines() if "{" in line]
    assert [json.loads(line) for line in lines] == seintje("backtest", facts).rows
