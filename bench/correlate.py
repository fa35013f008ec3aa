"""How fast facts are correlated in a running hub, and what a fact costs in state.

A simulated region is taken by the step over the memory runtime, in its order of arrival and with
the clock of its arrival, in batches of several sizes; the floor is decoding the same records.
"""

from __future__ import annotations

import argparse
import time
from itertools import groupby

from hub.agreement_files import load
from hub.domain.facts import Fact
from hub.domain.time import Instant
from hub.keys import Keys, fresh_salt
from hub.shipped import shipped
from hub.simulation import Region
from hub.streams.correlate import Correlate, Deployment
from hub.streams.intake import Admission, judge
from hub.streams.memory.runtime import MemoryShard
from hub.streams.memory.store import MemoryStore
from hub.streams.seam import Effects, Record
from hub.wire import cloudevents
from hub.wire.state import PartyOf, decode_fact, encode_fact


class _Clock:
    def now(self) -> Instant:
        return 0


def main(arguments: list[str]) -> None:
    """`python -m bench correlate [--households N]`."""
    parser = argparse.ArgumentParser(prog="bench correlate", description=__doc__)
    parser.add_argument("--households", type=int, default=200)
    asked = parser.parse_args(arguments)
    agreements, parties = load(shipped("agreements"))
    deployment = Deployment(agreements, parties, Keys(b"0" * 32), fresh_salt)
    arriving = _arriving(asked.households, Admission(parties))
    floor = _floor(arriving, PartyOf(parties.find_by_source))
    print(f"floor (decode only)  {floor:>10,.0f} facts/s")
    for size in (1, 100, 1000):
        rate, stored = _take(arriving, deployment, size)
        told = f"{floor / rate:6.1f} times the floor's time, {stored:.0f} bytes of state a fact"
        print(f"batches of {size:<9} {rate:>10,.0f} facts/s, {told}")


def _arriving(households: int, admission: Admission) -> list[tuple[Instant, Record]]:
    found = []
    for arrival in Region(households, 12, 7).arrivals():
        fact = judge(cloudevents.decode(arrival.line), admission, None, None)  # type: ignore[arg-type]
        if isinstance(fact, Fact) and fact.gemeente and fact.kind != "region":
            key = fact.gemeente.encode()
            found.append((arrival.at, Record(0, key, encode_fact(fact), {}, arrival.at)))
    return found


def _floor(arriving: list[tuple[Instant, Record]], party_of: PartyOf) -> float:
    begun = time.process_time()
    for _, record in arriving:
        decode_fact(record.value or b"", party_of)
    return len(arriving) / (time.process_time() - begun)


def _take(
    arriving: list[tuple[Instant, Record]], deployment: Deployment, size: int
) -> tuple[float, float]:
    """Facts a second of CPU time, and bytes of state a fact: sealed facts, alerts, indexes."""
    store = MemoryStore(_Clock())
    shard = MemoryShard(store, "correlate", "facts")
    step = Correlate(deployment)
    wake_at = step.open(shard.state)
    begun = time.process_time()
    for _, group in groupby(enumerate(arriving), lambda numbered: numbered[0] // size):
        batch = [arrival for _, arrival in group]
        now = batch[-1][0]
        while wake_at is not None and wake_at <= now:
            wake_at = _keep(store, step.tick(shard.state, now, 500))
        wake_at = _keep(store, step.take(shard.state, [record for _, record in batch], now))
    seconds = time.process_time() - begun
    tables = store.tables.values()
    stored = sum(len(key) + len(value) for table in tables for key, value in table.values.items())
    return len(arriving) / seconds, stored / len(arriving)


def _keep(store: MemoryStore, effects: Effects) -> Instant | None:
    for (table, key), value in effects.changes.items():
        store.tables["correlate", table].put(key, value)
    return effects.wake_at
