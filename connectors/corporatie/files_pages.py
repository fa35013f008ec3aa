"""A page of a file: its bytes from a row on → what the whole rows in them say, and where the next
row begins. Pure: whoever reads the file hands in a piece of it at a time.

A row that goes on beyond the piece is left for the next one. One that is longer than any fact may
be has no end that was meant (a quote that is never closed): it costs one line, not the file.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, Protocol, TypeAlias

from msgspec import Struct

from connectors.seam import Entry, Unmapped
from hub.domain.time import Instant
from hub.wire.csv_rows import Raw

LONGEST_ROW: Final = 64 * 1024
_NO_END: Final = (
    "no end of this row was found within 64 KiB; close the quote that is opened in it and drop the"
    " file again"
)
_BOMS: Final = {
    codecs.BOM_UTF8: ("utf-8", "utf-8"),
    codecs.BOM_UTF16_LE: ("utf-16", "utf-16-le"),
    codecs.BOM_UTF16_BE: ("utf-16", "utf-16-be"),
}
_CODECS: Final = {"utf-8": "utf-8", "cp1252": "cp1252", "utf-16": "utf-16-le"}


class Spot(Struct, frozen=True):
    """Where to read on: the first byte that was not handed out, and how many lines are before it.

    `is_inside`: it lies in a line that is longer than any may be, the rest of which is passed over.
    """

    offset: int = 0
    lines: int = 0
    is_inside: bool = False


class Form(Protocol):
    """How the bytes of one file are rows, and what a row says."""

    @property
    def codec(self) -> str: ...

    def rows(self, text: str, *, is_end: bool) -> Iterator[Raw]:
        """The rows in it, without one that may go on unless it is the end."""
        ...

    def entry(self, row: Raw, where: str) -> Entry | Spoilt | None:
        """What a row says; None for one that is left out."""
        ...


class Spoilt(NamedTuple):
    """A row that cannot be read, but of which the key can: it is mended when that is read well."""

    letter: Unmapped
    key: str


class NoForm(NamedTuple):
    """Why the file cannot be read at all, and how to mend it."""

    why: str


class Opened(NamedTuple):
    """A file of which the beginning was read: how to read it, from where."""

    form: Form
    begin: Spot


class Kind(Protocol):
    """What the files of one pattern of names are."""

    def opened(self, head: bytes, changed: Instant) -> Opened | NoForm:
        """By the first 64 KiB of it, or all that it has, and when it was written."""
        ...


class Cut(NamedTuple):
    """A page: its entries, where the next one begins, and where the spoilt rows are, by key."""

    entries: tuple[Entry, ...]
    spot: Spot
    spoilt: Mapping[str, str]


Coded: TypeAlias = tuple[str, int]


def codec_of(head: bytes, encoding: str) -> Coded | NoForm:
    """What Python calls the encoding, and the bytes of a mark in front; NoForm if the mark tells of
    another encoding than was said."""
    for mark, (named, codec) in _BOMS.items():
        if head.startswith(mark):
            if named == encoding:
                return codec, len(mark)
            return NoForm(f"it is in {named}; write `encoding: {named}` in the mapping")
    return _CODECS[encoding], 0


def decoded(raw: bytes, codec: str, *, is_end: bool) -> str:
    """The text in it; what is no text of that encoding stays as lone surrogates, so that it can be
    written back byte for byte. A character that goes on beyond the end is left out."""
    if codec.startswith("utf-16"):
        raw = raw[: len(raw) // 2 * 2]
    return codecs.getincrementaldecoder(codec)(_errors(codec)).decode(raw, is_end)


def encoded(text: str, codec: str) -> bytes:
    return text.encode(codec, _errors(codec))


def kept(text: str, codec: str) -> bytes:
    """A row for a dead letter: byte for byte, but for UTF-16, in which nobody would find a BSN."""
    return encoded(text, "utf-8" if codec.startswith("utf-16") and is_text(text) else codec)


def is_text(text: str) -> bool:
    """Whether all of it was in the encoding of the file."""
    return text.isascii() or not any("\ud800" <= it <= "\udfff" for it in text)


def page(raw: bytes, spot: Spot, form: Form, name: str, *, is_end: bool) -> Cut:
    """What the whole rows say in `raw`, which begins at `spot`; it reaches to the end of the file
    if `is_end`."""
    text = decoded(raw, form.codec, is_end=is_end)
    if spot.is_inside:
        rest = _first_line(text)
        text, spot = text[len(rest) :], _beyond(spot, rest, form.codec)
    entries: list[Entry] = []
    spoilt: dict[str, str] = {}
    began = spot
    for row in form.rows(text, is_end=is_end) if not spot.is_inside else ():
        entry = form.entry(row, f"{name}, line {spot.lines + 1}")
        if isinstance(entry, Spoilt):
            spoilt[entry.key], entry = entry.letter.where, entry.letter
        if entry is not None:
            entries.append(entry)
        size = len(encoded(row.text, form.codec))
        spot = Spot(spot.offset + size, spot.lines + row.lines)
    if spot == began and not spot.is_inside and not is_end and len(raw) >= LONGEST_ROW:
        first = _first_line(text)
        where = f"{name}, line {spot.lines + 1}"
        entries.append(Unmapped(where, _NO_END, b""))
        spot = _beyond(spot, first, form.codec)
    return Cut(tuple(entries), spot, spoilt)


def first_lines(text: str, separator: str = "\n") -> Iterator[str]:
    """The lines of a text with their ends; the last one may have none."""
    begin = 0
    while begin < len(text):
        end = text.find(separator, begin) + 1 or len(text)
        yield text[begin:end]
        begin = end


def _first_line(text: str) -> str:
    return next(first_lines(text), "")


def _beyond(spot: Spot, line: str, codec: str) -> Spot:
    """The spot after a line, or after as much of it as there is."""
    has_end = line.endswith("\n")
    return Spot(spot.offset + len(encoded(line, codec)), spot.lines + has_end, not has_end)


def _errors(codec: str) -> str:
    return "surrogatepass" if codec.startswith("utf-16") else "surrogateescape"
