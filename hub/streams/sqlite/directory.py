"""The data directory: who may see it, and that one process at a time uses it."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from hub.errors import Misconfigured, Unavailable
from hub.streams.sqlite.schema import WHERE

DATABASE: Final = "seintje.db"
LOCK: Final = "seintje.lock"

_NO_SPACE: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class DataDirectory:
    """A directory that is ours until `close`: 0700 when we make it, its files 0600.

    The lock belongs to the open file (`flock`), so it ends with the process, however that ends.
    """

    def __init__(self, path: Path, database: str = DATABASE) -> None:
        self.path = path
        self.database = path / database
        with _in_words(path), ExitStack() as undo:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = _own_file(path / LOCK)
            undo.callback(self.close)
            self._take()
            os.close(_own_file(self.database))
            undo.pop_all()

    def close(self) -> None:
        """Let go of it; a second time does nothing."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1  # the number may be another file's by now

    @contextmanager
    def outlasting(self) -> Iterator[None]:
        """The directory stays ours while the block runs, also after `close`."""
        lock = os.dup(self._lock)
        try:
            yield
        finally:
            os.close(lock)

    def _take(self) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.pread(self._lock, 20, 0).decode("ascii", "replace").strip()
            raise Misconfigured(
                f"{WHERE} {self.path}",
                f"process {owner or '?'} uses it; stop that one, or give another directory",
            ) from None
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, b"%d\n" % os.getpid(), 0)


def _own_file(path: Path) -> int:
    """The file, made when it is not there, and closed to others."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if os.fstat(file).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            os.fchmod(file, 0o600)
    except OSError:
        os.close(file)
        raise
    return file


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _NO_SPACE:
            raise Unavailable(f"there is no space left in {path}", 30.0) from error
        why = f"it cannot be used ({error.strerror}); give this user the right to write there"
        raise Misconfigured(f"{WHERE} {path}", why) from error
