"""Every scenario through SQLite and through a real Kafka: the same findings, byte by byte, and the
same last notices and household views."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from hub.domain.time import parse_instant
from hub.streams.backtest import Backtest
from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.names import Names
from tests.convergence.test_arrival import SCENARIOS, accepted
from tests.runtimes.playing import Played, Scenario, on_kafka, on_sqlite
from tests.streams.world import AGREEMENTS, PARTIES

pytestmark = pytest.mark.slow


def scenario(path: Path) -> Scenario:
    told = json.loads(path.read_text())
    now = parse_instant(told["now"])
    return Scenario(path.stem, now, [fact for fact in accepted(told["facts"]) if fact.at <= now])


def backtested(path: Path) -> list[bytes]:
    """The lines that `backtest --now` prints."""
    told, test = json.loads(path.read_text()), Backtest(AGREEMENTS, PARTIES)
    for fact in told["facts"]:
        test.put(json.dumps(fact).encode())
    return [msgspec.json.encode(it) for it in test.alerts(parse_instant(told["now"]))]


def differing(name: str, sqlite: Played, kafka: Played, expected: list[bytes]) -> list[str]:
    found = []
    if sqlite.findings != expected:
        found.append(f"{name}: findings on SQLite are not those of backtest")
    if kafka.findings != expected:
        found.append(f"{name}: findings on Kafka are not those of backtest")
    if sqlite.households != kafka.households:
        found.append(f"{name}: what parties may see of households is not the same to the byte")
    found += [
        f"{name}: {key} was told otherwise"
        for key in sorted(sqlite.last.keys() | kafka.last.keys())
        if sqlite.last.get(key) != kafka.last.get(key)
    ]
    return found


async def test_every_scenario_ends_the_same_on_sqlite_and_on_kafka(
    kafka: Connection, kafka_names: Names, tmp_path: Path
) -> None:
    scenarios = [scenario(path) for path in SCENARIOS]
    on_sqlites = [await on_sqlite(it, tmp_path / it.name) for it in scenarios]
    on_kafkas = await on_kafka(Brokers(kafka, kafka_names, 6), scenarios)
    assert sum(len(it.last) for it in on_kafkas) >= len(scenarios) / 2  # they do tell something
    assert sum(len(it.households) for it in on_kafkas) >= len(scenarios)
    assert not [
        told
        for path, sqlite, kafka_ in zip(SCENARIOS, on_sqlites, on_kafkas, strict=True)
        for told in differing(path.stem, sqlite, kafka_, backtested(path))
    ]
