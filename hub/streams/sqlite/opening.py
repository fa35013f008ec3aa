"""Opening the file: how it is set up, and whether it is whole.

Every start moves the log of the last run into the file and compares the length of the file and its
tables with what they must be. Up to `QUICK_CHECK_BYTES` every page is looked at too (measured: 280
MB a second); of a larger file that is `verify`'s, for a hub should be up again within seconds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

from hub.errors import Misconfigured
from hub.streams.sqlite.faults import STOP, our_words
from hub.streams.sqlite.schema import WHERE, check_schema, migrate

QUICK_CHECK_BYTES: Final = 256 << 20
PAGE_BYTES: Final = 8192
BUSY_MS: Final = 5000
CACHE_KIB: Final = 32768
WAL_LIMIT_BYTES: Final = 64 << 20

_WRITING: Final = (
    f"PRAGMA page_size = {PAGE_BYTES}",
    "PRAGMA auto_vacuum = INCREMENTAL",  # what is trimmed comes back as space
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # a commit is on the disk when it returns
    "PRAGMA secure_delete = ON",  # what is erased is overwritten
    f"PRAGMA journal_size_limit = {WAL_LIMIT_BYTES}",
)


def connect_to_write(database: Path) -> sqlite3.Connection:
    """The connection that writes, on a file that is up to date and was found whole.

    Misconfigured: damaged, changed, read-only, of another program or a newer release. Unavailable:
    no space.
    """
    return _opened(database, _prepare)


def connect_to_read(database: Path) -> sqlite3.Connection:
    """A connection that cannot write."""
    return _opened(database, _only_read)


def damage(connection: sqlite3.Connection, check: str = "integrity_check") -> list[str]:
    """What SQLite finds wrong with the pages; empty when the file is whole."""
    found = [row[0] for row in connection.execute(f"PRAGMA {check}(10)").fetchall()]
    return [] if found == ["ok"] else found


def _opened(database: Path, prepare: Callable[[sqlite3.Connection], None]) -> sqlite3.Connection:
    with our_words():
        connection = sqlite3.connect(
            database, isolation_level=None, check_same_thread=False, timeout=BUSY_MS / 1000
        )
        try:
            connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            connection.execute("PRAGMA temp_store = MEMORY")  # nothing of it in /tmp
            prepare(connection)
        except BaseException:
            connection.close()
            raise
    return connection


def _only_read(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA query_only = ON")


def _prepare(connection: sqlite3.Connection) -> None:
    for pragma in _WRITING:
        connection.execute(pragma).fetchall()
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    if mode != "wal":
        raise Misconfigured(WHERE, "a file system over a network will not do; use a local disk")
    migrate(connection)
    _check_whole(connection)
    # A write that changes nothing: a disk without space or rights shows now, not at the first fact.
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('opened', 'yes')")


def _check_whole(connection: sqlite3.Connection) -> None:
    (is_read_elsewhere, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    check_schema(connection)
    size = Path(connection.execute("PRAGMA database_list").fetchone()[2]).stat().st_size
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
    is_cut = not is_read_elsewhere and size < pages * page_bytes
    if is_cut or (size <= QUICK_CHECK_BYTES and damage(connection, "quick_check")):
        raise Misconfigured(WHERE, STOP[sqlite3.SQLITE_CORRUPT])
