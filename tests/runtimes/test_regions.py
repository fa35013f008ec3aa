"""A simulated region with every fault, through `seintje run` and through workers on a real Kafka:
both find what `seintje backtest --now` prints, and tell the same."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from hub.compose.embedded import SHARDS
from hub.compose.key_source import KEY_FILE
from hub.domain.time import format_instant
from hub.keys import Keys
from hub.streams.backtest import Backtest
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.names import Names
from hub.streams.sqlite.runtime import SqliteShard
from hub.streams.sqlite.store import SqliteStore
from tests.cli.terminal import seintje
from tests.convergence.regions import inhibited_in
from tests.embedded.hubs import running
from tests.faults.kafka.expected import SEALED_BY, facts_in, findings
from tests.faults.kafka.history import Told
from tests.faults.kafka.stage import staged, write_key
from tests.faults.kafka.striking import NOW, pieces, region
from tests.runtimes.playing import last_of
from tests.streams.world import AGREEMENTS, PARTIES, StillClock

pytestmark = pytest.mark.slow

AT = format_instant(NOW)


async def embedded(lines: Sequence[bytes], data: Path) -> tuple[list[bytes], list[Told]]:
    """The findings of a hub in a file, and what it told."""
    data.mkdir()
    write_key(data / KEY_FILE)
    told: list[Told] = []
    async with running(data, NOW) as client:
        for piece in pieces(lines, 40):
            await client.send(json.loads(line) for line in piece)
        for party in PARTIES.by_id:
            told += [
                Told(party, view["alertId"], view["revision"], json.dumps(view).encode())
                for view in await client.alerts(party)
            ]
    store = SqliteStore.open(data, StillClock(NOW))
    try:
        states = [SqliteShard(store, name, stream).state for stream, name in SHARDS.items()]
        return findings(facts_in(states, Keys(SEALED_BY)), NOW), told
    finally:
        store.close()


def well_formed(lines: Sequence[bytes]) -> list[bytes]:
    """Those that backtest takes in; who sends another is not known."""
    test = Backtest(AGREEMENTS, PARTIES)
    return [line for line in lines if test.put(line) is None]


@pytest.mark.parametrize("seed", [11, 12])
async def test_a_region_ends_the_same_embedded_and_on_kafka(
    seed: int, kafka: Connection, kafka_names: Names, tmp_path: Path
) -> None:
    lines = region(20, seed)
    file = tmp_path / "region.jsonl"
    file.write_bytes(b"\n".join(lines) + b"\n")
    async with staged(kafka, kafka_names, NOW, tmp_path) as stage:
        for name in ("a", "b"):
            await asyncio.to_thread(stage.worker(name).start)
        await stage.send(lines)
        history = await stage.check()
    found, told = await embedded(well_formed(lines), tmp_path / "data")
    printed = await asyncio.to_thread(partial(seintje, "backtest", file, "--now", AT, "--json"))
    assert printed.out.splitlines() == found == history.findings
    hidden = inhibited_in((await stage.expected()).alerts)
    ours, theirs = last_of(history.told), last_of(told)
    assert len(ours) > 20
    differing = {
        key
        for key in ours.keys() | theirs.keys()
        if key[1] not in hidden and ours.get(key) != theirs.get(key)
    }
    assert not differing
