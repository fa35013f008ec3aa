"""Subscriptions of a hub on Kafka as gateways write them, and the role that delivers in a test."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import Final

import msgspec
from msgspec.structs import replace

from hub.compose.deliver import Delivering, build
from hub.delivery import shelf
from hub.delivery.kept import Kept
from hub.delivery.orders import Consented, Order, Subscribe
from hub.delivery.sealing import Secrets, new_key, sealed
from hub.delivery.shelf import SECRETS, encode
from hub.delivery.shelf_kafka import KafkaShelf
from hub.delivery.signatures import Keyring
from hub.domain.time import Instant
from hub.reading.settings import SETTINGS
from hub.shipped import shipped
from hub.streams.kafka.dressing import Dressing
from hub.streams.kafka.streams import KafkaLog, KafkaOutbox
from hub.streams.revisions import OUT
from hub.streams.seam import Emit
from hub.wire.avro import Schemas
from tests.delivery.delivering import QUICK
from tests.following.site import Site
from tests.wire.views import example

WEERT: Final = "gemeente-weert"
ID: Final = "sb-1"


class Deliveries:
    """What a gateway writes and a party sees of subscriptions, straight on Kafka."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.log = KafkaLog(site.brokers)
        self.shelf = KafkaShelf(self.log)

    def role(self, folder: str = "deliver") -> Delivering:
        settings = replace(
            self.site.settings,
            data=self.site.folder / folder,
            allowed_networks=(ip_network("127.0.0.0/8"),),
            public_url="https://hub.example/",
        )
        role = build(settings, self.site.clock)
        way = replace(role.way, limits=QUICK)
        return replace(role, way=way, until=self.leap)

    async def leap(self, instant: Instant) -> None:
        """Time stands still, until somebody waits for it."""
        await asyncio.sleep(0)
        self.site.clock.at = max(self.site.clock.at, instant)

    async def order(self, order: Order, id_: str = ID) -> None:
        await self.shelf.commit({shelf.order_key(id_): encode(order)})

    async def subscribe(self, endpoint: str, id_: str = ID) -> None:
        secrets = sealed(Secrets(Keyring(new_key("v1"))), id_, self.site.hub_keys.webhooks)
        await self.shelf.commit({SECRETS + id_: secrets})
        at = self.site.clock.now()
        made = Subscribe(party=WEERT, endpoint=endpoint, after=0, numbered_by="", at=at, since=0)
        await self.order(made, id_)
        await self.order(Consented(endpoint, None), id_)

    async def tell(self, *numbers: int) -> None:
        """Views as workers write them."""
        dress = Dressing(Schemas.load(shipped("schemas/avro")), None, self.site.clock)
        written = [dress(Emit(OUT + WEERT, b"k%d" % it, view(it))) for it in numbers]
        emits = [
            Emit(OUT + WEERT, b"k%d" % number, value, dict(headers))
            for number, (headers, value) in zip(numbers, written, strict=True)
        ]
        await self.log.append(OUT + WEERT, emits)

    async def settings(self) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for it in await KafkaOutbox(self.site.brokers).read(SETTINGS, None, 100_000, 0.0):
            found.pop(it.key.decode(), None)
            if it.value is not None:
                found[it.key.decode()] = it.value
        return found

    async def has_come_to(self, number: int, id_: str = ID) -> bool:
        """Whether the subscription has come past what `tell` wrote so far."""
        kept = await self.kept(id_)
        return kept is not None and any(
            it.webhook_id == f"al-{number}_{number}" for it in kept.subscription.attempts[-1:]
        )

    async def kept(self, id_: str = ID) -> Kept | None:
        value = (await self.settings()).get(f"subscription/{id_}")
        return None if value is None else msgspec.json.decode(value, type=Kept)


def view(number: int) -> bytes:
    """The whole view of an alert, of which the number says where it stands among those told."""
    found = json.loads(example()) | {"alertId": f"al-{number}", "revision": number}
    return json.dumps(found).encode()


@asynccontextmanager
async def delivering(role: Delivering) -> AsyncIterator[asyncio.Task[None]]:
    running = asyncio.create_task(role.deliver())
    try:
        yield running
    finally:
        running.cancel()
        await asyncio.wait([running])
    if not running.cancelled():
        running.result()
