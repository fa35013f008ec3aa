"""The read model that follows: kept over a restart, thrown away where it is not ours, the same
however it was made."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from hub.errors import Misconfigured
from hub.reading import counts
from hub.reading.followed import READING, UNREADABLE
from hub.streams.entries import FACTS
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.names import Names
from hub.streams.kafka.streams import KafkaLog
from hub.streams.seam import Emit
from hub.streams.sqlite.opening import BUSY_MS
from hub.wire.state import VERSION
from tests.following.site import Site, patiently, until
from tests.streams.world import event, quiet_household, signed

pytestmark = pytest.mark.slow

WEERT = "gemeente-weert"
TABLES = (
    "receipt",
    "alert",
    "disclosure",
    "held",
    "household",
    "household_name",
    "incident",
    "dead_letter",
    "count",
)


@pytest.fixture
def other_site(kafka: Connection, kafka_names: Names, tmp_path: Path) -> Site:
    (tmp_path / "other").mkdir()
    return Site(kafka, Names(f"{kafka_names.prefix}-other"), tmp_path / "other")


def rows_of(database: Path) -> Mapping[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(database)) as connection:
        return {
            name: connection.execute(f"SELECT * FROM read_{name} ORDER BY 1, 2").fetchall()
            for name in TABLES
        }


def edit(database: Path, statement: str) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(statement)


@contextmanager
def held(database: Path) -> Iterator[None]:
    """Another program keeps it from being written."""
    with closing(sqlite3.connect(database, isolation_level=None, timeout=30)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


async def tell_something(site: Site, folder: str = "reading") -> None:
    """Something that leaves rows in most tables."""
    async with site.correlating(), site.gateway(folder) as gateway:
        *_, last = await gateway.send(
            *quiet_household()[:3],
            event("damage-repaired", "r", "2024-02-01", cost=1, cause="wear"),
        )
        await patiently(gateway.told(WEERT, "aanspreekpunt-missing"))

        async def answered() -> bool:
            return "household" in await gateway.receipt(last, "corporatie-maas")

        # Until then a receipt is what its own gateway noted, at a time that no other knows.
        await until(answered)


async def told_to_weert(site: Site, folder: str = "reading") -> int:
    async with site.gateway(folder) as gateway:
        return len(await gateway.alerts(WEERT))


async def test_however_it_is_made_it_is_the_same(site: Site) -> None:
    await tell_something(site, "one")
    assert await told_to_weert(site, "one") == await told_to_weert(site, "other") > 0
    one = rows_of(site.folder / "one" / READING)
    assert one == rows_of(site.folder / "other" / READING)
    assert all(one[name] for name in ("receipt", "alert", "disclosure", "household", "count"))


async def test_after_a_restart_it_goes_on_where_it_was(site: Site) -> None:
    await tell_something(site)
    before = await told_to_weert(site)
    edit(site.folder / "reading" / READING, "DELETE FROM read_alert WHERE party = 'gemeente-weert'")
    assert before > 0
    assert await told_to_weert(site) == 0  # what was read is not read again


async def test_the_file_of_another_hub_is_filled_again(site: Site, other_site: Site) -> None:
    await tell_something(site)
    settings = other_site.settings
    other_site.settings = replace(settings, data=site.folder / "reading")
    other_site.folder = site.folder
    assert await told_to_weert(other_site) == 0
    assert await told_to_weert(site) > 0


SPOILT = (
    "PRAGMA user_version = 99",
    "UPDATE read_version SET version = 999",
    "UPDATE followed_owner SET owner = 'somebody else'",
    # as if the topics had been made anew, and were shorter now
    "UPDATE followed_next SET next = 1000000 WHERE topic LIKE '%.facts.v1'",
)


async def test_a_file_that_is_damaged_or_of_another_form_or_time_is_filled_again(
    site: Site,
) -> None:
    await tell_something(site)
    database = site.folder / "reading" / READING
    for spoil in SPOILT:
        edit(database, "DELETE FROM read_alert")
        edit(database, spoil)
        assert await told_to_weert(site) > 0, spoil
    with database.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * 8192)
    assert await told_to_weert(site) > 0
    assert database.stat().st_mode & 0o077 == 0


async def test_what_cannot_be_read_is_counted_and_keeps_nothing_from_anybody(site: Site) -> None:
    log = KafkaLog(site.brokers)
    await log.start()
    for stream, key, value in (
        ("out/gemeente-weert", b"x", b"\xff"),
        ("receipts", b"\xff", b"{"),
        ("facts", b"0988", b""),
        ("ops", b"x", None),
    ):
        await log.append(stream, [Emit(stream, key, value)])
    await log.close()
    await tell_something(site)
    async with site.gateway() as gateway:
        assert await gateway.alerts(WEERT)
        unreadable = gateway.hub.reading.ask(partial(counts.of, name=UNREADABLE))
    assert unreadable == {"out/gemeente-weert": 1, "receipts": 1, "facts": 1, "ops": 1}


async def test_what_a_newer_release_wrote_stops_the_gateway(site: Site) -> None:
    log = KafkaLog(site.brokers)
    await log.start()
    await log.append(FACTS, [Emit(FACTS, b"0988", bytes([VERSION + 1]), {"receipt": b"rc-x"})])
    await log.close()
    with pytest.raises(Misconfigured, match="newer release"):
        async with site.started_gateway() as gateway:
            await patiently(gateway.hub.stopping.wait())


async def test_a_topic_that_is_missing_is_told(kafka: Connection, site: Site) -> None:
    nowhere = replace(site.settings, kafka_prefix=f"{site.settings.kafka_prefix}-nowhere")
    site.settings = nowhere
    with pytest.raises(Misconfigured, match="seintje topics check"):
        async with site.started_gateway() as gateway:
            await patiently(gateway.hub.stopping.wait())


async def test_one_gateway_at_a_time_uses_a_folder(site: Site) -> None:
    async with site.gateway():
        with pytest.raises(Misconfigured, match="uses it"):
            async with site.started_gateway():
                raise AssertionError("it started")


async def test_who_waits_for_alerts_hears_of_them(site: Site) -> None:
    async with site.correlating(), site.gateway() as gateway:
        waiting = asyncio.create_task(gateway.alerts(WEERT, wait=30))
        await gateway.send(signed())
        assert await patiently(waiting)


async def test_one_that_cannot_be_written_is_ever_further_behind_and_kafka_is_not_blamed(
    site: Site,
) -> None:
    """Each try to write begins reading anew: that must not look like having caught up."""
    longer_than_a_try = 2 * BUSY_MS / 1000 - 1
    async with site.gateway() as gateway:

        async def is_behind() -> bool:
            assert await gateway.reasons() == []
            return gateway.hub.follower.behind_seconds > longer_than_a_try

        async def is_over() -> bool:
            assert await gateway.reasons() == []
            return gateway.hub.follower.behind_seconds == 0

        with held(site.folder / "reading" / READING):
            await gateway.send(signed())
            await until(is_behind)
        await until(is_over)
