"""Receivers of webhooks on loopback, over TLS with a certificate that the hub trusts; and words for
the one who delivers, of whom these tests have none."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec
import pytest
import trustme

from hub.compose.embedded import build
from hub.delivery import shelf
from hub.delivery.kept import Kept
from hub.delivery.orders import folded
from hub.delivery.subscription import Subscription
from hub.domain.time import parse_instant
from hub.gateway import all_settings
from hub.reading import alerts, model
from hub.reading.alerts import cursor_at
from hub.settings import Settings
from hub.streams.revisions import OUT
from hub.streams.seam import Emit
from tests.delivery.subscribing import told
from tests.gateway.contract import Contract
from tests.gateway.desk import MAAS, NOW, Desk, calling
from tests.outbound.receivers import DONE, Receiver, receiver
from tests.streams.world import StillClock

HOST: Final = "127.0.0.1"
ORIGIN: Final = "hub.example.nl"
PATH: Final = "/v1/subscriptions"
NOT_NOW: Final = DONE  # succeeds, and says nothing of webhooks

Tree = dict[str, Any]


def consent(rate: str = "120", origin: str = ORIGIN) -> bytes:
    """The answer of a receiver that wants webhooks."""
    return (
        f"HTTP/1.1 204 No Content\r\nWebHook-Allowed-Origin: {origin}\r\n"
        f"WebHook-Allowed-Rate: {rate}\r\n\r\n"
    ).encode()


def _carried_out(connection: sqlite3.Connection) -> dict[str, bytes | None]:
    kept, changes = shelf.stored(connection), dict[str, bytes | None]()
    for id_, placed in shelf.open_orders(connection).items():
        told = [(it.position, it.order) for it in placed]
        became = folded(kept.get(id_), id_, told, partial(cursor_at, connection))
        changes |= {it.key: None for it in placed}
        changes[shelf.SUBSCRIPTION + id_] = None if became is None else shelf.encode(became)
        if became is None:
            changes[shelf.SECRETS + id_] = None
    return changes


class Office(Desk):
    """A desk of parties that have receivers."""

    ca: trustme.CA

    @asynccontextmanager
    async def receiver(self, answer: bytes | None = None, port: int = 0) -> AsyncIterator[Receiver]:
        """One that consents, or answers this."""
        said = consent() if answer is None else answer
        async with receiver(self.ca, HOST, answer=said, port=port) as found:
            yield found

    async def subscribe(
        self, port: int, party: str = MAAS, key: str | None = None, **more: Any
    ) -> httpx.Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        said = {"endpoint": f"https://{HOST}:{port}/in"} | more
        return await self.call("POST", PATH, party, json=said, headers=headers)

    async def subscribed(self, party: str = MAAS, **more: Any) -> Tree:
        """A subscription whose receiver consented, and is away again."""
        async with self.receiver() as found:
            answer = await self.subscribe(found.port, party, **more)
        assert answer.status_code == 201, answer.text
        made: Tree = answer.json()
        assert made["status"] == "active", made
        return made

    async def do(self, id_: str, act: str, party: str = MAAS, **said: Any) -> httpx.Response:
        """A call of the subscription that says this, or has no body."""
        path = f"{PATH}/{id_}/{act}"
        return await self.call("POST", path, party, **({"json": said} if said else {}))

    async def read(self, id_: str, party: str = MAAS) -> Tree:
        answer = await self.get(f"{PATH}/{id_}", party)
        assert answer.status_code == 200, answer.text
        found: Tree = answer.json()
        return found

    async def carry_out(self) -> None:
        """What who delivers does with orders."""
        await self.hub.shelf.commit(self.hub.reading.ask(_carried_out))

    async def tell(self, party: str, count: int) -> None:
        """So many alerts to a party, as the first that it was ever told."""
        stream, at = OUT + party, self.clock.now()
        entries = [
            (Emit(stream, record.key, record.value), record.at, at)
            for record in map(told, range(1, count + 1))
        ]
        await self.hub.store.transact(lambda it: alerts.put(it, entries))

    async def deliver(self, id_: str, **changed: Any) -> None:
        """What who delivers writes when the subscription became this."""
        await self.carry_out()
        kept = self.hub.reading.ask(shelf.stored)[id_]
        became: Subscription = msgspec.structs.replace(kept.subscription, **changed)
        written: Kept = msgspec.structs.replace(kept, subscription=became)
        await self.hub.shelf.commit({shelf.SUBSCRIPTION + id_: shelf.encode(written)})


@contextmanager
def trusted(ca: trustme.CA) -> Iterator[None]:
    """This machine trusts the authority of the tests."""
    with ca.cert_pem.tempfile() as file, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", file)
        yield


@asynccontextmanager
async def an_office(data: Path, now: str = NOW, **settings: Any) -> AsyncIterator[Office]:
    """The gateway of a hub in which nobody delivers or correlates; parties may have receivers on
    loopback."""
    ours = {"allowed_networks": (ip_network("127.0.0.0/8"),), "public_url": f"https://{ORIGIN}"}
    ca = trustme.CA()
    with trusted(ca):
        clock = StillClock(parse_instant(now))
        hub = build(Settings(data=data, **(ours | settings)), clock)
        try:
            await hub.store.transact(model.prepare)
            await hub.store.transact(all_settings.prepare)
            async with calling(hub.gateway(), Contract()) as client:
                office = Office(hub, clock, client)
                office.ca = ca
                yield office
        finally:
            hub.close()
