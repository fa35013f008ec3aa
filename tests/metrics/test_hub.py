"""A hub in one process with many households: what it shows is what the catalogue says."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import chain
from pathlib import Path
from typing import Any, Final

import pytest
import trustme

from hub.domain.time import DAY_MS, format_instant, parse_instant
from hub.simulation import Fault, simulate
from hub.streams.entries import entry_of
from hub.streams.sqlite.sizes import sizes
from hub.telemetry.family import Role
from tests.embedded.hubs import Client, StillClock, running
from tests.metrics.shown import differences, known, promtool_says, read, value_of
from tests.streams.world import CORPORATIE, event, facts_of, signed

HOUSEHOLDS: Final = 30
PATIENCE_SECONDS: Final = 60
NOW: Final = parse_instant("2024-02-01T12:00:00Z")
LINES: Final = tuple(
    json.loads(it) for it in simulate(HOUSEHOLDS, 6, 7, frozenset(Fault) - {Fault.BAD})
)


def shown_by(client: Client) -> str:
    return client.hub.metrics.exposition(is_ready=True).decode()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Of the hub, with its key, as `SEINTJE_TLS_CERTIFICATE` has it."""
    file = tmp_path / "hub.pem"
    trustme.CA().issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(file)
    return file


def words_in(found: Any) -> set[str]:
    """Every text in an event that says which one, or whom: ids, references and handles."""
    if isinstance(found, Mapping):
        return set().union(*map(words_in, found.values())) if found else set()
    if isinstance(found, list):
        return set().union(*map(words_in, found)) if found else set()
    return {found} if isinstance(found, str) else set()


@asynccontextmanager
async def grown(tmp_path: Path, **more: Any) -> AsyncIterator[Client]:
    """A hub that has taken in all that there is to tell of many households."""
    last = max(parse_instant(it["time"]) for it in LINES if "time" in it)
    clock = StillClock(last + DAY_MS)
    async with running(tmp_path / "data", last, clock, **more) as client:
        for start in range(0, len(LINES), 500):
            await client.send(LINES[start : start + 500])
        yield client


@pytest.mark.slow
async def test_with_many_households_every_series_is_one_that_the_catalogue_allows(
    tmp_path: Path, promising: Path, certificate: Path
) -> None:
    (folder := tmp_path / "backups").mkdir()
    around = {"agreements": promising, "tls_certificate": certificate, "backups": folder}
    async with grown(tmp_path, **around) as client:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while "seintje_state_entries" not in (text := shown_by(client)):
                await asyncio.sleep(0.05)
        told = [it for party in client.hub.parties.by_id for it in await client.alerts(party)]
        text = shown_by(client)
    assert differences(Role.RUN, text, known(promising)) == []
    assert promtool_says(text) == ""
    # There was something to tell, and nothing of it is in there but what lists allow.
    assert value_of(text, "seintje_disclosures_total") > HOUSEHOLDS
    assert any(it.value for it in read(text)["seintje_open_alerts"].samples)
    secret = {it["household"] for it in told if it.get("household")}
    secret |= {it["alertId"] for it in told} | {it["id"] for it in LINES}
    secret |= {word for it in LINES for word in words_in(it["data"].get("references", []))}
    secret |= {it.name for it in client.hub.parties.by_id.values()}
    secret -= {"lease", "dossier", "address", "bag", *client.hub.parties.by_id}
    assert len(secret) > 10 * HOUSEHOLDS
    labels = [one.labels.values() for it in read(text).values() for one in it.samples]
    assert secret.isdisjoint(chain.from_iterable(labels))
    assert [it for it in secret if len(it) > 8 and it in text] == []
    assert not re.search(r"\b[0-9]{9}\b", re.sub(r" [0-9.e+]+$", "", text, flags=re.M))


async def test_the_age_of_the_oldest_fact_is_in_seconds(tmp_path: Path) -> None:
    async with running(tmp_path, NOW) as client:
        assert _age(client) == 0
        await _stop_working(client)
        entry = entry_of(facts_of([signed()])[0], client.hub.keys)
        await client.hub.reception.log.append("facts", [entry.emit])
        clock = client.hub.clock
        assert isinstance(clock, StillClock)
        clock.at += 90_000
        assert _age(client) == 90


async def test_a_deadline_that_nobody_looks_at_is_overdue(tmp_path: Path) -> None:
    async with running(tmp_path, NOW) as client:
        await client.send(LINES[:400])
        await _stop_working(client)
        clock, pulse = client.hub.clock, client.hub.workers.pulses["facts"]
        assert isinstance(clock, StillClock)
        assert pulse.wake_at is not None
        clock.at = pulse.wake_at + 5000
        shard = {"shard": "facts"}
        assert value_of(shown_by(client), "seintje_deadlines_behind_seconds", **shard) == 5


async def test_a_fact_is_seen_as_soon_as_it_was_looked_at(tmp_path: Path) -> None:
    async with running(tmp_path, NOW) as client:
        # one about how far a feed has come has a receipt for each gemeente
        lines = [it for it in LINES[:200] if "feed-complete" not in it["type"]]
        accepted = [it for it in await client.send(lines) if it["status"] == "accepted"]
        await client.send(lines)  # what came before is not seen once more
        text = shown_by(client)
    assert value_of(text, "seintje_fact_to_view_seconds_count") == len(accepted) > 0
    assert value_of(text, "seintje_fact_to_view_seconds_sum") == 0  # its clock stands


async def test_a_promised_feed_is_late_after_its_grace(tmp_path: Path, promising: Path) -> None:
    clock = StillClock(NOW)

    def late(client: Client, feed: str) -> float:
        name = "seintje_feed_late_seconds"
        return value_of(shown_by(client), name, party="corporatie-maas", feed=feed)

    async with running(tmp_path / "data", NOW, clock, agreements=promising) as client:
        assert late(client, "rent-paid") == 0
        clock.at = NOW + 3 * DAY_MS  # it never came: awaited since the start, with two days' grace
        assert late(client, "rent-paid") == 86_400
        for gemeente in ("0988", "0957"):
            await client.send([complete(clock, gemeente, days_ago=5)])
        assert late(client, "rent-paid") == 3 * 86_400
        await client.send([complete(clock, "0988")])
        assert late(client, "rent-paid") == 3 * 86_400  # the other gemeente still waits
        await client.send([complete(clock, "0957")])
        assert late(client, "rent-paid") == 0
        assert late(client, "rent-missed") == 86_400


async def test_the_size_of_the_state_is_what_its_tables_hold(tmp_path: Path) -> None:
    async with running(tmp_path, NOW) as client:
        await client.send(LINES[:50])
        found = await client.hub.store.query(sizes)
        rows = await client.hub.store.query(
            lambda it: it.execute(
                "SELECT key, value FROM state JOIN place ON id = place WHERE shard = 'correlate'"
            ).fetchall()
        )
    assert found["correlate"] == (len(rows), sum(len(key) + len(value) for key, value in rows))


async def test_what_a_process_has_around_it_is_told(tmp_path: Path, certificate: Path) -> None:
    async with running(tmp_path / "data", NOW, tls_certificate=certificate) as client:
        text = shown_by(client)
    assert value_of(text, "seintje_data_free_bytes") > 1 << 20
    expires = "seintje_certificate_expiry_timestamp_seconds"
    assert value_of(text, expires, certificate="tls") > NOW / 1000
    assert value_of(text, "seintje_agreement_info", id="duurzame-start", version="1") == 1
    assert read(text)["seintje_build_info"].samples[0].labels["role"] == "run"


def complete(clock: StillClock, gemeente: str, days_ago: int = 0) -> Mapping[str, Any]:
    """That all rent paid before some days ago has been told."""
    at, up_to = format_instant(clock.at), format_instant(clock.at - days_ago * DAY_MS)
    own = {"types": ["rent-paid"], "upTo": up_to, "gemeente": gemeente, "references": None}
    return event("feed-complete", f"f-{gemeente}-{days_ago}", at, party=CORPORATIE, **own)


async def _stop_working(client: Client) -> None:
    """Nothing is correlated any more; what comes in waits."""
    await client.hub.workers.stop()


def _age(client: Client) -> float:
    return value_of(shown_by(client), "seintje_oldest_unprocessed_seconds", shard="facts")
