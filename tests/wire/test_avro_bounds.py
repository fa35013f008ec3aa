"""Schemas out of a registry may be anybody's: none of them ends the process or keeps it busy."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hub.domain.refusals import Refused, Slug
from hub.wire.avro import Schemas, read
from hub.wire.avro_bounds import MOST_DEEP, depth_of
from tests.wire.parties import ROOT

SCHEMAS = Schemas.load(ROOT / "schemas" / "avro")


def record(name: str, *types: Any) -> dict[str, Any]:
    fields = [{"name": f"f{n}", "type": kind} for n, kind in enumerate(types)]
    return {"type": "record", "name": name, "fields": fields}


def chain(length: int) -> list[Any]:
    """Records that each hold the one before, side by side: a flat text, a deep value."""
    return [record("R0", "int"), *(record(f"R{n}", f"R{n - 1}") for n in range(1, length))]


def doubling(length: int) -> list[Any]:
    """Two of the one before in each: of nothing at the bottom, 2 ** length of them."""
    return [record("R0"), *(record(f"R{n}", f"R{n - 1}", f"R{n - 1}") for n in range(1, length))]


def nested(depth: int) -> Any:
    return {"type": "array", "items": nested(depth - 1)} if depth else "int"


def with_fields(*types: Any) -> str:
    """A schema of rent-paid with other fields before its own."""
    tree = json.loads(SCHEMAS.by_name["rent-paid"].text)
    more = [{"name": f"x{n}", "type": kind} for n, kind in enumerate(types)]
    return json.dumps(tree | {"fields": [*more, *tree["fields"]]})


@pytest.mark.parametrize(
    "types",
    [
        pytest.param([record("R", ["null", "R"])], id="a record in itself"),
        pytest.param([record("A", record("B", ["null", "A"]))], id="a record in another in itself"),
        pytest.param([{"type": "array", "items": "null"}], id="an array of nothing"),
        pytest.param([{"type": "array", "items": {"type": "null"}}], id="an array of nothing more"),
        pytest.param([{"type": "array", "items": record("R")}], id="an array of empty records"),
        pytest.param(
            [{"type": "array", "items": {"type": "fixed", "name": "F", "size": 0}}],
            id="an array of no bytes",
        ),
        pytest.param(doubling(30), id="a doubling of nothing"),
        pytest.param(chain(MOST_DEEP + 1), id="a chain that is too long"),
        pytest.param(chain(5000), id="a chain without end"),
        pytest.param([nested(MOST_DEEP)], id="nested too deep"),
        pytest.param([nested(300)], id="nested far too deep"),
    ],
)
def test_a_schema_without_bounds_is_as_good_as_none(types: list[Any]) -> None:
    raw = b"\x00\x00\x00\x00\x07" + b"\x02" * 65_000
    answer = read("rent-paid", raw, SCHEMAS, {7: with_fields(*types)}.get)
    assert isinstance(answer, Refused)
    assert answer.slug == Slug.SCHEMA_VIOLATION


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, '"\ud800"'])
def test_a_text_without_bounds_is_as_good_as_none(text: str) -> None:
    answer = read("rent-paid", b"\x00\x00\x00\x00\x07x", SCHEMAS, {7: text}.get)
    assert isinstance(answer, Refused)
    assert answer.slug == Slug.SCHEMA_VIOLATION


@pytest.mark.parametrize(
    ("types", "depth"),
    [
        (["int"], 1),
        ([["null", "string"]], 2),
        ([{"type": "map", "values": "bytes"}], 2),
        ([{"type": "enum", "name": "E", "symbols": ["A"]}, "E"], 2),
        ([{"type": "fixed", "name": "F", "size": 8}, "F"], 1),
        ([{"type": "int", "logicalType": "date"}], 2),
        (chain(4), 5),
    ],
)
def test_a_bounded_schema_has_its_depth(types: list[Any], depth: int) -> None:
    assert depth_of(record("Top", *types)) == depth


@pytest.mark.parametrize("name", SCHEMAS.by_name)
def test_our_own_schemas_are_bounded(name: str) -> None:
    assert depth_of(SCHEMAS.by_name[name].parsed) < 10
    assert SCHEMAS.parsed_once(name, SCHEMAS.by_name[name].text) is not None
