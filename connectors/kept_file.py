"""The file of what a connector keeps: opened, locked, copied, and its errors translated.

One SQLite file in a folder, readable for its owner only; what is removed is overwritten. One
process at a time writes it; another may look at a copy in memory meanwhile. A transaction is on
disk when it ends.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

from hub.errors import Misconfigured, Unavailable

_VERSION: Final = 1
_APPLICATION: Final = 0x5345494B  # SEIK
_BUSY_SECONDS: Final = 10.0  # somebody copies it
_FILE: Final = "kept.db"
_DO: Final = {
    "SQLITE_BUSY": "another process uses the folder; give each connector one of its own",
    "SQLITE_CANTOPEN": "its file cannot be opened; name a folder that can be written",
    "SQLITE_READONLY": "its file cannot be written; name a folder that can",
    "SQLITE_NOTADB": "its file is of another program; name another folder",
    "SQLITE_CORRUPT": "its file is damaged; put it aside, and all is read from the beginning",
}
# What no disk or other process causes: to try it again would hide a mistake of the program.
_OURS: Final = frozenset({"SQLITE_CONSTRAINT", "SQLITE_ERROR", "SQLITE_MISMATCH", "SQLITE_MISUSE"})


class KeptFile:
    """The open file in a folder; close it when done."""

    def __init__(
        self, folder: Path, tables: Sequence[str], *, alone: bool = True, is_copy: bool = False
    ) -> None:
        """`alone` False: only to dismiss something, also while a process works there. `is_copy`: of
        what is there now, if anything, and in memory: it is gone however the process ends.

        Misconfigured: another process uses the folder, or it cannot be. Unavailable: disk full."""
        self._folder = folder
        with self._translated():
            if not is_copy:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = _locked(folder) if alone and not is_copy else None
            try:
                self._connection = _copied(folder) if is_copy else _connected(folder)
                self._prepare(tables)
            except BaseException:
                self._unlock()
                raise

    def close(self) -> None:
        self._connection.close()
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)

    def execute(self, statement: str, *values: Any) -> int:
        """How many rows it changed; whoever calls has a transaction."""
        return self._connection.execute(statement, values).rowcount

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """What it finds. Misconfigured: the file is damaged. Unavailable: it cannot be read now."""
        with self._translated():
            return self._connection.execute(statement, values).fetchall()

    def one(self, statement: str, *values: Any) -> Any:
        """The first value of the first row; None if there is none. Raises what `rows` does."""
        found = self.rows(statement, *values)
        return found[0][0] if found else None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it is on disk when the block ends, or nothing. Unavailable: the disk is full."""
        with self._translated(), self._connection:
            self.execute("BEGIN IMMEDIATE")
            yield

    def _prepare(self, tables: Sequence[str]) -> None:
        self.execute("PRAGMA journal_mode = TRUNCATE")  # or a journal would keep what was in it
        self.execute("PRAGMA synchronous = FULL")
        self.execute("PRAGMA secure_delete = ON")
        with self._connection:
            self.execute("BEGIN EXCLUSIVE")
            is_empty = not self.one("SELECT count(*) FROM sqlite_schema")
            found = (self.one("PRAGMA application_id"), self.one("PRAGMA user_version"))
            if is_empty and found == (0, 0):
                for table in tables:
                    self.execute(table)
                self.execute(f"PRAGMA application_id = {_APPLICATION}")
                self.execute(f"PRAGMA user_version = {_VERSION}")
            elif found != (_APPLICATION, _VERSION):
                do = "what is in it is of something else or a newer version; name another folder"
                raise Misconfigured(str(self._folder), do)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            do = "it cannot be made; name a folder that can be written"
            raise Misconfigured(str(self._folder), do) from error
        except sqlite3.DatabaseError as error:
            name = "_".join(getattr(error, "sqlite_errorname", "").split("_")[:2])
            if name in _DO:
                raise Misconfigured(str(self._folder), _DO[name]) from error
            if not name or name in _OURS:  # it was closed, or the program is wrong
                raise
            told = "the disk is full; make room" if name == "SQLITE_FULL" else name
            raise Unavailable(f"{self._folder}: {told}") from error


def _copied(folder: Path) -> sqlite3.Connection:
    """What is kept in a folder, in memory; also while a process writes it."""
    copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    if (folder / _FILE).exists():
        address = f"{(folder / _FILE).resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS)) as source:
            source.backup(copy)
    return copy


def _connected(folder: Path) -> sqlite3.Connection:
    with suppress(FileExistsError), _created(folder):
        pass
    return sqlite3.connect(
        folder / _FILE, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )


def _created(folder: Path) -> BinaryIO:
    made = os.open(folder / _FILE, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    return os.fdopen(made, "r+b")


def _locked(folder: Path) -> int:
    """A lock for as long as it is open."""
    lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise Misconfigured(str(folder), _DO["SQLITE_BUSY"]) from None
    return lock
