"""Where subscriptions stand: their keys among the settings, and how they are asked for.

| key | holds | written by |
|---|---|---|
| `subscription/<id>` | `Kept` | who delivers |
| `order/<id>/<name>` | an order; gone once it is in `Kept` | who answers parties |
| `webhook-keys/<id>` | the secrets, sealed | who answers parties |

A `Shelf` is where they are written. There are few subscriptions, so all are looked through.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, Protocol, TypeAlias

import msgspec

from hub.delivery.kept import Kept
from hub.delivery.orders import Order, folded
from hub.domain.base32 import first_26
from hub.domain.time import Instant
from hub.reading import settings
from hub.reading.settings import Setting
from hub.streams.seam import Cursor, Emit, Position

SUBSCRIPTION: Final = "subscription/"
ORDER: Final = "order/"
SECRETS: Final = "webhook-keys/"
KINDS: Final = (SUBSCRIPTION, ORDER, SECRETS)

Changes: TypeAlias = Mapping[str, bytes | None]  # by key; None takes it away

encode: Final = msgspec.json.Encoder(order="deterministic").encode
_kept: Final = msgspec.json.Decoder(Kept).decode
_order: Final = msgspec.json.Decoder(Order).decode


class Shelf(Protocol):
    """Writes settings."""

    async def commit(self, changes: Changes, emits: Sequence[Emit] = ()) -> None:
        """Everything, durably, or nothing of it; whoever asks in this process then sees it.

        `emits` are appended to their streams with it. Unavailable: try again. Fenced: another
        process delivers.
        """
        ...


class Placed(msgspec.Struct, frozen=True):
    """An order, and where it stands."""

    position: Position
    key: str
    order: Order


def new_id() -> str:
    """An id for a subscription."""
    return "sb-" + first_26(secrets.token_bytes(17))


def order_key(id_: str) -> str:
    """A key that no other order has."""
    return f"{ORDER}{id_}/{secrets.token_hex(8)}"


def stored(connection: sqlite3.Connection) -> dict[str, Kept]:
    """Every subscription as it was kept, by id; without the orders that are open."""
    return _stored(settings.beginning_with(connection, SUBSCRIPTION))


def open_orders(connection: sqlite3.Connection) -> dict[str, list[Placed]]:
    """The orders of each subscription, in the order in which they were given."""
    return _orders(settings.beginning_with(connection, ORDER))


def every(connection: sqlite3.Connection) -> dict[str, Kept]:
    """Every subscription as its party may see it, the oldest first: with its orders carried out.

    A recovery that was only ordered shows as one from the beginning.
    """
    # At once: an order is gone in the moment in which it is in the subscription.
    there = settings.beginning_with(connection, SUBSCRIPTION, ORDER)
    kept, orders = _stored(there), _orders(there)
    found: dict[str, Kept] = {}
    for id_ in kept.keys() | orders.keys():
        placed = [(it.position, it.order) for it in orders.get(id_, [])]
        subscription = folded(kept.get(id_), id_, placed, _from_the_beginning)
        if subscription is not None:
            found[id_] = subscription
    return dict(sorted(found.items(), key=lambda it: (it[1].made_at, it[0])))


def find(connection: sqlite3.Connection, id_: str) -> Kept | None:
    """The subscription with this id, as its party may see it."""
    return every(connection).get(id_)


def is_being_removed(connection: sqlite3.Connection, id_: str) -> bool:
    """Whether its party removed it, and who delivers has not seen to that: its secrets go then, and
    so would those of another one of this id."""
    there = settings.beginning_with(connection, SUBSCRIPTION + id_, f"{ORDER}{id_}/")
    has_secrets = find_secrets(connection, id_) is not None
    return bool(there) and has_secrets and find(connection, id_) is None


def find_secrets(connection: sqlite3.Connection, id_: str) -> bytes | None:
    """The secrets of a subscription, sealed."""
    return settings.find(connection, SECRETS + id_)


def _stored(found: Sequence[Setting]) -> dict[str, Kept]:
    return {
        it.key.removeprefix(SUBSCRIPTION): _kept(it.value)
        for it in found
        if it.key.startswith(SUBSCRIPTION)
    }


def _orders(found: Sequence[Setting]) -> dict[str, list[Placed]]:
    orders: defaultdict[str, list[Placed]] = defaultdict(list)
    for it in found:
        if it.key.startswith(ORDER):
            id_ = it.key.removeprefix(ORDER).partition("/")[0]
            orders[id_].append(Placed(it.position, it.key, _order(it.value)))
    return dict(orders)


def _from_the_beginning(_party: str, _since: Instant) -> Cursor:
    return 0
