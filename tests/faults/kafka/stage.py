"""A hub of worker processes on a real Kafka, in which things go wrong, and its whole history.

Everything comes in as a party would send it: on its own topic. What is acknowledged there counts as
accepted, and what should come of it is made in memory from the same records.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from hub.domain.refusals import Refused
from hub.domain.time import Instant, format_instant
from hub.errors import Unavailable
from hub.keys import Keys
from hub.shipped import shipped
from hub.streams.clusters import DUE
from hub.streams.entries import FACTS, REGION_FACTS
from hub.streams.held import HELD, party_and_alert
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
from hub.wire import alert_views
from hub.wire.avro import Schemas
from tests.faults.kafka.expected import (
    SEALED_BY,
    Arrived,
    expected_of,
    facts_in,
    findings,
    name_of,
    party_of,
)
from tests.faults.kafka.history import Answer, Expected, History, Letter, Told, complaints
from tests.kafka.contents import Contents, looking
from tests.kafka.workers import MODULE, Worker
from tests.streams.world import PARTIES

PARTITIONS: Final = 3  # the two gemeenten of the default parties are in different ones
SESSION_S: Final = 6
WITHIN_S: Final = 120.0  # whatever was done to it, by then it has settled
PROCESSORS: Final[Mapping[str, str]] = {CORRELATE: FACTS, REGION: REGION_FACTS}
SCHEMAS: Final = Schemas.load(shipped("schemas/avro"))

_STRUCTURED: Final = {"content-type": b"application/cloudevents+json"}
_LOOK_S: Final = 0.25


class Stage(Struct, eq=False):
    """A hub: its brokers, its clock that stands at `now`, its workers, and what was accepted."""

    brokers: Brokers
    now: Instant
    folder: Path
    acknowledged: list[Arrived] = []
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
                self.acknowledged += [Arrived(party, at, line) for at, line in placed]
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
        """What should have come of what lies on the in topics: what was acknowledged, and it may be
        again what a broker did not get to acknowledge."""
        names = self.brokers.names
        async with looking(self.brokers) as contents:
            records = await contents.records(names.topic(IN + it) for it in PARTIES.by_id)
        lying = [
            Arrived(party, it.offset + 1, it.value)
            for party in PARTIES.by_id
            for it in records[names.topic(IN + party)]
        ]
        lost = set(self.acknowledged) - set(lying)
        assert not lost, f"acknowledged, and gone from its topic: {sorted(lost)[:3]}"
        # in a thread, for it has a loop of its own
        return await asyncio.to_thread(expected_of, lying, self.now)

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


def _due(state: State) -> Instant:
    """When something is due next."""
    wakes = (int.from_bytes(due[:8], "big", signed=True) for _, due in state.scan(DUE))
    return min(wakes, default=1 << 62)


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
