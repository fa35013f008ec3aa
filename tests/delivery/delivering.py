"""A deliverer over a data directory, and time that leaps to when somebody waits for it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_network
from pathlib import Path
from random import Random
from typing import Final

from hub.delivery import shelf
from hub.delivery.deliverer import Deliverer
from hub.delivery.figures import Figures
from hub.delivery.kept import Kept
from hub.delivery.line import Mails, Parts
from hub.delivery.orders import Consented, Order, Subscribe
from hub.delivery.sealing import Secrets, new_key, sealed
from hub.delivery.shelf import SECRETS, encode
from hub.delivery.shelf_sqlite import SqliteShelf
from hub.delivery.signatures import Keyring, SigningKey
from hub.delivery.slots import Slots
from hub.delivery.way import Way
from hub.domain.time import Instant
from hub.gateway import all_settings
from hub.guard import Guard
from hub.keys import Keys
from hub.outbound import Limits
from hub.reading import model
from hub.reading.model import Projection, Reading
from hub.streams.revisions import OUT
from hub.streams.seam import Emit
from hub.streams.sqlite.runtime import SqliteLog, SqliteOutbox
from hub.streams.sqlite.store import SqliteStore
from hub.wire.state import PartyOf
from tests.delivery.subscribing import NOW, told

PARTY: Final = "corporatie-maas"
OUR_KEYS: Final = Keys(b"k" * 32)
ORIGIN: Final = "hub.example"
QUICK: Final = Limits(connect=1.0, whole=0.5)


class Leaping:
    """A clock that stands still, until somebody waits for an instant: then it is that instant."""

    def __init__(self, now: Instant = NOW) -> None:
        self.at = now

    def now(self) -> Instant:
        return self.at

    async def until(self, instant: Instant) -> None:
        await asyncio.sleep(0)
        self.at = max(self.at, instant)


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
        self.way = Way(ORIGIN, Guard((ip_network("127.0.0.0/8"),)), tls, QUICK)
        self.numbered_by = ""
        self.mails: Mails | None = None

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
            slots=Slots(),
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

    async def tell(self, *positions: int, party: str = PARTY) -> None:
        """The party is told so many revisions, numbered as the test wants to know them."""
        stream = OUT + party
        emits = [Emit(stream, b"", told(at).value) for at in positions]
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
        secrets = sealed(Secrets(Keyring(key)), id_, OUR_KEYS.webhooks)
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
        return found

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
            return found is not None and found.subscription.cursor >= cursor

        await self.until(is_there)
        return self.find(id_)


@asynccontextmanager
async def site(
    data: Path, tls: ssl.SSLContext, clock: Leaping | None = None
) -> AsyncIterator[Site]:
    found = Site(data, tls, clock or Leaping())
    try:
        await found.store.transact(model.prepare)
        await found.store.transact(all_settings.prepare)
        yield found
    finally:
        found.close()
