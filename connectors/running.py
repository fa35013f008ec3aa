"""A connector at work: its sources read, what they say published, alerts told, errands run.

Each part has its own pace and its own trouble: one that waits for its other side holds up no other.
`once` does all that there is to do now and raises what stops it; `run` goes on until it is stopped,
and waits longer after each failure. Reads no clock and takes no pause of its own: both come in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from msgspec import Struct

from connectors.kept import Kept
from connectors.metrics import RECEIPTS, Metrics
from connectors.patience import Patience
from connectors.publishing import Publisher
from connectors.said import Voice
from connectors.seam import INBOX, Connector, Errand, NotYet, Record, Say, Source
from connectors.telling import Patiently, Teller
from hub.domain.time import Instant
from hub.errors import Misconfigured, Unavailable

# What waits for the hub is bounded: a source is not read on while so much does.
_MOST_WAITING: Final = 5000
_MILLIS: Final = 1000


class Way(Struct, frozen=True):
    """What a runner gets from outside; `pause` waits some seconds."""

    now: Callable[[], Instant]
    pause: Callable[[float], Awaitable[None]]
    patience: Patience
    say: Say


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
                counts.facts += await self._publish(way)
            counts.facts += await self._publish(way)
        with self._noted(RECEIPTS, way):
            await self._publisher.look_up(way.now())
        for teller in tellers:
            counts.alerts += await teller.tell(teller.catch_up(), way.now, _at_once)
        for errand in self._connector.errands:
            with self._noted(errand.name, way):
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
                await self._publish(way)
            await self._publish(way)

        while True:
            await _patiently(way)(source.name, round_)
            await self._rest(source, every, way)

    async def _rest(self, source: Source, every: float, way: Way) -> None:
        """Until it is time to read again; what comes through a door is read at once."""
        if source.name != INBOX:
            await way.pause(every)
            return
        brought = self._kept.inbox.brought
        waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(way.pause(every))]
        waits.append(asyncio.ensure_future(brought.wait()))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for it in waits:
                it.cancel()
        brought.clear()

    async def _keep_looking(self, every: float, way: Way) -> None:
        async def look() -> None:
            with self._noted(RECEIPTS, way):
                await self._publisher.look_up(way.now())

        while True:
            await _patiently(way)(RECEIPTS, look)
            await way.pause(every)

    async def _keep_telling(self, teller: Teller, way: Way) -> None:
        patiently = _patiently(way)

        async def follow() -> None:
            await teller.tell(teller.follow(), way.now, patiently)

        await patiently(teller.sink.name, follow)

    async def _keep_running(self, errand: Errand, every: float, way: Way) -> None:
        wake = every

        async def run() -> None:
            nonlocal wake
            with self._noted(errand.name, way):
                at = await errand.run(way.now())
            left = every if at is None else max(0.0, (at - way.now()) / _MILLIS)
            wake = min(every, left)

        while True:
            await _patiently(way)(errand.name, run)
            await way.pause(wake)

    async def read(self, source: Source, way: Way) -> bool:
        """Read a page of a source and keep it; whether it was the last."""
        if self._kept.outbox.count_waiting() > _MOST_WAITING:
            raise Unavailable("the hub must first take what was read")
        with self._noted(source.name, way):
            page = await source.read(self._kept.cursor(source.name), way.now())
            self._kept.take(Voice(self._source, source.name), page, way.now())
        mapped = sum(isinstance(it, Record) for it in page.entries)
        self._metrics.read(source.name, mapped, len(page.entries) - mapped)
        return page.is_last

    async def _publish(self, way: Way) -> int:
        async with self._alone:
            if not self._kept.outbox.count_waiting():
                return 0
            with self._noted("hub", way):
                return await self._publisher.publish(way.now())

    @contextmanager
    def _noted(self, part: str, way: Way) -> Iterator[None]:
        try:
            yield
        except NotYet:
            raise
        except (Unavailable, Misconfigured) as error:
            self._metrics.failed(part, _reason(error))
            raise
        self._metrics.worked(part, way.now())


def _patiently(way: Way) -> Patiently:
    """Does something until it works, with longer pauses between."""

    async def do(part: str, work: Callable[[], Awaitable[None]]) -> None:
        failures = 0
        while True:
            try:
                await work()
            except NotYet as error:
                await way.pause(error.retry_after)
            except (Unavailable, Misconfigured) as error:
                failures += 1
                _tell(part, error, way.say)
                told = error.retry_after if isinstance(error, Unavailable) else 0.0
                await way.pause(way.patience.pause(failures, told))
            else:
                return

    return do


async def _at_once(_part: str, work: Callable[[], Awaitable[None]]) -> None:
    await work()


def _tell(part: str, error: Unavailable | Misconfigured, say: Say) -> None:
    if isinstance(error, Misconfigured):
        say("a setting does not work", where=error.where, do=error.do)
    else:
        say("it will be tried again", where=part, reason=str(error))


def _reason(error: Unavailable | Misconfigured) -> str:
    return "misconfigured" if isinstance(error, Misconfigured) else "unavailable"
