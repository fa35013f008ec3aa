"""The journal of a hub on disk: what each commit did, sealed, beside the backups (ADR 0031).

Segments of one *line*: a line is an unbroken run of commits of one database, and has a name by
chance. A segment begins with a readable head; each entry after it is compressed and sealed, bound
to its place, so that none can be left out, moved or altered unseen. What is appended is on the disk
on return. Knows nothing of what entries say; never written over but for what was taken back.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec
import zstandard
from msgspec import Struct
from msgspec.structs import replace

from hub import __version__
from hub.domain.time import Instant
from hub.durable import sync_directory
from hub.errors import Misconfigured, Unavailable
from hub.keys import SALT_SIZE, SEAL_OVERHEAD, Cipher, Keys
from hub.streams.seam import Clock

FOLDER: Final = "journal"
FORMAT: Final = 1
SEGMENT_BYTES: Final = 64 << 20

MAGIC: Final = b"seintje-journal\n"
LENGTH_BYTES: Final = 4
_MANY: Final = 2
_NO_SPACE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Place(Struct, frozen=True):
    """Where an entry ends: the line, the number of its segment, and the byte there."""

    line: str
    segment: int
    offset: int


class Head(Struct, frozen=True, rename="camel"):
    """What a segment begins with. `before`: where the one before it ended; None for the first.
    `key` is the fingerprint of the key that opens it, `since` when it was begun."""

    format: int
    release: str
    key: str
    line: str
    segment: int
    before: int | None
    since: Instant
    salt: str


_encode: Final = msgspec.json.Encoder().encode
_head: Final = msgspec.json.Decoder(Head).decode


class Journal:
    """The segment that is written to. To be used from one thread at a time."""

    def __init__(
        self, backups: Path, keys: Keys, clock: Clock, segment_bytes: int = SEGMENT_BYTES
    ) -> None:
        self._folder = backups / FOLDER
        self._keys = keys
        self._clock = clock
        self._segment_bytes = segment_bytes
        self._file = -1
        self._cipher: Cipher | None = None
        self._squeezer = zstandard.ZstdCompressor()
        self._is_full = False
        self.place = Place("", 0, 0)

    def go_on(self, place: Place) -> bool:
        """Go on at a place where this journal was; what stands after it is taken away, for it was
        never committed. False when it is not there, or shorter: then `begin`. Misconfigured: more
        stands after it than a crash leaves, so what asks is an older copy of the database."""
        with _in_words(self._folder):
            path = self._folder / name_of(place.line, place.segment)
            found = head_in(path)
            if found is None or (found[0].line, found[0].key) != (place.line, self._fingerprint):
                return False
            if path.stat().st_size < place.offset or place.offset < found[1]:
                return False
            self._check_is_latest(place)
            for later in segments_of(self._folder, place.line):
                if later > place.segment:
                    (self._folder / name_of(place.line, later)).unlink()
            self._take(path)
            os.ftruncate(self._file, place.offset)
            os.fsync(self._file)
            self._cipher = self._keys.backup_cipher(bytes.fromhex(found[0].salt))
        self.place = place
        return True

    def begin(self) -> None:
        """Begin a new line."""
        self._make(Place(secrets.token_hex(8), 0, 0), None)

    def rotate(self) -> None:
        """Begin another segment before the next entry, so that this one can be removed some day."""
        self._is_full = True

    def sealed(self, entry: bytes) -> tuple[bytes, Place]:
        """The bytes of an entry at the place where the next one goes, and where it will end."""
        if self._is_full or self.place.offset > self._segment_bytes:
            self._make(self.place, self.place.offset)
        assert self._cipher is not None
        plain = self._squeezer.compress(entry)
        body = self._cipher.seal(bound(self.place), plain)
        frame = len(body).to_bytes(LENGTH_BYTES, "big") + body
        return frame, replace(self.place, offset=self.place.offset + len(frame))

    def append(self, frame: bytes) -> None:
        """Write what `sealed` gave; on the disk on return. Unavailable: it is not there."""
        with _in_words(self._folder):
            written = 0
            while written < len(frame):
                at = self.place.offset + written
                written += os.pwrite(self._file, memoryview(frame)[written:], at)
            os.fdatasync(self._file)
        self.place = replace(self.place, offset=self.place.offset + len(frame))

    def take_back(self, frame: bytes) -> None:
        """What was appended last did not happen."""
        self.place = replace(self.place, offset=self.place.offset - len(frame))
        with suppress(OSError):  # what is left is written over, and nobody heard of it
            os.ftruncate(self._file, self.place.offset)

    def close(self) -> None:
        """Let go of it; a second time does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    @property
    def _fingerprint(self) -> str:
        return self._keys.fingerprint

    def _make(self, after: Place, before: int | None) -> None:
        """The segment that follows; the place moves to its beginning."""
        salt = secrets.token_bytes(SALT_SIZE)
        number = after.segment + 1
        since = self._clock.now()
        head = Head(
            FORMAT, __version__, self._fingerprint, after.line, number, before, since, salt.hex()
        )
        body = _encode(head)
        begun = MAGIC + len(body).to_bytes(LENGTH_BYTES, "big") + body
        with _in_words(self._folder):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = self._folder / name_of(after.line, number)
            path.unlink(missing_ok=True)  # of an attempt that the disk did not take
            path.write_bytes(b"")
            path.chmod(0o600)
            self._take(path)
            os.pwrite(self._file, begun, 0)
            os.fsync(self._file)
            sync_directory(self._folder)
        self._cipher = self._keys.backup_cipher(salt)
        self._is_full = False
        self.place = Place(after.line, number, len(begun))

    def _check_is_latest(self, place: Place) -> None:
        """Each entry is committed before the next one is written, so at most one was not."""
        found = 0
        for number in segments_of(self._folder, place.line):
            path = self._folder / name_of(place.line, number)
            head = head_in(path) if number > place.segment else None
            if number == place.segment or head is not None:
                found += _whole_after(path, place.offset if head is None else head[1])
        if found > 1:
            told = "an older copy of the database was put back, and this knows what came after it"
            raise Misconfigured(f"journal in {self._folder}", f"{told}; restore the newest backup")

    def _take(self, path: Path) -> None:
        self.close()
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            told = "another hub writes its journal there; stop that one, or give another directory"
            raise Misconfigured(f"journal {path}", told) from None
        self._file = file


def name_of(line: str, segment: int) -> str:
    """How the file of a segment is called."""
    return f"{line}-{segment:08d}.journal"


def segments_of(folder: Path, line: str | None = None) -> list[int]:
    """The numbers of the segments of a line that are there, in order."""
    return sorted(int(it.stem.rpartition("-")[2]) for it in folder.glob(f"{line}-*.journal"))


def remove_unneeded(folder: Path, oldest: dict[str, int]) -> int:
    """Remove the segments before the oldest one that is needed of each line, and all those of lines
    that are not named and that no hub writes; how many that were."""
    removed, all_there = 0, sorted(folder.glob("*-*.journal"))
    lines = {it: it.stem.rpartition("-")[0] for it in all_there}
    # Of a line that is named nobody is asked: to ask is to hold it for a moment.
    used = {line for it, line in lines.items() if line not in oldest and _is_written(it)}
    for path, line in lines.items():
        number = path.stem.rpartition("-")[2]
        if int(number) < oldest.get(line, 0 if line in used else 1 << 62):
            path.unlink()
            removed += 1
    return removed


def bound(place: Place) -> bytes:
    """What an entry at this place is sealed with: it opens nowhere else."""
    return f"{place.line}/{place.segment}/{place.offset}".encode()


def head_in(path: Path) -> tuple[Head, int] | None:
    """The head of a segment, and where it ends; None if it is not there, or cannot be read."""
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                return None
            size = int.from_bytes(file.read(LENGTH_BYTES), "big")
            return _head(file.read(min(size, 4096))), len(MAGIC) + LENGTH_BYTES + size
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def _is_written(path: Path) -> bool:
    """Whether a hub that runs holds this segment."""
    file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def _whole_after(path: Path, offset: int) -> int:
    """How many entries of a segment stand whole after this place, unopened; two are many."""
    found = 0
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        while found < _MANY and file.seek(offset) < size:
            length = int.from_bytes(file.read(LENGTH_BYTES), "big")
            offset += LENGTH_BYTES + length
            if length < SEAL_OVERHEAD or offset > size:
                break
            found += 1
    return found


@contextmanager
def _in_words(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = "there is no space left" if error.errno in _NO_SPACE else error.strerror
        told = f"the journal in {folder} cannot be written ({why}); make room there, or bring it"
        raise Unavailable(f"{told} back. Nothing is accepted meanwhile", 5.0) from error
