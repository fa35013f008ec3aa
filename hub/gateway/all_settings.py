"""Everything that stands in the stream of settings: API keys, and subscriptions with what belongs
to them. Here so that each read model holds both."""

from __future__ import annotations

import sqlite3

from hub.delivery import shelf
from hub.gateway import api_keys
from hub.reading import settings
from hub.reading.settings import Entries


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables where there are none; to be called inside a transaction."""
    api_keys.prepare(connection)
    settings.prepare(connection)


def put(connection: sqlite3.Connection, entries: Entries) -> None:
    """Settings were changed."""
    api_keys.put(connection, entries)
    settings.put(connection, entries, shelf.KINDS)
