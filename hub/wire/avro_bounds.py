"""Whether reading data of a schema ends: asked of every schema that a stranger put in a registry.

With a schema that holds itself 64 KiB of data nest deep enough to end the process, and an array of
nothing has two million million items in six bytes. In a schema that is bounded every value takes at
least a byte, and values nest no deeper than `MOST_DEEP`.
"""

from __future__ import annotations

from typing import Any, Final

MOST_DEEP: Final = 32

_NO_DEPTH: Final = {
    name: 0 for name in ("boolean", "int", "long", "float", "double", "bytes", "string", "enum")
}


def depth_of(schema: Any) -> int:
    """How deep values of `schema` (parsed by fastavro) nest. ValueError if it is not bounded."""
    return _depth(schema, dict(_NO_DEPTH))


def _depth(schema: Any, known: dict[str, int]) -> int:
    if isinstance(schema, str):
        if schema not in known:  # null outside a union, or a record inside itself
            raise ValueError(f"{schema} takes no byte here, or has no end")
        return known[schema]
    if isinstance(schema, list):
        found = _deeper([branch for branch in schema if branch != "null"], known)
    elif schema["type"] in ("record", "error"):
        if not schema["fields"]:
            raise ValueError("a record without fields takes no byte")
        found = _deeper([field["type"] for field in schema["fields"]], known)
    elif schema["type"] == "fixed":
        if schema["size"] < 1:
            raise ValueError("a fixed of no bytes")
        found = 0
    else:
        inner = schema.get("items", schema.get("values", schema["type"]))
        found = _deeper([inner], known)
    if "name" in schema:
        known[schema["name"]] = found
    return found


def _deeper(inner: list[Any], known: dict[str, int]) -> int:
    found = 1 + max((_depth(it, known) for it in inner), default=0)
    if found > MOST_DEEP:
        raise ValueError(f"it nests deeper than {MOST_DEEP}")
    return found
