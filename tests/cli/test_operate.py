"""Looking into a data directory: alerts, dead letters, disclosures, keys, explanations."""

import asyncio
import base64
import json
import re
import shutil
import sqlite3
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from hub.clocks import SystemClock
from hub.domain.refusals import Slug
from hub.keys import Keys
from hub.reading.model import Projection
from hub.shipped import shipped
from hub.streams.loop import dead_letter
from hub.streams.seam import Emit, Record
from hub.streams.sqlite.records import find_stream, read_after
from hub.streams.sqlite.runtime import SqliteLog
from hub.streams.sqlite.store import SqliteStore
from hub.wire.state import PartyOf
from tests.building import parties
from tests.cli.terminal import on_terminal, piped, seintje
from tests.cli.test_run import next_row, started
from tests.streams.world import BEGELEIDER, CORPORATIE, GEMEENTE, missed, quiet_household

pytestmark = pytest.mark.slow

Row = dict[str, Any]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, facts: Path) -> Path:
    """The data directory of a hub that has taken a region in, a year after it began."""
    folder = tmp_path_factory.mktemp("hub") / "data"
    file = Path(shutil.copy(facts, folder.parent / "facts.jsonl"))
    ran = piped("ingest", file, "--data", folder, SEINTJE_CLOCK="fixed:2025-01-01T00:00:00Z")
    assert (ran.code, ran.err) == (0, "")
    return folder


@pytest.fixture
def broken(data: Path, tmp_path: Path) -> Path:
    """A copy of the data directory, to break."""
    copy = tmp_path / "broken"
    shutil.copytree(data, copy)
    copy.chmod(0o700)
    return copy


@pytest.fixture(scope="module")
def told(data: Path) -> list[Row]:
    return seintje("alerts", "list", "--data", data, "--limit", "1000").rows


def test_lists_what_each_party_was_told(data: Path, told: list[Row], facts: Path) -> None:
    found = {row["alertId"]: row for row in seintje("backtest", facts, "--now", "2025-01-01").rows}
    assert told
    assert {row["party"] for row in told} > {"corporatie-maas", "gemeente-roermond"}
    living = [row for row in told if row["status"] in ("open", "acknowledged", "agreed")]
    assert living
    for row in living:
        assert found[row["alertId"]]["status"] == row["status"]
        assert row["party"] not in found[row["alertId"]]["heldFor"]


def test_a_list_can_be_of_one_party_and_status(data: Path) -> None:
    words = ("alerts", "list", "--data", data, "--party", "gemeente-roermond")
    rows = seintje(*words, "--status", "open").rows
    assert {(row["party"], row["status"]) for row in rows} == {("gemeente-roermond", "open")}
    assert len(seintje(*words, "--limit", "1").rows) == 1
    assert "gemeente-roermond" in on_terminal(*words)[1]
    slip = seintje("alerts", "list", "--data", data, "--party", "gemeente-rormond")
    assert slip.code == 2
    assert "gemeente-roermond" in slip.err


def test_an_id_stands_in_one_piece_where_there_is_room_and_is_never_cut_off(
    data: Path, told: list[Row]
) -> None:
    words = ("alerts", "list", "--data", data, "--limit", "1", "--party", told[0]["party"])
    name = seintje(*words).rows[0]["alertId"]
    for columns in (80, 120):
        lines = _lines(on_terminal(*words, COLUMNS=str(columns))[1])
        assert any(name in line for line in lines)
        assert max(map(len, lines)) <= columns
    narrow = _lines(on_terminal(*words, COLUMNS="50")[1])
    [first] = [number for number, line in enumerate(narrow) if "al-" in line]
    begins = narrow[first].index("al-")
    assert name == "".join(line[begins:].partition(" ")[0] for line in narrow[first:])


def _lines(shown: str) -> list[str]:
    return re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()


def test_counts_what_is_held_by_party_rule_and_reason(tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "facts.jsonl"
    sent = (*quiet_household(), missed("m", "2024-01-22", "2024-01", shared=False))
    file.write_text("".join(json.dumps(it) + "\n" for it in sent))
    piped("ingest", file, "--data", data, SEINTJE_CLOCK="fixed:2024-01-23T12:00:00Z")
    words = ("alerts", "held", "--data", data)
    rows = seintje(*words).rows
    assert {(row["party"], row["rule"], row["reason"], row["count"]) for row in rows} == {
        (party, "first-rent-missed", "legal-gate", 1) for party in (BEGELEIDER, GEMEENTE)
    }
    assert {row["since"] for row in rows} == {"2024-01-23T12:00:00.000Z"}
    [name] = {name for row in rows for name in row["alertIds"]}
    of_one = ("alerts", "show", name, "--data", data, "--party")
    assert (seintje(*of_one, GEMEENTE).code, seintje(*of_one, CORPORATIE).code) == (1, 0)
    assert [row["party"] for row in seintje(*words, "--party", GEMEENTE).rows] == [GEMEENTE]
    assert "legal-gate" in on_terminal(*words)[1]


def test_shows_the_view_of_each_party(data: Path, told: list[Row]) -> None:
    name = told[0]["alertId"]
    ran = seintje("alerts", "show", name, "--data", data)
    assert ran.code == 0
    assert {row["party"] for row in ran.rows} == {
        row["party"] for row in told if row["alertId"] == name
    }
    assert all(row["alertId"] == name for row in ran.rows)
    assert name in on_terminal("alerts", "show", name, "--data", data)[1]
    assert seintje("alerts", "show", "al-" + "a" * 26, "--data", data).code == 1


def test_explains_what_is_kept_as_it_explains_what_is_in_a_file(
    data: Path, told: list[Row], facts: Path
) -> None:
    names = sorted({row["alertId"] for row in told if row["status"] != "withdrawn"})
    for name in names[::4]:
        now = ("--now", "2025-01-01T00:00:00Z")
        kept = seintje("explain", name, "--data", data, *now)
        assert kept.code == 0
        assert kept.rows == seintje("explain", name, "--facts", facts, *now).rows
        # without --now it is when the hub last worked, whatever the clock of this machine says
        assert kept.rows == seintje("explain", name, "--data", data).rows


def lease_and_rule(facts: Path) -> tuple[str, str]:
    row = next(
        row
        for row in seintje("backtest", facts, "--now", "2025-01-01").rows
        if any(it["scheme"] == "lease" for it in row.get("references", ()))
    )
    lease = next(it for it in row["references"] if it["scheme"] == "lease")
    return f"lease:{lease['issuer']}:{lease['value']}", row["rule"]


def test_says_why_not_of_what_is_kept(data: Path, facts: Path) -> None:
    lease, _ = lease_and_rule(facts)
    words = ("why-not", "--reference", lease, "--rule", "nuisance", "--now", "2024-10-01")
    assert seintje(*words, "--data", data).rows == seintje(*words, "--facts", facts).rows


def test_says_why_not_at_the_moment_the_hub_last_worked(data: Path, facts: Path) -> None:
    lease, _ = lease_and_rule(facts)
    words = ("why-not", "--reference", lease, "--rule", "nuisance", "--data", data)
    assert seintje(*words).rows == seintje(*words, "--now", "2025-01-01T00:00:00Z").rows


def test_lists_what_was_disclosed_of_a_household(data: Path, facts: Path) -> None:
    lease, rule = lease_and_rule(facts)
    ran = seintje("disclosures", "list", "--reference", lease, "--data", data)
    assert ran.code == 0
    assert rule in {row["rule"] for row in ran.rows}
    assert all(row["party"] and "alert" in row["fields"] for row in ran.rows)
    unknown = seintje("disclosures", "list", "--reference", "lease:x:y", "--data", data)
    assert unknown.code == 1


def test_nothing_failed_so_there_are_no_dead_letters(data: Path) -> None:
    assert seintje("dead-letters", "list", "--data", data) == (0, b"", "")
    assert seintje("dead-letters", "show", "1", "--data", data).code == 1


def test_a_dead_letter_is_listed_and_shown_whole(broken: Path) -> None:
    record = Record(7, b"0988", b"no fact at all", {"receipt": b"rc-1"}, 0)
    asyncio.run(_given_up(broken, dead_letter(record, Slug.PROCESSING_ERROR, "facts")))
    [listed] = seintje("dead-letters", "list", "--data", broken).rows
    assert (listed["reason"], listed["sizeBytes"]) == ("processing-error", 14)
    [shown] = seintje("dead-letters", "show", str(listed["position"]), "--data", broken).rows
    assert base64.b64decode(shown["value"]) == b"no fact at all"
    assert shown["headers"]["reason"] == "processing-error"


def test_a_dead_letter_goes_back_where_it_came_from(broken: Path) -> None:
    record = Record(7, b"0988", b"no fact at all", {"receipt": b"rc-1"}, 0)
    asyncio.run(_given_up(broken, dead_letter(record, Slug.PROCESSING_ERROR, "facts")))
    [sent] = seintje("dead-letters", "redrive", "1", "--data", broken).rows
    assert sent == {"position": 1, "stream": "facts"}
    with sqlite3.connect(broken / "seintje.db") as connection:
        last = find_stream(connection, "facts")
        assert last is not None
        [again] = read_after(connection, "facts", last.last - 1, 1)
    assert (again.key, again.value) == (b"0988", b"no fact at all")
    assert again.headers == {"receipt": b"rc-1", "redriven": b"1"}
    assert seintje("dead-letters", "redrive", "2", "--data", broken).code == 1


def test_what_held_a_bsn_cannot_go_back(broken: Path) -> None:
    headers = {"reason": b"bsn-found", "stream": b"in/corporatie-maas"}
    letter = Emit("dead-letters", b"", b"{}", headers)
    asyncio.run(_given_up(broken, letter))
    ran = seintje("dead-letters", "redrive", "1", "--data", broken, "--lang", "en")
    assert ran.code == 1
    assert "its publisher must send it again" in ran.err


async def _given_up(data: Path, letter: Emit) -> None:
    with SqliteStore.open(data, SystemClock()) as store:
        projection = Projection(PartyOf(parties().find_by_source))
        await SqliteLog(store, projection).append(letter.stream, [letter])


def test_a_key_is_made_once(tmp_path: Path) -> None:
    file = tmp_path / "hub.key"
    [made] = seintje("keys", "create", file).rows
    assert file.stat().st_mode & 0o777 == 0o600
    assert made["fingerprint"] == Keys.load(file).fingerprint
    again = seintje("keys", "create", file, "--lang", "en")
    assert again.code == 2
    assert "there already" in again.err


def test_looking_is_possible_while_the_hub_runs(data: Path, told: list[Row]) -> None:
    with started("run", "--data", data, "--listen", "127.0.0.1:0") as process:
        next_row(process)
        assert seintje("alerts", "list", "--data", data, "--limit", "1").code == 0


@pytest.mark.parametrize(
    "words",
    [
        ["alerts", "list"],
        ["alerts", "held"],
        ["dead-letters", "list"],
        ["disclosures", "list", "--reference", "lease:a:b"],
        ["explain", "al-x"],
        ["parties", "key", "list"],
    ],
)
def test_a_directory_without_a_hub_is_told(words: list[str], tmp_path: Path) -> None:
    ran = seintje(*words, "--data", tmp_path)
    assert (ran.code, ran.out) == (2, b"")
    assert str(tmp_path) in ran.err


def test_a_key_is_shown_once_works_and_can_be_revoked(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with started("run", "--data", data, "--listen", "127.0.0.1:0") as process:
        api = next_row(process)["api"]
        [made] = seintje("parties", "key", "create", "corporatie-maas", "--data", data).rows
        headers = {"Authorization": f"Bearer {made['key']}"}
        assert httpx.get(f"{api}/alerts", headers=headers).status_code == 200
        listed = seintje("parties", "key", "list", "--data", data)
        assert made["key"].encode() not in listed.out
        [key] = listed.rows
        revoke = ("parties", "key", "revoke", "corporatie-maas", key["name"], "--data", data)
        assert seintje(*revoke).rows == [{"party": "corporatie-maas", "revoked": 1}]
        assert httpx.get(f"{api}/alerts", headers=headers).status_code == 401
        assert seintje(*revoke).code == 1
    [key] = seintje("parties", "key", "list", "--data", data).rows
    assert (key["inForce"], bool(key["revokedAt"])) == (False, True)
    nobody = seintje("parties", "key", "create", "corporatie-mas", "--data", data)
    assert nobody.code == 2
    assert "corporatie-maas" in nobody.err


def test_the_next_key_is_made_while_the_old_one_counts(tmp_path: Path) -> None:
    data = ("--data", tmp_path / "data")
    with started("run", *data, "--listen", "127.0.0.1:0") as process:
        api = next_row(process)["api"]
        assert seintje("parties", "key", "rotate", "corporatie-maas", *data).code == 2
        [old] = seintje("parties", "key", "create", "corporatie-maas", *data).rows
        rotate = ("parties", "key", "rotate", "corporatie-maas", "--days", "14", *data)
        [new] = seintje(*rotate).rows
        assert new["oldUntil"] > "2026"
        for made in (old, new):
            headers = {"Authorization": f"Bearer {made['key']}"}
            assert httpx.get(f"{api}/alerts", headers=headers).status_code == 200
        third = seintje("parties", "key", "create", "corporatie-maas", *data)
        assert third.code == 2
        assert "seintje parties key revoke corporatie-maas NAME" in third.err
        assert seintje(*rotate).code == 2
    listed = seintje("parties", "key", "list", "corporatie-maas", *data).rows
    assert [it["inForce"] for it in listed] == [True, True]
    assert [it["revokedAt"] for it in listed] == [new["oldUntil"], None]


def test_parties_are_listed_shown_and_added(tmp_path: Path) -> None:
    rows = {row["id"]: row for row in seintje("parties", "list").rows}
    assert rows["begeleider-onderdak"]["actsFor"] == ["gemeente-roermond", "gemeente-weert"]
    assert seintje("parties", "show", "gemeente-weert").rows == [rows["gemeente-weert"]]
    assert seintje("parties", "show", "gemeente-wert").code == 1
    file = Path(shutil.copy(shipped("agreements") / "parties.yaml", tmp_path / "parties.yaml"))
    words = ("parties", "add", "corporatie-roer", "--parties", file, "--name", "Roer")
    more = ("--role", "corporatie", "--gemeente", "0957", "--contact", "a@roer.example.nl")
    assert seintje(*words, *more, "--kvk", "90000009").code == 0
    [added] = seintje("parties", "show", "corporatie-roer", "--parties", file).rows
    assert (added["urn"], added["gemeenten"]) == ("urn:nld:kvknr:90000009", ["0957"])
    again = seintje(*words, *more, "--kvk", "90000009")
    assert again.code == 2


def findings(*words: str | Path, **more: str) -> tuple[int, dict[str, list[Row]]]:
    ran = seintje("doctor", *words, **more)
    by_check: dict[str, list[Row]] = {}
    for row in ran.rows:
        by_check.setdefault(row["check"], []).append(row)
    return ran.code, by_check


FREE = {"SEINTJE_LISTEN": "127.0.0.1:0"}


def test_the_doctor_finds_nothing_wrong_with_a_hub_or_before_there_is_one(
    data: Path, tmp_path: Path
) -> None:
    for folder in (data, tmp_path / "none"):
        code, found = findings("--data", folder, **FREE)
        assert (code, [row for rows in found.values() for row in rows if not row["ok"]]) == (0, [])
        every = {
            "settings",
            "agreement",
            "schemas",
            "data",
            "disk",
            "key",
            "versions",
            "clock",
            "backup",
        }
        of_what_is_kept = (
            {"dead-letters", "households", "subscriptions"} if folder == data else set()
        )
        assert set(found) == every | {"port", "ready"} | of_what_is_kept


def wrong(code: int, found: dict[str, list[Row]]) -> list[Row]:
    bad = [row for rows in found.values() for row in rows if not row["ok"]]
    assert (code == 1) == bool(bad)
    assert all(row["do"] for row in bad)
    return bad


def test_the_doctor_sees_what_is_open_to_others(broken: Path) -> None:
    broken.chmod(0o755)
    (broken / "seintje.key").chmod(0o644)
    bad = wrong(*findings("--data", broken, **FREE))
    assert {row["check"] for row in bad} == {"data", "key"}


def test_the_doctor_sees_a_key_that_is_gone(broken: Path) -> None:
    (broken / "seintje.key").unlink()
    [bad] = wrong(*findings("--data", broken, **FREE))
    assert bad["check"] == "key"


@pytest.mark.parametrize(
    ("named", "told"),
    [({}, "SEINTJE_KEY_FILE"), ({"SEINTJE_KEY_FILE": "nowhere.key"}, "nowhere.key")],
)
def test_the_doctor_sees_that_a_hub_on_kafka_has_no_key(
    named: dict[str, str], told: str, tmp_path: Path
) -> None:
    away = {"SEINTJE_KAFKA_BROKERS": "127.0.0.1:1"}
    bad = wrong(*findings("--data", tmp_path / "none", **FREE, **away, **named))
    assert [told in row["says"] for row in bad if row["check"] == "key"] == [True]


@pytest.mark.parametrize("seed", range(4))
def test_the_doctor_sees_a_damaged_database(broken: Path, seed: int) -> None:
    database = broken / "seintje.db"
    raw = bytearray(database.read_bytes())
    raw[20_000:60_000] = Random(seed).randbytes(40_000)
    database.write_bytes(raw)
    bad = wrong(*findings("--data", broken, **FREE))
    assert {row["check"] for row in bad} >= {"data"}


def test_the_doctor_sees_an_agreement_with_a_mistake(tmp_path: Path) -> None:
    text = (shipped("agreements") / "duurzame-start.yaml").read_text()
    file = tmp_path / "a.yaml"
    file.write_text(text.replace("severity: critical", "severity: grave"))
    code, found = findings("--data", tmp_path / "d", SEINTJE_AGREEMENTS=str(file), **FREE)
    assert {row["check"] for row in wrong(code, found)} == {"agreement"}


def test_the_doctor_sees_a_setting_that_is_none(tmp_path: Path) -> None:
    code, found = findings("--data", tmp_path, SEINTJE_LISTEN="nowhere")
    assert {row["check"] for row in wrong(code, found)} == {"settings"}


def test_the_doctor_knows_a_hub_from_another_program(tmp_path: Path) -> None:
    with started("run", "--data", tmp_path / "hub", "--listen", "127.0.0.1:0") as process:
        where = next_row(process)["api"].removeprefix("http://").removesuffix("/v1")
        code, found = findings("--data", tmp_path / "other", SEINTJE_LISTEN=where)
        assert (code, found["port"][0]["ok"]) == (0, True)


def test_the_doctor_speaks_on_a_terminal(tmp_path: Path) -> None:
    code, shown = on_terminal("doctor", "--data", tmp_path / "none", **FREE)
    assert (code, "✓ agreement" in shown) == (0, True)
