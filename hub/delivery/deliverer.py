"""All that one process delivers: it carries orders out, and keeps each subscription going.

One of these runs in a hub (ADR 0016). A subscription has a task of its own, so none waits for the
receiver of another; a fault of ours in one of them is told, and stops no other.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import nullcontext
from typing import Final

import structlog

from hub.delivery import shelf
from hub.delivery.carrying import Finder
from hub.delivery.kept import Kept
from hub.delivery.line import Line, Parts
from hub.delivery.seen import tell_life
from hub.delivery.shelf import SECRETS, SUBSCRIPTION, Placed
from hub.delivery.subscription import Life
from hub.errors import Misconfigured, ShardLost, Unavailable
from hub.reading.settings import SETTINGS
from hub.streams.revisions import OUT
from hub.streams.seam import Position

_ENDING_SECONDS: Final = 3.0  # for attempts that are going on when it stops
_BROKEN_SECONDS: Final = 300.0
_LOOK_SECONDS: Final = 3.0

_log = structlog.get_logger("seintje.delivery")


class Deliverer:
    """Delivers until cancelled. Used once: what ended is made anew."""

    def __init__(self, parts: Parts, numbered_by: str) -> None:
        self._parts = parts
        self._finder = Finder(parts.outbox, numbered_by)
        self._lines: dict[str, Line] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._hearing: dict[str, asyncio.Task[None]] = {}
        self._done_to: Position = 0  # orders up to here are in the subscriptions
        self._failed: asyncio.Future[None]
        parts.figures.lives = self._lives

    async def run(self) -> None:
        """Raises what no other attempt mends: ShardLost, Misconfigured."""
        self._failed = asyncio.get_running_loop().create_future()
        try:
            looking = asyncio.ensure_future(self._look())
            await asyncio.wait([looking, self._failed], return_when=asyncio.FIRST_COMPLETED)
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
            for it in (self._failed, looking):
                if it.done() and not it.cancelled():
                    it.result()
        finally:
            looking.cancel()
            await self._end()

    # Orders

    async def _look(self) -> None:
        """Carry out what is ordered, as it comes."""
        await self._patiently(self._begin)
        heard = -1
        while True:
            heard = await self._settings_after(heard)
            await self._patiently(self._carry_out_all)

    async def _settings_after(self, heard: int) -> int:
        """When settings were changed; or after a while, for another process rings no bell."""
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                return await self._parts.bell.heard(SETTINGS, heard)
        except TimeoutError:
            return heard

    async def _begin(self) -> None:
        for id_, kept in self._parts.reading.ask(shelf.stored).items():
            if id_ not in self._lines:
                self._start(id_, await self._finder.here(kept))

    async def _carry_out_all(self) -> None:
        # Those that were carried out may show for a while yet, where what is asked follows.
        found = self._parts.reading.ask(shelf.open_orders)
        last = self._done_to
        for id_, placed in found.items():
            still_open = [it for it in placed if it.position > self._done_to]
            if still_open:
                await self._carry_out(id_, still_open)
                last = max(last, still_open[-1].position)
        self._done_to = last

    async def _carry_out(self, id_: str, placed: Sequence[Placed]) -> None:
        line = self._lines.get(id_)
        async with nullcontext() if line is None else line.lock:
            before = None if line is None else line.kept
            kept = await self._finder.carried_out(before, id_, placed)
            await self._parts.shelf.commit(_changes(id_, kept, placed))
            if line is not None:
                line.kept, line.is_gone = kept or line.kept, kept is None
        tell_life(
            None if before is None else before.subscription,
            None if kept is None else kept.subscription,
        )
        if kept is None:
            await self._remove(id_)
        elif line is None:
            self._start(id_, kept)
        else:
            line.nudge()

    async def _patiently(self, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except Unavailable as away:
                _log.warning("orders wait", says=str(away))
                await asyncio.sleep(away.retry_after)
            else:
                return

    # Lines

    def _start(self, id_: str, kept: Kept) -> None:
        line = self._lines[id_] = Line(id_, kept, self._parts)
        party = kept.subscription.party
        if party not in self._hearing:
            self._hearing[party] = self._task(self._hear(party))
        self._tasks[id_] = self._task(self._keep_going(id_, line))

    async def _remove(self, id_: str) -> None:
        line, task = self._lines.pop(id_, None), self._tasks.pop(id_, None)
        self._parts.figures.forget(id_)
        if line is not None and task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _hear(self, party: str) -> None:
        """Nudge the subscriptions of a party when it is told something."""
        heard = -1
        while True:
            heard = await self._parts.bell.heard(OUT + party, heard)
            for line in self._lines.values():
                if line.kept.subscription.party == party:
                    line.nudge()

    async def _keep_going(self, id_: str, line: Line) -> None:
        """A fault of ours in one subscription is told, and tried again after a while."""
        while True:
            try:
                await line.run()
            except (ShardLost, Misconfigured):
                raise
            except Exception:
                _log.exception("cannot be delivered", where=f"subscription {id_}")
            else:
                return
            self._parts.figures.broken += 1
            try:
                await asyncio.sleep(_BROKEN_SECONDS)
            finally:
                self._parts.figures.broken -= 1

    def _task(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        """The first that fails ends all."""
        if task.cancelled() or self._failed.done():
            return
        fault = task.exception()
        if fault is not None:
            self._failed.set_exception(fault)

    async def _end(self) -> None:
        """Let attempts that are going on end, if that is soon."""
        for line in self._lines.values():
            line.stop()
        calling = [self._tasks[id_] for id_, line in self._lines.items() if line.is_busy]
        if calling:
            await asyncio.wait(calling, timeout=_ENDING_SECONDS)
        tasks = [*self._tasks.values(), *self._hearing.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _lives(self) -> Mapping[Life, int]:
        return Counter(it.kept.subscription.life for it in self._lines.values())


def _changes(id_: str, kept: Kept | None, placed: Sequence[Placed]) -> dict[str, bytes | None]:
    """What to write once orders were carried out. The oldest order goes first: who reads only some
    of this must never find a subscription anew that was removed."""
    changes: dict[str, bytes | None] = {
        SUBSCRIPTION + id_: None if kept is None else shelf.encode(kept)
    }
    if kept is None:
        changes[SECRETS + id_] = None
    return changes | {it.key: None for it in placed}
