"""A connector at work: its sources read, what they say published, alerts told, errands run.

Each part has its own pace and its own trouble: one that waits for its other side holds up no other.
`once` does all that there is to do now and raises what stops it; `run` goes on until it is stopped,
and waits longer after each failure. Reads no clock and takes no pause of its own: both come in.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any, Final

from msgspec import Struct

from connectors.kept import Kept
from connectors.metrics import RECEIPTS, Metrics
from connectors.pacing import Way, patiently, reason_of
from connectors.publishing import BATCH, Publisher
from connectors.said import Voice
from connectors.seam import INBOX, Connector, Errand, NotYet, Record, Source
from connectors.telling import Patiently, Teller
from hub.errors import Bug, Misconfigured, SeintjeError, Unavailable

# What waits for the hub is bounded: a source is not read on while so much does.
_MOST_WAITING: Final = 5000
# Whatever an errand says: it is no way to keep a machine busy.
_LEAST_REST_S: Final = 1.0
_MILLIS: Final = 1000


class Counts(Struct):
    """What a round did."""

    facts: int = 0
    alerts: int = 0


class Runner:
    """One connector with what it keeps."""

    def __init__(
        self, connector: Connector, parts: tuple[Kept, Metrics], publisher: Publisher, source: str
    ) -> None:
        """`source` is the URN under which facts are published."""
        self._connector = connector
        self._kept, self._metrics = parts
        self._publisher = publisher
        self._source = source
        self._alone = asyncio.Lock()
        self._metrics.start(connector)

    @property
    def sources(self) -> tuple[Source, ...]:
        return self._connector.sources

    async def once(self, tellers: list[Teller], way: Way) -> Counts:
        """All that there is to do now. Unavailable: the other side or the hub is away, and what was
        done stays done. Misconfigured: what to mend."""
        counts = Counts()
        # What an earlier run read goes first.
        counts.facts += await self._publish(way)
        for source in self._connector.sources:
            while not await self.read(source, way):
                counts.facts += await self._publish(way, BATCH)
            counts.facts += await self._publish(way)
        async with self._noted(RECEIPTS, way):
            await self._publisher.look_up(way.now())
        for teller in tellers:
            counts.alerts += await teller.tell(teller.catch_up(), way.now, self._at_once(way))
        for errand in self._connector.errands:
            async with self._noted(errand.name, way):
                await errand.run(way.now())
        return counts

    async def run(self, tellers: list[Teller], every: float, way: Way) -> None:
        """For ever: whoever wants it to stop cancels it, at any moment. Ends by itself only with an
        error of this program."""
        async with asyncio.TaskGroup() as tasks:
            for source in self._connector.sources:
                tasks.create_task(self._keep_reading(source, every, way))
            if self._connector.sources:
                tasks.create_task(self._keep_looking(every, way), name=RECEIPTS)
            for teller in tellers:
                tasks.create_task(self._keep_telling(teller, way))
            for errand in self._connector.errands:
                tasks.create_task(self._keep_running(errand, every, way))

    async def _keep_reading(self, source: Source, every: float, way: Way) -> None:
        async def round_() -> None:
            await self._publish(way)
            while not await self.read(source, way):
                await self._publish(way, BATCH)
            await self._publish(way)

        while True:
            await patiently(way)(source.name, round_)
            await self._rest(source, every, way)

    async def _rest(self, source: Source, every: float, way: Way) -> None:
        """Until it is time to read again; what comes through a door is read at once."""
        if source.name != INBOX:
            await way.rest(source.name, every)
            return
        brought = self._kept.inbox.brought
        waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(way.rest(source.name, every))]
        waits.append(asyncio.ensure_future(brought.wait()))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for it in waits:
                it.cancel()
        brought.clear()

    async def _keep_looking(self, every: float, way: Way) -> None:
        async def look() -> None:
            async with self._noted(RECEIPTS, way):
                await self._publisher.look_up(way.now())

        while True:
            await patiently(way)(RECEIPTS, look)
            await way.rest(RECEIPTS, every)

    async def _keep_telling(self, teller: Teller, way: Way) -> None:
        again = patiently(way)

        async def deliver(part: str, work: Callable[[], Awaitable[None]]) -> None:
            await again(part, partial(self._at_once(way), part, work))

        async def follow() -> None:
            with self._counted("hub"):
                await teller.tell(teller.follow(), way.now, deliver)

        await again(teller.sink.name, follow)

    def _at_once(self, way: Way) -> Patiently:
        async def do(part: str, work: Callable[[], Awaitable[None]]) -> None:
            async with self._noted(part, way):
                await work()

        return do

    async def _keep_running(self, errand: Errand, every: float, way: Way) -> None:
        wake = every

        async def run() -> None:
            nonlocal wake
            async with self._noted(errand.name, way):
                at = await errand.run(way.now())
            left = every if at is None else max(0.0, (at - way.now()) / _MILLIS)
            wake = min(every, max(left, _LEAST_REST_S))

        while True:
            await patiently(way)(errand.name, run)
            await way.rest(errand.name, wake)

    async def read(self, source: Source, way: Way) -> bool:
        """Read a page of a source and keep it; whether it was the last."""
        if self._kept.outbox.count_waiting() > _MOST_WAITING:
            raise Unavailable("the hub must first take what was read")
        async with self._noted(source.name, way):
            before = self._kept.cursor(source.name)
            page = await source.read(before, way.now())
            found = self._kept.take(Voice(self._source, source.name), page, way.now())
            if page.cursor == before and not (page.is_last or found):
                raise Unavailable("it says that there is more, and gives the same again")
        mapped = sum(isinstance(it, Record) for it in page.entries)
        self._metrics.read(source.name, mapped, len(page.entries) - mapped)
        return page.is_last

    async def _publish(self, way: Way, least: int = 1) -> int:
        """What waits, if it is so much; how many events that were."""
        async with self._alone:
            if self._kept.outbox.count_waiting() < least:
                return 0
            async with self._noted("hub", way):
                return await self._publisher.publish(way.now())

    @asynccontextmanager
    async def _noted(self, part: str, way: Way) -> AsyncIterator[None]:
        """A piece of work of a part: bounded, counted, and what is no trouble of the other side but
        a mistake of this program ends it, with a line that says where."""
        try:
            with self._counted(part):
                async with way.pulse.at_work(part):
                    yield
        except (Unavailable, Misconfigured):
            raise
        except Exception as error:
            way.say("this program has a mistake, and ends", where=part, exc_info=error)
            if isinstance(error, SeintjeError):
                raise
            # What a library says may quote a fact: it is not shown.
            raise Bug(f"{part}: {type(error).__name__}; the log says where") from None
        self._metrics.worked(part, way.now())

    @contextmanager
    def _counted(self, part: str) -> Iterator[None]:
        try:
            yield
        except NotYet:
            raise
        except (Unavailable, Misconfigured) as error:
            self._metrics.failed(part, reason_of(error))
            raise
