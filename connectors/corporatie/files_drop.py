"""Where files are dropped: the seam between what a file says and the folder or server it lies on.

A place is a folder, by the name that the settings give it. Nothing here knows what is in a file. A
file is read by pieces, and written under another name until it is whole: whoever looks sees all of
it or nothing.
"""

from __future__ import annotations

import asyncio
import errno
import os
import stat
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, Protocol, TypeVar

from hub.errors import Misconfigured, SeintjeError, Unavailable
from hub.wire.bsn import masked

T = TypeVar("T")

# What is being written, by us or by others: never taken, and seen by nobody who keeps to this.
UNFINISHED: Final = (".part", ".filepart", ".tmp", ".temp", ".partial", ".crdownload", ".swp", "~")
_HIDDEN: Final = (".", "~$")
_FOR_US_AND_OUR_GROUP: Final = 0o660


class Gone(SeintjeError):
    """The file is not there any more."""


class Seen(NamedTuple):
    """A file as it lies there: when it was changed, in milliseconds by the clock over there."""

    name: str
    size: int
    changed: int

    @property
    def shown(self) -> str:
        """The name for people and logs."""
        return shown(self.name)


class Piece(NamedTuple):
    """Bytes of a file, and the file as it was when they were read."""

    seen: Seen
    raw: bytes


class Drop(Protocol):
    """Folders of files. All raise Unavailable if it is away, and Misconfigured if a folder is not
    there or may not be used, with what to do."""

    async def listed(self, place: str) -> Sequence[Seen]:
        """The files in it, by name, without those that are being written."""
        ...

    async def read(self, place: str, name: str, offset: int, size: int) -> Piece:
        """At most so many bytes from there on. Gone."""
        ...

    async def write(self, place: str, name: str, raw: bytes) -> None:
        """The whole file, or nothing; over one of that name."""
        ...

    async def move(self, place: str, name: str, to: str, new_name: str) -> None:
        """Over one of that name; nothing if it is not there any more."""
        ...


def shown(name: str) -> str:
    """A name for people and logs: somebody may have named a file after a person."""
    return masked(name.encode()).decode()


def is_finished(name: str) -> bool:
    """Whether a name is one that a file gets when it is whole, and can be written down."""
    if not name.isprintable() or "/" in name:
        return False
    return not name.lower().endswith(UNFINISHED) and not name.startswith(_HIDDEN)


class FolderDrop:
    """Folders of this machine, or of a share that is mounted on it."""

    async def listed(self, place: str) -> Sequence[Seen]:
        return await _off_the_loop(place, lambda: _listed(place))

    async def read(self, place: str, name: str, offset: int, size: int) -> Piece:
        def read() -> Piece:
            try:
                # A pipe that was put there meanwhile would never be open.
                file = os.open(Path(place, name), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
                try:
                    raw = os.pread(file, size, offset)
                    return Piece(_seen(name, os.fstat(file)), raw)
                finally:
                    os.close(file)
            except FileNotFoundError:
                raise Gone(name) from None

        return await _off_the_loop(place, read)

    async def write(self, place: str, name: str, raw: bytes) -> None:
        def write() -> None:
            part = Path(place, f"{name}.part")
            with _made_anew(part) as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            part.replace(Path(place, name))
            _sync(place)

        await _off_the_loop(place, write)

    async def move(self, place: str, name: str, to: str, new_name: str) -> None:
        def move() -> None:
            source = Path(place, name)
            if not Path(to).is_dir():
                raise NotADirectoryError(to)
            with suppress(FileNotFoundError):
                source.replace(Path(to, new_name))
                _sync(to)

        await _off_the_loop(to, move)


async def _off_the_loop(place: str, act: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(act)
    except (FileNotFoundError, NotADirectoryError):
        raise Misconfigured(place, "there is no such folder; make it, or name another") from None
    except PermissionError:
        raise Misconfigured(place, "its rights do not allow this; give us the folder") from None
    except OSError as error:
        if error.errno == errno.EXDEV:  # a rename does not leave its disk
            do = "name a folder on the same disk as the one where files come in"
            raise Misconfigured(place, do) from error
        raise Unavailable(f"{place}: {error.strerror}") from error


def _listed(place: str) -> Sequence[Seen]:
    with os.scandir(place) as entries:
        finished = [entry for entry in entries if is_finished(entry.name)]
    found: list[Seen] = []
    for entry in finished:
        with suppress(FileNotFoundError):  # it was taken away since
            status = entry.stat(follow_symlinks=False)  # a link may lead anywhere
            found += [_seen(entry.name, status)] if stat.S_ISREG(status.st_mode) else []
    return sorted(found)


def _seen(name: str, status: os.stat_result) -> Seen:
    return Seen(name, status.st_size, status.st_mtime_ns // 1_000_000)


def _made_anew(part: Path) -> BinaryIO:
    """An empty file in place of whatever is there: what lies in a folder that others may write in
    can be a link to a file of ours. For us and our group, as far as the umask lets it."""
    with suppress(FileNotFoundError):
        part.unlink()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    return os.fdopen(os.open(part, flags, _FOR_US_AND_OUR_GROUP), "wb")


def _sync(place: str) -> None:
    """What was renamed there stays renamed when the power goes. A share may not know how; then it
    sees to that itself."""
    folder = os.open(place, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(folder)
    finally:
        os.close(folder)
