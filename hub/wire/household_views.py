"""What one party may see of a household by itself, as bytes: its references and its own facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from hub.domain.facts import CATALOGUE, Fact, Own, Reference
from hub.wire.state import TYPES

_NUMBER_OF: Final = {name: number for number, name in enumerate(TYPES)}


class OfHousehold(Struct, frozen=True):
    """A household in the words of one party. `facts` are in order."""

    gemeente: str
    references: tuple[Reference, ...]
    facts: Sequence[Fact]


class _Fact(Struct, array_like=True, gc=False):
    """A fact of which place and publisher are known."""

    type: int
    at: int
    source: str
    id: str
    own: msgspec.Raw


class _Packed(Struct, array_like=True):
    references: tuple[Reference, ...]
    facts: list[_Fact]


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(_Packed).decode
_OWN: Final[tuple[Any, ...]] = tuple(msgspec.msgpack.Decoder(CATALOGUE[name].own) for name in TYPES)


def pack(view: OfHousehold) -> bytes:
    """The same bytes for the same household, however it came about."""
    number = _NUMBER_OF
    facts = [(number[it.type], it.at, it.source, it.id, it.own) for it in view.facts]
    return _encode((view.references, facts))


def unpack(packed: bytes, party: str, gemeente: str) -> OfHousehold:
    """The view that was packed for this party; the gemeente is kept beside it."""
    found = _decode(packed)
    facts = [_fact(it, party, gemeente) for it in found.facts]
    return OfHousehold(gemeente, found.references, facts)


def _fact(said: _Fact, party: str, gemeente: str) -> Fact:
    own: Own = _OWN[said.type].decode(said.own)
    return Fact(TYPES[said.type], said.source, said.id, said.at, party, own, gemeente)
