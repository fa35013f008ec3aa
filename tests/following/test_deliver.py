"""Webhooks from a hub on Kafka: the role that delivers, real brokers, and a receiver over TLS.

What receivers may do stands in tests/delivery; here it is that all of it works on Kafka too.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from functools import partial

import pytest
import trustme

from hub.delivery.orders import Recover, Remove
from hub.delivery.outbox_kafka import DeliveringOutbox
from hub.errors import Fenced
from hub.reading.undressing import Undressing
from hub.shipped import shipped
from hub.streams.kafka.streams import KafkaOutbox
from hub.streams.loop import DEAD_LETTERS
from hub.streams.redriving import NotRedriven, redriven
from hub.streams.revisions import OUT
from hub.wire.avro import Schemas
from tests.delivery.hooks import OK, Hangs, Resets, Step, hook, in_turn, status
from tests.following.deliveries import ID, WEERT, Deliveries, delivering
from tests.following.site import Site, patiently, until
from tests.streams.world import signed

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(autouse=True)
def _trusted(ca: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with ca.cert_pem.tempfile() as file:
        monkeypatch.setenv("SSL_CERT_FILE", file)
        yield


@pytest.fixture
async def hub(site: Site) -> AsyncIterator[Deliveries]:
    found = Deliveries(site)
    await found.log.start()
    yield found
    await found.log.close()


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
        after = asyncio.create_task(hub.role("other").deliver())
        both, told = [before, after], 2
        # On a slow broker the one before may begin anew, and take it over again.
        while not any(it.done() for it in both):
            told += 1
            await hub.tell(told)
            await until(partial(hub.has_come_to, told))
        [ended, goes_on] = sorted(both, key=lambda it: not it.done())
        assert isinstance(ended.exception(), Fenced)
        assert "another process delivers" in str(ended.exception())
        assert not goes_on.done()
        goes_on.cancel()
        await asyncio.wait([goes_on])
    positions = [it.position for it in found.taken]
    assert list(dict.fromkeys(positions)) == [*range(1, told + 1)]
    assert len(positions) <= told + 3  # what both had in hand when it was taken over


async def test_however_many_places_are_read_there_are_only_so_many_consumers(
    hub: Deliveries,
) -> None:
    await hub.tell(*range(1, 60))
    undressing = Undressing(Schemas.load(shipped("schemas/avro")), None)
    outbox = DeliveringOutbox(hub.site.brokers, undressing)
    await outbox.start()
    try:

        async def read(*after: int) -> list[int]:
            reads = [outbox.read(OUT + WEERT, it, 1, 0.0) for it in after]
            return [found[0].at for found in await asyncio.gather(*reads)]

        assert await read(*range(0, 32, 2)) == [*range(1, 33, 2)]
        # Ten go on where they are, and the others are wanted elsewhere.
        assert await read(*range(1, 20, 2), *range(40, 52, 2)) == [
            *range(2, 21, 2),
            *range(41, 53, 2),
        ]
        assert len(outbox._idle) == 16
    finally:
        await outbox.close()


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
