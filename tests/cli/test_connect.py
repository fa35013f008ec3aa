"""`seintje connect`: what is wrong is a table, what is dealt with goes, a header is a mapping."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
import yaml

from connectors.kept import Kept
from connectors.seam import Unmapped
from tests.cli.terminal import Ran, on_terminal, seintje

SETTINGS = """\
hub: {address: "http://127.0.0.1:9", keyFile: hub.key}
party: corporatie-maas
source: urn:nld:kvknr:90000001:systeem:meldingen
template: {address: "http://127.0.0.1:9", keyFile: hub.key, gemeente: "0988"}
"""
EXPORT = """\
Contractnr;Periode;Vervaldatum;Bedrag achterstand;Totaal achterstand
H-1042;2026-03;01-03-2026;€ 612,50;1.225,00
"""
WHERE = "/reports/R1"


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    (tmp_path / "hub.key").write_text("a-key")
    file = tmp_path / "meldingen.yaml"
    file.write_text(SETTINGS)
    return file


def bury(settings: Path) -> None:
    kept = Kept(settings.parent / "seintje-meldingen")
    kept.bury("reports", Unmapped(WHERE, "no cause; fill it in", b"{}"), 0)
    kept.close()


def connect(settings: Path, *words: str) -> Ran:
    return seintje("connect", "template", *words, "--settings", settings)


def test_a_check_shows_every_part_that_does_not_work_and_what_was_kept(settings: Path) -> None:
    bury(settings)
    ran = connect(settings, "check")
    assert ran.code == 1
    found = {it["where"]: (it["wrong"], it["mend"]) for it in ran.rows}
    assert found.keys() == {"the other side", "the hub", "reports", WHERE}
    assert found[WHERE] == ("no cause", "fill it in")


def test_a_check_on_a_terminal_is_a_table_in_the_language_of_who_looks(settings: Path) -> None:
    words = ("connect", "template", "check", "--settings", settings)
    code, dutch = on_terminal(*words, "--lang", "nl")
    assert (code, "wat te doen" in dutch, "er is niets gepubliceerd" in dutch) == (1, True, True)
    code, english = on_terminal(*words, "--lang", "en")
    assert "how to mend it" in english


def test_what_others_wrote_tells_a_terminal_nothing(settings: Path) -> None:
    kept = Kept(settings.parent / "seintje-meldingen")
    kept.bury("reports", Unmapped("a\x1b]0;b\x07\u202e", "no cause; fill it in", b"{}"), 0)
    kept.close()
    _, shown = on_terminal("connect", "template", "check", "--settings", settings)
    assert not [it for it in ("\x1b]", "\x07", "\u202e") if it in shown]
    assert r"a\x1b]0;b\x07\u202e" in shown


def test_a_check_leaves_nothing_behind(settings: Path) -> None:
    before = sorted(settings.parent.iterdir())
    connect(settings, "check")
    assert sorted(settings.parent.iterdir()) == before


def test_a_check_has_nothing_on_disk_that_outlives_it_when_it_is_killed(
    settings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bury(settings)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "there is none"))
    assert WHERE in [it["where"] for it in connect(settings, "check").rows]


def test_what_somebody_dealt_with_is_dismissed_by_its_place(settings: Path) -> None:
    bury(settings)
    assert connect(settings, "dismiss", WHERE).code == 0
    again = connect(settings, "dismiss", WHERE)
    assert (again.code, WHERE in again.err) == (1, True)
    assert connect(settings, "dismiss").code == 2


def test_once_says_that_the_other_side_is_away_and_loses_nothing(settings: Path) -> None:
    ran = connect(settings, "once")
    assert (ran.code, ran.out) == (3, b"")
    assert "cannot be reached" in ran.err


def test_a_settings_file_is_asked_for_by_name(tmp_path: Path) -> None:
    ran = seintje("connect", "template", "check", "--settings", tmp_path / "none.yaml")
    assert ran.code == 2
    assert "none.yaml" in ran.err
    assert "--settings" in ran.err


def test_a_mapping_is_suggested_on_stdout_and_what_is_left_on_stderr(tmp_path: Path) -> None:
    export = tmp_path / "achterstanden.csv"
    export.write_text(EXPORT)
    ran = seintje("connect", "files", "suggest-mapping", export)
    assert ran.code == 0
    assert ran.out.endswith(b"\n")
    mapping = yaml.safe_load(ran.out)
    assert (mapping["type"], mapping["columns"]["Totaal achterstand"]) == (
        "rent-missed",
        "totalArrears",
    )
    assert "gemeente" in ran.err


def test_only_files_have_mappings_and_types_are_those_of_the_catalogue(tmp_path: Path) -> None:
    export = tmp_path / "achterstanden.csv"
    export.write_text(EXPORT)
    assert seintje("connect", "template", "suggest-mapping", export).code == 2
    wrong = seintje("connect", "files", "suggest-mapping", export, "--type", "rent-mist")
    assert (wrong.code, "no such fact type" in wrong.err) == (2, True)
