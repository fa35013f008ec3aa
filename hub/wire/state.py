"""How state is kept as bytes: versioned, compact, and readable by every later release.

Every value begins with a version byte; a reader refuses a newer one than it knows (architecture, On
Kafka, 3). A fact is packed as an array; texts that come back again and again (sources, gemeenten,
references) are numbers in it, from a `Book` of the shard or the references of its cluster.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from sys import intern
from typing import Any, Final

import msgspec
from msgspec import Struct

from hub.domain.facts import CATALOGUE, Fact, Identity, Own, Reference
from hub.errors import Bug, Misconfigured

VERSION: Final = 1
# What begins with more was written by no release: text, JSON and Avro do, for example.
_LAST_VERSION: Final = 31

# The number of a type in stored bytes. Append only: a number is never given to another type.
TYPES: Final = (
    "lease-signed",
    "lease-ended",
    "rent-missed",
    "rent-paid",
    "payment-arrangement-agreed",
    "payment-arrangement-broken",
    "damage-reported",
    "damage-repaired",
    "nuisance-reported",
    "housing-information-provided",
    "interpreter-requested",
    "home-visit-made",
    "intake-completed",
    "aanspreekpunt-assigned",
    "aanspreekpunt-withdrawn",
    "begeleiding-started",
    "begeleiding-contact",
    "begeleiding-ended",
    "phase-started",
    "phase-completed",
    "inburgering-started",
    "inburgering-completed",
    "first-rent-arranged",
    "administrative-support-started",
    "administrative-support-ended",
    "interpreter-provided",
    "family-reunification-expected",
    "family-reunification-completed",
    "temporary-housing-arranged",
    "introduction-held",
    "work-placement-started",
    "signal-raised",
    "reference-linked",
    "reference-unlinked",
    "fact-retracted",
    "alert-acknowledged",
    "approach-agreed",
    "alert-closed",
    "household-erased",
    "feed-complete",
    "dwelling-released",
    "dwelling-allocated",
    "taakstelling-set",
    "consultation-held",
)
_NUMBER_OF: Final = {name: number for number, name in enumerate(TYPES)}


class Book:
    """Texts and the small numbers that stand for them. `fresh` are those not stored yet."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self.texts = list(texts)
        self._numbers = {text: number for number, text in enumerate(self.texts)}

    def number_of(self, text: str) -> int:
        number = self._numbers.get(text)
        if number is None:
            number = self._numbers[text] = len(self.texts)
            self.texts.append(text)
        return number

    def __len__(self) -> int:
        return len(self.texts)


class References:
    """The references of one cluster and their numbers, in the order they were first seen."""

    def __init__(self, references: Iterable[Reference] = ()) -> None:
        self.known = list(references)
        self._numbers = {reference: number for number, reference in enumerate(self.known)}

    def number_of(self, reference: Reference) -> int:
        number = self._numbers.get(reference)
        if number is None:
            number = self._numbers[reference] = len(self.known)
            self.known.append(reference)
        return number

    def numbers_of(self, fact: Fact) -> list[int]:
        """The numbers of what a fact names."""
        return [self.number_of(reference) for reference in fact.references]


class _Packed(Struct, array_like=True, omit_defaults=True, gc=False):
    """A fact as an array; `own` is the struct of its type."""

    type: int
    at: int
    source: int
    id: str
    own: Any
    place: int
    references: list[int] = []
    region: int | None = None
    replaces: Identity | None = None
    concerns: Identity | None = None


def _decoder_of(fact_type: str) -> Any:
    own = CATALOGUE[fact_type].own
    packed = msgspec.defstruct(
        "_Packed",
        [
            ("type", int),
            ("at", int),
            ("source", int),
            ("id", str),
            ("own", own),
            ("place", int),
            ("references", list[int], []),
            ("region", int | None, None),
            ("replaces", Identity | None, None),
            ("concerns", Identity | None, None),
        ],
        array_like=True,
        gc=False,
    )
    return msgspec.msgpack.Decoder(packed).decode


_encode: Final = msgspec.msgpack.Encoder().encode
_DECODE: Final = tuple(_decoder_of(name) for name in TYPES)
_OWN: Final[tuple[Any, ...]] = tuple(msgspec.msgpack.Decoder(CATALOGUE[name].own) for name in TYPES)
_HEAD: Final = bytes([VERSION])
_TYPE_AT: Final = 2  # after the version and the head of the array


def pack(fact: Fact, book: Book, references: list[int]) -> bytes:
    """A fact as it is kept in state; `references` are the numbers of its references."""
    packed = _Packed(
        _NUMBER_OF[fact.type],
        _short(fact.at),
        book.number_of(fact.source),
        fact.id,
        fact.own,
        book.number_of(fact.gemeente),
        references,
        book.number_of(fact.region) if fact.region else None,
        fact.replaces,
        fact.concerns,
    )
    return _HEAD + _encode(packed)


def unpack(stored: bytes, book: Book, references: References, party_of: PartyOf) -> Fact:
    """The fact that was packed with the same books; `party_of` gives the publisher of a source."""
    check_version(stored)
    number = stored[_TYPE_AT]
    packed = _DECODE[number](memoryview(stored)[1:])
    texts, known = book.texts, references.known
    source = texts[packed.source]
    return Fact(
        TYPES[number],
        source,
        packed.id,
        _long(packed.at),
        party_of(source),
        packed.own,
        texts[packed.place],
        texts[packed.region] if packed.region is not None else "",
        tuple([known[number] for number in packed.references]),
        packed.replaces,
        packed.concerns,
    )


class _Numbered(Struct, array_like=True, omit_defaults=True, gc=False):
    """A packed fact of which only the numbers from a book matter."""

    type: int
    at: int
    source: int
    id: str
    own: msgspec.Raw
    place: int
    references: list[int] = []
    region: int | None = None
    replaces: Identity | None = None
    concerns: Identity | None = None


_NUMBERED: Final = msgspec.msgpack.Decoder(_Numbered)


def renumbered(stored: bytes, numbers: Sequence[int]) -> bytes:
    """A packed fact for another book, in which the text of number n has `numbers[n]`."""
    check_version(stored)
    fact = _NUMBERED.decode(memoryview(stored)[1:])
    fact.source, fact.place = numbers[fact.source], numbers[fact.place]
    if fact.region is not None:
        fact.region = numbers[fact.region]
    return _HEAD + _encode(fact)


class PartyOf:
    """Which party a source belongs to; '' for one that has left."""

    def __init__(self, find: Any) -> None:
        self._find = find
        self._known: dict[str, str] = {}

    def __call__(self, source: str) -> str:
        name = self._known.get(source)
        if name is None:
            party = self._find(source)
            name = self._known[source] = "" if party is None else party.id
        return name


def check_version(stored: bytes) -> None:
    """Refuse what a newer release wrote."""
    if not stored:
        raise Bug("an empty value in the state")
    if stored[0] > VERSION:
        raise Misconfigured(
            "state", f"it was written by a newer release (format {stored[0]}); run that release"
        )


def _short(at: int) -> int:
    """Whole seconds fit in five bytes; the last bit tells them from milliseconds."""
    return at * 2 + 1 if at % 1000 else at // 1000 * 2


def _long(short: int) -> int:
    return short // 2 if short % 2 else short // 2 * 1000


class _Logged(Struct, array_like=True):
    """A fact in the log: whole, for whoever reads it has no books."""

    type: int
    at: int
    source: str
    id: str
    own: msgspec.Raw
    gemeente: str
    region: str
    references: tuple[Reference, ...]
    replaces: Identity | None
    concerns: Identity | None


_LOGGED: Final = msgspec.msgpack.Decoder(_Logged)


def encode_fact(fact: Fact) -> bytes:
    """A fact as it stands in the log between intake and correlation."""
    logged = _Logged(
        _NUMBER_OF[fact.type],
        fact.at,
        fact.source,
        fact.id,
        msgspec.Raw(_encode(fact.own)),
        fact.gemeente,
        fact.region,
        fact.references,
        fact.replaces,
        fact.concerns,
    )
    return _HEAD + _encode(logged)


class Alike(dict[tuple[Reference, ...], tuple[Reference, ...]]):
    """The first of all that are alike: what a household is called stands in most of its facts, and
    need not be kept once for each. `alike[references]` is that first."""

    _MOST: Final = 1 << 16

    def __missing__(self, references: tuple[Reference, ...]) -> tuple[Reference, ...]:
        if len(self) >= self._MOST:
            self.clear()
        self[references] = references
        return references


class Unreadable(Exception):
    """Bytes in the log that no release of ours wrote."""


def decode_fact(stored: bytes | None, party_of: PartyOf, alike: Alike | None = None) -> Fact:
    """The fact that `encode_fact` wrote; `Unreadable` where it was somebody else, Misconfigured
    where it was a newer release. `alike` for who keeps many."""
    if not stored or stored[0] > _LAST_VERSION:
        raise Unreadable
    check_version(stored)
    try:
        logged = _LOGGED.decode(memoryview(stored)[1:])
        own: Own = _OWN[logged.type].decode(logged.own)
    except (msgspec.MsgspecError, IndexError):
        raise Unreadable from None
    source = intern(logged.source)  # one text of each, which also is compared and hashed faster
    return Fact(
        TYPES[logged.type],
        source,
        logged.id,
        logged.at,
        party_of(source),
        own,
        intern(logged.gemeente),
        logged.region,
        logged.references if alike is None else alike[logged.references],
        logged.replaces,
        logged.concerns,
    )
