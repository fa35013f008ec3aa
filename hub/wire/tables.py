"""Files as streams of events: JSON Lines, and CSV for systems that can do no more.

The caller opens the file; a reader here takes the stream and its name. What one line gets wrong is
that line's refusal; what makes the rest unreadable (a damaged archive, a column that is not there)
stops it with file and line. CSV mappings are explained in docs/csv.md (facts document, Wire).
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple, TypeVar

import msgspec
import zstandard

from hub.domain.refusals import Refused, Slug
from hub.errors import Misconfigured
from hub.wire.cloudevents import MAX_EVENT_BYTES
from hub.wire.csv_mapping import CsvMapping
from hub.wire.csv_rows import HEAD_ROWS, NoTable, is_total, table

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BOM: Final = b"\xef\xbb\xbf"
_R = TypeVar("_R")
_DAMAGED: Final = (OSError, EOFError, zlib.error, zstandard.ZstdError)


class Line(NamedTuple):
    """A line of a file by its number (from 1): the bytes of an event, or why there is none."""

    number: int
    event: bytes | Refused


def read_lines(stream: BinaryIO, name: str) -> Iterator[tuple[int, bytes]]:
    """The lines of JSON Lines that are not blank; gzip or zstd if `name` ends in .gz or .zst.

    A line that no event could be comes cut off just beyond the limit, so that it is refused as too
    large whatever its length.
    """
    plain, number = _decompressed(stream, name), 0
    while True:
        try:
            line = _next_line(plain)
        except _DAMAGED as error:
            do = "the archive is damaged or cut off from here on; ask for it again"
            raise Misconfigured(f"{name}, line {number + 1}", do) from error
        if not line:
            return
        number += 1
        event = (line.removeprefix(_BOM) if number == 1 else line).strip()
        if event:
            yield number, event


def read_csv(stream: BinaryIO, name: str, mapping: CsvMapping) -> Iterator[Line]:
    """The rows of a CSV file as JSON CloudEvents, those that the mapping takes.

    Misconfigured if a column of the mapping is not in the header, or the encoding is another. A
    cell that cannot be read goes into the event as it is: intake says what was expected there.
    """
    # A text wrapper closes what it wraps when it goes; the stream is the caller's.
    text = io.TextIOWrapper(_decompressed(stream, name), encoding=mapping.codec, newline="")
    try:
        yield from _rows(text, name, mapping)
    finally:
        text.detach()


def _rows(text: io.TextIOWrapper, name: str, mapping: CsvMapping) -> Iterator[Line]:
    start = list(_read(islice(text, 2 * HEAD_ROWS), name))
    found = table("".join(start), mapping.needed, mapping.separator)
    if isinstance(found, NoTable):
        raise Misconfigured(f"{name}, line 1", lacking(found))
    rows = csv.reader(chain(start[found.lines :], text), delimiter=found.separator)
    for cells in _read(rows, name):
        number, row = rows.line_num + found.lines, found.row(cells)
        if isinstance(row, str):
            yield Line(number, Refused(Slug.MALFORMED, row))
        elif row and mapping.takes(row) and not is_total(row, mapping.ids):
            yield Line(number, _event(mapping, row))


def lacking(found: NoTable) -> str:
    """What to do about a header that lacks columns."""
    return f"add the columns {', '.join(found.missing)}, or change the mapping"


class _Zstd(io.RawIOBase):
    """Zstd as a stream that notices when it was cut off; the library's own just ends there."""

    # Small, because a few bytes may unfold to thousands of times their size.
    _CHUNK_BYTES = 4096

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._inside = False
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        room = memoryview(buffer)
        while not self._ready:
            chunk = self._stream.read(self._CHUNK_BYTES)
            if not chunk:
                if self._inside:
                    raise EOFError("cut off inside a frame")
                return 0
            self._ready = memoryview(self._unfolded(chunk))
        size = min(len(room), len(self._ready))
        room[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def _unfolded(self, chunk: bytes) -> bytes:
        found = b""
        while chunk:
            found += self._frame.decompress(chunk)
            self._inside, chunk = not self._frame.eof, b""
            if self._frame.eof:  # frames may follow each other
                chunk = self._frame.unused_data
                self._frame = zstandard.ZstdDecompressor().decompressobj()
        return found


def _decompressed(stream: BinaryIO, name: str) -> BinaryIO:
    if name.endswith(".gz"):
        return gzip.GzipFile(fileobj=stream)  # type: ignore[return-value]  # all that is used
    if name.endswith(".zst"):
        return io.BufferedReader(_Zstd(stream))
    return stream


def _next_line(stream: BinaryIO) -> bytes:
    limit = MAX_EVENT_BYTES + 2
    line = stream.readline(limit)
    rest = line
    while len(rest) == limit and not rest.endswith(b"\n"):
        rest = stream.readline(limit)
    return line


def _read(rows: Iterator[_R], name: str) -> Iterator[_R]:
    try:
        yield from rows
    except UnicodeError as error:
        do = "write `encoding: cp1252` in the mapping, or `utf-8` if it says so already"
        raise Misconfigured(name, do) from error
    except csv.Error as error:
        raise Misconfigured(name, f"this is no CSV: {error}") from error


def _event(mapping: CsvMapping, row: dict[str, str]) -> bytes:
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": mapping.key_of(row),
            "source": mapping.source,
            "type": f"nl.seintje.{mapping.type}.v1",
            "datacontenttype": "application/json",
            "data": mapping.data_of(row),
        }
    )
