"""Webhooks from a hub on Kafka: the role that delivers, real brokers, and a receiver over TLS.

What receivers may do stands in tests/delivery; here it is that all of it works on Kafka too.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from ipaddress import ip_network
from typing import Final

import msgspec
import pytest
import trustme
from msgspec.structs import replace

from hub.compose.deliver import Delivering, build
from hub.delivery import shelf
from hub.delivery.kept import Kept
from hub.delivery.orders import Consented, Order, Recover, Remove, Subscribe
from hub.delivery.sealing import Secrets, new_key, sealed
from hub.delivery.shelf import SECRETS, encode
from hub.delivery.shelf_kafka import KafkaShelf
from hub.delivery.signatures import Keyring
from hub.domain.time import Instant
from hub.errors import Fenced
from hub.reading.settings import SETTINGS
from hub.shipped import shipped
from hub.streams.kafka.dressing import Dressing
from hub.streams.kafka.streams import KafkaLog, KafkaOutbox
from hub.streams.loop import DEAD_LETTERS
from hub.streams.redriving import NotRedriven, redriven
from hub.streams.revisions import OUT
from hub.streams.seam import Emit
from hub.wire.avro import Schemas
from tests.delivery.delivering import QUICK
from tests.delivery.hooks import OK, Hangs, Resets, Step, hook, in_turn, status
from tests.following.site import Site, patiently, until
from tests.streams.world import signed
from tests.wire.views import example

pytestmark = pytest.mark.slow

WEERT: Final = "gemeente-weert"
ID: Final = "sb-1"


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(autouse=True)
def _trusted(ca: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with ca.cert_pem.tempfile() as file:
        monkeypatch.setenv("SSL_CERT_FILE", file)
        yield


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


@pytest.fixture
async def hub(site: Site) -> AsyncIterator[Deliveries]:
    found = Deliveries(site)
    await found.log.start()
    yield found
    await found.log.close()


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


async def test_an_alert_comes_to_the_receiver(site: Site, hub: Deliveries, ca: trustme.CA) -> None:
    async with (
        hook(ca) as found,
        site.correlating(),
        site.gateway() as gateway,
        delivering(hub.role()),
    ):
        await hub.subscribe(found.url)
        await gateway.send(signed())
        alert = await patiently(gateway.told(WEERT, "intake-missing"))
        await found.came(1)
    [got] = found.taken
    event = json.loads(got.body)
    assert event["data"] == alert
    assert got.headers["webhook-request-origin"] == "hub.example"


async def test_whatever_the_receiver_does_it_all_comes_in_order(
    hub: Deliveries, ca: trustme.CA
) -> None:
    steps: list[Step] = [
        OK,
        status(500),
        Resets(),
        status(429, "retry-after: 1"),
        Hangs(),
        b"SSH-2\r\n\r\n",
    ]
    role = hub.role()
    async with hook(ca, in_turn(steps)) as found, delivering(role):
        await hub.tell(*range(1, 21))
        await hub.subscribe(found.url)
        await found.took(lambda: [it.position for it in found.taken] == list(range(1, 21)))
        await until(partial(hub.has_come_to, 20))
        await hub.tell(21)
        await found.took(lambda: found.taken[-1].position == 21)
        assert role.obstacles() == []
    got = [it.position for it in found.got]
    assert got == [1, 2, 2, 2, 2, 2, *range(2, 22)]
    assert {it.id for it in found.got if it.position == 2} == {"al-2_2"}


async def test_what_is_put_aside_is_a_dead_letter_and_can_be_recovered(
    hub: Deliveries, ca: trustme.CA
) -> None:
    async with hook(ca, in_turn([OK, status(404)])) as found, delivering(hub.role()):
        await hub.tell(1, 2, 3)
        await hub.subscribe(found.url)
        await until(partial(hub.has_come_to, 3))
        [letter] = await KafkaOutbox(hub.site.brokers).read(DEAD_LETTERS, None, 10, 0.0)
        assert letter.headers["reason"] == b"webhook-rejected"
        with pytest.raises(NotRedriven, match=f"have subscription {ID} recover"):
            redriven(letter)
        await hub.order(Recover(0))
        await found.took(lambda: [it.position for it in found.taken] == [1, 3, 1, 2, 3])


async def test_who_starts_takes_over_and_the_one_before_it_stops(
    hub: Deliveries, ca: trustme.CA
) -> None:
    before = asyncio.create_task(hub.role("one").deliver())
    async with hook(ca) as found:
        await hub.tell(1, 2)
        await hub.subscribe(found.url)
        await until(partial(hub.has_come_to, 2))
        async with delivering(hub.role("other")):
            await hub.tell(3, 4, 5)
            await until(partial(hub.has_come_to, 5))
            await hub.tell(6)
            await asyncio.wait([before], timeout=60)
            await until(partial(hub.has_come_to, 6))
    assert isinstance(before.exception(), Fenced)
    assert "another process delivers" in str(before.exception())
    positions = [it.position for it in found.taken]
    assert list(dict.fromkeys(positions)) == [1, 2, 3, 4, 5, 6]
    assert len(positions) <= 9  # what both had in hand when it was taken over


async def test_removed_it_is_gone_and_does_not_come_back(hub: Deliveries, ca: trustme.CA) -> None:
    async with hook(ca) as found:
        async with delivering(hub.role()):
            await hub.subscribe(found.url)
            await hub.order(Remove())
            await hub.subscribe(found.url, "sb-2")
            await hub.tell(1)
            await until(partial(hub.has_come_to, 1, "sb-2"))
            assert not [key for key in await hub.settings() if ID in key]
        async with delivering(hub.role()):  # it follows the same settings anew
            await hub.tell(2)
            await until(partial(hub.has_come_to, 2, "sb-2"))
            assert {key.split("/")[1] for key in await hub.settings() if "/sb-" in key} == {"sb-2"}
    assert {it.position for it in found.taken} == {1, 2}
