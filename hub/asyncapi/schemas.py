"""The schemas of the document: Avro as it was published, and the JSON of the OpenAPI document.

AsyncAPI reads JSON Schema of draft 7, OpenAPI 3.1 that of 2020-12. What the two have in common is
all that is used here; the one exception, a discriminator, is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

from hub.domain.facts import CATALOGUE
from hub.gateway.openapi import schemas as of_openapi
from hub.shipped import shipped
from hub.wire.shapes import SHAPES

Told: TypeAlias = dict[str, Any]

# The version that the AsyncAPI tools know; what our schemas use has not changed since.
AVRO: Final = "application/vnd.apache.avro;version=1.9.0"
_REF: Final = "#/components/schemas/"


def ref(name: str) -> Told:
    """A schema of the document by its name."""
    return {"$ref": _REF + name}


def pascal(fact_type: str) -> str:
    """The name of a fact type in the document: `rent-missed` as `RentMissed`."""
    return SHAPES[fact_type].__name__


def avro_of(name: str) -> str:
    """The name of the Avro schema of a fact type, or of `alert-view`."""
    return (pascal(name) if name in SHAPES else "AlertView") + "Avro"


def schemas() -> dict[str, Told]:
    """Every schema by its name."""
    found = _reached({name: _plain(it) for name, it in of_openapi.schemas().items()}, _ROOTS)
    for name in CATALOGUE:
        found[avro_of(name)] = _avro(name)
    found[avro_of("alert-view")] = _avro("internal/alert-view")
    return dict(sorted(found.items()))


# From these everything else of JSON is reached.
_ROOTS: Final = ("Event", "FactData", "Alert")


def _avro(name: str) -> Told:
    text = (shipped("schemas/avro") / f"{name}.v1.avsc").read_text("utf-8")
    return {"schemaFormat": AVRO, "schema": json.loads(text)}


def _reached(known: Mapping[str, Told], names: Iterable[str]) -> dict[str, Told]:
    """These schemas, and all that they refer to."""
    found: dict[str, Told] = {}
    left = list(names)
    while left:
        name = left.pop()
        if name not in found:
            found[name] = known[name]
            left += _names_in(known[name])
    return found


def _names_in(tree: Any) -> list[str]:
    if isinstance(tree, list):
        return [name for it in tree for name in _names_in(it)]
    if not isinstance(tree, dict):
        return []
    found = [name for it in tree.values() for name in _names_in(it)]
    to = tree.get("$ref")
    return [*found, to.removeprefix(_REF)] if isinstance(to, str) else found


def _plain(tree: Any) -> Any:
    if isinstance(tree, list):
        return [_plain(it) for it in tree]
    if not isinstance(tree, dict):
        return tree
    return {name: _plain(it) for name, it in tree.items() if name != "discriminator"}
