"""Opening the file: how it is set up, and whether it is whole.

Every start compares the length of the file and its tables with what they must be. Up to
`QUICK_CHECK_BYTES` every page is looked at too (measured: 280 MB a second); in a larger file that
is left to `verify`, for a hub should be up again within seconds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

from hub.errors import Misconfigured
from hub.streams.sqlite.faults import STOP, our_words
from hub.streams.sqlite.schema import WHERE, check_schema, check_version, migrate

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


def connect_to_write(
    database: Path, quick_check_bytes: int = QUICK_CHECK_BYTES
) -> sqlite3.Connection:
    """The connection that writes, on a file that is up to date and was found whole.

    Misconfigured: damaged, changed, read-only, of another program or a newer release. Unavailable:
    no space.
    """

    def prepare(connection: sqlite3.Connection) -> None:
        check_version(connection)  # before anything is changed in what is not ours
        _prepare(connection, quick_check_bytes)

    # Before SQLite opens the file and makes it right; and never after: closing a file of ours would
    # drop the locks that SQLite holds on it (POSIX), and another process would take our log away.
    _check_length(database)
    return _opened(database, prepare)


def connect_to_read(database: Path) -> sqlite3.Connection:
    """A connection that cannot write."""
    return _opened(database, _only_read)


def damage(connection: sqlite3.Connection, check: str = "integrity_check") -> list[str]:
    """What SQLite finds wrong with the pages; empty when the file is whole."""
    try:
        found = [row[0] for row in connection.execute(f"PRAGMA {check}(10)").fetchall()]
    except sqlite3.DatabaseError as error:
        # what is broken badly enough stops the check itself
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise
        return ["the check could not finish"]
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


def _prepare(connection: sqlite3.Connection, quick_check_bytes: int) -> None:
    for pragma in _WRITING:
        connection.execute(pragma).fetchall()
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    if mode != "wal":
        raise Misconfigured(WHERE, "a file system over a network will not do; use a local disk")
    migrate(connection)
    _check_whole(connection, quick_check_bytes)
    # A write that changes nothing: a disk without space or rights shows now, not at the first fact.
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('opened', 'yes')")


def _check_whole(connection: sqlite3.Connection, quick_check_bytes: int) -> None:
    check_schema(connection)
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    if pages * PAGE_BYTES <= quick_check_bytes and damage(connection, "quick_check"):
        raise Misconfigured(WHERE, STOP[sqlite3.SQLITE_CORRUPT])


def _check_length(database: Path) -> None:
    """Misconfigured if the file is not as long as its first page says.

    SQLite fills what is missing of a last page with zeros, and finds it whole. After a crash the
    log knows better than the first page, and there is nothing to compare.
    """
    log = database.with_name(database.name + "-wal")
    if not database.exists():
        return
    size = database.stat().st_size
    if size == 0 or (log.exists() and log.stat().st_size):
        return
    with database.open("rb") as file:
        head = file.read(32)  # https://www.sqlite.org/fileformat.html, The Database Header
    page_bytes = int.from_bytes(head[16:18])
    if head.startswith(b"SQLite format 3\0") and size != page_bytes * int.from_bytes(head[28:32]):
        raise Misconfigured(WHERE, STOP[sqlite3.SQLITE_CORRUPT])
