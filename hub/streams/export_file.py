"""An export as a file: a header, entries, and a trailer that says what must have come before it.

Msgpack records, each behind its length in four bytes, as one frame of zstandard. The trailer holds
the number of entries of each kind and the SHA-256 of everything before it, so that `check` finds a
file that was cut off or damaged before anything is done with it. A file is there whole or not at
all, never written over another, and closed to other users: what parties were told stands in it.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any, Final, TypeAlias

import msgspec
import zstandard
from msgspec import Struct

from hub.domain.time import Instant
from hub.durable import sync_directory
from hub.errors import Misconfigured
from hub.streams.transfer import (
    Answered,
    ApiKeyEntry,
    Appended,
    Entry,
    Lasting,
    Row,
    SettingEntry,
    Stretch,
)

FORMAT: Final = 1
_LENGTH_BYTES: Final = 4
_LONGEST: Final = 64 << 20
_TOLD_EVERY: Final = 1000
_DAMAGED: Final = "it is damaged or not whole; copy it anew, or export again. Nothing was changed"
_FOREIGN: Final = "it is no export of this program; give a file that `seintje state export` made"


class Header(Struct, frozen=True, array_like=True, tag="header"):
    """Where the entries come from. `fingerprint` is that of the key that opens them, `agreements`
    what the hub ran with, `shards` how many read a stream."""

    format: int
    release: str
    fingerprint: str
    agreements: tuple[str, ...]
    shards: int
    made_at: Instant


class Trailer(Struct, frozen=True, array_like=True, tag="trailer"):
    """How many entries there are of each kind, and the SHA-256 of all before this."""

    counts: dict[str, int]
    sha256: bytes

    @property
    def entries(self) -> int:
        return sum(self.counts.values())


Told = Callable[[int], None]
# Gives the bytes of an export, wherever they stand.
Opener: TypeAlias = Callable[[Path], AbstractContextManager[IO[bytes]]]

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(
    Header | Row | Stretch | Appended | Lasting | Answered | ApiKeyEntry | SettingEntry | Trailer
).decode


def write(path: Path, header: Header, entries: Iterable[Entry], told: Told) -> Trailer:
    """The file with these entries; `told` hears how many have been written.

    Misconfigured when there is one of this name. Whatever `entries` raises, there is no file then.
    """
    with new_file(path) as file:
        return write_to(file, header, entries, told)


def write_to(file: Any, header: Header, entries: Iterable[Entry], told: Told) -> Trailer:
    """The same into whatever takes bytes."""
    squeezer = zstandard.ZstdCompressor(write_checksum=True)
    with squeezer.stream_writer(file, closefd=False) as out:
        return _write_all(out, header, entries, told)


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file of this name, closed to others, there as a whole when the block ends and not at all if
    it raises. Misconfigured when there is one of this name."""
    require_free(path)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # refuses where a file has come in the meantime
    except FileExistsError:
        raise _taken(path) from None
    finally:
        draft.unlink(missing_ok=True)
    sync_directory(path.parent)


def require_free(path: Path) -> None:
    """Misconfigured when there is a file of this name."""
    if os.path.lexists(path):
        raise _taken(path)


def plain(path: Path) -> AbstractContextManager[IO[bytes]]:
    """The bytes of a file that is an export and nothing around it."""
    return path.open("rb")


def check(path: Path, opened: Opener = plain) -> tuple[Header, Trailer]:
    """Read the file to its end; Misconfigured unless it is whole and of a format that we know."""
    digest, counts = hashlib.sha256(), Counter[str]()
    with _opened(path, opened) as file:
        header = _header(_next(file), path)
        digest.update(_encode(header))
        while not isinstance(found := _decode(record := _next(file)), Trailer):
            digest.update(record)
            counts[kind_of(found)] += 1
        if found != Trailer(dict(counts), digest.digest()) or file.read(1):
            raise ValueError("not what it says")
    return header, found


def read(path: Path, opened: Opener = plain) -> Iterator[Entry]:
    """The entries of a file that `check` has found whole."""
    with _opened(path, opened) as file:
        _next(file)
        while not isinstance(found := _decode(_next(file)), Trailer | Header):
            yield found


def _write_all(out: Any, header: Header, entries: Iterable[Entry], told: Told) -> Trailer:
    digest, counts = hashlib.sha256(), Counter[str]()

    def put(record: bytes) -> None:
        digest.update(record)
        out.write(len(record).to_bytes(_LENGTH_BYTES, "big") + record)

    put(_encode(header))
    for number, entry in enumerate(entries, 1):
        counts[kind_of(entry)] += 1
        put(_encode(entry))
        if number % _TOLD_EVERY == 0:
            told(number)
    trailer = Trailer(dict(counts), digest.digest())
    put(_encode(trailer))
    return trailer


def kind_of(entry: Struct) -> str:
    """The kind of an entry, as its trailer counts it."""
    return str(entry.__struct_config__.tag)


def _header(record: bytes, path: Path) -> Header:
    """The first record; a newer format may look otherwise, but for its number and release."""
    match msgspec.msgpack.decode(record):
        case ["header", int(number), str(release), *_] if number > FORMAT:
            told = f"release {release} made it, which is newer; run that release"
            raise Misconfigured(_where(path), told)
    header = _decode(record)
    if not isinstance(header, Header):
        raise ValueError("it does not begin with a header")
    return header


def _next(file: IO[bytes]) -> bytes:
    """The next record. ValueError when it is not there or not whole."""
    size = int.from_bytes(_exactly(file, _LENGTH_BYTES), "big")
    if size > _LONGEST:
        raise ValueError("not a record")
    return _exactly(file, size)


def _exactly(file: IO[bytes], size: int) -> bytes:
    """So many bytes; a reader of zstandard may give fewer at a time."""
    found = file.read(size)
    while len(found) < size:
        more = file.read(size - len(found))
        if not more:
            raise ValueError("cut off")
        found += more
    return found


@contextmanager
def _opened(path: Path, opened: Opener) -> Iterator[IO[bytes]]:
    """The file unfolded; what is wrong with it in our words."""
    try:
        with opened(path) as file:
            if file.read(4) != zstandard.FRAME_HEADER:
                raise Misconfigured(_where(path), _FOREIGN)
            file.seek(0)
            with zstandard.ZstdDecompressor().stream_reader(file) as unfolded:
                yield unfolded
    except FileNotFoundError:
        raise Misconfigured(_where(path), "it is not there") from None
    except (ValueError, msgspec.MsgspecError, zstandard.ZstdError) as error:
        raise Misconfigured(_where(path), _DAMAGED) from error


def _where(path: Path) -> str:
    return f"export file {path}"


def _taken(path: Path) -> Misconfigured:
    return Misconfigured(str(path), "it is there already; give another name")
