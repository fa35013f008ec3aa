"""A subscription as it is kept: how far it has come, and what is around it.

Written by the one who delivers, and by nobody else. `applied` says which orders are in it, so an
order that is found again after a crash is not carried out again.
"""

from __future__ import annotations

from msgspec import Struct

from hub.delivery.subscription import Subscription
from hub.domain.time import Instant
from hub.streams.seam import Position


class Access(Struct, frozen=True, rename="camel"):
    """How the receiver wants to know who calls: OAuth 2 client credentials (RFC 6749, 4.4). The
    secret lies with the keys that sign, sealed."""

    token_url: str
    client_id: str
    scope: str | None = None


class Kept(Struct, frozen=True, kw_only=True, rename="camel"):
    """`numbered_by` is the hub in whose stream `cursor` counts. In another it is found again by
    `told_at`, when the last revision before it was told. `tests` are still to be sent, by when
    they were asked for; `contact` is a mail address, and `mailed` of what it was told since the
    subscription last worked (`hub.delivery.owner`)."""

    subscription: Subscription
    made_at: Instant
    told_at: Instant
    numbered_by: str
    applied: Position = 0
    contact: str | None = None
    access: Access | None = None
    tests: tuple[Instant, ...] = ()
    mailed: tuple[str, ...] = ()
