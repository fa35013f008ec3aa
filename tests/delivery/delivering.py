"""A deliverer over a data directory, and time that leaps to when somebody waits for it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from ipaddress import ip_network
from pathlib import Path
from random import Random
from typing import Final, TypeAlias

from hub.delivery import shelf
from hub.delivery.deliverer import Deliverer
from hub.delivery.figures import Figures
from hub.delivery.kept import Kept
from hub.delivery.line import Mails, Parts
from hub.delivery.orders import Consented, Order, Subscribe
from hub.delivery.sealing import Secrets, new_key, sealed
from hub.delivery.shelf import SECRETS, SUBSCRIPTION, encode
from hub.delivery.shelf_sqlite import SqliteShelf
from hub.delivery.signatures import Keyring, SigningKey
from hub.delivery.slots import Slots
from hub.delivery.subscription import Life
from hub.delivery.way import Way
from hub.domain.time import NEVER, Instant
from hub.gateway import all_settings
from hub.guard import Guard
from hub.keys import Keys
from hub.outbound import Limits
from hub.reading import model, settings
from hub.reading.model import Projection, Reading
from hub.streams.revisions import OUT
from hub.streams.seam import Emit
from hub.streams.sqlite.runtime import SqliteLog, SqliteOutbox
from hub.streams.sqlite.store import SqliteStore
from hub.wire.state import PartyOf
from tests.delivery.subscribing import NOW, told

Making: TypeAlias = Callable[..., AbstractAsyncContextManager["Site"]]

PARTY: Final = "corporatie-maas"
OUR_KEYS: Final = Keys(b"k" * 32)
ORIGIN: Final = "hub.example"
QUICK: Final = Limits(connect=1.0, whole=0.5)


class Leaping:
    """A clock that stands still, until somebody waits for an instant: then it is that instant."""

    def __init__(self, now: Instant = NOW) -> None:
        self.at = now
        self._last = NEVER
        self._changed = asyncio.Condition()
        self._is_stopped = False

    def now(self) -> Instant:
        return self.at

    async def until(self, instant: Instant) -> None:
        async with self._changed:
            if instant > self._last:
                self._is_stopped = True
                self._changed.notify_all()
            await self._changed.wait_for(lambda: instant <= self._last)
        self.at = max(self.at, instant)

    async def stop_at(self, last: Instant) -> None:
        """Do not leap beyond this; NEVER: no more."""
        async with self._changed:
            self._last, self._is_stopped = last, False
            self._changed.notify_all()

    async def stopped(self) -> None:
        """Wait until somebody waits for what lies beyond."""
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(lambda: self._is_stopped)


class Site:
    """A hub without steps: what parties are told is written by the test."""

    def __init__(self, data: Path, tls: ssl.SSLContext, clock: Leaping) -> None:
        self.clock = clock
        self.store = SqliteStore.open(data, clock)
        self.reading = Reading(self.store.database)
        project = Projection(PartyOf(lambda _source: None))
        self.shelf = SqliteShelf(self.store, project)
        self.outbox = SqliteOutbox(self.store)
        self.log = SqliteLog(self.store, project)
        self.figures = Figures(clock.now)
        self.way = Way(ORIGIN, Guard((ip_network("127.0.0.0/8"),)), tls, QUICK, clock)
        self.numbered_by = ""
        self.mails: Mails | None = None
        self.slots = Slots()
        self.parties = {PARTY, "gemeente-weert"}
        self.kept: Kept  # the last that was found

    def close(self) -> None:
        self.reading.close()
        self.store.close()

    def deliverer(self) -> Deliverer:
        parts = Parts(
            reading=self.reading,
            outbox=self.outbox,
            bell=self.store.bell,
            shelf=self.shelf,
            cipher=OUR_KEYS.webhooks,
            way=self.way,
            clock=self.clock,
            until=self.clock.until,
            chance=Random(7).random,
            figures=self.figures,
            slots=self.slots,
            parties=self.parties,
            mails=self.mails,
        )
        return Deliverer(parts, self.numbered_by)

    @asynccontextmanager
    async def delivering(self) -> AsyncIterator[None]:
        """Deliver while the block runs; what made it end by itself is raised."""
        running = asyncio.create_task(self.deliverer().run())
        try:
            yield
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    async def tell(self, *numbers: int, party: str = PARTY, gemeente: str = "0988") -> None:
        """The party is told so many revisions, numbered as the test wants to know them."""
        stream = OUT + party
        emits = [Emit(stream, b"", told(at, gemeente=gemeente).value) for at in numbers]
        await self.log.append(stream, emits)

    async def subscribe(
        self,
        id_: str,
        endpoint: str,
        key: SigningKey | None = None,
        *orders: Order,
        party: str = PARTY,
    ) -> SigningKey:
        """A subscription to all that its party is told, to whose receiver was consented."""
        key = key or new_key("v1")
        secrets = sealed(Secrets(Keyring(key), "geheim"), id_, OUR_KEYS.webhooks)
        made = Subscribe(
            party=party, endpoint=endpoint, after=0, numbered_by="", at=self.clock.now()
        )
        await self.shelf.commit({SECRETS + id_: secrets})
        for order in orders or (made, Consented(endpoint, None)):
            await self.order(id_, order)
        return key

    async def order(self, id_: str, order: Order) -> None:
        await self.shelf.commit({shelf.order_key(id_): encode(order)})

    def find(self, id_: str) -> Kept:
        found = self.reading.ask(shelf.stored).get(id_)
        assert found is not None
        self.kept = found
        return found

    async def keep(self, id_: str, kept: Kept) -> None:
        """As somebody else would have written it; while nothing delivers."""
        await self.shelf.commit({SUBSCRIPTION + id_: encode(kept)})

    def life(self, id_: str) -> Life | None:
        found = self.reading.ask(shelf.stored).get(id_)
        return None if found is None else found.subscription.life

    def rows(self) -> list[str]:
        """The keys of all that is kept of subscriptions."""
        return [it.key for it in self.reading.ask(lambda it: settings.beginning_with(it, ""))]

    async def until(self, is_so: Callable[[], bool], stream: str = "settings") -> None:
        """Wait until something is so, looking whenever the stream rings."""
        heard = -1
        async with asyncio.timeout(20):
            while not is_so():
                heard = await self.store.bell.heard(stream, heard)

    async def reached(self, id_: str, cursor: int) -> Kept:
        """Wait until the subscription has come so far."""

        def is_there() -> bool:
            found = self.reading.ask(shelf.stored).get(id_)
            return found is not None and self.find(id_).subscription.cursor >= cursor

        await self.until(is_there)
        return self.find(id_)


@asynccontextmanager
async def site(data: Path, tls: ssl.SSLContext, clock: Leaping) -> AsyncIterator[Site]:
    found = Site(data, tls, clock)
    try:
        await found.store.transact(model.prepare)
        await found.store.transact(all_settings.prepare)
        yield found
    finally:
        found.close()
