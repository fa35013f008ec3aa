"""The bytes of a thing: read as what it should be, or kept for people when it is not.

What is kept is reduced to the fields that are read, the codes and ids in them, and no nine digits
that may be a burgerservicenummer. The whole thing still stands over there, at `where`.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from connectors.corporatie.vera_values import Unreadable
from connectors.seam import Unmapped
from hub.wire.bsn import masked

E = TypeVar("E", bound=Struct)

_INSIDE: Final = ("id", "code", "soort", "detailSoort", "datum", "bedrag")
_LONGEST: Final = 200


class Misshapen(Unreadable):
    """A thing that has another form than VERA says, and what was read of it."""

    def __init__(self, why: str, kept: bytes) -> None:
        super().__init__(why)
        self.kept = kept


def read_as(kind: type[E], raw: bytes | msgspec.Raw, where: str) -> E:
    """The thing; Misshapen if it is none of that kind."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except (ValueError, RecursionError) as error:
        # msgspec tells of types and places, and quotes no value.
        told = str(error) if isinstance(error, msgspec.ValidationError) else "it is no JSON"
        why = f"{where} has another form than VERA 4.3 says ({told}); mend it, or ask the supplier"
        raise Misshapen(why, _reduced(bytes(raw), kind)) from None


def unmapped(told: Unreadable, where: str, thing: Struct | None) -> Unmapped:
    """For people: what is wrong with a thing, and what was read of it."""
    kept = msgspec.json.encode(thing) if thing is not None else b""
    if isinstance(told, Misshapen):
        kept = told.kept
    return Unmapped(where, str(told), masked(kept))


def _reduced(raw: bytes, kind: type[Struct]) -> bytes:
    try:
        whole = msgspec.json.decode(raw)
    except (ValueError, RecursionError):
        return b""
    if not isinstance(whole, dict):
        return b""
    names = [it.encode_name for it in msgspec.structs.fields(kind)]
    return msgspec.json.encode({name: _small(whole[name]) for name in names if name in whole})


def _small(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _small(value[key]) for key in _INSIDE if key in value}
    if isinstance(value, list):
        return [_small(it) for it in value]
    return value[:_LONGEST] if isinstance(value, str) else value
