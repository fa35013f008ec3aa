"""What a fact says, in 16 bytes: the same for its JSON, its Avro and every later form of its type.

Correlation keeps it to tell a duplicate from a conflicting one. Type and data are in it; identity,
publisher and `time` are not (facts document, Envelope).
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

import msgspec

from hub.domain.facts import Fact

SIZE_BYTES: Final = 16

_encode: Final = msgspec.json.Encoder().encode


def digest(fact: Fact) -> bytes:
    """16 bytes over type and data. Absent and null are the same, as is the order of references."""
    own = list(msgspec.structs.astuple(fact.own))
    # A field that a later version of the type adds is optional and last: the digest stays.
    while own and own[-1] is None:
        own.pop()
    said = (
        fact.type,
        fact.at,
        fact.gemeente,
        fact.region,
        sorted(fact.references),
        fact.replaces,
        fact.concerns,
        own,
    )
    return blake2b(_encode(said), digest_size=SIZE_BYTES).digest()
