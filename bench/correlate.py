"""How fast facts are correlated, and what a fact costs in state, changes and emits.

A simulated region is taken by the step over the memory runtime, in its order of arrival; the floor
is decoding the same records. *Arriving*: the clock is that of the arrivals, in batches as a hub
sees them that keeps up. *Catching up*: the clock stands at the last arrival, in batches as large as
a backlog makes them, and silence is looked at when all of it has been taken. CPU time of the
process, writing the changes into the tables included.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

from msgspec import Struct

from hub import garbage
from hub.agreement_files import load
from hub.domain.facts import Fact
from hub.domain.time import Instant
from hub.keys import Keys, fresh_salt
from hub.shipped import shipped
from hub.simulation import Region
from hub.streams.correlate import Correlate, Deployment
from hub.streams.entries import entry_of
from hub.streams.intake import Admission, judge
from hub.streams.memory.runtime import MemoryShard
from hub.streams.memory.store import MemoryStore
from hub.streams.seam import Effects, Record
from hub.wire import cloudevents
from hub.wire.state import PartyOf, decode_fact

Arrivals: TypeAlias = Sequence[tuple[Instant, Record]]

KEYS: Final = Keys(b"0" * 32)
_ARRIVING: Final = (1, 100, 1000)
_CATCHING_UP: Final = (1000, 5000, 20_000)
_ONE_BY_ONE: Final = 10_000  # facts, of however many: enough to tell, in seconds


class _Clock:
    def now(self) -> Instant:
        return 0


class _Taken(Struct, frozen=True):
    """What taking a region cost: per second of CPU time, and per fact."""

    rate: float
    stored: float
    changes: float
    emits: float


def main(arguments: list[str]) -> None:
    """`python -m bench correlate [--households N]`."""
    parser = argparse.ArgumentParser(prog="bench correlate", description=__doc__)
    parser.add_argument("--households", type=int, default=1000)
    asked = parser.parse_args(arguments)
    agreements, parties = load(shipped("agreements"))
    deployment = Deployment(agreements, parties, KEYS, fresh_salt)
    arrivals = _arrivals(asked.households, Admission(parties))
    garbage.look_rarely()  # as a hub does
    floor = _floor(arrivals, PartyOf(parties.find_by_source))
    print(f"{len(arrivals):,} facts of {asked.households:,} households in 12 months")
    print(f"floor (decode only)          {floor:>9,.0f} facts/s")
    for size in _ARRIVING:
        some = arrivals[:_ONE_BY_ONE] if size == 1 else arrivals
        _tell(f"arriving, {size:,} at once", floor, _Run(deployment).keeping_up(some, size))
    for size in _CATCHING_UP:
        taken = _Run(deployment).catching_up(arrivals, size)
        _tell(f"catching up, {size:,} at once", floor, taken)


def _tell(what: str, floor: float, taken: _Taken) -> None:
    print(
        f"{what:<28} {taken.rate:>9,.0f} facts/s, {floor / taken.rate:6.1f} times the floor's time;"
        f" a fact: {taken.stored:.0f} bytes of state, {taken.changes:.2f} changes,"
        f" {taken.emits:.2f} emits"
    )


def _arrivals(households: int, admission: Admission) -> Arrivals:
    found = []
    for arrival in Region(households, 12, 7).arrivals():
        fact = judge(cloudevents.decode(arrival.line), admission, None, None)  # type: ignore[arg-type]
        if isinstance(fact, Fact) and fact.gemeente and fact.kind != "region":
            it = entry_of(fact, KEYS).emit
            found.append((arrival.at, Record(0, it.key, it.value, it.headers, arrival.at)))
    return found


def _floor(arrivals: Arrivals, party_of: PartyOf) -> float:
    begun = time.process_time()
    for _, record in arrivals:
        decode_fact(record.value or b"", party_of)
    return len(arrivals) / (time.process_time() - begun)


class _Run:
    """One step over tables of its own."""

    def __init__(self, deployment: Deployment) -> None:
        self._store = MemoryStore(_Clock())
        self._shard = MemoryShard(self._store, "correlate", "facts")
        self._step = Correlate(deployment)
        self._wake_at = self._step.open(self._shard.state)
        self._changes = self._emits = 0

    def keeping_up(self, arrivals: Arrivals, size: int) -> _Taken:
        """Each batch at the instant of its last arrival, silence before it."""
        gc.collect()  # what the run before left is not for this one to look through
        begun = time.process_time()
        for batch in _batches(arrivals, size):
            now = batch[-1][0]
            self._pass_time(now)
            self._take(batch, now)
        return self._taken(arrivals, time.process_time() - begun)

    def catching_up(self, arrivals: Arrivals, size: int) -> _Taken:
        """Every batch at the instant of the very last arrival, silence after all of them."""
        now = arrivals[-1][0]
        gc.collect()
        begun = time.process_time()
        for batch in _batches(arrivals, size):
            self._take(batch, now, more=batch[-1] is not arrivals[-1])
        self._pass_time(now)
        return self._taken(arrivals, time.process_time() - begun)

    def _take(self, batch: Arrivals, now: Instant, *, more: bool = False) -> None:
        records = [record for _, record in batch]
        self._keep(self._step.take(self._shard.state, records, now, more=more))

    def _pass_time(self, now: Instant) -> None:
        while self._wake_at is not None and self._wake_at <= now:
            self._keep(self._step.tick(self._shard.state, now, 500))

    def _keep(self, effects: Effects) -> None:
        for (table, key), value in effects.changes.items():
            self._store.tables["correlate", table].put(key, value)
        self._changes += len(effects.changes)
        self._emits += len(effects.emits)
        self._wake_at = effects.wake_at

    def _taken(self, arrivals: Arrivals, seconds: float) -> _Taken:
        tables = self._store.tables.values()
        stored = sum(
            len(key) + len(value) for table in tables for key, value in table.values.items()
        )
        facts = len(arrivals)
        return _Taken(facts / seconds, stored / facts, self._changes / facts, self._emits / facts)


def _batches(arrivals: Arrivals, size: int) -> Iterator[Arrivals]:
    for start in range(0, len(arrivals), size):
        yield arrivals[start : start + size]
