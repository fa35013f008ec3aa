"""A hub of worker processes on a real Kafka, in which things go wrong, and its whole history.

Everything comes in as a party would send it: on its own topic. What is acknowledged there counts as
accepted, and what should come of it is made in memory from the same records.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence, Set
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Struct

from hub.domain.facts import Fact
from hub.domain.refusals import Refused, Slug
from hub.domain.time import MINUTE_MS, Instant, format_instant
from hub.errors import Unavailable
from hub.keys import Keys, fresh_salt
from hub.shipped import shipped
from hub.streams.admitting import Admitting
from hub.streams.backtest import Alert, Backtest
from hub.streams.clusters import DUE
from hub.streams.correlate import Correlate, Deployment
from hub.streams.entries import FACTS, REGION_FACTS, Entry
from hub.streams.held import HELD, party_and_alert
from hub.streams.intake import Admission
from hub.streams.kafka.admin import create
from hub.streams.kafka.administrator import Administrator
from hub.streams.kafka.brokers import Brokers
from hub.streams.kafka.connection import Connection
from hub.streams.kafka.names import CORRELATE, IN, INTAKE, REGION, Names
from hub.streams.kafka.streams import KafkaLog
from hub.streams.loop import DEAD_LETTERS, POSITION, REASON, STREAM
from hub.streams.notices import OPS
from hub.streams.receipts import RECEIPTS
from hub.streams.revisions import DISCLOSURES, OUT
from hub.streams.seam import Emit, State
from hub.wire import alert_views, cloudevents
from hub.wire.avro import Schemas
from tests.faults.kafka.history import (
    Answer,
    Expected,
    FactName,
    History,
    Letter,
    Told,
    complaints,
)
from tests.kafka.contents import Contents, looking
from tests.kafka.workers import MODULE, Worker
from tests.streams.world import AGREEMENTS, PARTIES, World

PARTITIONS: Final = 3  # the two gemeenten of the default parties are in different ones
SESSION_S: Final = 6
WITHIN_S: Final = 120.0  # whatever was done to it, by then it has settled
PROCESSORS: Final[Mapping[str, str]] = {CORRELATE: FACTS, REGION: REGION_FACTS}
SCHEMAS: Final = Schemas.load(shipped("schemas/avro"))
SEALED_BY: Final = b"0" * 32  # the key that tests.streams.world has

_STRUCTURED: Final = {"content-type": b"application/cloudevents+json"}
_ELSEWHERE: Final = "corporatie-maas"  # on whose topic lines come that name no party
_LOOK_S: Final = 0.25
_TOLERANCE_MS: Final = 5 * MINUTE_MS


class Arrived(NamedTuple):
    """A record of an in topic that was acknowledged."""

    party: str
    position: int
    line: bytes


class Stage(Struct, eq=False):
    """A hub: its brokers, its clock that stands at `now`, its workers, and what was accepted."""

    brokers: Brokers
    now: Instant
    folder: Path
    arrived: list[Arrived] = []
    workers: list[Worker] = []

    def make_topics(self) -> None:
        plans = self.brokers.names.plans(PARTIES, PARTITIONS)
        create(Administrator(self.brokers.connection), plans, 1)

    @property
    def settings(self) -> dict[str, str]:
        """The settings of a worker of this hub."""
        return {
            "SEINTJE_KAFKA_BROKERS": self.brokers.connection.brokers,
            "SEINTJE_KAFKA_PREFIX": self.brokers.names.prefix,
            "SEINTJE_KAFKA_PARTITIONS": str(PARTITIONS),
            "SEINTJE_KAFKA_SESSION_SECONDS": str(SESSION_S),
            "SEINTJE_KEY_FILE": str(self._key_file()),
            "SEINTJE_CLOCK": f"fixed:{format_instant(self.now)}",
        }

    def _key_file(self) -> Path:
        file = self.folder / "key"
        if not file.exists():
            write_key(file)
        return file

    def worker(
        self, name: str, module: Sequence[str] = MODULE, more: Mapping[str, str] | None = None
    ) -> Worker:
        """A worker that keeps its place in the group over a restart; not started."""
        settings = {**self.settings, "SEINTJE_INSTANCE": name, **(more or {})}
        worker = Worker(self.folder / name, settings, module)
        self.workers.append(worker)
        return worker

    # In

    async def send(self, lines: Sequence[bytes]) -> None:
        """Have the brokers acknowledge these, each on the topic of its party; as often as it takes
        for a broker that is away."""
        log = KafkaLog(self.brokers)
        while True:
            try:
                await log.start()
                break
            except Unavailable as away:
                await asyncio.sleep(away.retry_after)
        try:
            for party, theirs in _by_party(lines).items():
                await self._append(log, party, theirs)
        finally:
            await log.close()

    async def _append(self, log: KafkaLog, party: str, lines: Sequence[bytes]) -> None:
        stream = IN + party
        emits = [Emit(stream, b"", line, _STRUCTURED) for line in lines]
        while True:
            try:
                positions = await log.append(stream, emits)
            except Unavailable as away:
                await asyncio.sleep(away.retry_after)
            else:
                placed = zip(positions, lines, strict=True)
                self.arrived += [Arrived(party, at, line) for at, line in placed]
                return

    async def send_in_a_transaction(self, party: str, lines: Sequence[bytes]) -> None:
        """As a party that writes with a transactional producer."""
        topic = self.brokers.names.topic(IN + party)
        producer = self.brokers.transactional(f"{self.brokers.names.prefix}-{party}")
        try:
            await producer.start()
            async with producer.transaction():
                for line in lines:
                    await producer.send(topic, line, headers=[*_STRUCTURED.items()], partition=0)
        finally:
            await producer.stop()
        async with looking(self.brokers) as contents:
            records = (await contents.records([topic]))[topic]
        self.arrived += [Arrived(party, it.offset + 1, it.value) for it in records]

    # Out

    async def settled(self, processors: Iterable[str] = tuple(PROCESSORS)) -> None:
        """Returns when everything was taken in and correlated, and nothing is due any more."""
        async with asyncio.timeout(WITHIN_S), looking(self.brokers) as contents:
            while not await self._is_settled(contents, processors):
                await asyncio.sleep(_LOOK_S)

    async def _is_settled(self, contents: Contents, processors: Iterable[str]) -> bool:
        taken_in = await contents.committed(INTAKE)
        ends = await contents.ends(self.brokers.names.topic(IN + it) for it in PARTIES.by_id)
        if any(taken_in.get(place, 0) < end for place, end in ends.items()):
            return False
        for processor in processors:
            topic = self.brokers.names.topic(PROCESSORS[processor])
            if not all(it.is_at_end for it in await contents.standings(processor, topic)):
                return False
            states = (await contents.states(processor)).values()
            if any(_due(state) <= self.now for state in states):
                return False
        return True

    async def history(self) -> History:
        """Everything that there is by now."""
        names = self.brokers.names
        async with looking(self.brokers) as contents:
            streams = [
                RECEIPTS,
                DISCLOSURES,
                HELD,
                DEAD_LETTERS,
                *(OUT + it for it in PARTIES.by_id),
            ]
            by_topic = await contents.records(map(names.topic, streams))
            records = {stream: by_topic[names.topic(stream)] for stream in streams}
            states = [it for name in PROCESSORS for it in (await contents.states(name)).values()]
            standings = [
                it
                for name, stream in PROCESSORS.items()
                for it in await contents.standings(name, names.topic(stream))
            ]
        facts = facts_in(states, Keys(SEALED_BY))
        return History(
            kept=frozenset(map(name_of, facts)),
            findings=findings(facts, self.now),
            told=[it for party in PARTIES.by_id for it in told_in(party, records[OUT + party])],
            receipts=[(it.key.decode(), Answer.of(_read(it))) for it in records[RECEIPTS]],
            disclosed=[(it["party"], it["alertId"]) for it in map(_read, records[DISCLOSURES])],
            held=held_in(records[HELD]),
            letters=[_letter(it) for it in records[DEAD_LETTERS]],
            standings=standings,
        )

    async def committed(self, processor: str) -> Mapping[Any, int]:
        """How far a processor has come in its input."""
        async with looking(self.brokers) as contents:
            return await contents.committed(processor)

    async def ops(self) -> list[dict[str, Any]]:
        """What operators were told."""
        topic = self.brokers.names.topic(OPS)
        async with looking(self.brokers) as contents:
            return [_read(it) for it in (await contents.records([topic]))[topic]]

    async def expected(self) -> Expected:
        """What should have come of what was accepted; in a thread, for it has a loop of its own."""
        return await asyncio.to_thread(expected_of, self.arrived, self.now)

    async def check(self) -> History:
        """Wait until all is done, and assert that the history is right."""
        await self.settled()
        history = await self.history()
        assert not (wrong := complaints(history, await self.expected())), "\n".join(wrong)
        return history


@asynccontextmanager
async def staged(
    connection: Connection, names: Names, now: Instant, folder: Path
) -> AsyncIterator[Stage]:
    """A hub with its topics and no workers yet; those that are there in the end are killed."""
    stage = Stage(Brokers(connection, names, SESSION_S), now, folder)
    await asyncio.to_thread(stage.make_topics)
    try:
        yield stage
    finally:
        for worker in stage.workers:
            worker.kill()


def write_key(file: Path) -> None:
    """The key of `tests.streams.world`, as hubs keep theirs."""
    file.touch(0o600)
    file.write_text(f"seintje-key 1\n{SEALED_BY.hex()}\n")


def _by_party(lines: Iterable[bytes]) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for line in lines:
        found.setdefault(party_of(line), []).append(line)
    return found


def party_of(line: bytes) -> str:
    """The party that says it, by its source; whoever sends it is no matter of this."""
    try:
        party = PARTIES.find_by_source(json.loads(line)["source"])
    except (ValueError, KeyError, TypeError):
        return _ELSEWHERE
    return _ELSEWHERE if party is None else party.id


def _due(state: State) -> Instant:
    """When something is due next."""
    wakes = (int.from_bytes(due[:8], "big", signed=True) for _, due in state.scan(DUE))
    return min(wakes, default=1 << 62)


def facts_in(states: Iterable[State], keys: Keys) -> list[Fact]:
    """Every fact in the states of shards."""
    deployment, found = Deployment(AGREEMENTS, PARTIES, keys, fresh_salt), list[Fact]()
    for state in states:
        step = Correlate(deployment)
        step.open(state)
        found += step.facts(state)
    return found


def findings(facts: Iterable[Fact], now: Instant) -> list[bytes]:
    """The lines that `backtest --now` prints of these facts."""
    test = Backtest(AGREEMENTS, PARTIES)
    for fact in facts:
        test.put_fact(fact)
    return [msgspec.json.encode(alert) for alert in test.alerts(now)]


def name_of(fact: Fact) -> FactName:
    return FactName(fact.gemeente or fact.region, fact.source, fact.id)


def told_in(party: str, records: Iterable[Any]) -> list[Told]:
    """The revisions in records of the out topic of a party, in order."""
    found = []
    for record in records:
        view = alert_views.read(record.value, SCHEMAS)
        assert not isinstance(view, Refused), view
        told = json.loads(view)
        found.append(Told(party, told["alertId"], told["revision"], view))
    return found


def held_in(records: Iterable[Any]) -> dict[tuple[str, str], str]:
    """Why something waits, by party and alert: the last word counts."""
    last = {party_and_alert(it.key): it.value for it in records}
    return {key: json.loads(value)["reason"] for key, value in last.items() if value is not None}


def _read(record: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(record.value)
    return found


def _letter(record: Any) -> Letter:
    told = dict(record.headers)
    return Letter(told[STREAM].decode(), int(told[POSITION]), told[REASON].decode())


def expected_of(arrived: Iterable[Arrived], now: Instant) -> Expected:
    """What an undisturbed hub in memory makes of records of in topics, and backtest finds."""
    admission = Admission(PARTIES, AGREEMENTS.covers, _TOLERANCE_MS)
    admitting, letters = Admitting(admission, Keys(SEALED_BY)), set[Letter]()
    entries: list[Entry] = []
    test = Backtest(AGREEMENTS, PARTIES)
    for party, position, line in arrived:
        event = cloudevents.decode(line)
        admitted = (
            event
            if isinstance(event, Refused)
            else admitting.admit(event, PARTIES.by_id[party], now)
        )
        if isinstance(admitted, Refused):
            letters.add(Letter(IN + party, position, admitted.slug.value))
            continue
        entries += admitted.entries
        test.put(line)
    alerts = {it.alert_id: it for it in test.alerts(now)}
    return _expected(entries, now, alerts, letters)


def _expected(
    entries: Sequence[Entry],
    now: Instant,
    alerts: Mapping[str, Alert],
    letters: set[Letter],
) -> Expected:
    world = World()
    try:
        world.send_entries(now, [it.emit for it in entries])
        facts = facts_in(world.shard_states(), world.keys)
        answers = {it["receiptId"]: _either(Answer.of(it)) for it in world.emitted(RECEIPTS)}
    finally:
        world.close()
    return Expected(
        kept=frozenset(map(name_of, facts)),
        findings=[msgspec.json.encode(alert) for alert in alerts.values()],
        alerts=alerts,
        receipts=answers | _conflicting(entries),
        answerable=frozenset(it.receipt_id for it in entries),
        letters=letters,
    )


def _either(answer: Answer) -> Set[Answer]:
    """What a receipt may say last. A household that is erased may have been told before, or not."""
    is_forgotten = answer.problem == Slug.HOUSEHOLD_FORGOTTEN.value
    return {answer, Answer(False, None)} if is_forgotten else {answer}


def _conflicting(entries: Iterable[Entry]) -> dict[str, Set[Answer]]:
    """The receipts of what came twice with other content: one id, so the last answer stands, and
    which is the last depends on when somebody looked."""
    digests: dict[str, set[bytes]] = {}
    for it in entries:
        digests.setdefault(it.receipt_id, set()).add(it.digest)
    either = {Answer(False, None), Answer(True, Slug.CONFLICTING_DUPLICATE.value)}
    return {name: either for name, found in digests.items() if len(found) > 1}
