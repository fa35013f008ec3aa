"""A cluster as it is kept, made ready to be kept elsewhere.

Under other keys its values are sealed anew, and where the book of texts is another one, numbers are
written over. Nothing of what it says changes; with the same keys and book, no byte of it does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from hub.keys import SALT_SIZE, Keys
from hub.streams.clusters import Meta, StoredAlert
from hub.wire.state import check_version, renumbered

_HEAD_SIZE: Final = 1 + SALT_SIZE  # the version and the salt stand before what is sealed

_META: Final = msgspec.msgpack.Decoder(Meta)
_ALERT: Final = msgspec.msgpack.Decoder(StoredAlert)
_encode: Final = msgspec.msgpack.Encoder().encode


class Goal(Struct, frozen=True):
    """Under which keys, and which number each text gets; None: the one it has."""

    keys: Keys
    numbers: Sequence[int] | None = None


class Resealing:
    """One cluster on its way. `place` is its gemeente or region."""

    def __init__(self, id_: bytes, stored: bytes, keys: Keys, goal: Goal) -> None:
        check_version(stored)
        head, sealed = stored[:_HEAD_SIZE], stored[_HEAD_SIZE:]
        self._numbers = goal.numbers
        self._is_sealed_anew = goal.keys.fingerprint != keys.fingerprint
        self._from = self._onto = keys.cipher(head[1:])
        plain = self._from.open(id_, sealed)
        self.place = _META.decode(plain).gemeente
        self.stored = stored
        if self._is_sealed_anew:
            self._onto = goal.keys.cipher(head[1:])
            self.stored = head + self._onto.seal(id_, plain)

    def fact(self, key: bytes, value: bytes) -> bytes:
        """The value of one of its facts."""
        check_version(value)
        if not self._is_sealed_anew and self._numbers is None:
            return value
        packed = self._from.open(key, value[1:])
        if self._numbers is not None:
            packed = renumbered(packed, self._numbers)
        return value[:1] + self._onto.seal(key, packed)

    def alert(self, value: bytes) -> bytes:
        """The value of one of its alerts."""
        check_version(value)
        if self._numbers is None:
            return value
        alert = _ALERT.decode(memoryview(value)[1:])
        alert.rule, alert.severity = self._numbers[alert.rule], self._numbers[alert.severity]
        alert.told = {self._numbers[party]: told for party, told in alert.told.items()}
        return value[:1] + _encode(alert)
