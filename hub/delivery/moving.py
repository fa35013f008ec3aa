"""Subscriptions on the move to another hub (`seintje state`).

Secrets are sealed anew where the key is another. Which orders were carried out goes along as
nothing: they are numbered anew there, and those that were are gone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec.structs import replace

from hub.delivery.kept import Kept
from hub.delivery.shelf import KINDS, SECRETS, SUBSCRIPTION, encode
from hub.keys import Keys
from hub.reading import settings
from hub.reading.settings import Setting
from hub.streams.transfer import SettingEntry

_kept: Final = msgspec.json.Decoder(Kept).decode


def entries(
    connection: sqlite3.Connection, keys: Keys, onto: Keys | None
) -> Iterator[SettingEntry]:
    """Everything of subscriptions, sealed by `onto` if given."""
    for kind in KINDS:
        for it in settings.beginning_with(connection, kind):
            yield SettingEntry(it.key, _moved(it, keys, onto))


def restore(connection: sqlite3.Connection, entry: SettingEntry) -> None:
    """A setting of another hub, after those before it."""
    settings.change(connection, entry.key, entry.value)


def renumbered(key: str, value: bytes | None) -> bytes | None:
    """A setting as it goes where orders are numbered anew."""
    if value is not None and key.startswith(SUBSCRIPTION):
        return encode(replace(_kept(value), applied=0))
    return value


def _moved(it: Setting, keys: Keys, onto: Keys | None) -> bytes:
    if it.key.startswith(SUBSCRIPTION):
        return encode(replace(_kept(it.value), applied=0))
    if it.key.startswith(SECRETS) and onto is not None:
        id_ = it.key.removeprefix(SECRETS).encode()
        return onto.webhooks.seal(id_, keys.webhooks.open(id_, it.value))
    return it.value
