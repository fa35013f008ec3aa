"""The same facts through the same steps, over SQLite and over a real Kafka.

Each scenario has a hub of its own: a file, or partitions of its own of topics that all share. Its
clock stands at its `now`. What is compared is read back: facts out of the state, notices out of the
out topics.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

from aiokafka.admin import NewTopic
from msgspec import Struct

from hub.domain.facts import Fact
from hub.domain.time import Instant
from hub.keys import Keys, fresh_salt
from hub.streams.correlate import Correlate, Deployment
from hub.streams.entries import FACTS, REGION_FACTS, Entry, entry_of, kept
from hub.streams.household_views import HOUSEHOLD_VIEWS
from hub.streams.kafka.brokers import Brokers, Dress, Written
from hub.streams.kafka.dressing import Dressing
from hub.streams.kafka.ends import Ends
from hub.streams.kafka.names import CORRELATE, REGION
from hub.streams.kafka.shard import KafkaShard, Place, Ways
from hub.streams.loop import Limits, Turn, drive
from hub.streams.regional import Regional
from hub.streams.revisions import OUT
from hub.streams.seam import Emit, Shard, State, Step, StreamName
from hub.streams.sqlite.runtime import SqliteLog, SqliteOutbox, SqliteShard
from hub.streams.sqlite.store import SqliteStore
from tests.contract.runtimes import closing_admin
from tests.faults.kafka.expected import SEALED_BY, facts_in, findings
from tests.faults.kafka.history import Told
from tests.faults.kafka.stage import SCHEMAS, told_in
from tests.kafka.contents import looking
from tests.streams.world import AGREEMENTS, PARTIES, StillClock

KEYS: Final = Keys(SEALED_BY)
DEPLOYMENT: Final = Deployment(AGREEMENTS, PARTIES, KEYS, fresh_salt)
PROCESSORS: Final[Mapping[StreamName, tuple[str, type[Correlate] | type[Regional]]]] = {
    FACTS: (CORRELATE, Correlate),
    REGION_FACTS: (REGION, Regional),
}
LIMITS: Final = Limits(records=7, longest_wait=0.01)  # so that scenarios take several batches
OUTS: Final = tuple(OUT + party for party in PARTIES.by_id)
EMITTED: Final = (
    "receipts", "disclosures", "held", "ops", "dead-letters", HOUSEHOLD_VIEWS, *OUTS
)  # fmt: skip

Views = Sequence[tuple[bytes, bytes | None]]

_AT_ONCE: Final = 4
_SCENARIO: Final = "scenario"
# How often something was told, and with which words, may depend on arrival; where it ends may not.
_ASIDE: Final = ("revision", "notice", "contact")


class Scenario(Struct, frozen=True):
    """Facts that were accepted, in order of arrival, and the instant at which to look."""

    name: str
    now: Instant
    facts: Sequence[Fact]

    @property
    def entries(self) -> Mapping[StreamName, Sequence[Entry]]:
        """What is appended, by stream."""
        found: dict[StreamName, list[Entry]] = {}
        for fact in self.facts:
            entry = entry_of(kept(fact), KEYS)
            found.setdefault(entry.emit.stream, []).append(entry)
        return found


class Played(Struct, frozen=True):
    """What came of a scenario: findings as backtest prints them, what was told last, and what of
    households was written last, as it is sealed."""

    findings: Sequence[bytes]
    last: Mapping[tuple[str, str], Mapping[str, Any]]
    households: Mapping[bytes, bytes]


def played(states: Iterable[State], told: Iterable[Told], views: Views, now: Instant) -> Played:
    facts = facts_in(states, KEYS)
    households = {key: value for key, value in dict(views).items() if value is not None}
    return Played(findings(facts, now), last_of(told), households)


def last_of(told: Iterable[Told]) -> dict[tuple[str, str], Mapping[str, Any]]:
    """What each party was told last of each alert, but for what was withdrawn."""
    views = {(it.party, it.alert_id): json.loads(it.view) for it in told}
    return {
        key: {name: value for name, value in view.items() if name not in _ASIDE}
        for key, view in views.items()
        if view["status"] != "withdrawn"
    }


async def through(step: Step, shard: Shard, now: Instant) -> None:
    """Drive a shard until there is nothing to do any more at `now`."""
    done = asyncio.Event()

    def watch(turn: Turn) -> None:
        if turn.caught_up and not turn.records and (turn.wake_at is None or turn.wake_at > now):
            done.set()

    driving = asyncio.ensure_future(drive(step, shard, StillClock(now), LIMITS, watch))
    waiting = asyncio.ensure_future(done.wait())
    await asyncio.wait({driving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    for task in (driving, waiting):
        task.cancel()
    await asyncio.wait({driving, waiting})
    if not driving.cancelled():
        driving.result()


async def on_sqlite(scenario: Scenario, folder: Path) -> Played:
    """A scenario through a hub in a file."""
    store = SqliteStore.open(folder, StillClock(scenario.now))
    try:
        states = []
        for stream, entries in scenario.entries.items():
            name, make_step = PROCESSORS[stream]
            await SqliteLog(store).append(stream, [it.emit for it in entries])
            shard = SqliteShard(store, name, stream)
            await through(make_step(DEPLOYMENT), shard, scenario.now)
            states.append(shard.state)
        told = [it for party in PARTIES.by_id for it in await _told(SqliteOutbox(store), party)]
        written = await SqliteOutbox(store).read(HOUSEHOLD_VIEWS, None, 1 << 20, 0)
        return played(states, told, [(it.key, it.value) for it in written], scenario.now)
    finally:
        store.close()


async def _told(outbox: SqliteOutbox, party: str) -> list[Told]:
    records = await outbox.read(OUT + party, None, 1 << 20, 0)
    views = [(record.value or b"", json.loads(record.value or b"")) for record in records]
    return [Told(party, view["alertId"], view["revision"], raw) for raw, view in views]


async def on_kafka(brokers: Brokers, scenarios: Sequence[Scenario]) -> list[Played]:
    """Scenarios through one hub, each in partitions of its own number."""
    await _make_topics(brokers, len(scenarios))
    await _append(brokers, scenarios)
    at_once = asyncio.Semaphore(_AT_ONCE)
    async with AsyncExitStack() as undo:
        ends = Ends(brokers)
        undo.push_async_callback(ends.aclose)
        await ends.start()
        async with asyncio.TaskGroup() as group:
            for number, scenario in enumerate(scenarios):
                group.create_task(_play(brokers, ends, (number, scenario), at_once))
    return await _read_back(brokers, scenarios)


async def _play(
    brokers: Brokers, ends: Ends, numbered: tuple[int, Scenario], at_once: asyncio.Semaphore
) -> None:
    number, scenario = numbered
    async with at_once:
        ways = Ways(ends, _stamped(number, Dressing(SCHEMAS, None, StillClock(scenario.now))))
        for stream in scenario.entries:
            name, make_step = PROCESSORS[stream]
            shard = await KafkaShard.take(brokers, Place(name, stream, number), ways)
            try:
                await through(make_step(DEPLOYMENT), shard, scenario.now)
            finally:
                await shard.close()


def _stamped(number: int, dress: Dress) -> Dress:
    """Says of everything emitted of which scenario it is."""

    def stamped(emit: Emit) -> Written:
        headers, value = dress(emit)
        return [*headers, (_SCENARIO, b"%d" % number)], value

    return stamped


async def _make_topics(brokers: Brokers, partitions: int) -> None:
    names = brokers.names
    ours = [names.topic(stream) for stream in PROCESSORS]
    ours += [names.changelog(name) for name, _ in PROCESSORS.values()]
    async with closing_admin(brokers) as admin:
        await admin.create_topics([NewTopic(topic, partitions, 1) for topic in ours])
        await admin.create_topics([NewTopic(names.topic(it), 1, 1) for it in EMITTED])


async def _append(brokers: Brokers, scenarios: Sequence[Scenario]) -> None:
    producer = brokers.appending()
    await producer.start()
    try:
        sent = [
            await producer.send(
                brokers.names.topic(stream),
                it.emit.value,
                key=it.emit.key,
                partition=number,
                headers=list(it.emit.headers.items()),
            )
            for number, scenario in enumerate(scenarios)
            for stream, entries in scenario.entries.items()
            for it in entries
        ]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


async def _read_back(brokers: Brokers, scenarios: Sequence[Scenario]) -> list[Played]:
    names = brokers.names
    async with looking(brokers) as contents:
        states = [await contents.states(name) for name, _ in PROCESSORS.values()]
        records = await contents.records(names.topic(it) for it in (HOUSEHOLD_VIEWS, *OUTS))
    views: list[list[tuple[bytes, bytes | None]]] = [[] for _ in scenarios]
    for record in records[names.topic(HOUSEHOLD_VIEWS)]:
        views[int(dict(record.headers)[_SCENARIO])].append((record.key, record.value))
    told: list[list[Told]] = [[] for _ in scenarios]
    for party in PARTIES.by_id:
        of_scenario: dict[int, list[Any]] = {}
        for record in records[names.topic(OUT + party)]:
            of_scenario.setdefault(int(dict(record.headers)[_SCENARIO]), []).append(record)
        for number, theirs in of_scenario.items():
            told[number] += told_in(party, theirs)
    return [
        played([it[number] for it in states], told[number], views[number], scenario.now)
        for number, scenario in enumerate(scenarios)
    ]
