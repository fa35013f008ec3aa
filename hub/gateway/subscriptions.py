"""Subscriptions of one's own party: made, changed, listed and removed.

What a party wants becomes orders and sealed secrets (`hub.delivery.orders`); nothing is sent here
but the question whether the receiver wants webhooks. A subscription whose receiver does not consent
is there all the same, and says why.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import msgspec
from msgspec import UNSET, Struct, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from hub.delivery import choices, shelf
from hub.delivery.choices import Choice, Reader
from hub.delivery.handshake import Consent
from hub.delivery.orders import Change, Consented, Order, Remove, Subscribe, why_not_now
from hub.delivery.sealing import Secrets, new_key, sealed
from hub.delivery.signatures import Keyring
from hub.delivery.subscription import Life, NotNow
from hub.domain.base32 import first_26
from hub.domain.parties import Party
from hub.domain.refusals import Violation
from hub.domain.time import DAY_MS, Instant
from hub.errors import AddressRefused, Unavailable
from hub.gateway import query
from hub.gateway import subscription_views as views
from hub.gateway.acts import LONGEST_KEY
from hub.gateway.gateway import Gateway
from hub.gateway.problems import ALWAYS, Answer, Declined, Trouble, language_of
from hub.gateway.receivers import ADDRESS_REFUSED, in_words
from hub.gateway.subscription_views import Found, Shown, Verification
from hub.reading import alerts
from hub.streams.retention import RETENTION

MOST: Final = 10
MOST_BYTES: Final = 16 * 1024
PATCH: Final = "application/merge-patch+json"
KEPT_DAYS: Final = RETENTION["out/*"].days
# For so long the same call shows the secret again: its answer may have been lost.
_SHOWN_AGAIN_MS: Final = DAY_MS
_KEY_CHARS: Final = 13  # of an id that follows from an Idempotency-Key: as many for what was asked

_NOT_NOW: Final[Mapping[Life, Trouble]] = {
    Life.UNVERIFIED: Trouble.SUBSCRIPTION_UNVERIFIED,
    Life.ACTIVE: Trouble.SUBSCRIPTION_ACTIVE,
    Life.FAILING: Trouble.SUBSCRIPTION_ACTIVE,
    Life.PAUSED: Trouble.SUBSCRIPTION_PAUSED,
    Life.DISABLED: Trouble.SUBSCRIPTION_DISABLED,
}
assert _NOT_NOW.keys() == set(Life)


class Listed(Struct, frozen=True):
    """The subscriptions of a party, the oldest first."""

    subscriptions: list[Shown]


class Subscriptions:
    """Writes down what parties want. One at a time, so that the same call sent twice at once finds
    itself, and nobody gets more than there may be."""

    def __init__(self) -> None:
        self.one_at_a_time = asyncio.Lock()

    async def create(self, gateway: Gateway, party: Party, request: Request) -> Response:
        """A new one, its secret, and what its receiver says."""
        choice, tree = await _new(gateway, party, request)
        id_ = _id_of(request, party, tree)
        async with self.one_at_a_time:
            found = _before(gateway, party, id_)
            if found is None:
                await _write(gateway, party, id_, choice)
        found = found_or_declined(gateway, party, id_)
        said: Verification | UnsetType = UNSET
        if found.kept.subscription.life is Life.UNVERIFIED:
            said = await verify(gateway, request, found)
            found = views.find(gateway, party, id_) or found  # somebody may have removed it
        told = views.shown(gateway, found, said)
        if _is_new(gateway, found):
            told = views.with_secret(told, found)
        return Answer(told, 201, {"Location": f"/v1/subscriptions/{id_}"})

    async def change(self, gateway: Gateway, party: Party, request: Request) -> Response:
        """Some of what was chosen; another address or access is verified anew."""
        id_ = request.path_params["subscription_id"]
        found_or_declined(gateway, party, id_)
        patch = await query.json_object(request, MOST_BYTES, (PATCH, query.JSON))
        async with self.one_at_a_time:
            found = found_or_declined(gateway, party, id_)
            choice = _changed(gateway, party, found, patch)
            order = Change(
                endpoint=choice.endpoint,
                wants=choice.wants,
                contact=choice.contact,
                access=choice.access,
            )
            secrets = choice.secrets(found.secrets.keyring)
            # Only if there is need: another gateway may replace the key that signs just now.
            await give(gateway, id_, order, None if secrets.shows_as(found.secrets) else secrets)
        changed = found_or_declined(gateway, party, id_)
        if not _is_to_ask(found, changed):
            return Answer(views.shown(gateway, changed))
        said = await verify(gateway, request, changed)
        return Answer(views.shown(gateway, found_or_declined(gateway, party, id_), said))


async def get_all(gateway: Gateway, party: Party, _request: Request) -> Response:
    """All that there are."""
    return Answer(Listed([views.shown(gateway, it) for it in views.of_party(gateway, party)]))


async def get_one(gateway: Gateway, party: Party, request: Request) -> Response:
    """One of them."""
    return Answer(views.shown(gateway, asked_for(gateway, party, request)))


async def remove(gateway: Gateway, party: Party, request: Request) -> Response:
    """Sends nothing more, and forgets what was not sent."""
    id_ = asked_for(gateway, party, request).kept.subscription.id
    # Who delivers forgets the secrets with it: until then something may be on its way.
    await give(gateway, id_, Remove())
    return Response(status_code=204, headers=dict(ALWAYS))


def asked_for(gateway: Gateway, party: Party, request: Request) -> Found:
    """The subscription in the path. Declined: there is none, or it is another's."""
    return found_or_declined(gateway, party, request.path_params["subscription_id"])


def found_or_declined(gateway: Gateway, party: Party, id_: str) -> Found:
    found = views.find(gateway, party, id_)
    if found is None:
        raise Declined(Trouble.NOT_FOUND)
    return found


def declined_unless_now(found: Found, order: Order) -> None:
    """Declined: the order makes no sense for the subscription as it is."""
    why = why_not_now(found.kept, order)
    if isinstance(why, NotNow):
        raise Declined(_NOT_NOW[why.life])


def declined_if_wrong(reader: Reader) -> None:
    if reader.violations:
        raise Declined(Trouble.INVALID_FIELDS, *reader.violations)


async def give(
    gateway: Gateway, id_: str, order: Order | None, secrets: Secrets | None = None
) -> None:
    """Write an order, and secrets before it."""
    changes: dict[str, bytes | None] = {}
    if secrets is not None:
        changes[shelf.SECRETS + id_] = sealed(secrets, id_, gateway.keys.webhooks)
    if order is not None:
        changes[shelf.order_key(id_)] = shelf.encode(order)
    await gateway.shelf.commit(changes)


async def verify(gateway: Gateway, request: Request, found: Found) -> Verification:
    """Ask the receiver, and write down that it consented."""
    id_, endpoint = found.kept.subscription.id, found.kept.subscription.endpoint
    access = found.kept.access
    said = await gateway.receivers.ask(endpoint, access, found.secrets.secret_for(access))
    if isinstance(said, Consent):
        await give(gateway, id_, Consented(endpoint, said.rate))
        return Verification(consented=True)
    reason = ADDRESS_REFUSED if isinstance(said, AddressRefused) else said.value
    return Verification(False, reason, in_words(reason, language_of(request)))


async def _new(
    gateway: Gateway, party: Party, request: Request
) -> tuple[Choice, Mapping[str, Any]]:
    tree = await query.json_object(request, MOST_BYTES)
    reader = Reader()
    reader.only(tree, choices.NEW)
    choice = choices.read(reader, tree, gateway.receivers.may(party))
    signature = reader.choice(tree, "signature", choices.SIGNATURES, choice.signature)
    since = since_of(reader, tree, gateway.clock.now())
    declined_if_wrong(reader)
    return msgspec.structs.replace(choice, signature=signature, since=since), tree


def since_of(reader: Reader, tree: Mapping[str, Any], now: Instant) -> Instant | None:
    """From when on; as far back as anything is kept."""
    within = f"at most {KEPT_DAYS} days ago, for longer nothing is kept; and not later than now"
    return reader.instant(tree, "since", now - KEPT_DAYS * DAY_MS, now, within)


def _is_new(gateway: Gateway, found: Found) -> bool:
    is_first = found.secrets.keyring.former is None
    return is_first and gateway.clock.now() < found.kept.made_at + _SHOWN_AGAIN_MS


def _before(gateway: Gateway, party: Party, id_: str) -> Found | None:
    """The one that the same call made before. Declined: the key was used for another, or there are
    enough. Unavailable: it is on its way out."""
    there = views.of_party(gateway, party)
    by_id = {it.kept.subscription.id: it for it in there}
    if id_ in by_id:
        return by_id[id_]
    if any(it.startswith(id_[:-_KEY_CHARS]) for it in by_id):
        raise Declined(Trouble.KEY_REUSED)
    if gateway.reading.ask(partial(shelf.is_being_removed, id_=id_)):
        raise Unavailable("a subscription of this key is being removed", 1.0)
    if len(there) >= MOST:
        raise Declined(Trouble.TOO_MANY_SUBSCRIPTIONS)
    return None


async def _write(gateway: Gateway, party: Party, id_: str, choice: Choice) -> None:
    order = Subscribe(
        party=party.id,
        endpoint=choice.endpoint,
        after=gateway.reading.ask(partial(alerts.last_position, party=party.id)),
        numbered_by=gateway.numbered_by(),
        at=gateway.clock.now(),
        wants=choice.wants,
        contact=choice.contact,
        access=choice.access,
        since=choice.since,
    )
    secrets = choice.secrets(Keyring(new_key(choice.signature)))
    await give(gateway, id_, order, secrets)


def _id_of(request: Request, party: Party, tree: Mapping[str, Any]) -> str:
    """One half follows from the idempotency key, one from what was asked; or chance makes both."""
    key = idempotency_key(request)
    if key is None:
        return shelf.new_id()
    access = tree.get("access")
    if isinstance(access, dict):  # an id is no secret, so none may be guessed from it
        tree = {**tree, "access": {**access, "clientSecret": None}}
    content = msgspec.json.encode(tree, order="deterministic")
    halves = (f"{party.id}\0{key}".encode(), content)
    return "sb-" + "".join(first_26(hashlib.sha256(it).digest())[:_KEY_CHARS] for it in halves)


def idempotency_key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not 0 < len(key) <= LONGEST_KEY:
        raise Declined(Trouble.INVALID_PARAMETER, Violation("Idempotency-Key", "1 to 255 signs"))
    return key


def _changed(gateway: Gateway, party: Party, found: Found, patch: Mapping[str, Any]) -> Choice:
    reader = Reader()
    reader.only(patch, choices.CHOSEN)
    tree = choices.patched(found.kept, found.secrets.secret_for(found.kept.access), patch)
    choice = choices.read(reader, tree, gateway.receivers.may(party))
    declined_if_wrong(reader)
    return choice


def _is_to_ask(before: Found, after: Found) -> bool:
    if after.kept.subscription.life is not Life.UNVERIFIED:
        return False
    was_there = (before.kept.subscription.endpoint, before.kept.access)
    return was_there != (after.kept.subscription.endpoint, after.kept.access)
