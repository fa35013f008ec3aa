"""Everything that stands in the stream of settings: API keys, subscriptions with what belongs
to them, and what was done about dead letters. Here so that each read model holds all of it."""

from __future__ import annotations

import sqlite3

from hub.delivery import shelf
from hub.gateway import api_keys
from hub.reading import letter_marks, settings
from hub.reading.settings import Entries


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables where there are none; to be called inside a transaction."""
    api_keys.prepare(connection)
    settings.prepare(connection)


def put(connection: sqlite3.Connection, entries: Entries) -> None:
    """Settings were changed."""
    api_keys.put(connection, entries)
    settings.put(connection, entries, (*shelf.KINDS, letter_marks.KIND))
