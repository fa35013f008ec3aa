"""One subscription being delivered, by itself: what it does next, and what it keeps of that.

Owns the subscription in memory as long as it runs, and writes it. Whoever carries orders out holds
`lock` meanwhile; an attempt holds it only to keep its outcome, so no party waits for a receiver.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Container, Sequence, Set
from functools import partial
from typing import Any, Final, Protocol, TypeAlias

import structlog
from msgspec import Struct, field
from msgspec.structs import replace

from hub.clocks import seconds
from hub.delivery import shelf
from hub.delivery.event import event_of, event_of_test, id_of_test
from hub.delivery.figures import Figures
from hub.delivery.kept import Kept
from hub.delivery.letters import letter
from hub.delivery.outcome import Outcome
from hub.delivery.owner import Kind, forgiven, mail_of, owed
from hub.delivery.pages import Pages, fit
from hub.delivery.sealing import Secrets, opened
from hub.delivery.seen import attempted, tell_attempt
from hub.delivery.sender import Sender
from hub.delivery.shelf import SUBSCRIPTION, Shelf
from hub.delivery.slots import Slots
from hub.delivery.subscription import (
    SENDING,
    Lanes,
    Life,
    Send,
    Waits,
    Wake,
    after,
    after_test,
    next_for,
    passed_over,
)
from hub.delivery.way import Way
from hub.domain.time import BEGINNING, NEVER, Instant
from hub.errors import Bug, Unavailable
from hub.keys import Cipher
from hub.mail import Mail
from hub.reading.model import Reading
from hub.streams.bell import Bell
from hub.streams.seam import Clock, Emit, Outbox
from hub.telemetry.spans import UNTRACED, Tracing

# Waits until an instant of the clock of the hub.
Until: TypeAlias = Callable[[Instant], Awaitable[None]]

_TESTED: Final = SENDING | {Life.PAUSED}
_LONG_MS: Final = 5_000  # a connection is not kept for longer (hub.guarded)
_FAR: Final = 500  # positions that were passed over and would be read again after a crash

_log = structlog.get_logger("seintje.delivery")


class Mails(Protocol):
    """Sends mail."""

    async def send(self, mail: Mail) -> None:
        """Unavailable: try again."""
        ...


class Parts(Struct, frozen=True, eq=False, kw_only=True):
    """What every subscription of a hub is delivered with. `chance` gives the jitter, from 0 to 1;
    `parties` are those that take part; `mails` None: nobody is mailed."""

    reading: Reading
    outbox: Outbox
    bell: Bell
    shelf: Shelf
    cipher: Cipher
    way: Way
    clock: Clock
    until: Until
    chance: Callable[[], float]
    figures: Figures
    parties: Container[str]
    slots: Slots = field(default_factory=Slots)
    mails: Mails | None = None
    tracing: Tracing = UNTRACED


class Line:
    """One subscription; `kept` is what it has come to."""

    def __init__(self, id_: str, kept: Kept, parts: Parts) -> None:
        self.kept = kept
        self.lock = asyncio.Lock()
        self.is_gone = False  # the party removed it: nothing of it is kept any more
        self._is_calling = False
        self._telling: asyncio.Task[None] | None = None
        self._id = id_
        self._where = f"subscription {id_}"  # for the log
        self._parts = parts
        self._stored_to = kept.subscription.cursor
        self._mail_at = BEGINNING
        self._nudged = asyncio.Event()
        self._is_stopping = False
        self._pages = Pages(parts.outbox, kept.subscription.party)
        self._sender = Sender(id_, parts.way, parts.clock, self._secrets)

    def nudge(self) -> None:
        """Something came, or the party did something: look again."""
        self._nudged.set()

    def stop(self) -> None:
        """End after what is going on."""
        self._is_stopping = True
        self.nudge()

    @property
    def is_busy(self) -> bool:
        """Whether an attempt or a mail is on its way."""
        return self._is_calling or (self._telling is not None and not self._telling.done())

    async def run(self) -> None:
        """Deliver until cancelled or stopped. ShardLost: another delivers, or nobody knows what was
        kept last."""
        try:
            while not self._is_stopping:
                self._nudged.clear()
                try:
                    await self._turn()
                except Unavailable as away:
                    self._is_calling = False
                    _log.warning("delivery waits", where=self._where, says=str(away))
                    await asyncio.sleep(away.retry_after)
            if self._telling is not None:
                await self._telling
        finally:
            self._is_calling = False
            if self._telling is not None:
                self._telling.cancel()
                await asyncio.gather(self._telling, return_exceptions=True)
            await self._sender.close()

    # Deciding

    async def _turn(self) -> None:
        """One thing, to its end."""
        if self.kept.subscription.party not in self._parts.parties:
            await self._nudged.wait()  # it has left: what it was told it may not have any more
            return
        if await self._told_owner():
            return
        kept = self.kept
        if kept.tests and kept.subscription.life in _TESTED:
            await self._test(kept.tests[0])
            return
        lanes = await self._pages.lanes(kept.subscription)
        if kept.subscription.life in SENDING:
            await self._go_on(lanes)
        else:
            self._parts.figures.waiting(self._id, kept.subscription, lanes)
            await self._rest(Wake(NEVER, Waits.NOT_SENDING))

    async def _go_on(self, lanes: Lanes) -> None:
        async with self.lock:
            if not fit(lanes, self.kept.subscription):
                return
            todo = self._decided(lanes)
        if isinstance(todo, Send):
            await self._attempt(todo)
        elif todo.why is not Waits.READ_ON:
            await self._rest(todo)

    def _decided(self, lanes: Lanes) -> Send | Wake:
        passed = passed_over(self.kept.subscription, lanes)
        told = [it.told_at for it in lanes.live.revisions if it.at <= passed.cursor]
        told_at = max([self.kept.told_at, *told])
        self.kept = replace(self.kept, subscription=passed, told_at=told_at)
        self._parts.figures.waiting(self._id, passed, lanes)
        return next_for(passed, lanes, self._parts.clock.now())

    # Sending

    async def _attempt(self, todo: Send) -> None:
        kept, revision = self.kept, todo.revision
        body = event_of(revision, kept.subscription.party)
        send = partial(self._sender.send, kept, todo.endpoint, revision.webhook_id, body)
        attempt = partial(attempted, self._parts.tracing, kept.subscription, todo, send)
        outcome = await self._heard(kept, SENDING, attempt)
        if outcome is None:
            return
        async with self.lock:
            now, before = self._parts.clock.now(), self.kept
            reached = after(before.subscription, todo, outcome, now, self._parts.chance())
            parked = [it for it in reached.parked if it not in before.subscription.parked]
            told = revision.told_at if reached.cursor >= revision.at else before.told_at
            moved = replace(before, subscription=reached, told_at=max(before.told_at, told))
            await self._store(moved, [letter(reached, it) for it in parked])
            self._is_calling = False
        tell_attempt(before.subscription, reached, todo, outcome)

    async def _test(self, at: Instant) -> None:
        kept = self.kept
        subscription = kept.subscription
        webhook_id = id_of_test(subscription.id, at)
        body = event_of_test(subscription.id, subscription.party, at)
        send = partial(self._sender.send, kept, subscription.endpoint, webhook_id, body)
        outcome = await self._heard(kept, _TESTED, send)
        if outcome is None:
            return
        async with self.lock:
            now, before = self._parts.clock.now(), self.kept
            noted = after_test(before.subscription, webhook_id, outcome, now)
            left = tuple(it for it in before.tests if it != at)
            await self._store(replace(before, subscription=noted, tests=left))
            self._is_calling = False

    async def _heard(
        self, kept: Kept, lives: Set[Life], send: Callable[[], Awaitable[Outcome]]
    ) -> Outcome | None:
        """How it ended; None if by the time there was a place the party no longer wanted it."""
        was = kept.subscription
        async with self._parts.slots.of(is_failing=was.life is Life.FAILING):
            now = self.kept.subscription
            if now.life not in lives or now.endpoint != was.endpoint:
                return None
            self._is_calling, begun = True, seconds()
            outcome = await send()
            took = seconds() - begun
        self._parts.figures.attempted(outcome.reason, took)
        return outcome

    def _secrets(self) -> Secrets:
        kept = self._parts.reading.ask(partial(shelf.find_secrets, id_=self._id))
        if kept is None:
            raise Bug("a subscription without a key to sign with")
        return opened(kept, self._id, self._parts.cipher)

    # Telling

    async def _told_owner(self) -> bool:
        """Whether a mail was due, and is on its way. Noted before it is sent: after a crash it is
        rather not sent than sent twice."""
        kept, now = self.kept, self._parts.clock.now()
        kind, mails = owed(kept, now), self._parts.mails
        if mails is None or kind is None or now < self._mail_at:
            return False
        async with self.lock:
            await self._store(replace(self.kept, mailed=(*self.kept.mailed, kind.value)))
        self._telling = asyncio.create_task(self._tell_owner(mails, mail_of(kept, kind), kind))
        return True

    async def _tell_owner(self, mails: Mails, mail: Mail, kind: Kind) -> None:
        try:
            await mails.send(mail)
        except Unavailable as away:
            _log.warning("a contact was not mailed", where=self._where, says=str(away))
            self._mail_at = self._parts.clock.now() + int(away.retry_after * 1000)
            async with self.lock:
                left = tuple(it for it in self.kept.mailed if it != kind.value)
                await self._store(replace(self.kept, mailed=left))
            self.nudge()

    # Keeping

    async def _rest(self, wake: Wake) -> None:
        """Until it is time, or somebody nudges."""
        now, at = self._parts.clock.now(), wake.at
        if self._parts.mails is not None and owed(self.kept, now) is not None:
            at = min(at, self._mail_at)
        if self.kept.subscription.cursor - self._stored_to >= _FAR:
            async with self.lock:
                await self._store(self.kept)
        if at - now > _LONG_MS:
            await self._sender.close()
        await self._nudged_or(at)

    async def _nudged_or(self, at: Instant) -> None:
        if at >= NEVER:
            await self._nudged.wait()
            return
        nudged = asyncio.ensure_future(self._nudged.wait())
        timed = asyncio.ensure_future(self._parts.until(at))
        waits: list[asyncio.Future[Any]] = [nudged, timed]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for it in waits:
                it.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _store(self, kept: Kept, emits: Sequence[Emit] = ()) -> None:
        """Keep it, however long that takes: what was sent is not sent again meanwhile. To be called
        under the lock."""
        if forgiven(kept):
            kept = replace(kept, mailed=())
        while not self.is_gone:
            try:
                await self._parts.shelf.commit({SUBSCRIPTION + self._id: shelf.encode(kept)}, emits)
                break
            except Unavailable as away:
                _log.warning("what came of it cannot be kept", where=self._where, says=str(away))
                await asyncio.sleep(away.retry_after)
        self.kept, self._stored_to = kept, kept.subscription.cursor
