"""A subscription as its party sees it.

No secret is in it but one that was made by this very call. Of an address only what comes before the
question mark is shown: behind it may be a token.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import partial
from typing import Final

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from hub.delivery.kept import Access, Kept
from hub.delivery.revision import Filter
from hub.delivery.sealing import Secrets, opened
from hub.delivery.shelf import every, find_secrets
from hub.delivery.signatures import PrivateKey
from hub.delivery.subscription import Life
from hub.domain.parties import Party
from hub.domain.time import Instant, format_instant
from hub.gateway.gateway import Gateway
from hub.reading import alerts

MOST_COUNTED: Final = 1000


class ShownFilter(Struct, frozen=True):
    """What it is about; of each nothing is all."""

    gemeenten: Sequence[str]
    rules: Sequence[str]
    severities: Sequence[str]
    statuses: Sequence[str]


class ShownAccess(Struct, frozen=True, rename="camel"):
    """How the receiver knows who calls; without the secret."""

    token_url: str
    client_id: str
    scope: str | None


class Failing(Struct, frozen=True, rename="camel"):
    """Since when nothing was delivered."""

    since: str
    failures: int
    next_attempt_at: str


class Verification(Struct, frozen=True):
    """What the receiver answered to the question whether it wants webhooks."""

    consented: bool
    reason: str | UnsetType = UNSET
    detail: str | UnsetType = UNSET


class Shown(Struct, frozen=True, kw_only=True, rename="camel"):
    """The answer."""

    id: str
    status: str
    why: str | None
    endpoint: str
    filter: ShownFilter
    contact: str | None
    access: ShownAccess | None
    signature: str
    public_key: str | UnsetType
    former_key_until: str | UnsetType
    created_at: str
    rate: int | None
    waiting: int | None
    failing: Failing | None
    recovering: bool
    parked: int
    verification: Verification | UnsetType = UNSET
    secret: str | UnsetType = UNSET


class Found(Struct, frozen=True):
    """A subscription that there is, with its secrets."""

    kept: Kept
    secrets: Secrets


def of_party(gateway: Gateway, party: Party) -> list[Found]:
    """The subscriptions of a party, the oldest first."""
    found = gateway.reading.ask(partial(_sealed, party=party.id))
    cipher = gateway.keys.webhooks
    return [Found(it, opened(sealed, it.subscription.id, cipher)) for it, sealed in found]


def find(gateway: Gateway, party: Party, id_: str) -> Found | None:
    """The one with this id, if it is of this party."""
    return next((it for it in of_party(gateway, party) if it.kept.subscription.id == id_), None)


def shown(gateway: Gateway, found: Found, said: Verification | UnsetType = UNSET) -> Shown:
    """The subscription as it is now, and what its receiver `said` if it was asked."""
    kept, it = found.kept, found.kept.subscription
    current = found.secrets.keyring.current
    return Shown(
        id=it.id,
        status=it.life,
        why=it.why,
        endpoint=without_query(it.endpoint),
        filter=_filter(it.wants),
        contact=kept.contact,
        access=None if kept.access is None else _access(kept.access),
        signature=current.version,
        public_key=current.public.text if isinstance(current, PrivateKey) else UNSET,
        former_key_until=_former_until(found.secrets, gateway.clock.now()),
        created_at=format_instant(kept.made_at),
        rate=it.rate,
        waiting=_waiting(gateway, kept),
        failing=_failing(kept),
        recovering=it.recovery is not None,
        parked=len(it.parked),
        verification=said,
    )


def with_secret(told: Shown, found: Found) -> Shown:
    """The same with what checks its signatures, for who just had that made. Of a pair of keys the
    one that signs is shown to nobody."""
    current = found.secrets.keyring.current
    return told if isinstance(current, PrivateKey) else replace(told, secret=current.text)


def without_query(address: str) -> str:
    """An address as it may be shown."""
    before, mark, _ = address.partition("?")
    return f"{before}?…" if mark else before


def _sealed(connection: sqlite3.Connection, party: str) -> list[tuple[Kept, bytes]]:
    """With their secrets, sealed. One without is being removed: those go last."""
    kept = [it for it in every(connection).values() if it.subscription.party == party]
    found = [(it, find_secrets(connection, it.subscription.id)) for it in kept]
    return [(it, sealed) for it, sealed in found if sealed is not None]


def _former_until(secrets: Secrets, now: Instant) -> str | UnsetType:
    has_two = len(secrets.keyring.at(now)) > 1
    return format_instant(secrets.keyring.former_until) if has_two else UNSET


def _filter(wants: Filter) -> ShownFilter:
    return ShownFilter(
        sorted(wants.gemeenten),
        sorted(wants.rules),
        sorted(wants.severities),
        sorted(wants.statuses),
    )


def _access(access: Access) -> ShownAccess:
    return ShownAccess(without_query(access.token_url), access.client_id, access.scope)


def _failing(kept: Kept) -> Failing | None:
    it = kept.subscription
    if it.life is not Life.FAILING or it.streak is None:
        return None
    since = it.streak.since
    again = max(it.not_before, since)
    return Failing(format_instant(since), it.streak.failures, format_instant(again))


def _waiting(gateway: Gateway, kept: Kept) -> int | None:
    """How many alerts changed after what it was sent, wanted or not; None: in another hub."""
    if kept.numbered_by != gateway.numbered_by():
        return None
    return gateway.reading.ask(partial(_changed, kept=kept))


def _changed(connection: sqlite3.Connection, kept: Kept) -> int:
    it = kept.subscription
    return alerts.count_after(connection, it.party, it.cursor, MOST_COUNTED)
