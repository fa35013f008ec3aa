"""What a party may do with a subscription that it has: pause, resume, recover, test, ask the
receiver anew, replace the secret, and look at what was attempted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from hub.delivery.choices import Reader
from hub.delivery.event import id_of_test
from hub.delivery.orders import MOST_TESTS, Order, Pause, Recover, Resume, Try
from hub.delivery.sealing import key_after, new_key
from hub.delivery.signatures import SigningKey
from hub.delivery.subscription import Attempt, Parked
from hub.domain.parties import Party
from hub.domain.time import format_instant
from hub.gateway import query
from hub.gateway import subscription_views as views
from hub.gateway.acts import Endpoint
from hub.gateway.gateway import Gateway
from hub.gateway.problems import Answer, Declined, Trouble
from hub.gateway.subscription_views import Found
from hub.gateway.subscriptions import (
    MOST_BYTES,
    Subscriptions,
    asked_for,
    declined_if_wrong,
    declined_unless_now,
    found_or_declined,
    give,
    idempotency_key,
    since_of,
    verify,
)

LONGEST_OVERLAP_HOURS: Final = 7 * 24
USUAL_OVERLAP_HOURS: Final = 24

_HOUR_MS: Final = 3_600_000


class Asked(Struct, frozen=True, rename="camel"):
    """A test that will be sent."""

    webhook_id: str


class ShownAttempt(Struct, frozen=True, rename="camel"):
    """One attempt, and how it ended. `status` None: there was no answer."""

    at: str
    webhook_id: str
    lane: str
    reason: str
    status: int | None


class ShownParked(Struct, frozen=True, rename="camel"):
    """A revision that was put aside, and why."""

    at: str
    webhook_id: str
    reason: str
    status: int | None


class Attempts(Struct, frozen=True):
    """The last attempts and what was put aside, the newest first."""

    attempts: Sequence[ShownAttempt]
    parked: Sequence[ShownParked]


async def pause(gateway: Gateway, party: Party, request: Request) -> Response:
    """Send nothing, keep everything."""
    await _without_body(gateway, party, request)
    return await _ordered(gateway, party, request, Pause())


async def resume(gateway: Gateway, party: Party, request: Request) -> Response:
    """Go on where it stopped."""
    await _without_body(gateway, party, request)
    return await _ordered(gateway, party, request, Resume())


async def recover(gateway: Gateway, party: Party, request: Request) -> Response:
    """Send once more what was told since an instant."""
    asked_for(gateway, party, request)
    tree, reader = await query.json_object(request, MOST_BYTES), Reader()
    reader.only(tree, ("since",))
    since = since_of(reader, tree, gateway.clock.now())
    if tree.get("since") is None:
        reader.wrong("since", "from when on")
    declined_if_wrong(reader)
    assert since is not None
    return await _ordered(gateway, party, request, Recover(since), 202)


async def test(gateway: Gateway, party: Party, request: Request) -> Response:
    """Send a test beside what is sent anyway."""
    found = await _without_body(gateway, party, request)
    it = found.kept
    # One after the other: the id of a test follows from its instant.
    order = Try(max([gateway.clock.now(), *(at + 1 for at in it.tests)]))
    declined_unless_now(found, order)
    if len(it.tests) >= MOST_TESTS:
        raise Declined(Trouble.TOO_MANY_TESTS)
    await give(gateway, it.subscription.id, order)
    return Answer(Asked(id_of_test(it.subscription.id, order.at)), 202)


async def verify_again(gateway: Gateway, party: Party, request: Request) -> Response:
    """Ask the receiver whether it wants webhooks."""
    found = await _without_body(gateway, party, request)
    id_ = found.kept.subscription.id
    said = await verify(gateway, request, found)
    return Answer(views.shown(gateway, found_or_declined(gateway, party, id_), said))


def rotation(subscriptions: Subscriptions) -> Endpoint:
    """The call that replaces the secret."""

    async def rotate(gateway: Gateway, party: Party, request: Request) -> Response:
        asked_for(gateway, party, request)
        overlap_ms = _overlap(await query.json_object(request, MOST_BYTES)) * _HOUR_MS
        name = idempotency_key(request)
        async with subscriptions.one_at_a_time:
            found = asked_for(gateway, party, request)
            id_ = found.kept.subscription.id
            if name is None or not _was_rotated(gateway, found, name):
                until = gateway.clock.now() + overlap_ms
                secrets = found.secrets.rotated(_next(gateway, found, name), until)
                await give(gateway, id_, None, secrets)
        rotated = found_or_declined(gateway, party, id_)
        return Answer(views.with_secret(views.shown(gateway, rotated), rotated))

    return rotate


async def get_attempts(gateway: Gateway, party: Party, request: Request) -> Response:
    """What was tried of late, and what was put aside."""
    it = asked_for(gateway, party, request).kept.subscription
    return Answer(
        Attempts(
            [_attempt(attempt) for attempt in reversed(it.attempts)],
            [_parked(parked) for parked in reversed(it.parked)],
        )
    )


async def _ordered(
    gateway: Gateway, party: Party, request: Request, order: Order, status: int = 200
) -> Response:
    found = asked_for(gateway, party, request)
    id_ = found.kept.subscription.id
    declined_unless_now(found, order)
    await give(gateway, id_, order)
    return Answer(views.shown(gateway, found_or_declined(gateway, party, id_)), status)


async def _without_body(gateway: Gateway, party: Party, request: Request) -> Found:
    """The subscription of a call that says nothing more."""
    found = asked_for(gateway, party, request)
    reader = Reader()
    reader.only(await query.json_object(request, MOST_BYTES), ())
    declined_if_wrong(reader)
    return found


def _overlap(tree: Mapping[str, Any]) -> int:
    reader = Reader()
    reader.only(tree, ("overlapHours",))
    hours = reader.number(tree, "overlapHours", 0, LONGEST_OVERLAP_HOURS, USUAL_OVERLAP_HOURS)
    declined_if_wrong(reader)
    return hours


def _was_rotated(gateway: Gateway, found: Found, name: str) -> bool:
    """Whether the same call was answered before, and the answer lost."""
    keyring = found.secrets.keyring
    if keyring.former is None:
        return False
    id_, cipher = found.kept.subscription.id, gateway.keys.webhooks
    return key_after(keyring.former, id_, name, cipher).text == keyring.current.text


def _next(gateway: Gateway, found: Found, name: str | None) -> SigningKey:
    current = found.secrets.keyring.current
    if name is None:
        return new_key(current.version)
    return key_after(current, found.kept.subscription.id, name, gateway.keys.webhooks)


def _attempt(it: Attempt) -> ShownAttempt:
    return ShownAttempt(format_instant(it.at), it.webhook_id, it.lane, it.reason, it.status)


def _parked(it: Parked) -> ShownParked:
    return ShownParked(format_instant(it.at), it.webhook_id, it.reason, it.status)
