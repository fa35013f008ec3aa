"""Avro data, written by functions that are made once from a schema.

fastavro walks the schema anew for each record and tries the branches of every union: of a view,
which has some forty optional fields, that doubles the time. Only what the schemas of Seintje use is
written here: records, arrays, maps, null with one other type, and the primitives in them. Whatever
is read goes through fastavro; the official library is the judge of both (tests/wire).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

# Writes a value behind what is there; TypeError or AttributeError if it is not of the schema.
Write: TypeAlias = Callable[[Any, bytearray], None]

_NULL: Final = b"\x00"  # the first branch of a union
_THERE: Final = b"\x02"  # its second
_END: Final = b"\x00"  # of an array or a map
_MISSING: Final = object()  # is of no schema

# How a short text begins: its length, alone and behind the second branch of a union.
_SHORT: Final = [bytes((2 * length,)) for length in range(64)]
_SHORT_THERE: Final = [_THERE + length for length in _SHORT]


def writer_of(schema: Any) -> Write:
    """What writes data of `schema` (parsed by fastavro, without logical types).

    A field that is absent is written as its default. ValueError if the schema has a type that is
    not written here.
    """
    return _made(schema, {})


def _made(schema: Any, named: dict[str, Write]) -> Write:
    if isinstance(schema, list):
        if len(schema) != 2 or schema[0] != "null":
            raise ValueError("a union here is null and one other type")
        write = _made(schema[1], named)
        return _optional_text if write is _text else _optional(write)
    if isinstance(schema, str):
        if schema not in named and schema not in _PRIMITIVES:
            raise ValueError(f"the type {schema} is not written here")
        return named.get(schema) or _PRIMITIVES[schema]
    match schema["type"]:
        case "record":
            return _record(schema, named)
        case "array":
            return _array(_made(schema["items"], named))
        case "map":
            return _map(_made(schema["values"], named))
        case other:
            return _made(other, named)


def _record(schema: Mapping[str, Any], named: dict[str, Write]) -> Write:
    fields = [
        (field["name"], _made(field["type"], named), field.get("default", _MISSING))
        for field in schema["fields"]
    ]

    def write_record(record: Any, out: bytearray) -> None:
        get = record.get
        for name, write, default in fields:
            write(get(name, default), out)

    named[schema["name"]] = write_record
    return write_record


def _optional(write: Write) -> Write:
    def write_optional(value: Any, out: bytearray) -> None:
        if value is None:
            out += _NULL
        else:
            out += _THERE
            write(value, out)

    return write_optional


def _array(write: Write) -> Write:
    def write_array(items: Any, out: bytearray) -> None:
        if items:
            _whole(len(items), out)
            for value in items:
                write(value, out)
        out += _END

    return write_array


def _map(write: Write) -> Write:
    def write_map(entries: Any, out: bytearray) -> None:
        if entries:
            _whole(len(entries), out)
            for name, value in entries.items():
                _text(name, out)
                write(value, out)
        out += _END

    return write_map


def _text(value: Any, out: bytearray) -> None:
    raw = value.encode()
    if len(raw) < 64:
        out += _SHORT[len(raw)]
    else:
        _whole(len(raw), out)
    out += raw


def _optional_text(value: Any, out: bytearray) -> None:
    if value is None:
        out += _NULL
        return
    raw = value.encode()
    if len(raw) < 64:
        out += _SHORT_THERE[len(raw)]
    else:
        out += _THERE
        _whole(len(raw), out)
    out += raw


def _bytes(value: Any, out: bytearray) -> None:
    _whole(len(value), out)
    out += value


def _flag(value: Any, out: bytearray) -> None:
    out.append(value)


def _whole(value: Any, out: bytearray) -> None:
    """Zigzag, then seven bits a byte, the lowest first."""
    left = 2 * value if value >= 0 else -2 * value - 1
    while left > 127:
        out.append(left & 127 | 128)
        left >>= 7
    out.append(left)


_PRIMITIVES: Final[Mapping[str, Write]] = {
    "string": _text,
    "bytes": _bytes,
    "int": _whole,
    "long": _whole,
    "boolean": _flag,
}
