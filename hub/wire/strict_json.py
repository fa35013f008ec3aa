"""JSON as a hub must read it: bytes of a stranger, two readings of which must never differ.

RFC 8259 leaves double keys to the reader; here they are malformed, as are NaN, invalid UTF-8 and
lone surrogates. The fast path of callers is a typed msgspec decoder; `is_twice` says whether what
it returned is all there was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

import msgspec

# What a decoder raises on bytes that are no JSON; nesting without end is a RecursionError.
BROKEN = (ValueError, RecursionError)

# Data is three levels deep. Whoever walks a tree that `read` gave need not fear its depth.
_MAX_DEPTH: Final = 32

_encode = msgspec.json.Encoder().encode


def read(raw: bytes) -> Any:
    """The tree of `raw`; one of `BROKEN` if it is not JSON or names a key twice."""
    tree = msgspec.json.decode(raw)
    json.loads(raw.decode(), object_pairs_hook=_without_twins)  # msgspec keeps the last silently
    if _is_too_deep(tree):
        raise ValueError("nested too deep")
    return tree


def is_whole(raw: bytes, decoded: object) -> bool:
    """Whether `decoded` (with UNSET where nothing was sent) holds every key and string of `raw`.

    A key that was sent twice shows as quotation marks that are not in the decoded value. Escapes
    could hide it, so with a backslash the answer is no; then only `read` can tell.
    """
    if b"\\" in raw:
        return False
    encoded = _encode(decoded)
    # Equal lengths are the common case and cheaper to see; what is read never grows when written.
    return len(raw) == len(encoded) or raw.count(b'"') == encoded.count(b'"')


def _without_twins(pairs: list[tuple[str, Any]]) -> None:
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a key stands twice in one object")


def _is_too_deep(tree: Any) -> bool:
    level = [tree]
    for _ in range(_MAX_DEPTH):
        level = [inner for it in level for inner in _inside(it)]
        if not level:
            return False
    return True


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
