"""Alerts into files, and what a party answers in the same files."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from connectors.corporatie.files_acts import ActsKind
from connectors.corporatie.files_alerts import AlertFiles, as_csv, as_json, cell
from connectors.seam import Entry, Record, Undeliverable
from hub.client import Alert
from tests.connectors.files.stage import NOW, WRITTEN, Stage, bad, said

ID = "al-gxfe2vk52kxthcuxkabvdd3kje"


def alert(**changes: Any) -> Alert:
    usual: dict[str, Any] = {
        "alert_id": ID,
        "revision": 2,
        "status": "open",
        "rule": "begeleiding-missing",
        "severity": "high",
        "title": "Geen begeleiding",
        "message": "Nog niemand.\nBel; nu.",
        "gemeente": "0988",
        "references": (
            {"scheme": "lease", "issuer": "corporatie-maas", "value": "0042"},
            {"scheme": "address", "issuer": "bag", "value": "0988200000001001"},
        ),
        "respond_by": "2026-03-12T16:00:00.000Z",
        "raised_at": "2026-07-01T09:00:00.000Z",
    }
    return Alert(**(usual | changes))


def row_of(raw: bytes) -> Mapping[str, str]:
    assert raw.startswith(b"\xef\xbb\xbf")
    text = raw.decode("utf-8-sig")
    assert "\r\n" in text
    (row,) = csv.DictReader(io.StringIO(text, newline=""), delimiter=";")
    return row


def test_an_alert_is_a_row_that_a_dutch_spreadsheet_opens() -> None:
    row = row_of(as_csv(alert()))
    assert row["Seintje"] == ID
    assert (row["Versie"], row["Status"], row["Ernst"]) == ("2", "open", "hoog")
    assert row["Bericht"] == "Nog niemand.\nBel; nu."
    assert row["Antwoord voor"] == "12-03-2026 17:00"
    assert row["Ontstaan"] == "01-07-2026 11:00"
    assert row["Contract"] == '="0042"'
    assert row["Adres (BAG)"] == '="0988200000001001"'
    assert row["Actie"] == ""


def test_an_alert_of_which_nothing_is_left_is_a_row_too() -> None:
    left = Alert(alert_id=ID, revision=3, status="erased", rule="r", severity="low")
    row = row_of(as_csv(left))
    assert (row["Status"], row["Titel"], row["Contract"]) == ("gewist", "", "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+31", "'+31"),
        ("-x", "'-x"),
        ("@x", "'@x"),
        (" =1+1", "' =1+1"),
        ("\u00a0=1+1", "'\u00a0=1+1"),
        ("\n=1+1", "'\n=1+1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("H-1", "H-1"),
        ("0042", '="0042"'),
        ("42", "42"),
        ("123456789012", '="123456789012"'),
    ],
)
def test_a_spreadsheet_runs_nothing_and_keeps_every_digit(text: str, shown: str) -> None:
    assert cell(text) == shown


def test_the_bytes_of_an_alert_follow_from_the_alert() -> None:
    assert as_csv(alert()) == as_csv(alert())
    assert as_json(alert()).count(b"\n") == 1
    assert msgspec.json.decode(as_json(alert()), type=Alert) == alert()


@pytest.mark.parametrize("form", ["csv", "jsonl"])
async def test_a_repeat_after_a_crash_is_the_same_file(stage: Stage, form: Any) -> None:
    sink = AlertFiles(stage.drop, stage.at("out"), form, stage.shelf)
    for _ in range(2):
        await sink.deliver(alert(), NOW)
    assert stage.listing("out") == [f"seintje-{ID}-00002.{form}"]
    expected = as_csv(alert()) if form == "csv" else as_json(alert())
    assert (stage.root / "out" / f"seintje-{ID}-00002.{form}").read_bytes() == expected


async def test_an_id_that_is_none_reaches_no_folder(stage: Stage) -> None:
    sink = AlertFiles(stage.drop, stage.at("out"), "csv", stage.shelf)
    with pytest.raises(Undeliverable):
        await sink.deliver(alert(alert_id="../../x"), NOW)
    assert stage.listing("out") == []


async def acts(stage: Stage, content: str | bytes, name: str = "antwoord.csv") -> list[Entry]:
    """What comes of a file that is dropped after the alert was told."""
    sink = AlertFiles(stage.drop, stage.at("out"), "csv", stage.shelf)
    await sink.deliver(alert(), NOW)
    stage.put(name, content)
    return await stage.read_all(stage.source("antwoord", kind=ActsKind(stage.shelf)))


def filled(**cells: str) -> str:
    """The file of the alert, with cells filled in."""
    row = {**row_of(as_csv(alert())), **{it.replace("_", " "): text for it, text in cells.items()}}
    text = io.StringIO(newline="")
    rows = csv.DictWriter(text, list(row), delimiter=";", lineterminator="\r\n")
    rows.writeheader()
    rows.writerow(row)
    return text.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
async def test_the_file_dropped_back_with_a_word_is_an_act(folder: Stage, encoding: str) -> None:
    found = await acts(folder, filled(Actie="Gezien", Titel="Eén").encode(encoding))
    assert said(found) == [
        {"gemeente": "0988", "alertId": ID, "occurredAt": "2026-03-02T13:05:10.000Z"}
    ]
    assert isinstance(found[0], Record)
    assert found[0].drafts[0].type == "alert-acknowledged"


async def test_a_clock_over_there_that_runs_ahead_puts_no_act_in_the_future(folder: Stage) -> None:
    await acts(folder, filled())
    folder.put("antwoord-2.csv", filled(Actie="gezien"), at=NOW + 3_600_000)
    found = await folder.read_all(folder.source("antwoord", kind=ActsKind(folder.shelf)))
    assert [it["occurredAt"] for it in said(found)] == ["2026-03-10T09:00:00.000Z"]


async def test_acts_come_over_sftp_too(stage: Stage) -> None:
    assert len(said(await acts(stage, filled(Actie="gezien")))) == 1


async def test_an_approach_and_its_day_are_read(folder: Stage) -> None:
    cells = {"Actie": "aanpak", "Aanpak": "Samen op huisbezoek", "Opnieuw_bekijken": "1-4-2026"}
    (act,) = said(await acts(folder, filled(**cells)))
    assert (act["action"], act["reviewOn"]) == ("joint-home-visit", "2026-04-01")


async def test_a_closure_may_stand_alone(folder: Stage) -> None:
    (act,) = said(await acts(folder, filled(Afloop="opgelost")))
    assert act["outcome"] == "solved"


async def test_an_alert_id_and_an_action_are_enough(folder: Stage) -> None:
    text = f"alertId,action\n{ID},acknowledged\n"
    assert [it["alertId"] for it in said(await acts(folder, text))] == [ID]


async def test_lines_of_json_are_acts(folder: Stage) -> None:
    line = {"alertId": ID, "action": "closed", "outcome": "solved", "occurredAt": "2026-03-01"}
    (act,) = said(await acts(folder, msgspec.json.encode(line) + b"\n\n", "antwoord.jsonl"))
    assert (act["outcome"], act["occurredAt"]) == ("solved", "2026-03-01")


async def test_what_was_not_filled_in_is_left_out(folder: Stage) -> None:
    found = await acts(folder, filled())
    assert (said(found), bad(found)) == ([], [])


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        pytest.param({"Actie": "misschien"}, "column Actie", id="no action"),
        pytest.param({"Actie": "gezien", "Seintje": "al-x"}, "column Seintje", id="no alert"),
        pytest.param({"Actie": "aanpak"}, "column Aanpak", id="no approach"),
        pytest.param(
            {"Actie": "aanpak", "Aanpak": "gesrpek", "Opnieuw_bekijken": "1-4-2026"},
            "column Aanpak: one of gesprek, samen op huisbezoek",
            id="a slip of the pen",
        ),
        pytest.param({"Afloop": "klaar"}, "column Afloop: one of opgelost", id="no outcome"),
        pytest.param(
            {"Actie": "aanpak", "Aanpak": "tolk", "Opnieuw_bekijken": "morgen"},
            "column Opnieuw bekijken",
            id="no day",
        ),
        pytest.param({"Actie": "gesloten"}, "column Afloop", id="no outcome"),
    ],
)
async def test_what_is_no_act_is_told(folder: Stage, cells: dict[str, str], why: str) -> None:
    found = await acts(folder, filled(**cells))
    (letter,) = bad(found)
    assert why in letter.why
    assert said(found) == []


async def test_a_file_that_is_no_answer_is_put_aside(folder: Stage) -> None:
    (letter,) = bad(await acts(folder, "Naam;Datum\nx;y\n"))
    assert "Seintje and Actie" in letter.why
    assert folder.listing("rejected")


async def test_an_act_that_stands_in_two_files_is_one_act(folder: Stage) -> None:
    first = await acts(folder, filled(Actie="gezien"))
    folder.put("antwoord-2.csv", filled(Actie="gezien", Titel="x"), at=WRITTEN + 60_000)
    again = await folder.read_all(folder.source("antwoord", kind=ActsKind(folder.shelf)))
    assert said(first) == said(again)
    assert isinstance(first[0], Record)
    assert isinstance(again[0], Record)
    assert first[0].key == again[0].key


async def test_an_alert_that_was_erased_is_no_longer_known(folder: Stage) -> None:
    sink = AlertFiles(folder.drop, folder.at("out"), "csv", folder.shelf)
    await sink.deliver(alert(), NOW)
    left = Alert(alert_id=ID, revision=3, status="erased", rule="r", severity="low")
    await sink.deliver(left, NOW)
    assert folder.shelf.kept == {}


async def test_an_alert_that_was_withdrawn_is_known_by_its_gemeente(folder: Stage) -> None:
    await acts(folder, filled())
    sink = AlertFiles(folder.drop, folder.at("out"), "csv", folder.shelf)
    left = Alert(alert_id=ID, revision=3, status="withdrawn", rule="r", severity="low")
    await sink.deliver(left, NOW)
    folder.put("antwoord-2.csv", filled(Actie="gezien"))
    found = await folder.read_all(folder.source("antwoord", kind=ActsKind(folder.shelf)))
    assert said(found)[0]["gemeente"] == "0988"
