"""The data of an event ↔ the fields of a fact.

msgspec reads good data in one go; only when it does not fit are all violations collected, with
paths like `data.references[0].value` and never a value of the fact (facts document, Intake). The
shapes are in `hub.wire.shapes`. Who may say what is judged in `hub.streams.intake`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from operator import attrgetter
from typing import Annotated, Any, Final, NamedTuple, TypeAlias, get_args, get_origin

import msgspec
from msgspec import UNSET, Struct

from hub.domain.facts import CATALOGUE, Fact, Identity, Own, Reference, SocialCollection
from hub.domain.refusals import Refused, Slug, Violation
from hub.domain.time import Instant, format_instant, parse_instant
from hub.wire import strict_json
from hub.wire.bsn import shown
from hub.wire.cloudevents import Envelope
from hub.wire.shapes import (
    SHAPES,
    Moment,
    WireIdentity,
    WireSocialCollection,
    expected,
    is_optional,
)

# What lies outside is a slip of the pen, and calendar arithmetic needs room on both sides.
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
_BEGIN: Final[Instant] = parse_instant("1900-01-01")
_END: Final[Instant] = parse_instant("2200-01-01")


class Flawed(NamedTuple):
    """Data that is JSON but not of its type: the tree, and everything that is wrong with it."""

    tree: Any
    violations: tuple[Violation, ...]


_Values: TypeAlias = tuple[Any, ...]


class _Row(NamedTuple):
    """How to read one type: decoder, getter of its own values, what to do with some of them."""

    shape: type[Struct]
    decode: Callable[[bytes], Any]
    own: type[Own]
    values: Callable[[Any], _Values]
    repairs: tuple[tuple[int, Callable[[Any], Any]], ...]
    dates: tuple[int, ...]
    has_optional: bool


class _OutOfRange(Exception):
    """A date or time that the fast path does not take."""


def read(envelope: Envelope, party: str) -> Fact | Flawed | Refused:
    """The fact in an envelope of a type of the catalogue, with JSON data, as said by `party`."""
    row, raw = _ROWS[envelope.type], envelope.raw
    try:
        wired = row.decode(raw)
        if strict_json.is_whole(raw, wired):
            return _fact(envelope, party, row, wired)
    except (*strict_json.BROKEN, _OutOfRange):
        pass  # the long way says what is wrong
    try:
        tree = strict_json.read(raw or b"null")
    except strict_json.BROKEN:
        return Refused(Slug.MALFORMED, "The data is not JSON in UTF-8, each key once.")
    violations = tuple(_violations(tree, row.shape, "data"))
    if violations:
        return Flawed(tree, violations)
    return _fact(envelope, party, row, msgspec.convert(tree, row.shape))


def flaws_of(fact_type: str, tree: Any) -> tuple[Violation, ...]:
    """Everything that keeps data from being of a type of the catalogue; a tree as JSON has it."""
    row, raw = _ROWS[fact_type], msgspec.json.encode(tree)
    try:
        if b"\\" not in raw:  # an escape may hide a control character
            _fact(Envelope("", "", fact_type, raw, "json", suspect=False), "", row, row.decode(raw))
            return ()
    except (*strict_json.BROKEN, _OutOfRange):
        pass
    return tuple(_violations(tree, row.shape, "data"))


def references_of(tree: Any) -> tuple[tuple[int, Reference], ...]:
    """The references in flawed data that can be read, each with its place in the list."""
    listed = tree.get("references") if isinstance(tree, dict) else None
    if not isinstance(listed, list):
        return ()
    return tuple(
        (place, Reference(it["scheme"], it["issuer"], it["value"]))
        for place, it in enumerate(listed)
        if isinstance(it, dict) and all(isinstance(it.get(name), str) for name in Reference._fields)
    )


def _fact(envelope: Envelope, party: str, row: _Row, wired: Any) -> Fact:
    at = _instant(wired.occurred_at)
    values = row.values(wired)
    for place in row.dates:
        day = values[place]
        if type(day) is date and not _FIRST_DAY <= day <= _LAST_DAY:
            raise _OutOfRange
    if row.has_optional:
        values = tuple([None if value is UNSET else value for value in values])
    for place, repair in row.repairs:
        values = (*values[:place], repair(values[place]), *values[place + 1 :])
    replaces, concerns = wired.replaces, wired.concerns
    return Fact(
        envelope.type,
        envelope.source,
        envelope.id,
        at,
        party,
        row.own(*values),
        wired.gemeente or "",
        wired.region or "",
        tuple([Reference(it.scheme, it.issuer, it.value) for it in wired.references or ()]),
        _identity(replaces) if replaces else None,
        _identity(concerns) if concerns else None,
    )


def _instant(text: str) -> Instant:
    try:
        at = parse_instant(text)
    except (ValueError, OverflowError) as error:  # the year 1 has no midnight in Amsterdam
        raise _OutOfRange from error
    if not _BEGIN <= at < _END:
        raise _OutOfRange
    return at


def _identity(wired: Any) -> Identity:
    return Identity(wired.source, wired.id)


def _social_collection(wired: Any) -> SocialCollection:
    return SocialCollection(*msgspec.structs.astuple(wired))


def _in_utc(text: str) -> str:
    return format_instant(_instant(text))


_REPAIRS: Final[Mapping[Any, Callable[[Any], Any]]] = {
    WireIdentity: _identity,
    WireSocialCollection: _social_collection,
    Moment: _in_utc,
}


def _violations(value: Any, kind: Any, path: str) -> Iterator[Violation]:
    """Everything that keeps `value` from being of type `kind`."""
    if is_optional(kind):
        if value is None:
            return
        kind = get_args(kind)[0]
    base = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if isinstance(base, type) and issubclass(base, Struct) and isinstance(value, dict):
        yield from _violations_of_object(value, base, path)
    elif get_origin(base) is tuple and isinstance(value, list):
        if not _fits([None] * len(value), Annotated[tuple[None, ...], *get_args(kind)[1:]]):
            yield Violation(path, expected(kind))
        for place, inner in enumerate(value):
            yield from _violations(inner, get_args(base)[0], f"{path}[{place}]")
    elif not _fits(value, kind):
        yield Violation(path, expected(kind))


def _violations_of_object(
    value: Mapping[str, Any], shape: type[Struct], path: str
) -> Iterator[Violation]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(shape)}
    for name, field in fields.items():
        if name in value:
            yield from _violations(value[name], field.type, f"{path}.{name}")
        elif field.required:
            yield Violation(f"{path}.{name}", f"required: {expected(field.type)}")
    for name in value:
        if name not in fields:
            allowed = ", ".join(fields)
            yield Violation(f"{path}.{shown(name)}", f"unknown field; allowed are {allowed}")


def _fits(value: Any, kind: Any) -> bool:
    try:
        good = msgspec.convert(value, kind)
        if kind is Moment:
            _instant(good)
    except (ValueError, _OutOfRange):
        return False
    if isinstance(good, date):
        return _FIRST_DAY <= good <= _LAST_DAY
    # A line feed passes the `$` of a pattern; no text here needs control characters.
    return not isinstance(good, str) or min(good, default=" ") >= " "


def _row(fact_type: str, shape: type[Struct]) -> _Row:
    own = CATALOGUE[fact_type].own
    names = own.__struct_fields__
    kinds = {field.name: field.type for field in msgspec.structs.fields(shape)}
    inner = {name: get_args(kind)[0] if is_optional(kind) else kind for name, kind in kinds.items()}
    return _Row(
        shape=shape,
        decode=msgspec.json.Decoder(shape).decode,
        own=own,
        values=_getter(names),
        repairs=tuple(
            (place, _REPAIRS[inner[name]])
            for place, name in enumerate(names)
            if inner[name] in _REPAIRS
        ),
        dates=tuple(place for place, name in enumerate(names) if inner[name] is date),
        has_optional=any(is_optional(kinds[name]) for name in names),
    )


def _getter(names: tuple[str, ...]) -> Callable[[Any], _Values]:
    if not names:
        return lambda wired: ()
    get = attrgetter(*names)
    return get if len(names) > 1 else lambda wired: (get(wired),)


_ROWS: Final = {name: _row(name, shape) for name, shape in SHAPES.items()}
