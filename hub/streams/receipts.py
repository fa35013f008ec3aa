"""Receipts: what became of a fact, for its publisher (interfaces, receipts).

One receipt a fact, the latest is true. Without standing it says `waiting`, exactly as for an
unknown reference: nobody learns from it what exists.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct

from hub.domain.facts import Fact
from hub.domain.refusals import Slug
from hub.domain.time import Instant, format_instant
from hub.keys import Keys
from hub.streams.seam import Emit

RECEIPTS: Final = "receipts"
# headers of a fact: the id of its receipt, and the digest of its content
RECEIPT: Final = "receipt"
DIGEST: Final = "digest"

_json: Final = msgspec.json.Encoder().encode


class ReceiptStatus(StrEnum):
    """What became of a fact."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    WAITING = "waiting"
    REFUSED = "refused"
    EXPIRED_UNBOUND = "expired-unbound"


class Receipt(Struct, frozen=True, rename="camel"):
    """The answer to one fact; `household` is the publisher's own handle."""

    receipt_id: str
    party: str
    source: str
    id: str
    type: str
    status: str
    problem: str | None
    household: str | None
    at: str


def receipt_id(keys: Keys, fact: Fact) -> str:
    """The id of a fact's receipt: the same at intake and whenever its lot changes."""
    return keys.receipt_id(fact.identity, fact.gemeente or fact.region)


def receipt(
    name: str,
    fact: Fact,
    status: ReceiptStatus,
    now: Instant,
    *,
    household: str | None = None,
    problem: Slug | None = None,
) -> Emit:
    """The receipt as it is emitted: its id is `name`, `household` is what its publisher calls the
    household."""
    told = Receipt(
        name,
        fact.party,
        fact.source,
        fact.id,
        fact.type,
        status.value,
        None if problem is None else problem.value,
        household,
        format_instant(now),
    )
    return Emit(RECEIPTS, name.encode(), _json(told))


def receipt_again(told: Receipt, digest: bytes | None) -> Emit:
    """A receipt that stands, for a stream that does not hold it yet; with the digest of its fact,
    which elsewhere only the way in knows."""
    headers = {} if digest is None else {DIGEST: digest}
    return Emit(RECEIPTS, told.receipt_id.encode(), _json(told), headers)
