"""What SQLite raises, as what the caller must do. The only place that knows its codes.

https://www.sqlite.org/rescode.html: the lowest byte of an extended code is the primary one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from hub.errors import Bug, Misconfigured, SeintjeError, Unavailable

# Why, and in how many seconds to try again. After any of these the transaction is rolled back.
LATER: Final[Mapping[int, tuple[str, float]]] = {
    sqlite3.SQLITE_FULL: ("there is no space left for the database", 30.0),
    sqlite3.SQLITE_IOERR: ("the disk of the database failed", 30.0),
    sqlite3.SQLITE_NOMEM: ("there is no memory left for the database", 30.0),
    sqlite3.SQLITE_BUSY: ("another program holds the database", 1.0),
    sqlite3.SQLITE_LOCKED: ("another program holds the database", 1.0),
    sqlite3.SQLITE_PROTOCOL: ("another program holds the database", 1.0),
    sqlite3.SQLITE_INTERRUPT: ("the database was interrupted", 1.0),
}
_RESTORE: Final = "stop, keep a copy of the directory, and restore the last backup"
STOP: Final[Mapping[int, str]] = {
    sqlite3.SQLITE_CORRUPT: f"the database is damaged; {_RESTORE}",
    sqlite3.SQLITE_NOTADB: f"seintje.db is not a database, or is damaged; {_RESTORE}",
    sqlite3.SQLITE_FORMAT: f"seintje.db is not a database, or is damaged; {_RESTORE}",
    sqlite3.SQLITE_READONLY: "the database cannot be written; give this user the right to write",
    sqlite3.SQLITE_CANTOPEN: "the database cannot be opened; give this user rights on its files",
    sqlite3.SQLITE_PERM: "the database cannot be opened; give this user rights on its files",
    sqlite3.SQLITE_AUTH: "the database cannot be opened; give this user rights on its files",
    sqlite3.SQLITE_NOLFS: "the file system is too small for the database; move it",
}


def translated(error: sqlite3.Error) -> SeintjeError:
    """The same fault in our words. What is in no table is our own mistake: a `Bug`."""
    # What the module of Python itself raises has no code.
    primary = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if primary in LATER:
        why, retry_after = LATER[primary]
        return Unavailable(why, retry_after)
    if primary in STOP:
        return Misconfigured("data directory", STOP[primary])
    # The text of SQLite names tables and columns; the values of a row are never in it.
    return Bug(f"SQLite: {error}")


@contextmanager
def our_words() -> Iterator[None]:
    """Translate what SQLite raises inside."""
    try:
        yield
    except sqlite3.Error as error:
        raise translated(error) from error
