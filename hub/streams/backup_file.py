"""A backup as a file: an export of a hub, sealed, between a head and a tail that anybody can read.

The head says what it is of, when it was made, which key opens it and where its journal goes on; the
tail how many entries there are, and the SHA-256 of all before it. What lies between are pieces of
an export, each sealed and bound to its place, so that a copy without the key tells nothing but
that (ADR 0031).
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path
from typing import IO, Final, cast

import msgspec
from msgspec import Struct

from hub.domain.time import MINUTE_MS, Instant
from hub.errors import Misconfigured, Tampered
from hub.keys import SALT_SIZE, Keys
from hub.streams import export_file
from hub.streams.export_file import Header, Opener, Told, Trailer
from hub.streams.journal_file import Place
from hub.streams.transfer import Entry

FORMAT: Final = 1
ENDING: Final = ".backup"

_MAGIC: Final = b"seintje-backup\n"
_LENGTH_BYTES: Final = 4
_PIECE: Final = 1 << 20
_LONGEST: Final = 4 << 20
_CLOCKS_MS: Final = 5 * MINUTE_MS  # by so much clocks are set, or differ
_DAMAGED: Final = "it is damaged or not whole; copy it anew, or take another backup"
_FOREIGN: Final = "it is no backup; give a file that `seintje backup create` made"


class Head(Struct, frozen=True, rename="camel"):
    """What a backup is of. `state_format` is that of the export in it; `place` is where its journal
    goes on, None if there is none; `key` the fingerprint of the key that opens it."""

    format: int
    release: str
    state_format: int
    key: str
    made_at: Instant
    place: Place | None
    salt: str


class Tail(Struct, frozen=True, rename="camel"):
    """How many entries there are of each kind, and the SHA-256 of all before this in the file."""

    counts: dict[str, int]
    sha256: str


_encode: Final = msgspec.json.Encoder().encode
_head: Final = msgspec.json.Decoder(Head).decode
_tail: Final = msgspec.json.Decoder(Tail).decode


def write(
    path: Path,
    header: Header,
    place: Place | None,
    entries: tuple[Iterable[Entry], Told],
    keys: Keys,
) -> Tail:
    """A backup with these entries; who hears how many have been written comes with them.

    Misconfigured when there is a file of this name. There is no file when anything is raised.
    """
    salt = secrets.token_bytes(SALT_SIZE)
    head = Head(
        FORMAT, header.release, header.format, keys.fingerprint, header.made_at, place, salt.hex()
    )
    with export_file.new_file(path) as file:
        out = _Digesting(file)
        out.write(_MAGIC + _framed(_encode(head)))
        sealing = _Sealing(out, keys, salt)
        trailer = export_file.write_to(sealing, header, *entries)
        sealing.end()
        tail = Tail(trailer.counts, out.digest.hexdigest())
        body = _encode(tail)
        file.write(body + len(body).to_bytes(_LENGTH_BYTES, "big"))
    return tail


def recency(made_at: Instant, now: Instant) -> tuple[bool, Instant]:
    """What to put backups in order by. One of a clock that was ahead is no newer than others: it
    would be the newest until then, and all that are made meanwhile would be removed."""
    return made_at <= now + _CLOCKS_MS, made_at


def head_of(path: Path) -> Head:
    """What a backup says of itself; Misconfigured if it is none."""
    with _in_words(path), path.open("rb") as file:
        return _head_in(file, path)


def tail_of(path: Path) -> Tail:
    """What stands at its end; Misconfigured if that is not there."""
    with _in_words(path), path.open("rb") as file:
        return _tail_in(file)[0]


def check(path: Path, keys: Keys) -> tuple[Header, Trailer]:
    """Read it to its end, twice: the bytes as they lie there, and what is sealed in them.

    Misconfigured: it is damaged, another key sealed it, or a newer release made it.
    """
    head, tail = _check_bytes(path)
    if head.key != keys.fingerprint:
        told = f"key {head.key} sealed it, this is {keys.fingerprint}; give that one"
        raise Misconfigured(_where(path), told)
    found = export_file.check(path, unsealed(keys))
    if found[1].counts != tail.counts or found[0].made_at != head.made_at:
        raise Misconfigured(_where(path), _DAMAGED)
    return found


def unsealed(keys: Keys) -> Opener:
    """Opens the export in a backup."""

    @contextmanager
    def opened(path: Path) -> Iterator[IO[bytes]]:
        with _in_words(path), path.open("rb") as file:
            head = _head_in(file, path)
            yield cast("IO[bytes]", _Unsealing(file, keys, bytes.fromhex(head.salt)))

    return opened


def _check_bytes(path: Path) -> tuple[Head, Tail]:
    with _in_words(path), path.open("rb") as file:
        head = _head_in(file, path)
        tail, end = _tail_in(file)
        file.seek(0)
        digest, left = hashlib.sha256(), end
        while left and (some := file.read(min(left, _PIECE))):
            digest.update(some)
            left -= len(some)
        if left or digest.hexdigest() != tail.sha256:
            raise ValueError("not what it says")
    return head, tail


def _head_in(file: IO[bytes], path: Path) -> Head:
    if file.read(len(_MAGIC)) != _MAGIC:
        raise Misconfigured(_where(path), _FOREIGN)
    body = _exactly(file, int.from_bytes(_exactly(file, _LENGTH_BYTES), "big"))
    match msgspec.json.decode(body):
        case {"format": int(number), "release": str(release)} if number > FORMAT:
            told = f"release {release} made it, which is newer; run that release"
            raise Misconfigured(_where(path), told)
    return _head(body)


def _tail_in(file: IO[bytes]) -> tuple[Tail, int]:
    """The tail, and where it begins."""
    size = file.seek(-_LENGTH_BYTES, os.SEEK_END)
    length = int.from_bytes(_exactly(file, _LENGTH_BYTES), "big")
    if length > size:
        raise ValueError("not the end of a backup")
    begins = file.seek(size - length)
    return _tail(_exactly(file, length)), begins


class _Digesting:
    """Takes bytes, and knows their SHA-256."""

    def __init__(self, file: IO[bytes]) -> None:
        self.digest = hashlib.sha256()
        self._file = file

    def write(self, some: bytes) -> int:
        self.digest.update(some)
        return self._file.write(some)


class _Sealing:
    """Takes bytes, and seals a piece as soon as there is enough of it."""

    def __init__(self, out: _Digesting, keys: Keys, salt: bytes) -> None:
        self._out = out
        self._cipher = keys.backup_cipher(salt)
        self._waiting = bytearray()
        self._pieces = 0

    def write(self, some: bytes) -> int:
        self._waiting += some
        while len(self._waiting) > _PIECE:
            self._put(bytes(self._waiting[:_PIECE]), is_last=False)
            del self._waiting[:_PIECE]
        return len(some)

    def flush(self) -> None:
        """Nothing: pieces are of one size."""

    def end(self) -> None:
        """The last piece."""
        self._put(bytes(self._waiting), is_last=True)

    def _put(self, piece: bytes, *, is_last: bool) -> None:
        self._out.write(_framed(self._cipher.seal(_bound(self._pieces, is_last=is_last), piece)))
        self._pieces += 1


class _Unsealing(BufferedIOBase):
    """Gives what was sealed. ValueError for what does not open, or ends too early."""

    def __init__(self, file: IO[bytes], keys: Keys, salt: bytes) -> None:
        self._file = file
        self._begins = file.tell()
        self._cipher = keys.backup_cipher(salt)
        self.seek(0)

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """To the beginning, the only place that is asked for."""
        assert (offset, whence) == (0, os.SEEK_SET), "it can only be begun again"
        self._file.seek(self._begins)
        self._pieces, self._piece, self._is_last = 0, b"", False
        return 0

    def read(self, size: int | None = -1) -> bytes:
        found = bytearray()
        while size is None or size < 0 or len(found) < size:
            if not self._piece and not self._read_on():
                break
            wanted = len(self._piece) if size is None or size < 0 else size - len(found)
            found += self._piece[:wanted]
            self._piece = self._piece[wanted:]
        return bytes(found)

    def _read_on(self) -> bool:
        """The next piece; False when the last one was read."""
        if self._is_last:
            return False
        size = int.from_bytes(_exactly(self._file, _LENGTH_BYTES), "big")
        if size > _LONGEST:
            raise ValueError("not a piece")
        sealed = _exactly(self._file, size)
        try:
            self._piece = self._cipher.open(_bound(self._pieces, is_last=False), sealed)
        except Tampered:
            self._piece = self._cipher.open(_bound(self._pieces, is_last=True), sealed)
            self._is_last = True
        self._pieces += 1
        return bool(self._piece) or not self._is_last


def _bound(piece: int, *, is_last: bool) -> bytes:
    return b"backup/%d/%d" % (piece, is_last)


def _framed(body: bytes) -> bytes:
    return len(body).to_bytes(_LENGTH_BYTES, "big") + body


def _exactly(file: IO[bytes], size: int) -> bytes:
    found = file.read(min(size, _LONGEST))
    if len(found) < size:
        raise ValueError("cut off")
    return found


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise Misconfigured(_where(path), "it is not there") from None
    except PermissionError:
        raise Misconfigured(_where(path), "give this user the right to read it") from None
    except (ValueError, OSError, msgspec.MsgspecError, Tampered) as error:
        raise Misconfigured(_where(path), _DAMAGED) from error


def _where(path: Path) -> str:
    return f"backup {path}"
