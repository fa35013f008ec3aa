"""What the writer writes is what fastavro writes, for every schema there is."""

from __future__ import annotations

import io
from typing import Any

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.wire.avro import Schemas
from hub.wire.avro_writing import writer_of
from tests.wire.parties import ROOT

SCHEMAS = Schemas.load(ROOT / "schemas" / "avro")


def values_of(schema: Any, named: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Anything that is of a schema."""
    if isinstance(schema, list):
        return st.none() | values_of(schema[1], named)
    kind = schema if isinstance(schema, str) else schema["type"]
    if kind in named:
        return values_of(named[kind], named)
    if kind == "record":
        named[schema["name"]] = schema
        return st.fixed_dictionaries(
            {field["name"]: values_of(field["type"], named) for field in schema["fields"]}
        )
    if kind == "array":
        return st.lists(values_of(schema["items"], named), max_size=2)
    if kind == "map":
        return st.dictionaries(_TEXT, values_of(schema["values"], named), max_size=2)
    return PRIMITIVES[kind]


_TEXT = st.text(max_size=9) | st.integers(60, 70).map(lambda n: "x" * n)
PRIMITIVES: dict[str, st.SearchStrategy[Any]] = {
    "string": _TEXT,
    "bytes": st.binary(max_size=9),
    "boolean": st.booleans(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
}


@pytest.mark.parametrize("name", SCHEMAS.by_name)
@settings(max_examples=15)
@given(data=st.data())
def test_every_schema_is_written_as_fastavro_writes_it(name: str, data: st.DataObject) -> None:
    schema = SCHEMAS.by_name[name].parsed
    record = data.draw(values_of(schema, {}))
    theirs, ours = io.BytesIO(), bytearray()
    fastavro.schemaless_writer(theirs, schema, record)
    SCHEMAS.writers[name](record, ours)
    assert bytes(ours) == theirs.getvalue()


def record_of(**fields: Any) -> Any:
    return {
        "type": "record",
        "name": "nl.seintje.R",
        "fields": [{"name": name, "type": kind} for name, kind in fields.items()],
    }


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("double", id="a type that no schema has"),
        pytest.param(["null", "string", "long"], id="a union of three"),
        pytest.param(["string", "null"], id="null behind"),
        pytest.param({"type": "enum", "name": "E", "symbols": ["A"]}, id="an enum"),
        pytest.param("nl.seintje.Nowhere", id="a name that is not there"),
    ],
)
def test_a_schema_that_cannot_be_written_is_told_at_once(kind: Any) -> None:
    with pytest.raises(ValueError, match="here"):
        writer_of(record_of(field=kind))


@pytest.mark.parametrize(
    "kind",
    ["string", "bytes", "boolean", "int", "long", {"type": "array", "items": "string"},
     {"type": "map", "values": "string"}, {"type": "record", "name": "Inner", "fields": []}],
    ids=str,
)  # fmt: skip
def test_a_required_field_that_is_missing_is_not_passed_over(kind: Any) -> None:
    with pytest.raises((TypeError, AttributeError)):
        writer_of(record_of(field=kind))({}, bytearray())
