"""Everything a hub keeps moves to another directory, and goes on there."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any, Final

import pytest

from hub.cli.state_files import bring_in
from hub.compose.embedded import SHARDS
from hub.domain.time import parse_instant
from hub.errors import Misconfigured, Tampered
from hub.keys import Keys
from hub.reading import households
from hub.streams.entries import entry_of
from hub.streams.export_file import FORMAT, Header, check, read, write
from hub.streams.sqlite.store import SqliteStore
from hub.streams.transfer import Appended, Lasting, Row
from tests.cli.terminal import on_terminal, piped, seintje
from tests.cli.test_run import next_row, started
from tests.convergence.households import Views, unsealed
from tests.convergence.regions import backtest, facts_of_region
from tests.embedded.hubs import Client, StillClock, running
from tests.streams.moving import PartitionedWorld
from tests.streams.world import PARTIES

pytestmark = pytest.mark.slow

LATER: Final = "2025-01-01T00:00:00Z"
# What must be the same to the byte. Facts that were correlated are in the state, and of what
# parties may see of households the last word stands.
SAME: Final = {
    "state": "SELECT shard, name, key, value FROM state JOIN place ON place = place.id",
    "stream": "SELECT name, last, appended_at FROM stream",
    "record": "SELECT name, record.id & ((1 << 44) - 1), key, value, headers, record.appended_at"
    " FROM record JOIN stream ON stream.id = record.id >> 44"
    " WHERE name NOT IN ('facts', 'region-facts', 'household-views')",
    "cursor": "SELECT * FROM cursor",
    "key": "SELECT value FROM meta WHERE name = 'key'",
    "alert": "SELECT * FROM read_alert",
    "household": "SELECT * FROM read_household",
    "name of a household": "SELECT * FROM read_household_name",
    "receipt": "SELECT * FROM read_receipt",
    "disclosure": "SELECT * FROM read_disclosure",
    "dead letter": "SELECT * FROM read_dead_letter",
    "incident": "SELECT * FROM read_incident",
    "api key": "SELECT * FROM api_key",
}


def contents(data: Path) -> dict[str, list[tuple[object, ...]]]:
    connection = sqlite3.connect(data / "seintje.db")
    try:
        return {name: sorted(connection.execute(of), key=repr) for name, of in SAME.items()}
    finally:
        connection.close()


def households_in(data: Path, keys: Keys) -> Views:
    """What parties may see of households."""
    connection = sqlite3.connect(data / "seintje.db")
    try:
        return unsealed(households.every(connection), keys)
    finally:
        connection.close()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, faulty: Path) -> Path:
    """A hub that took in a region with every fault, in two goes half a year apart. Its streams do
    not hold any more what parties were told in the first: a hub that runs removes it in its own
    time, and `ingest` may end before it did."""
    folder = tmp_path_factory.mktemp("hub")
    lines = faulty.read_bytes().splitlines()
    for number, clock in enumerate(("2024-07-01T00:00:00Z", LATER)):
        file = folder / f"facts-{number}.jsonl"
        file.write_bytes(b"\n".join(lines[: len(lines) // (2 - number)]) + b"\n")
        ran = piped("ingest", file, "--data", folder / "data", SEINTJE_CLOCK=f"fixed:{clock}")
        assert ran.code == 0
    later = parse_instant(LATER)
    with SqliteStore.open(folder / "data", StillClock(later)) as store:
        asyncio.run(store.trim(later))
    assert seintje("parties", "key", "create", "corporatie-maas", "--data", folder / "data").rows
    return folder / "data"


@pytest.fixture(scope="module")
def exported(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("export") / "hub.export"
    ran = seintje("state", "export", file, "--data", data)
    assert (ran.code, ran.err) == (0, "")
    return file


def brought_in(exported: Path, to: Path, key: Path) -> Path:
    to.mkdir(mode=0o700)
    shutil.copy(key, to / "seintje.key")
    ran = piped("state", "import", exported, "--data", to)
    assert (ran.code, ran.err) == (0, "")
    return to


def test_the_other_directory_holds_the_same(data: Path, exported: Path, tmp_path: Path) -> None:
    other = brought_in(exported, tmp_path / "other", data / "seintje.key")
    before, after = contents(data), contents(other)
    for name, rows in before.items():
        assert after[name] == rows, name
        assert rows or name in ("dead letter", "incident")
    assert sorted(it.name for it in other.iterdir()) == ["seintje.db", "seintje.key"]
    assert {it.stat().st_mode & 0o777 for it in other.iterdir()} == {0o600}


def test_what_parties_have_of_alerts_outlives_the_streams(exported: Path) -> None:
    lasting = {entry.key for entry in read(exported) if isinstance(entry, Lasting)}
    kept = {entry.key for entry in read(exported) if isinstance(entry, Appended)}
    assert lasting - kept


def test_the_commands_say_what_they_did(data: Path, tmp_path: Path) -> None:
    file, other = tmp_path / "hub.export", tmp_path / "other"
    (out,) = seintje("state", "export", file, "--data", data).rows
    fingerprint = Keys.load(data / "seintje.key").fingerprint
    assert out["file"] == str(file)
    assert out["key"] == fingerprint
    assert out["entries"]["row"] > 100
    assert out["sizeBytes"] == file.stat().st_size
    (into,) = seintje("state", "import", file, "--data", other).rows
    assert into == {"data": str(other), "key": fingerprint, "entries": out["entries"]}


def test_on_a_terminal_it_says_which_key_goes_with_it(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "hub.export"
    fingerprint = Keys.load(data / "seintje.key").fingerprint
    shown = on_terminal("state", "export", file, "--data", data)[1]
    assert f"Hierbij hoort de sleutel {fingerprint}" in shown
    shown = on_terminal("state", "import", file, "--data", tmp_path / "other")[1]
    assert f"Leg nu de sleutel {fingerprint} op" in shown


async def test_it_goes_on_where_it_was(
    data: Path, exported: Path, tmp_path: Path, faulty: Path
) -> None:
    other = brought_in(exported, tmp_path / "other", data / "seintje.key")
    now = parse_instant(LATER)
    events = [json.loads(line) for line in faulty.read_bytes().splitlines() if _is_of_a_party(line)]
    told: dict[Path, Any] = {}
    stayed = shutil.copytree(data, tmp_path / "stayed")
    for folder in (stayed, other):
        async with running(folder, now) as client:
            before = await _told(client)
            await client.send(events)
            after = await _told(client)
        assert after == before  # nobody is told anything by what was known
        async with running(folder, parse_instant("2025-03-01")) as client:
            await client.hub.settled()
            later = await _told(client)
        assert later != after
        told[folder] = before, later
    assert told[other] == told[stayed]


def _is_of_a_party(line: bytes) -> bool:
    try:
        return PARTIES.find_by_source(json.loads(line)["source"]) is not None
    except (ValueError, TypeError, KeyError):
        return False


async def _told(client: Client) -> dict[str, list[dict[str, Any]]]:
    """What each party has, in the order of the alerts: two shards write at once."""
    return {
        party: sorted(await client.alerts(party), key=lambda view: str(view["alertId"]))
        for party in PARTIES.by_id
    }


async def test_facts_that_nobody_correlated_yet_go_along(tmp_path: Path) -> None:
    facts = facts_of_region(3, 1)
    now, _ = backtest(facts)
    async with running(tmp_path / "hub", now) as client:
        hub = client.hub
        await hub.workers.stop()
        entries = [entry_of(fact, hub.keys) for fact in facts]
        for stream in SHARDS:
            emits = [it.emit for it in entries if it.emit.stream == stream]
            await hub.reception.log.append(stream, emits)
    file, other = tmp_path / "hub.export", tmp_path / "other"
    assert piped("state", "export", file, "--data", tmp_path / "hub").code == 0
    brought_in(file, other, tmp_path / "hub" / "seintje.key")
    told = []
    for folder in (tmp_path / "hub", other):
        async with running(folder, now) as client:
            await client.hub.settled()
            told.append(await _told(client))
    assert told[0] == told[1]
    assert any(told[0].values())
    receipts = [contents(folder)["receipt"] for folder in (tmp_path / "hub", other)]
    assert receipts[0] == receipts[1]


def test_sealed_under_a_successor_only_that_key_opens_it(data: Path, tmp_path: Path) -> None:
    file, successor, other = tmp_path / "x", tmp_path / "next.key", tmp_path / "other"
    ran = seintje("state", "export", file, "--data", data, "--rekey", successor)
    assert ran.code == 0
    fresh = Keys.load(successor)
    assert ran.rows[0]["key"] == fresh.fingerprint == check(file)[0].fingerprint
    brought_in(file, other, successor)
    words = ("alerts", "list", "--limit", "1000")
    assert seintje(*words, "--data", other).rows == seintje(*words, "--data", data).rows
    own = Keys.load(data / "seintje.key")
    before, after = households_in(data, own), households_in(other, fresh)
    assert before == after != {}
    with pytest.raises(Tampered):
        households_in(other, own)
    shutil.copy(data / "seintje.key", other / "seintje.key")
    with started("run", "--data", other, "--listen", "127.0.0.1:0") as process:
        assert process.wait() == 2
        assert process.stderr is not None
        assert fresh.fingerprint in process.stderr.read()


def test_a_key_that_is_no_successor_is_refused(data: Path, tmp_path: Path) -> None:
    Keys.load_or_create(tmp_path / "stranger.key")
    words = ("--data", data, "--rekey", tmp_path / "stranger.key")
    ran = seintje("state", "export", tmp_path / "x", *words)
    assert (ran.code, "no successor" in ran.err) == (2, True)
    assert not (tmp_path / "x").exists()


def test_memory_to_sqlite_to_memory(tmp_path: Path) -> None:
    facts = facts_of_region(8, 2)
    now, _ = backtest(facts)
    world = PartitionedWorld(5)
    world.send_facts(now, facts)
    file, again = tmp_path / "memory.export", tmp_path / "sqlite.export"
    header = Header(FORMAT, "0.1.0", world.keys.fingerprint, (), 5, now)
    write(file, header, world.rows(), lambda _done: None)
    key = tmp_path / "the.key"
    key.write_text(f"seintje-key 1\n{(b'0' * 32).hex()}\n")
    key.chmod(0o600)
    other = brought_in(file, tmp_path / "other", key)
    assert seintje("state", "export", again, "--data", other).code == 0
    back = PartitionedWorld(3)
    back.clock.at = now
    back.take_in(entry for entry in read(again) if isinstance(entry, Row))
    assert back.facts() == world.facts()
    assert back.next_at() == world.next_at()
    assert len(back.emitted("receipts")) == 0
    back.send_facts(now, [fact for fact in facts if fact.kind != "feed"])
    assert {it["status"] for it in back.emitted("receipts")} == {"duplicate"}
    assert not any(back.notices(party) for party in PARTIES.by_id)
    world.close()
    back.close()


def test_only_into_an_empty_directory(data: Path, exported: Path, tmp_path: Path) -> None:
    before = contents(data)
    ran = seintje("state", "import", exported, "--data", data)
    assert (ran.code, "it is not empty (seintje.db)" in ran.err) == (2, True)
    assert contents(data) == before
    (tmp_path / "notes.txt").touch()
    ran = seintje("state", "import", exported, "--data", tmp_path)
    assert (ran.code, "notes.txt" in ran.err) == (2, True)
    assert [it.name for it in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("size", [0.0, 0.3, 0.999])
def test_a_file_that_is_cut_off_changes_nothing(
    exported: Path, tmp_path: Path, size: float
) -> None:
    file, whole = tmp_path / "cut.export", exported.read_bytes()
    file.write_bytes(whole[: int(len(whole) * size)])
    ran = seintje("state", "import", file, "--data", tmp_path / "other")
    assert ran.code == 2
    assert "damaged or not whole" in ran.err or "no export" in ran.err
    assert not (tmp_path / "other").exists()


def test_another_key_is_refused(data: Path, exported: Path, tmp_path: Path) -> None:
    stranger = Keys.load_or_create(tmp_path / "stranger.key")
    words = ("--key-file", tmp_path / "stranger.key")
    ran = seintje("state", "import", exported, "--data", tmp_path / "other", *words)
    assert (ran.code, stranger.fingerprint in ran.err) == (2, True)
    ran = seintje("state", "export", tmp_path / "x", "--data", data, *words)
    assert (ran.code, "sealed with key" in ran.err) == (2, True)
    assert not (tmp_path / "other").exists()
    assert not (tmp_path / "x").exists()


def test_a_hub_that_runs_is_not_exported(data: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(data, tmp_path / "copy")
    with started("run", "--data", copy, "--listen", "127.0.0.1:0") as process:
        next_row(process)
        ran = seintje("state", "export", tmp_path / "x", "--data", copy)
    assert (ran.code, f"process {process.pid} uses it" in ran.err) == (2, True)
    assert not (tmp_path / "x").exists()


def test_a_directory_without_a_hub_is_not_exported(tmp_path: Path) -> None:
    ran = seintje("state", "export", tmp_path / "x", "--data", tmp_path / "nothing")
    assert (ran.code, "there is no hub in it" in ran.err) == (2, True)
    assert not list(tmp_path.iterdir())


def test_what_an_import_left_that_was_killed_is_cleared_away(
    data: Path, exported: Path, tmp_path: Path
) -> None:
    draft = tmp_path / "other" / ".seintje-import"
    draft.mkdir(parents=True)
    (draft / "seintje.db").write_bytes(b"half a database")
    ran = seintje("state", "import", exported, "--data", tmp_path / "other")
    assert (ran.code, ran.err) == (0, "")
    assert contents(tmp_path / "other") == contents(data)
    assert not draft.exists()


def test_an_import_that_stops_half_way_leaves_no_database(exported: Path, tmp_path: Path) -> None:
    header, _ = check(exported)

    def stop(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(bring_in(exported, tmp_path / "other", header, PARTIES, stop))
    assert not list((tmp_path / "other").iterdir())


def test_a_hub_that_was_started_meanwhile_is_left_alone(exported: Path, tmp_path: Path) -> None:
    header, _ = check(exported)
    other = tmp_path / "other" / "seintje.db"

    def start(done: int) -> None:
        other.write_bytes(b"somebody's")

    with pytest.raises(Misconfigured, match="started in it meanwhile"):
        asyncio.run(bring_in(exported, other.parent, header, PARTIES, start))
    assert other.read_bytes() == b"somebody's"
    assert [it.name for it in other.parent.iterdir()] == ["seintje.db"]
