"""The desk of dead letters on each runtime, over a hub in this process that can be made to fail.

A new runtime adds a class here; the suite is the same for all. The hub is the real correlation over
the real shard; only facts of which the id is cursed fail in it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Final, Protocol, TypeAlias

from hub.cli.letter_choice import Choice
from hub.cli.letter_desk import Deed, Desk, DeskInData, every_letter
from hub.cli.letter_desk_kafka import DeskOnKafka
from hub.cli.letter_run import Act, Pace, Plan, Ran, planned, run
from hub.domain.time import Instant
from hub.keys import Keys, fresh_salt
from hub.reading.letter_marks import Mark, State
from hub.settings import Settings
from hub.streams.correlate import Correlate, Deployment
from hub.streams.entries import entry_of
from hub.streams.frozen import THAWS_ONLY
from hub.streams.kafka.ends import Ends
from hub.streams.letters import Letter, letter_of
from hub.streams.loop import Limits, drive
from hub.streams.redriving import redriven
from hub.streams.seam import Effects, Emit, Record
from hub.streams.seam import State as ShardState
from hub.wire.state import PartyOf
from tests.contract.runtimes import OnKafka, OnSqlite, Runtime
from tests.contract.toy import patiently
from tests.streams.world import AGREEMENTS, PARTIES, Event, facts_of

KEYS: Final = Keys(b"0" * 32)
PARTY_OF: Final = PartyOf(PARTIES.find_by_source)
GENTLY: Final = Pace(cap=100, rate=1000.0, stop_after=3, waits=True)

Done: TypeAlias = Callable[[Sequence[Deed]], None]


class Failing(Correlate):
    """Correlation that fails on a fact that is taken in and of which the id is cursed."""

    cursed: frozenset[str] = frozenset()

    def take(
        self, state: ShardState, batch: Sequence[Record], now: Instant, *, more: bool = False
    ) -> Effects:
        effects = super().take(state, batch, now, more=more)
        taken = [it.value or b"" for it in batch if THAWS_ONLY not in it.headers]
        if any(
            bytes([0xA0 + len(id_)]) + id_.encode() in it for id_ in self.cursed for it in taken
        ):
            raise ZeroDivisionError
        return effects


class Backed(Protocol):
    """A runtime, and the desk of what it keeps."""

    runtime: Runtime

    def desk(self) -> AbstractAsyncContextManager[Desk]: ...


class InData:
    """In a data directory."""

    def __init__(self, folder: Path) -> None:
        runtime = OnSqlite(folder)
        self.runtime: Runtime = runtime
        self._settings = Settings(data=folder / "data")

    @asynccontextmanager
    async def desk(self) -> AsyncIterator[Desk]:
        yield DeskInData(self._settings)


class InKafka:
    """In topics."""

    def __init__(self, folder: Path) -> None:
        self._kafka = OnKafka(folder)
        self.runtime: Runtime = self._kafka

    @asynccontextmanager
    async def desk(self) -> AsyncIterator[Desk]:
        brokers = self._kafka.brokers
        ends = Ends(brokers)
        desk = DeskOnKafka(brokers, PARTIES.by_id, ends)
        try:
            await ends.start()
            await desk.start()
            yield desk
        finally:
            await desk.close()
            await ends.aclose()


BACKED: Final[dict[str, Callable[[Path], Backed]]] = {"sqlite": InData, "kafka": InKafka}


class Scene:
    """A hub that works, and its operator."""

    def __init__(self, backed: Backed) -> None:
        self._backed = backed
        self.runtime = backed.runtime
        self.step = Failing(Deployment(AGREEMENTS, PARTIES, KEYS, fresh_salt))

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """The hub takes facts while the block runs."""
        shard = await self.runtime.shard("correlate", "facts")
        limits = Limits(longest_wait=0.2)
        driving = asyncio.create_task(drive(self.step, shard, self.runtime.clock, limits))
        try:
            yield
        finally:
            driving.cancel()
            await asyncio.wait([driving])
            await shard.close()
        if not driving.cancelled():
            driving.result()

    async def send(self, *events: Event) -> None:
        await self.append(*(entry_of(it, KEYS).emit for it in facts_of(events)))

    async def append(self, *emits: Emit) -> None:
        for stream in dict.fromkeys(it.stream for it in emits):
            await self.runtime.log.append(stream, [it for it in emits if it.stream == stream])

    async def records(self, stream: str) -> Sequence[Record]:
        return await self.runtime.outbox.read(stream, None, 100_000, 0.0)

    async def letters(self) -> list[Letter]:
        async with self._backed.desk() as desk:
            return [letter_of(it, PARTY_OF) async for it in every_letter(desk)]

    async def when_letters(self, count: int) -> list[Letter]:
        """The letters, as soon as there are so many."""

        async def look() -> list[Letter]:
            while len(found := await self.letters()) < count:
                await asyncio.sleep(0.05)
            return found

        return await patiently(look())

    async def told(self, party: str, rule: str) -> list[Record]:
        """What a party was told by a rule."""
        found = await self.records(f"out/{party}")
        return [it for it in found if json.loads(it.value or b"{}")["rule"] == rule]

    async def plan(self, choice: Choice, act: Act | None = None, cap: int = 100) -> Plan:
        async with self._backed.desk() as desk:
            return await planned(desk, choice, act or self.redriving(), cap, PARTY_OF)

    async def do(
        self,
        choice: Choice = Choice(),  # noqa: B008  # a tuple, and it never changes
        act: Act | None = None,
        pace: Pace = GENTLY,
        watch: Done = lambda _: None,
    ) -> Ran:
        """As the command does."""
        async with self._backed.desk() as desk:
            plan = await planned(desk, choice, act or self.redriving(), pace.cap, PARTY_OF)
            return await run(desk, plan, pace, PARTY_OF, watch)

    async def states(self) -> list[str]:
        """What was done about each letter, in their order."""
        async with self._backed.desk() as desk:
            marks = await desk.marks()
            letters = [letter_of(it, PARTY_OF) async for it in every_letter(desk)]
        found = (marks.get(f"letter/{it.position}/{it.at}") for it in letters)
        return ["open" if it is None else it.state.value for it in found]

    def redriving(self, *, again: bool = False) -> Act:
        mark = Mark(State.REDRIVEN, self.runtime.clock.now())
        return Act(lambda record, _: [redriven(record)], mark, again)


def letters_of(entries: Iterable[Emit], reason: str = "processing-error") -> list[Emit]:
    """Dead letters of what stood among the facts."""
    return [
        Emit(
            "dead-letters",
            it.key,
            it.value,
            {
                **it.headers,
                "reason": reason.encode(),
                "stream": it.stream.encode(),
                "position": b"%d" % place,
            },
        )
        for place, it in enumerate(entries, 1)
    ]
