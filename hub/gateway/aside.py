"""Subscriptions and API keys as they go into the journal of a hub in one process (ADR 0031).

There are few of either, so what changed is found by looking: whoever changed them, also another
process, needs to say nothing.
"""

from __future__ import annotations

import sqlite3
from typing import Final

import msgspec
from msgspec import Struct

from hub.delivery import moving
from hub.domain.time import Instant
from hub.gateway import api_keys
from hub.reading import settings
from hub.streams.seam import Position

_Keys = list[tuple[str, str, Instant, Instant | None]]


class _Changes(Struct, array_like=True):
    """Settings that were set (None: taken away), in order; all keys, if one changed. `is_whole`:
    settings that are not named are no more."""

    is_whole: bool
    settings: list[tuple[str, bytes | None]]
    api_keys: _Keys | None


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(_Changes).decode


class Aside:
    """What is kept beside state and streams. To be used from one thread at a time."""

    def __init__(self) -> None:
        self._count = 0
        self._last: Position = 0
        self._settings: set[str] = set()
        self._api_keys: _Keys = []

    def changes(self, connection: sqlite3.Connection, *, whole: bool) -> bytes | None:
        """What changed since it was last asked, or all of it; None for nothing."""
        count, last = settings.extent(connection)
        keys: _Keys | None = api_keys.every(connection)
        is_set = whole or (count, last) != (self._count, self._last)
        if not is_set and keys == self._api_keys:
            return None
        changed: list[tuple[str, bytes | None]] = []
        if is_set:
            found = settings.after(connection, 0 if whole else self._last)
            there = settings.keys(connection)
            changed += [(key, None) for key in sorted(self._settings - there)]
            changed += [(it.key, it.value) for it in found]
            self._count, self._last, self._settings = count, last, there
        if keys == self._api_keys and not whole:
            keys = None
        else:
            self._api_keys = keys or []
        return _encode(_Changes(whole, changed, keys))

    def put(self, connection: sqlite3.Connection, changes: bytes) -> None:
        """Put changes in another database, in the order in which they were given."""
        found = _decode(changes)
        if found.is_whole:
            for key in settings.keys(connection):
                settings.change(connection, key, None)
        for key, value in found.settings:
            settings.change(connection, key, moving.renumbered(key, value))
        if found.api_keys is not None:
            api_keys.replace(connection, found.api_keys)
