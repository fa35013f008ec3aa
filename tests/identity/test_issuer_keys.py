"""The keys of an issuer over time: when they are asked for, and for how long they count."""

from __future__ import annotations

import asyncio

import pytest
from joserfc.jwk import Key

from hub.errors import Bug, Misconfigured, SeintjeError, Unavailable
from hub.gateway.identity import key_sets, tokens
from hub.gateway.identity.issuer_keys import (
    AGAIN_SECONDS,
    AWAY_SECONDS,
    FRESH_SECONDS,
    STALE_SECONDS,
    IssuerKeys,
)
from hub.gateway.identity.key_sets import KeySet, VerifyingKey
from hub.gateway.identity.tokens import Token
from tests.identity.issuing import claims, ec, key_set, signed

OLD, NEW = ec("old"), ec("new")


def by(key: Key) -> Token:
    token = tokens.read(signed(key, "ES256", claims()))
    assert isinstance(token, Token)
    return token


class Told:
    """An issuer that has these keys, or is away. `asked` counts."""

    def __init__(self, *keys: Key) -> None:
        self.keys = keys
        self.fault: Exception | None = None
        self.asked = 0
        self.now = 1000.0
        self.gate = asyncio.Event()
        self.gate.set()
        self.known = IssuerKeys(self.ask, lambda: self.now)

    async def ask(self) -> KeySet:
        self.asked += 1
        await self.gate.wait()
        if self.fault is not None:
            raise self.fault
        found = key_sets.read(key_set(*self.keys))
        assert isinstance(found, KeySet)
        return found

    async def find(self, key: Key) -> VerifyingKey | None:
        return await self.known.find(by(key))

    async def settled(self) -> None:
        """Until nothing is asked any more."""
        for _ in range(10):
            await asyncio.sleep(0)


async def test_keys_are_asked_for_once_while_they_are_fresh() -> None:
    told = Told(OLD)
    for _ in range(3):
        assert await told.find(OLD)
        told.now += FRESH_SECONDS / 3
    assert told.asked == 1


async def test_who_asks_at_once_shares_one_answer() -> None:
    told = Told(OLD)
    told.gate.clear()
    asking = [asyncio.create_task(told.find(OLD)) for _ in range(50)]
    await told.settled()
    told.gate.set()
    assert all(await asyncio.gather(*asking))
    assert told.asked == 1


async def test_who_leaves_takes_nothing_from_the_others() -> None:
    told = Told(OLD)
    told.gate.clear()
    first, second = (asyncio.create_task(told.find(OLD)) for _ in range(2))
    await told.settled()
    first.cancel()
    told.gate.set()
    assert await second
    assert told.asked == 1


async def test_a_key_set_that_is_no_longer_fresh_is_asked_for_beside_who_asks() -> None:
    told = Told(OLD)
    assert await told.find(OLD)
    told.now += FRESH_SECONDS + 1
    told.gate.clear()
    assert await told.find(OLD)  # nobody waits
    told.keys = (NEW,)
    told.gate.set()
    await told.settled()
    assert told.asked == 2
    assert await told.find(NEW)
    assert await told.find(OLD) is None  # a key that its issuer took back


async def test_a_new_key_is_found_by_asking_once_more() -> None:
    told = Told(OLD)
    assert await told.find(OLD)
    told.now += AGAIN_SECONDS
    told.keys = (OLD, NEW)
    assert await told.find(NEW)
    assert await told.find(OLD)
    assert told.asked == 2


async def test_keys_that_nobody_has_do_not_make_us_ask_again_and_again() -> None:
    told = Told(OLD)
    assert await told.find(OLD)
    for number in range(100):
        assert await told.find(ec(f"made-up-{number}")) is None
    assert told.asked == 1
    told.now += AGAIN_SECONDS
    for number in range(100):
        assert await told.find(ec(f"made-up-{number}")) is None
    assert told.asked == 2


@pytest.mark.parametrize("fault", [Unavailable("away"), Misconfigured("issuer", "a bad set")])
async def test_what_was_known_counts_while_an_issuer_is_away_for_a_day(fault: SeintjeError) -> None:
    told = Told(OLD)
    assert await told.find(OLD)
    told.fault = fault
    told.now += STALE_SECONDS - 1
    assert await told.find(OLD)
    await told.settled()
    assert told.asked == 2
    told.now += 2
    with pytest.raises(Unavailable):
        await told.find(OLD)


async def test_an_issuer_that_was_never_reached_is_tried_now_and_then() -> None:
    told = Told(OLD)
    told.fault = Unavailable("away")
    for _ in range(20):
        with pytest.raises(Unavailable) as caught:
            await told.find(OLD)
        assert caught.value.retry_after == AWAY_SECONDS
    assert told.asked == 1
    told.fault = None
    told.now += AWAY_SECONDS
    assert await told.find(OLD)


async def test_a_mistake_of_ours_is_not_taken_for_an_issuer_that_is_away() -> None:
    told = Told(OLD)
    told.fault = Bug("an invariant is broken")
    with pytest.raises(Bug):
        await told.find(OLD)


async def test_what_is_under_way_is_let_go_of() -> None:
    told = Told(OLD)
    told.gate.clear()
    asking = asyncio.create_task(told.find(OLD))
    await told.settled()
    await told.known.close()
    with pytest.raises(asyncio.CancelledError):
        await asking
