"""A hub on Kafka that is at rest goes into a backup, and below another prefix out of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from zstandard import FRAME_HEADER

from hub.domain.time import DAY_MS
from hub.errors import Misconfigured
from hub.keys import Keys
from hub.streams import backup_file
from hub.streams.export_file import read
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.names import Names
from tests.cli.terminal import seintje
from tests.convergence.regions import backtest, facts_of_region
from tests.kafka.sites import Site, settle, take_in, told_in

pytestmark = pytest.mark.slow

FACTS = facts_of_region(3, 2)
NOW = backtest(FACTS)[0]


@pytest.fixture
def site(kafka: Connection, kafka_names: Names, tmp_path: Path) -> Site:
    """A hub that took in half of a region; the other half waits in its topics."""
    half = FACTS[: len(FACTS) // 2]
    asyncio.run(take_in(tmp_path / "hub", NOW, half))
    asyncio.run(settle(tmp_path / "hub", NOW))
    assert seintje("state", "export", tmp_path / "x", "--data", tmp_path / "hub").code == 0
    site = Site(kafka, f"{kafka_names.prefix}-a", 2, tmp_path / "hub" / "seintje.key")
    assert site.run("state", "import", tmp_path / "x").code == 0
    asyncio.run(site.sends(FACTS[len(half) :]))
    return site


def test_what_is_restored_goes_on_as_what_was_lost(
    site: Site, kafka: Connection, kafka_names: Names, tmp_path: Path
) -> None:
    file = tmp_path / "b.backup"
    [made] = site.run("backup", "create", "--to", file).rows
    assert (made["file"], made["key"]) == (str(file), site.keys.fingerprint)
    [row] = site.run("backup", "verify", file).rows
    assert (row["isGood"], row["commits"], row["journal"]) == (True, 0, "none")

    other = Site(kafka, f"{kafka_names.prefix}-b", 3, site.key)
    ran = other.run("backup", "restore", file)
    assert (ran.code, ran.err, ran.rows[0]["prefix"]) == (0, "", other.brokers.names.prefix)
    assert asyncio.run(other.told()) == asyncio.run(site.told()) != {}
    for at in (NOW, NOW + 31 * DAY_MS):
        for hub in (site, other):
            asyncio.run(hub.works(at))
        assert asyncio.run(other.told()) == asyncio.run(site.told())

    # and what an undisturbed hub in one process makes of the same
    asyncio.run(take_in(tmp_path / "hub", NOW, FACTS))
    asyncio.run(settle(tmp_path / "hub", NOW + 31 * DAY_MS))
    assert asyncio.run(other.told()) == told_in(tmp_path / "hub")


def test_it_holds_what_an_export_holds_and_nobody_else_reads_it(site: Site, tmp_path: Path) -> None:
    file, export = tmp_path / "b.backup", tmp_path / "y"
    assert site.run("backup", "create", "--to", file).code == 0
    assert site.run("state", "export", export).code == 0

    assert list(read(file, backup_file.unsealed(site.keys))) == list(read(export)) != []
    stranger = Keys.load_or_create(tmp_path / "strange.key")
    with pytest.raises(Misconfigured, match=site.keys.fingerprint):
        backup_file.check(file, stranger)
    # what every export begins with stands nowhere in it, not even squeezed
    assert FRAME_HEADER in export.read_bytes()
    assert FRAME_HEADER not in file.read_bytes()


def test_what_is_damaged_or_of_another_key_is_put_nowhere(
    site: Site, kafka: Connection, kafka_names: Names, tmp_path: Path
) -> None:
    file, cut = tmp_path / "b.backup", tmp_path / "cut.backup"
    assert site.run("backup", "create", "--to", file).code == 0
    cut.write_bytes(file.read_bytes()[:-40])
    other = Site(kafka, f"{kafka_names.prefix}-b", 2, site.key)
    for command in ("verify", "restore"):
        ran = other.run("backup", command, cut)
        assert (ran.code != 0, "damaged or not whole" in ran.err) == (True, True), ran
    Keys.load_or_create(tmp_path / "strange.key")
    stranger = Site(kafka, f"{kafka_names.prefix}-c", 2, tmp_path / "strange.key")
    ran = stranger.run("backup", "restore", file)
    assert (ran.code, site.keys.fingerprint in ran.err) == (2, True), ran
    again = site.run("backup", "create", "--to", file)
    assert (again.code, "it is there already" in again.err) == (2, True), again
    assert other.run("backup", "restore", file).code == 0
    twice = other.run("backup", "restore", file)
    assert (twice.code, "is not empty" in twice.err) == (2, True)
