"""What a party orders of a subscription, as it is kept until the one who delivers has seen to it.

Two write and neither may undo what the other wrote: whoever answers the party writes orders, each
under a key of its own, and whoever delivers writes how far each subscription has come, with the
orders that are in it (`hub.delivery.kept`, ADR 0016). Asked in between, a subscription is the one
that was kept with its open orders on top: what was answered is true at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from hub.delivery import subscription as of
from hub.delivery.handshake import Consent
from hub.delivery.kept import Access, Kept
from hub.delivery.revision import Filter
from hub.delivery.subscription import Life, NotNow, Subscription
from hub.domain.time import Instant
from hub.streams.seam import Cursor, Position

MOST_TESTS: Final = 10  # that wait to be sent

# The cursor before the first revision that a party was told at or after an instant.
FindCursor: TypeAlias = Callable[[str, Instant], Cursor]

# Who does not want webhooks, or not yet, gets no test either.
_NOT_TO_BE_CALLED: Final = frozenset({Life.UNVERIFIED, Life.DISABLED})


class Subscribe(Struct, frozen=True, kw_only=True, rename="camel", tag="subscribe"):
    """A new subscription. `after` is a cursor in the party's stream, in which positions are
    `numbered_by` a hub; `since` None: from there on, else from this instant on."""

    party: str
    endpoint: str
    after: Cursor
    numbered_by: str
    at: Instant
    wants: Filter = Filter()
    contact: str | None = None
    access: Access | None = None
    since: Instant | None = None


class Consented(Struct, frozen=True, rename="camel", tag="consented"):
    """The receiver at this address consented, so many a minute. One that was sent to already has
    that rate from now on, and one that was disabled goes on where it stopped."""

    endpoint: str
    rate: int | None


class Change(Struct, frozen=True, kw_only=True, rename="camel", tag="change"):
    """The whole of what a party may choose. Another address or access has to be verified anew."""

    endpoint: str
    wants: Filter
    contact: str | None
    access: Access | None


class Pause(Struct, frozen=True, tag="pause"):
    """Send nothing, keep everything."""


class Resume(Struct, frozen=True, tag="resume"):
    """Go on where it stopped."""


class Recover(Struct, frozen=True, tag="recover"):
    """Send once more what the party was told at or after an instant."""

    since: Instant


class Try(Struct, frozen=True, tag="try"):
    """Send a test; its webhook id follows from the instant."""

    at: Instant


class Remove(Struct, frozen=True, tag="remove"):
    """There is to be no such subscription any more."""


Order: TypeAlias = Subscribe | Consented | Change | Pause | Resume | Recover | Try | Remove


def applied(kept: Kept | None, id_: str, order: Order, find: FindCursor) -> Kept | None:
    """The subscription after an order; None when there is none, or no more.

    What makes no sense by now changes nothing: the party was told so if it was so when it asked.
    """
    if isinstance(order, Subscribe):
        return kept or _made(id_, order, find)
    if kept is None or isinstance(order, Remove):
        return None
    match order:
        case Change():
            return _changed(kept, order)
        case Recover(since=since):
            cursor = find(kept.subscription.party, since)
            return replace(kept, subscription=of.recover(kept.subscription, cursor))
        case Try(at=at):
            return replace(kept, tests=(*kept.tests, at)[-MOST_TESTS:])
    moved = _moved(kept.subscription, order)
    return kept if isinstance(moved, NotNow) else replace(kept, subscription=moved)


def why_not_now(kept: Kept, order: Order) -> NotNow | None:
    """Why an order makes no sense for a subscription as it is; None if it does."""
    if isinstance(order, Try) and kept.subscription.life in _NOT_TO_BE_CALLED:
        return NotNow(kept.subscription.life)
    if isinstance(order, Consented | Pause | Resume):
        moved = _moved(kept.subscription, order)
        return moved if isinstance(moved, NotNow) else None
    return None


def folded(
    kept: Kept | None, id_: str, orders: list[tuple[Position, Order]], find: FindCursor
) -> Kept | None:
    """The subscription after those of its orders, in order, that are not in it yet."""
    for position, order in orders:
        if kept is not None and position <= kept.applied:
            continue
        kept = applied(kept, id_, order, find)
        kept = kept and replace(kept, applied=position)
    return kept


def _moved(subscription: Subscription, order: Consented | Pause | Resume) -> Subscription | NotNow:
    match order:
        case Consented():
            return _consented(subscription, order)
        case Pause():
            return of.pause(subscription)
        case Resume():
            return of.resume(subscription)


def _consented(subscription: Subscription, order: Consented) -> Subscription | NotNow:
    if order.endpoint != subscription.endpoint:  # it moved while it was asked
        return NotNow(subscription.life)
    if subscription.life is Life.DISABLED:
        subscription = of.to_verify(subscription, order.endpoint)
    if subscription.life is not Life.UNVERIFIED:
        return replace(subscription, rate=order.rate)
    return of.verified(subscription, Consent(order.rate))


def _made(id_: str, order: Subscribe, find: FindCursor) -> Kept:
    cursor = order.after if order.since is None else find(order.party, order.since)
    made = Subscription(
        id=id_, party=order.party, endpoint=order.endpoint, cursor=cursor, wants=order.wants
    )
    return Kept(
        subscription=made,
        made_at=order.at,
        told_at=order.at,
        numbered_by=order.numbered_by,
        contact=order.contact,
        access=order.access,
    )


def _changed(kept: Kept, order: Change) -> Kept:
    subscription = kept.subscription
    if (order.endpoint, order.access) != (subscription.endpoint, kept.access):
        subscription = of.to_verify(subscription, order.endpoint)
    chosen = replace(subscription, wants=order.wants)
    return replace(kept, subscription=chosen, contact=order.contact, access=order.access)
