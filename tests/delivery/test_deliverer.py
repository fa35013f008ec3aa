"""The whole way of a webhook: from what a party is told to its receiver, and what is kept.

Real connections over TLS to a receiver that misbehaves as a script says; time leaps to when the
hub would look again, so a day of failures takes a moment.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import msgspec
import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook, WebhookVerificationError

from hub.client.signatures import Unproven
from hub.clocks import SystemClock
from hub.delivery.event import TEST_TYPE, id_of_test
from hub.delivery.kept import Kept
from hub.delivery.orders import (
    Change,
    Consented,
    Pause,
    Recover,
    Remove,
    Resume,
    Subscribe,
    Try,
)
from hub.delivery.outcome import Reason
from hub.delivery.revision import Filter
from hub.delivery.sealing import Secrets, new_key, sealed
from hub.delivery.shelf import SECRETS
from hub.delivery.signatures import Keyring, PrivateKey
from hub.delivery.subscription import MOST_REFUSED, Lane, Life, Why
from hub.domain.time import NEVER
from hub.reading import dead_letters
from tests.delivery.delivering import OUR_KEYS, PARTY, Making
from tests.delivery.hooks import OK, Got, Hangs, Hook, Resets, Step, hook, in_turn, status
from tests.delivery.proving import judged
from tests.delivery.subscribing import DAY_MS, HOUR_MS, NOW, SECOND_MS

ID: Final = "sb-1"
LEFT: Final = "begeleider-onderdak"
FIVE: Final = (1, 2, 3, 4, 5)


def positions(found: Sequence[Got]) -> list[int]:
    return [it.position for it in found]


def check_ids(found: Sequence[Got]) -> None:
    """One id a revision, whatever came of it; and signed anew at each attempt."""
    assert all(it.id == f"al-{it.position}_{it.position}" for it in found)


def change_to(endpoint: str) -> Change:
    return Change(endpoint=endpoint, wants=Filter(), contact=None, access=None)


async def delivered(make: Making, ca: trustme.CA, steps: Sequence[Step]) -> tuple[Hook, Kept]:
    """Five revisions to a receiver that answers so, and then takes everything."""
    async with make() as hub, hook(ca, in_turn(steps)) as found:
        await hub.tell(*FIVE)
        async with hub.delivering():
            await hub.subscribe(ID, found.url)
            kept = await hub.reached(ID, 5)
    assert kept.subscription.life is Life.ACTIVE
    assert kept.subscription.cursor == 5
    check_ids(found.got)
    return found, kept


async def test_what_a_party_is_told_comes_in_order_and_as_it_comes(
    make: Making, ca: trustme.CA
) -> None:
    async with make() as hub, hook(ca) as found:
        await hub.tell(1, 2, 3)
        async with hub.delivering():
            await hub.subscribe(ID, found.url)
            await hub.reached(ID, 3)
            await hub.tell(4)
            kept = await hub.reached(ID, 4)
    assert positions(found.taken) == [1, 2, 3, 4]
    check_ids(found.taken)
    assert json.loads(found.taken[0].body)["data"]["alertId"] == "al-1"
    assert found.taken[0].headers["webhook-request-origin"] == "hub.example"
    assert found.taken[0].headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert [it.reason for it in kept.subscription.attempts] == [Reason.DELIVERED] * 4


# ---- What a receiver may do, one by one ----------------------------------------------------------


async def test_a_receiver_that_is_down_for_a_day_gets_everything_in_order(
    make: Making, ca: trustme.CA
) -> None:
    async with make() as hub:
        async with hook(ca) as found:
            url, port = found.url, found.port
        await hub.tell(*FIVE)
        await hub.clock.stop_at(NOW + DAY_MS)
        async with hub.delivering():
            await hub.subscribe(ID, url)
            await hub.clock.stopped()
            failing = hub.find(ID).subscription
            async with hook(ca, port=port) as found:
                await hub.clock.stop_at(NEVER)
                kept = await hub.reached(ID, 5)
    assert failing.life is Life.FAILING
    assert {it.reason for it in failing.attempts} == {Reason.UNREACHABLE}
    waits = [later.at - one.at for one, later in pairwise(failing.attempts)]
    assert max(waits) <= HOUR_MS
    assert positions(found.taken) == list(FIVE)
    assert kept.subscription.life is Life.ACTIVE


async def test_500_is_tried_again_and_blocks_what_follows(make: Making, ca: trustme.CA) -> None:
    found, kept = await delivered(make, ca, [status(500), status(502), OK, status(599)])
    assert positions(found.got) == [1, 1, 1, 2, 2, 3, 4, 5]
    reasons = [it.reason for it in kept.subscription.attempts]
    assert reasons[:3] == [Reason.SERVER_ERROR, Reason.SERVER_ERROR, Reason.DELIVERED]
    sent_at = [int(it.headers["webhook-timestamp"]) for it in found.got[:3]]
    assert sent_at == sorted(set(sent_at))  # signed anew, by the clock of the hub


async def test_429_is_waited_for_as_long_as_it_says(make: Making, ca: trustme.CA) -> None:
    found, kept = await delivered(make, ca, [status(429, "Retry-After: 7200")])
    assert positions(found.got) == [1, *FIVE]
    first, second = kept.subscription.attempts[:2]
    assert (first.reason, first.status) == (Reason.THROTTLED, 429)
    assert second.at - first.at >= 7200 * SECOND_MS


async def test_503_with_a_date_is_waited_for_until_then(make: Making, ca: trustme.CA) -> None:
    later = "Retry-After: Thu, 26 Feb 2026 06:13:20 GMT"  # NOW + 22 h 13 m 20 s
    found, kept = await delivered(make, ca, [status(503, later)])
    assert positions(found.got) == [1, *FIVE]
    assert kept.subscription.attempts[1].at - NOW >= 22 * HOUR_MS


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        pytest.param(Hangs(), Reason.TIMED_OUT, id="hangs"),
        pytest.param(Resets(), Reason.BROKEN_OFF, id="resets"),
        pytest.param(b"SSH-2.0-x\r\n\r\n", Reason.NO_SUCH_ANSWER, id="garbage"),
        pytest.param(b"\x00" * 70_000 + b"\r\n\r\n", Reason.NO_SUCH_ANSWER, id="much garbage"),
        pytest.param(status(700), Reason.NO_SUCH_ANSWER, id="a status of no class"),
    ],
)
async def test_one_that_breaks_down_gets_it_again(
    step: Step, reason: Reason, make: Making, ca: trustme.CA
) -> None:
    found, kept = await delivered(make, ca, [step])
    assert positions(found.got) == [1, *FIVE]
    assert positions(found.taken) == list(FIVE)
    assert kept.subscription.attempts[0].reason is reason


async def test_one_whose_certificate_is_not_trusted_gets_nothing_until_it_is(
    make: Making, ca: trustme.CA
) -> None:
    async with make() as hub:
        async with hook(trustme.CA()) as strange:
            await hub.tell(1)
            async with hub.delivering():
                await hub.subscribe(ID, strange.url)
                await hub.until(lambda: hub.life(ID) is Life.FAILING)
        assert strange.got == []
        assert hub.find(ID).subscription.attempts[0].reason is Reason.UNTRUSTED
        async with hub.delivering(), hook(ca, port=strange.port) as found:
            await hub.reached(ID, 1)
    assert positions(found.taken) == [1]


@pytest.mark.parametrize(
    ("code", "reason"),
    [(301, Reason.REDIRECTED), (404, Reason.REJECTED), (401, Reason.REJECTED)],
)
async def test_a_refusal_puts_that_one_aside_and_it_can_be_recovered(
    code: int, reason: Reason, make: Making, ca: trustme.CA
) -> None:
    async with make() as hub, hook(ca, in_turn([OK, status(code, "location: /a"), OK])) as found:
        await hub.tell(*FIVE)
        async with hub.delivering():
            await hub.subscribe(ID, found.url)
            kept = await hub.reached(ID, 5)
            assert positions(found.got) == list(FIVE)
            assert positions(found.taken) == [1, 3, 4, 5]
            [parked] = kept.subscription.parked
            assert (parked.webhook_id, parked.reason, parked.status) == ("al-2_2", reason, code)
            [letter] = hub.reading.ask(dead_letters.newest)
            assert (letter.reason, letter.place) == (f"webhook-{reason}", PARTY)
            await hub.order(ID, Recover(0))
            await hub.until(lambda: not hub.find(ID).subscription.parked)
            await hub.until(lambda: hub.find(ID).subscription.recovery is None)
    assert positions(found.taken) == [1, 3, 4, 5, *FIVE]
    check_ids(found.got)
    assert {it.lane for it in hub.kept.subscription.attempts[5:]} == {Lane.RECOVERY}


async def test_410_disables_and_keeps_and_after_new_consent_it_goes_on(
    make: Making, ca: trustme.CA
) -> None:
    async with make() as hub, hook(ca, in_turn([OK, status(410)])) as found:
        await hub.tell(*FIVE)
        async with hub.delivering():
            await hub.subscribe(ID, found.url)
            await hub.until(lambda: hub.life(ID) is Life.DISABLED)
            disabled = hub.find(ID).subscription
            assert (disabled.cursor, disabled.why) == (1, Why.GONE)
            await hub.tell(6)
            await hub.order(ID, change_to(found.url + "?new"))
            await hub.order(ID, Consented(found.url + "?new", None))
            await hub.reached(ID, 6)
    assert positions(found.taken) == [1, 2, 3, 4, 5, 6]


async def test_one_that_fails_for_75_hours_is_paused_and_goes_on_where_it_was(
    make: Making, ca: trustme.CA
) -> None:
    is_down = [True]
    async with make() as hub, hook(ca, lambda _got: status(500) if is_down[0] else OK) as found:
        await hub.tell(*FIVE)
        async with hub.delivering():
            await hub.subscribe(ID, found.url)
            await hub.until(lambda: hub.life(ID) is Life.PAUSED)
            paused = hub.find(ID).subscription
            assert (paused.why, paused.cursor) == (Why.FAILED_TOO_LONG, 0)
            assert hub.clock.at - NOW >= 75 * HOUR_MS
            is_down[0] = False
            await hub.order(ID, Resume())
            await hub.reached(ID, 5)
    assert positions(found.taken) == list(FIVE)


async def test_one_that_refuses_everything_is_paused_and_nothing_more_is_put_aside(
    make: Making, ca: trustme.CA
) -> None:
    is_wrong = [True]
    async with make() as hub, hook(ca, lambda _got: status(404) if is_wrong[0] else OK) as found:
        await hub.tell(*range(1, 41))
        async with hub.delivering():
            await hub.subscribe(ID, found.url)
            await hub.until(lambda: hub.life(ID) is Life.PAUSED)
            paused = hub.find(ID).subscription
            assert (paused.why, paused.cursor) == (Why.REFUSED_TOO_OFTEN, MOST_REFUSED)
            assert len(hub.reading.ask(dead_letters.newest)) == MOST_REFUSED
            is_wrong[0] = False
            await hub.order(ID, Resume())
            await hub.order(ID, Recover(0))
            await hub.reached(ID, 40)
            await hub.until(lambda: hub.find(ID).subscription.recovery is None)
    assert set(positions(found.taken)) == set(range(1, 41))


# ---- What a party may do -------------------------------------------------------------------------


async def test_paused_it_keeps_everything_and_resumed_it_goes_on(
    make: Making, ca: trustme.CA
) -> None:
    async with make() as hub, hook(ca) as found:
        async with hub.delivering():
            await hub.subscribe(ID, found.url)
            await hub.tell(1)
            await hub.reached(ID, 1)
            await hub.order(ID, Pause())
            await hub.until(lambda: hub.life(ID) is Life.PAUSED)
            await hub.tell(2, 3)
        assert positions(found.taken) == [1]
        async with hub.delivering():
            await hub.order(ID, Resume())
            await hub.reached(ID, 3)
    assert positions(found.taken) == [1, 2, 3]


async def test_an_address_that_changes_while_it_is_asked_gets_nothing_before_it_consents(
    make: Making, ca: trustme.CA
) -> None:
    async with make() as hub, hook(ca, lambda _got: Hangs()) as old, hook(ca) as new:
        await hub.tell(1)
        async with hub.delivering():
            await hub.subscribe(ID, old.url)
            await old.came(1)
            await hub.order(ID, change_to(new.url))
            await hub.until(lambda: len(hub.find(ID).subscription.attempts) == 1)
            assert hub.life(ID) is Life.UNVERIFIED
            assert new.got == []
            await hub.order(ID, Consented(new.url, None))
            await hub.reached(ID, 1)
    assert positions(new.taken) == [1]


async def test_a_test_is_sent_and_shows_among_the_attempts(make: Making, ca: trustme.CA) -> None:
    async with make() as hub, hook(ca) as found, hub.delivering():
        await hub.subscribe(ID, found.url)
        await hub.order(ID, Try(NOW))
        await hub.until(lambda: bool(hub.find(ID).subscription.attempts))
    [got] = found.taken
    assert got.id == id_of_test(ID, NOW)
    assert json.loads(got.body)["type"] == TEST_TYPE
    assert hub.kept.tests == ()
    assert hub.kept.subscription.attempts[0].lane is Lane.TEST


async def test_a_party_that_left_is_sent_nothing_more(make: Making, ca: trustme.CA) -> None:
    """Its key and its streams end with it; what it had not been sent yet is not sent."""
    async with make() as hub, hook(ca, lambda _got: OK) as found:
        await hub.tell(1)
        await hub.subscribe("sb-stays", found.url)
        await hub.subscribe("sb-left", found.url, party=LEFT)
        await hub.tell(2, party=LEFT)
        async with hub.delivering():
            await hub.reached("sb-stays", 1)
            await hub.order("sb-left", Pause())
            await hub.until(lambda: hub.life("sb-left") is Life.PAUSED)
            assert hub.find("sb-left").subscription.cursor == 0
    assert [it.id for it in found.taken] == ["al-1_1"]


async def test_removed_nothing_of_it_is_left_and_nothing_more_is_sent(
    make: Making, ca: trustme.CA
) -> None:
    async with make() as hub, hook(ca, lambda _got: Hangs()) as found:
        await hub.tell(1)
        async with hub.delivering():
            await hub.subscribe(ID, found.url)
            await found.came(1)
            await hub.order(ID, Remove())
            await hub.until(lambda: hub.rows() == [])
            await hub.order(ID, Pause())  # too late
            await hub.until(lambda: hub.rows() == [])
    assert len(found.got) == 1


async def test_what_is_not_wanted_is_passed_over_and_is_not_sent_after_a_restart(
    make: Making, ca: trustme.CA
) -> None:
    async with make() as hub, hook(ca) as found:
        wants = Filter(gemeenten=frozenset({"0957"}))
        subscribe = Subscribe(
            party=PARTY, endpoint=found.url, after=0, numbered_by="", at=NOW, wants=wants
        )
        for _ in range(2):
            async with hub.delivering():
                await hub.tell(1, 2, gemeente="0988")
                await hub.tell(3, gemeente="0957")
                if not hub.rows():
                    await hub.subscribe(ID, found.url, None, subscribe, Consented(found.url, None))
                await hub.reached(ID, 3 if not found.taken else 6)
    assert positions(found.taken) == [3, 3]


async def test_a_receiver_gets_no_more_than_it_consented_to(make: Making, ca: trustme.CA) -> None:
    async with make() as hub, hook(ca) as found:
        await hub.tell(*FIVE)
        subscribe = Subscribe(party=PARTY, endpoint=found.url, after=0, numbered_by="", at=NOW)
        async with hub.delivering():
            await hub.subscribe(ID, found.url, None, subscribe, Consented(found.url, 4))
            kept = await hub.reached(ID, 5)
    at = [it.at for it in kept.subscription.attempts]
    assert all(later - one >= 15 * SECOND_MS for one, later in pairwise(at))


# ---- Signatures ----------------------------------------------------------------------------------


async def test_the_reference_library_accepts_what_is_sent_with_both_secrets(
    make: Making, ca: trustme.CA
) -> None:
    now = SystemClock().now()  # that library reads the clock itself
    async with make(now) as hub, hook(ca) as found:
        await hub.tell(1)
        former, current = new_key("v1"), new_key("v1")
        ring = Keyring(former).rotated(current, now + HOUR_MS)
        async with hub.delivering():
            await hub.subscribe(ID, found.url, former)
            await hub.reached(ID, 1)
            kept = sealed(Secrets(ring), ID, OUR_KEYS.webhooks)
            await hub.shelf.commit({SECRETS + ID: kept})
            await hub.tell(2)
            await hub.reached(ID, 2)
    before, after = found.taken
    for secret in (former, current):
        Webhook(secret.text).verify(after.body, after.headers)
    Webhook(former.text).verify(before.body, before.headers)
    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        Webhook(current.text).verify(before.body, before.headers)


async def test_a_key_pair_signs_what_is_sent(make: Making, ca: trustme.CA) -> None:
    key = new_key("v1a")
    assert isinstance(key, PrivateKey)
    async with make() as hub, hook(ca) as found:
        await hub.tell(1)
        async with hub.delivering():
            await hub.subscribe(ID, found.url, key)
            await hub.reached(ID, 1)
    [got] = found.taken
    assert judged(got.headers, got.body, key.public.text, NOW) is None
    assert judged(got.headers, got.body + b" ", key.public.text, NOW) is Unproven.FORGED
    # As a receiver would do it who knows nothing of us but its public key.
    raw = base64.b64decode(key.public.text.removeprefix("whpk_"))
    version, _, signature = got.headers["webhook-signature"].partition(",")
    signed = f"{got.id}.{got.headers['webhook-timestamp']}.".encode() + got.body
    assert version == "v1a"
    Ed25519PublicKey.from_public_bytes(raw).verify(base64.b64decode(signature), signed)


# ---- Moving and restarting -----------------------------------------------------------------------


async def test_in_a_hub_that_numbers_otherwise_it_goes_on_where_it_was(
    make: Making, ca: trustme.CA
) -> None:
    async with make() as hub, hook(ca) as found:
        await hub.tell(1, 2)
        async with hub.delivering():
            await hub.subscribe(ID, found.url)
            await hub.reached(ID, 2)
        hub.clock.at += 1000
        await hub.tell(3)
        kept = hub.find(ID)
        elsewhere = msgspec.structs.replace(
            kept,
            numbered_by="another",
            subscription=msgspec.structs.replace(kept.subscription, cursor=900),
        )
        await hub.keep(ID, elsewhere)
        async with hub.delivering():
            await found.took(lambda: 3 in positions(found.taken))
            await hub.until(lambda: hub.find(ID).numbered_by == "")
    # Those of the same instant come again: that is what its place is known by.
    assert positions(found.taken) == [1, 2, 1, 2, 3]


async def test_what_was_taken_and_not_kept_comes_again_under_its_id(
    make: Making, ca: trustme.CA
) -> None:
    async with make() as hub, hook(ca) as found:
        await hub.tell(1)
        async with hub.delivering():
            await hub.subscribe(ID, found.url)
            before = await hub.reached(ID, 1)
        subscription = msgspec.structs.replace(before.subscription, cursor=0)
        await hub.keep(ID, msgspec.structs.replace(before, subscription=subscription))
        async with hub.delivering():
            await hub.reached(ID, 1)
    assert [it.id for it in found.taken] == ["al-1_1", "al-1_1"]
