"""A hub moves onto a real Kafka, to another number of partitions, and off it again."""

from __future__ import annotations

import asyncio
import shutil
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from msgspec.structs import replace

from hub.compose.gateway import build
from hub.domain.time import DAY_MS, parse_instant
from hub.errors import Misconfigured
from hub.gateway import api_keys
from hub.gateway.app import app
from hub.keys import Keys
from hub.settings import Settings
from hub.streams.entries import FACTS
from hub.streams.export_file import check, read, write
from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.dressing import Dressing
from hub.streams.kafka.names import CORRELATE, IN, Names
from hub.streams.kafka.putting import Putting
from hub.streams.kafka.streams import KafkaLog
from hub.streams.partitions import partition_of
from hub.streams.revisions import OUT
from hub.streams.seam import Emit
from hub.streams.transfer import Answered, ApiKeyEntry, Appended, Lasting, Row, Stretch
from tests.cli.terminal import seintje
from tests.convergence.regions import backtest, facts_of_region
from tests.embedded.hubs import StillClock, running
from tests.kafka.hubs import AT, HubOnKafka
from tests.kafka.sites import SCHEMAS, Site, rows, settle, take_in, told_in
from tests.streams.world import (
    CORPORATIE,
    GEMEENTE,
    SOURCES,
    event,
    facts_of,
    missed,
    quiet_household,
)

pytestmark = pytest.mark.slow

MONTH_MS: Final = 31 * DAY_MS
STRUCTURED: Final = {"content-type": "application/cloudevents+json"}
FAR_ON: Final = b64encode(b"after:999999").decode()  # a cursor of the hub of before
SIGNAL: Final = event("signal-raised", "s-1", "2024-01-21", category="other", party=CORPORATIE)


def receipts_in(data: Path) -> Mapping[str, tuple[Any, ...]]:
    what = "SELECT receipt_id, party, source, id, type, status, problem, household, digest"
    return {row[0]: row[1:] for row in rows(data, f"{what} FROM read_receipt")}


def api_keys_in(data: Path) -> list[Any]:
    return rows(data, "SELECT * FROM api_key ORDER BY sha256")


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A small hub in one process, and its export."""
    folder = tmp_path_factory.mktemp("small")
    facts = facts_of_region(2, 1)
    asyncio.run(take_in(folder / "hub", backtest(facts)[0], facts))
    asyncio.run(settle(folder / "hub", backtest(facts)[0]))
    assert seintje("state", "export", folder / "x", "--data", folder / "hub").code == 0
    return folder / "hub", folder / "x"


def test_onto_kafka_to_more_partitions_and_back(
    kafka: Connection, kafka_names: Names, tmp_path: Path
) -> None:
    facts = facts_of_region(8, 3)
    now, _ = backtest(facts)
    first, second, third = facts[: len(facts) // 2], facts[len(facts) // 2 : -20], facts[-20:]
    stayed, moved = tmp_path / "stayed", tmp_path / "moved"
    early = first[-1].at

    asyncio.run(take_in(stayed, early, first))
    asyncio.run(settle(stayed, early))
    # These wait; what the first made is told, and partly of so long ago that no stream holds it.
    asyncio.run(take_in(stayed, early + MONTH_MS, second))
    shutil.copytree(stayed, moved)
    assert seintje("state", "export", tmp_path / "a", "--data", moved).code == 0
    kinds = {type(it) for it in read(tmp_path / "a")}
    assert kinds == {Row, Stretch, Appended, Lasting, Answered, ApiKeyEntry}
    key = moved / "seintje.key"

    one = Site(kafka, f"{kafka_names.prefix}-a", 3, key)
    ran = one.run("state", "import", tmp_path / "a")
    assert (ran.code, ran.err) == (0, "")
    assert ran.rows[0]["prefix"] == one.brokers.names.prefix
    assert asyncio.run(one.told()) == told_in(stayed)
    asyncio.run(settle(stayed, now))
    asyncio.run(one.works(now))
    assert asyncio.run(one.told()) == told_in(stayed)

    asyncio.run(take_in(stayed, now, [*facts, *third]))
    asyncio.run(settle(stayed, now))
    asyncio.run(one.works(now, [*facts, *third]))
    told = told_in(stayed)
    assert asyncio.run(one.told()) == told

    [row] = one.run("state", "export", tmp_path / "b").rows
    assert (row["file"], row["key"]) == (str(tmp_path / "b"), one.keys.fingerprint)
    other = Site(kafka, f"{kafka_names.prefix}-b", 5, key)
    assert other.run("state", "import", tmp_path / "b").code == 0
    asyncio.run(other.works(now, first))
    assert asyncio.run(other.told()) == told
    later = now + MONTH_MS
    asyncio.run(settle(stayed, later))
    asyncio.run(other.works(later))
    assert asyncio.run(other.told()) == told_in(stayed) != told

    assert other.run("state", "export", tmp_path / "c").code == 0
    back = tmp_path / "back"
    back.mkdir()
    shutil.copy(key, back / "seintje.key")
    assert seintje("state", "import", tmp_path / "c", "--data", back).code == 0
    assert told_in(back) == told_in(stayed)
    assert receipts_in(back) == receipts_in(stayed)
    assert api_keys_in(back) == api_keys_in(moved)
    for what in (
        "party, alert_id, rule, reason, since FROM read_held",
        "count(*) FROM read_disclosure",
        "party, handle, view FROM read_household ORDER BY party, handle",
        "party, name, handle FROM read_household_name",
    ):
        assert rows(back, f"SELECT {what}") == rows(stayed, f"SELECT {what}")
    for folder in (back, stayed):
        asyncio.run(settle(folder, later + MONTH_MS))
    assert told_in(back) == told_in(stayed)


@asynccontextmanager
async def gateway(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    hub = build(settings)
    async with hub.started():
        await hub.ready()
        transport = httpx.ASGITransport(app(hub.gateway()))
        async with httpx.AsyncClient(transport=transport, base_url="http://hub") as http:
            yield http


async def test_a_worker_and_a_gateway_go_on_with_it(
    kafka: Connection, kafka_names: Names, tmp_path: Path
) -> None:
    async with running(tmp_path / "data", parse_instant(AT)) as client:
        signed_late, *others = quiet_household()
        await client.send([signed_late])  # by itself: what the others tell is missing until then
        await client.send(others)
        before = await client.alerts(GEMEENTE)
        making = partial(api_keys.create, party=GEMEENTE, now=0)
        key = await client.hub.store.transact(making)
    file = tmp_path / "x"
    export = ("state", "export", file, "--data", tmp_path / "data")
    assert (await asyncio.to_thread(seintje, *export)).code == 0
    shutil.copy(tmp_path / "data" / "seintje.key", tmp_path / "hub.key")
    hub = HubOnKafka(kafka, kafka_names, tmp_path)
    ours = {name: value for name, value in hub.environment.items() if "SEINTJE_" in name}
    ran = await asyncio.to_thread(partial(seintje, "state", "import", file, **ours))
    assert (ran.code, ran.err) == (0, "")

    settings, already = replace(hub.settings, data=tmp_path / "reading"), await hub.told(GEMEENTE)
    async with hub.working(), gateway(settings) as http:
        http.headers["authorization"] = f"Bearer {key.secret}"  # of a key that was made before
        page = (await http.get("/v1/alerts", params={"cursor": FAR_ON})).json()
        assert page["alerts"] == before != []
        page = (await http.get("/v1/alerts", params={"cursor": page["cursor"]})).json()
        assert page["alerts"] == []
        for it in quiet_household():
            if it["source"] == SOURCES[GEMEENTE]:
                answer = (await http.post("/v1/events", json=it, headers=STRUCTURED)).json()
                assert answer["status"] == "duplicate"
                receipt = (await http.get(f"/v1/receipts/{answer['receiptId']}")).json()
                assert receipt["household"]
        await hub.send(*quiet_household(), SIGNAL)
        await hub.when_told(GEMEENTE, "signal")
        told = await hub.told(GEMEENTE)
    assert [it for it in told if it["rule"] != "signal"] == already


@pytest.fixture
def site(kafka: Connection, kafka_names: Names, exported: tuple[Path, Path]) -> Site:
    return Site(kafka, kafka_names.prefix, 2, exported[0] / "seintje.key")


def test_views_may_have_the_ids_of_a_registry(
    site: Site, exported: tuple[Path, Path], registry: str, tmp_path: Path
) -> None:
    framing = {"SEINTJE_FRAMING": "confluent", "SEINTJE_REGISTRY_URL": registry}
    assert site.run("state", "import", exported[1], **framing).code == 0
    ran = site.run("state", "export", tmp_path / "x")
    assert (ran.code, "SEINTJE_REGISTRY_URL" in ran.err) == (2, True)
    assert site.run("state", "export", tmp_path / "x", **framing).code == 0
    assert views_in(tmp_path / "x") == views_in(exported[1]) != []


def views_in(file: Path) -> list[tuple[str, bytes | None, dict[str, bytes]]]:
    views = (it for it in read(file) if isinstance(it, Appended) and it.stream.startswith(OUT))
    return [(it.stream, it.value, it.headers) for it in views]


def test_what_is_held_lies_where_it_will_be_let_go(
    kafka: Connection, kafka_names: Names, tmp_path: Path
) -> None:
    """In another partition compaction would not see the last word."""
    at = parse_instant("2024-06-01")
    facts = facts_of([*quiet_household(), missed("m", "2024-02-16", "2024-02", shared=False)])
    asyncio.run(take_in(tmp_path / "hub", at, facts))
    asyncio.run(settle(tmp_path / "hub", at))
    assert seintje("state", "export", tmp_path / "x", "--data", tmp_path / "hub").code == 0
    site = Site(kafka, kafka_names.prefix, 7, tmp_path / "hub" / "seintje.key")
    assert site.run("state", "import", tmp_path / "x").code == 0
    held = asyncio.run(site.held())
    assert held
    assert set.union(*held.values()) == {partition_of(b"0988", 7)}


def test_only_below_a_prefix_that_holds_nothing(site: Site, exported: tuple[Path, Path]) -> None:
    assert site.run("state", "import", exported[1]).code == 0
    ran = site.run("state", "import", exported[1])
    assert (ran.code, "is not empty" in ran.err) == (2, True)
    assert "SEINTJE_KAFKA_PREFIX" in ran.err


def test_topics_that_are_missing_are_told(
    kafka: Connection, site: Site, exported: tuple[Path, Path], tmp_path: Path
) -> None:
    site.partitions = 3
    ran = site.run("state", "import", exported[1])
    assert (ran.code, "partitions 2, wanted 3" in ran.err) == (2, True)
    site.brokers = Brokers(kafka, Names("nowhere"))
    ran = site.run("state", "export", tmp_path / "x")
    assert (ran.code, "seintje topics create" in ran.err) == (2, True)
    assert not list(tmp_path.iterdir())


def test_another_key_is_refused(site: Site, exported: tuple[Path, Path], tmp_path: Path) -> None:
    own, stranger = site.key, tmp_path / "stranger.key"
    Keys.load_or_create(stranger)
    site.key = stranger
    ran = site.run("state", "import", exported[1])
    assert (ran.code, "sealed with key" in ran.err) == (2, True)
    site.key = own
    assert site.run("state", "import", exported[1]).code == 0
    site.key = stranger
    ran = site.run("state", "export", tmp_path / "x")
    assert (ran.code, "another key sealed the state" in ran.err) == (2, True)
    assert [it.name for it in tmp_path.iterdir()] == ["stranger.key"]


async def test_a_hub_that_works_is_left_alone(
    site: Site, exported: tuple[Path, Path], tmp_path: Path
) -> None:
    member = site.brokers.member(site.brokers.names.group(CORRELATE), "http://worker-7")
    member.subscribe([site.brokers.names.topic(FACTS)])
    await member.start()
    try:
        while not member.assignment():
            await member.getmany(timeout_ms=50)
        for words in (("export", tmp_path / "x"), ("import", exported[1])):
            ran = await asyncio.to_thread(site.run, "state", *words)
            assert (ran.code, "http://worker-7" in ran.err) == (2, True)
    finally:
        await member.stop()
    assert not list(tmp_path.iterdir())


async def test_what_no_worker_has_read_must_be_read_first(site: Site, tmp_path: Path) -> None:
    log = KafkaLog(site.brokers)
    await log.start()
    try:
        stream = f"{IN}corporatie-maas"
        await log.append(stream, [Emit(stream, b"k", b"anything")] * 3)
    finally:
        await log.close()
    ran = await asyncio.to_thread(site.run, "state", "export", tmp_path / "x")
    assert (ran.code, "3 records wait for intake" in ran.err) == (2, True)


async def test_no_worker_begins_with_half_of_a_hub(
    site: Site, exported: tuple[Path, Path], tmp_path: Path
) -> None:
    clock = StillClock(0)
    putting = await Putting.begin(site.brokers, site.partitions, Dressing(SCHEMAS, None, clock))
    await putting.close()  # it was cut off
    with pytest.raises(Misconfigured, match="was cut off"):
        async with site.shards(clock):
            pass
    for words in (("export", tmp_path / "x"), ("import", exported[1])):
        ran = await asyncio.to_thread(site.run, "state", *words)
        assert (ran.code, "cut off" in ran.err) == (2, True)


def test_a_hub_that_never_did_anything_moves_too(site: Site, tmp_path: Path) -> None:
    assert site.run("state", "export", tmp_path / "x").code == 0
    assert seintje("state", "import", tmp_path / "x", "--data", tmp_path / "hub").code == 0
    assert told_in(tmp_path / "hub") == {}


def test_what_parties_that_left_were_told_is_left_out(
    site: Site, exported: tuple[Path, Path], tmp_path: Path
) -> None:
    file, entry = tmp_path / "x", Appended(OUT + "gone", 1, b"al", b"{}", {}, 0)
    header, _ = check(exported[1])
    write(file, header, [Stretch(OUT + "gone", 0, 1, 0), entry], lambda _done: None)
    assert site.run("state", "import", file).rows[0]["leftOut"] == 1
