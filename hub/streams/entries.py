"""An accepted fact as an entry of the log: which stream, which key, which receipt.

The gemeente is the unit of distribution; what is said of a region only, or about its homes, goes to
the stream of regions (architecture, Two ideas). Every way in writes entries like these.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from hub.domain.facts import Fact, LeaseSigned
from hub.keys import Keys
from hub.streams.intake import reduced
from hub.streams.receipts import DIGEST, RECEIPT, receipt_id
from hub.streams.seam import Emit
from hub.wire.digest import digest
from hub.wire.state import encode_fact

FACTS: Final = "facts"
REGION_FACTS: Final = "region-facts"

_VERGUNNINGHOUDER: Final = "vergunninghouder"


class Entry(Struct, frozen=True):
    """What is appended for a fact, and how its receipt is called."""

    receipt_id: str
    digest: bytes
    emit: Emit


def entry_of(fact: Fact, keys: Keys) -> Entry:
    """The entry of a fact that intake has accepted."""
    stream, key = (REGION_FACTS, fact.region) if fact.is_regional else (FACTS, fact.gemeente)
    name, content = receipt_id(keys, fact), digest(fact)
    headers = {RECEIPT: name.encode(), DIGEST: content}
    return Entry(name, content, Emit(stream, key.encode(), encode_fact(fact), headers))


def group_of_other_tenant(fact: Fact) -> str | None:
    """The target group of a lease that was signed with anybody but a vergunninghouder."""
    if isinstance(fact.own, LeaseSigned) and fact.own.target_group != _VERGUNNINGHOUDER:
        return fact.own.target_group
    return None


def kept(fact: Fact) -> Fact:
    """What is kept of a fact: of the lease of any other tenant only where and when."""
    return fact if group_of_other_tenant(fact) is None else reduced(fact)
