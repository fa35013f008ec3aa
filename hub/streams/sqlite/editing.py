"""A transaction in a data directory from another process than the hub's, also while that runs.

For what operators do now and then: keys of parties, redriving. What reads a stream looks every few
seconds, so what is appended here is found without anybody being woken.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hub.errors import Misconfigured
from hub.streams.sqlite.directory import DATABASE
from hub.streams.sqlite.faults import our_words

_BUSY_SECONDS: Final = 10.0


@contextmanager
def transaction_in(data: Path) -> Iterator[sqlite3.Connection]:
    """Committed at the end of the block, or nothing of it happened.

    Misconfigured: no hub ever ran there. Unavailable: it is busy, try again.
    """
    database = data / DATABASE
    if not database.exists():
        raise Misconfigured(f"data directory {data}", "there is no hub in it; start one first")
    with our_words():
        connection = sqlite3.connect(database, isolation_level=None, timeout=_BUSY_SECONDS)
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        finally:
            connection.close()  # without COMMIT nothing of it happened
