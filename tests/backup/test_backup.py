"""`seintje backup` as an operator uses it: made while a hub runs, looked at, restored elsewhere."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from hub.cli.backup_files import made_in
from hub.cli.doctor_backup import backups
from hub.cli.examining import Examined
from hub.cli.finding import Finding
from hub.clocks import SystemClock
from hub.compose.backups import newest_in
from hub.domain.time import DAY_MS, parse_instant
from hub.keys import Keys
from hub.reading import dead_letters
from hub.settings import Settings
from hub.streams import backup_file, export_file
from hub.streams.entries import entry_of
from hub.streams.export_file import Header
from hub.streams.journal_file import FOLDER
from hub.streams.seam import Emit
from hub.streams.sqlite.editing import transaction_in
from hub.streams.sqlite.records import append
from tests.cli.terminal import Ran, piped, seintje
from tests.cli.test_state import contents
from tests.embedded.hubs import Client, running
from tests.letters.desks import letters_of
from tests.streams.world import (
    CORPORATIE,
    DOSSIER,
    GEMEENTE,
    LEASE,
    event,
    facts_of,
    missed,
    signed,
)

pytestmark = pytest.mark.slow

NOW: Final = parse_instant("2024-03-01T12:00:00Z")
FIRST: Final = "made by the hub"
NAME: Final = b"H-1001-of-nobody"  # of the lease


class Place:
    """A hub with its backups and its key apart."""

    def __init__(self, folder: Path) -> None:
        self.data, self.backups = folder / "data", folder / "backups"
        self.key, self.other = folder / "seintje.key", folder / "other"
        self.backups.mkdir()

    @asynccontextmanager
    async def running(self, data: Path | None = None, **more: Any) -> AsyncIterator[Client]:
        settings: dict[str, Any] = {"key_file": self.key, "backup_hours": 0, **more}
        if "backups" not in settings:
            settings["backups"] = self.backups
        async with running(data or self.data, NOW, **settings) as client:
            yield client

    def backup(self, *words: str | Path, code: int = 0) -> Ran:
        # In a thread, for the test may be in an event loop; that waits, and the hub with it.
        with ThreadPoolExecutor(1) as thread:
            doing = thread.submit(seintje, "backup", *words, "--json", **self.environ)
            ran = doing.result()
        assert ran.code == code, ran.err
        return ran

    def create(self, name: str = "one") -> Path:
        file = self.backups / f"{name}.backup"
        self.backup("create", "--data", self.data, "--to", file)
        return file

    def restore(self, file: Path, *words: str | Path, code: int = 0) -> Ran:
        return self.backup("restore", file, "--data", self.other, *words, code=code)

    @property
    def environ(self) -> dict[str, str]:
        return {"SEINTJE_BACKUPS": str(self.backups), "SEINTJE_KEY_FILE": str(self.key)}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


async def test_a_hub_that_runs_is_backed_up_and_goes_on_elsewhere_with_all_that_came_after(
    place: Place,
) -> None:
    async with place.running() as client:
        await client.send([signed()])
        file = place.create()
        await client.send([missed("one", "2024-02-05", "2024-02")])
        told = {party: await client.alerts(party) for party in (CORPORATIE, GEMEENTE)}
    [row] = place.restore(file).rows
    assert (row["journal"], row["commits"] > 0) == ("whole", True)
    assert contents(place.other) == contents(place.data)
    async with place.running(place.other) as client:
        assert {party: await client.alerts(party) for party in told} == told
        again = await client.send([signed(), missed("one", "2024-02-05", "2024-02")])
        assert [it["status"] for it in again] == ["duplicate"] * 2
        assert {party: await client.alerts(party) for party in told} == told


async def test_what_was_redriven_or_dismissed_after_the_backup_is_done_once_more(
    place: Place,
) -> None:
    async with place.running() as client:
        await client.send([signed()])
        file = place.create()
        put_dead_letters(place)
        for words in (["redrive", "1"], ["dismiss", "2", "--why", "x"], ["redrive", "3"]):
            letters(place, *words)
        await client.send([missed("one", "2024-02-05", "2024-02")])
    place.restore(file)
    assert contents(place.other) == contents(place.data)


@pytest.mark.parametrize("letter", ["redrive 1", "dismiss 2 --why x", "redrive 3"])
async def test_what_a_command_wrote_before_the_backup_is_in_it_once(
    place: Place, letter: str
) -> None:
    """It is in the journal with the next commit of the hub: that comes after such a backup."""
    async with place.running() as client:
        await client.send([signed()])
    put_dead_letters(place)
    letters(place, *letter.split())
    file = place.create()
    async with place.running() as client:
        await client.send([missed("one", "2024-02-05", "2024-02")])
    place.restore(file)
    assert contents(place.other) == contents(place.data)


def put_dead_letters(place: Place) -> None:
    """Two of facts that failed, and one that is no fact."""
    keys = Keys.load(place.key)
    facts = facts_of([missed(name, "2024-02-05", "2024-02") for name in ("a", "b")])
    found = letters_of([entry_of(it, keys).emit for it in facts])
    none = {"reason": b"malformed", "stream": b"facts", "position": b"9"}
    found.append(Emit("dead-letters", b"0988", b"no fact", none))
    with transaction_in(place.data) as connection:
        stored = append(connection, found, NOW)
        entries = [(emit, *where) for emit, where in zip(found, stored, strict=True)]
        dead_letters.put(connection, entries)


def letters(place: Place, *words: str) -> None:
    with ThreadPoolExecutor(1) as thread:
        given = ("dead-letters", *words, "--data", str(place.data))
        ran = thread.submit(seintje, *given, **place.environ).result()
    assert ran.code == 0, ran.err


def transport(data: Path) -> list[str]:
    """The streams by which facts and pages of households came, as far as they hold any."""
    connection = sqlite3.connect(data / "seintje.db")
    try:
        rows = connection.execute(
            "SELECT DISTINCT name FROM record JOIN stream ON stream.id = record.id >> 44"
            " WHERE name IN ('facts', 'region-facts', 'household-views')"
        )
        return [name for (name,) in rows]
    finally:
        connection.close()


async def test_what_was_erased_after_the_backup_stays_erased(
    place: Place,
) -> None:
    async with place.running() as client:
        await client.send([signed(), missed("one", "2024-02-05", "2024-02")])
        file = place.create()
        erased = event("household-erased", "x", "2024-02-28", DOSSIER, LEASE, basis="request")
        linked = event("reference-linked", "l", "2024-01-02", DOSSIER, LEASE)
        await client.send([linked])
        await client.send([erased])
        assert {it["status"] for it in await client.alerts(GEMEENTE)} == {"erased"}
    place.restore(file)
    # what it was told by stands nowhere: neither in the state nor on its way there
    assert contents(place.other) == contents(place.data)
    assert not transport(place.other)
    async with place.running(place.other) as client:
        assert {it["status"] for it in await client.alerts(GEMEENTE)} == {"erased"}
        [late] = await client.send([missed("two", "2024-02-06", "2024-02")])
        receipts = await client.alerts(CORPORATIE)
        assert late["status"] == "accepted"
        assert {it["status"] for it in receipts} <= {"erased"}


async def test_a_backup_and_its_journal_tell_nothing_without_the_key(place: Place) -> None:
    async with place.running() as client:
        named = json.dumps(signed()).replace(LEASE["value"], NAME.decode())
        await client.send([json.loads(named)])
        file = place.create()
        named = json.dumps(missed("one", "2024-02-05", "2024-02"))
        await client.send([json.loads(named.replace(LEASE["value"], NAME.decode()))])
    assert NAME in b"".join(it.read_bytes() for it in place.data.iterdir())
    for found in (file, *(place.backups / FOLDER).iterdir()):
        assert NAME not in found.read_bytes()
        assert b"rent" not in found.read_bytes()
        assert found.stat().st_mode & 0o077 == 0
    other = place.key.with_name("other.key")
    assert seintje("keys", "create", other).code == 0
    ran = place.restore(file, "--key-file", other, code=2)
    assert "sealed it" in ran.err
    assert not place.other.exists()


async def test_a_backup_that_is_damaged_is_not_good_and_changes_nothing(place: Place) -> None:
    async with place.running() as client:
        await client.send([signed()])
        file = place.create()
    whole = file.read_bytes()
    for at in (0, 30, len(whole) // 3, 2 * len(whole) // 3, len(whole) - 200, len(whole) - 1):
        changed = bytearray(whole)
        changed[at] ^= 0x55
        for damaged in (bytes(changed), whole[:at]):
            file.write_bytes(damaged)
            assert not place.backup("verify", file, code=1).rows
            assert "backup" in place.restore(file, code=2).err
            assert not place.other.exists()


async def test_verify_says_how_far_a_backup_reaches(place: Place) -> None:
    async with place.running() as client:
        await client.send([signed()])
        file = place.create()
        await client.send([missed("one", "2024-02-05", "2024-02")])
    [row] = place.backup("verify").rows
    assert row["isGood"]
    assert row["file"] == str(file)
    assert row["until"] > row["madeAt"]


async def test_a_damaged_journal_is_used_up_to_the_damage_if_that_is_agreed_to(
    place: Place,
) -> None:
    async with place.running() as client:
        await client.send([signed()])
        file = place.create()
        await client.send([missed("one", "2024-02-05", "2024-02")])
        await client.send([missed("two", "2024-02-20", "2024-02")])
    [segment] = (place.backups / FOLDER).iterdir()
    text = bytearray(segment.read_bytes())
    text[-2000] ^= 1
    segment.write_bytes(text)
    refused = place.restore(file, code=2)
    assert "journal is damaged" in refused.err
    assert "--behind" in refused.err
    assert not place.backup("verify", file, code=1).rows
    assert not place.other.exists()
    [row] = place.restore(file, "--behind").rows
    assert row["journal"] == "damaged"


async def test_without_its_journal_it_counts_on_where_nobody_was_told_anything(
    place: Place,
) -> None:
    async with place.running() as client:
        await client.send([signed()])
        file = place.create()
        await client.send([missed("one", "2024-02-05", "2024-02")])
        told = {(it["alertId"], it["revision"]) for it in await client.alerts(GEMEENTE)}
        cursor = await cursor_of(client)
    shutil.rmtree(place.backups / FOLDER)
    assert "there is no journal" in place.restore(file, code=2).err
    [row] = place.restore(file, "--behind").rows
    assert row["journal"] == "missing"
    async with place.running(place.other) as client:
        before = {it["alertId"]: it["revision"] for it in await client.alerts(GEMEENTE)}
        await client.send([missed("one", "2024-02-05", "2024-02")])
        now = {it["alertId"]: it["revision"] for it in await client.alerts(GEMEENTE)}
        fresh = {it for it in now.items() if before.get(it[0]) != it[1]}
        assert fresh
        assert not fresh & told
        assert all(revision > 10_000 for _, revision in fresh)
        # a cursor of the hub that was lost begins anew: all is given again, nothing is missed
        assert {it["alertId"] for it in await client.alerts(GEMEENTE, cursor=cursor)} == now.keys()


async def cursor_of(client: Client) -> str:
    answer = await client._http.get(
        "/v1/alerts", params={"order": "cursor"}, headers=client._as(GEMEENTE)
    )
    cursor: str = answer.json()["cursor"]
    return cursor


def name_in(row: dict[str, Any]) -> str:
    name = Path(row["file"]).stem
    return FIRST if name.startswith("seintje-") else name


async def test_only_the_last_ones_are_kept_and_what_of_the_journal_they_need(place: Place) -> None:
    import asyncio

    async with place.running() as client:
        for number in range(4):
            await client.send([missed(f"m{number}", f"2024-02-0{number + 1}", "2024-01")])
            place.create(f"b{number}")
            client.hub.backups._look()
        rows = place.backup("list").rows
        assert [name_in(row) for row in rows] == ["b3", "b2", "b1", "b0", FIRST]
        await client.send([signed()])
        await asyncio.to_thread(place.backup, "create", "--data", place.data, "--keep", "2")
    rows = place.backup("list").rows
    assert [name_in(row) for row in rows][1:] == ["b3"]
    segments = sorted(it.name[-12:] for it in (place.backups / FOLDER).iterdir())
    assert segments[0] != "0001.journal"
    place.restore(place.backups / "b3.backup")
    assert contents(place.other) == contents(place.data)


def test_a_backup_of_a_clock_that_was_ahead_is_not_the_newest_for_years(tmp_path: Path) -> None:
    """None would be made after it, each that is would be removed, and no alert would say so."""
    now, keys = SystemClock().now(), Keys(b"1" * 32)
    for name, made_at in (("old", now - 2 * DAY_MS), ("new", now), ("ahead", now + 400 * DAY_MS)):
        header = Header(export_file.FORMAT, "1", keys.fingerprint, (), 1, made_at)
        backup_file.write(tmp_path / f"{name}.backup", header, None, ([], lambda _: None), keys)
    newest = newest_in(tmp_path)
    assert newest is not None
    assert newest.file.stem == "new"
    assert [it.file.stem for it in made_in(tmp_path)] == ["new", "old", "ahead"]


async def test_a_hub_makes_the_first_backup_by_itself_and_metrics_show_it(place: Place) -> None:
    async with place.running() as client:
        await client.send([signed()])
        shown = client.hub.metrics.exposition(is_ready=True).decode()
        newest = client.hub.backups.newest()
        assert newest is not None
    assert f"seintje_backup_bytes {float(newest.size_bytes)}" in shown
    assert re.search(r"^seintje_backup_free_bytes [1-9]", shown, re.MULTILINE)
    assert "seintje_backup_last_success_timestamp_seconds 1.7" in shown.replace("e+09", "")
    place.restore(newest.file)
    assert contents(place.other) == contents(place.data)


async def test_a_hub_that_ran_without_its_journal_begins_another(place: Place) -> None:
    async with place.running() as client:
        await client.send([signed()])
        old = place.create("one")
    async with place.running(backups=None) as client:
        await client.send([missed("one", "2024-02-05", "2024-02")])
    async with place.running() as client:
        await client.send([missed("two", "2024-02-20", "2024-02")])
    refused = place.restore(old, code=2)
    assert "restore a newer backup" in refused.err
    place.restore(Path(place.backup("list").rows[0]["file"]))
    assert contents(place.other) == contents(place.data)


async def test_while_the_journal_cannot_be_written_facts_are_put_off(place: Place) -> None:
    async with place.running() as client:
        await client.send([signed()])
        journaling = client.hub.backups._journaling
        assert journaling is not None
        file = journaling.journal._file
        journaling.journal._file = os.open("/dev/full", os.O_RDWR)
        answer = await client._http.post(
            "/v1/events",
            content=json.dumps(missed("one", "2024-02-05", "2024-02")),
            headers=client._as(CORPORATIE) | {"content-type": "application/cloudevents+json"},
        )
        assert answer.status_code == 503
        assert "retry-after" in answer.headers
        assert "backups: the journal cannot be written" in client.hub.obstacles()
        os.close(journaling.journal._file)
        journaling.journal._file = file
        [receipt] = await client.send([missed("one", "2024-02-05", "2024-02")])
        assert receipt["status"] == "accepted"


async def test_a_file_that_is_there_and_a_directory_with_something_in_it_are_left_alone(
    place: Place,
) -> None:
    async with place.running() as client:
        await client.send([signed()])
        file = place.create()
        ran = place.backup("create", "--data", place.data, "--to", file, code=2)
        assert "it is there already" in ran.err
    place.other.mkdir()
    (place.other / "mine").touch()
    assert "it is not empty (mine)" in place.restore(file, code=2).err


def test_where_nothing_was_set_it_says_what_to_set(tmp_path: Path) -> None:
    ran = piped("backup", "create", "--data", tmp_path)
    assert ran.code == 2
    assert "SEINTJE_BACKUPS" in ran.err
    assert seintje("backup", "list", tmp_path).code == 1
    ran = seintje("backup", "verify", tmp_path / "no.backup", "--key-file", tmp_path / "no")
    assert ran.code == 1
    assert ran.rows == []


async def test_doctor_says_how_old_the_last_one_is(place: Place) -> None:
    found = [it for it in backups(Examined(Settings(data=place.data), None, 1.0))]
    assert [it.is_good for it in found] == [False]
    settings = Settings(data=place.data, backups=place.backups, key_file=place.key)
    looked = Examined(settings, None, 1.0)
    assert "there is none" in said(backups(looked))
    async with place.running() as client:
        await client.send([signed()])
        place.create()
    assert "is 0 hours old" in said(backups(looked))
    assert "same disk" in said(backups(looked))


def said(found: Any) -> str:
    return "; ".join(f"{it.says} {it.do}" for it in found if isinstance(it, Finding))
