"""The schema files: equal to the catalogue, documented, and able to read each other's versions."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import msgspec
import pytest
from msgspec import UnsetType

from hub.domain.facts import CATALOGUE, Cents, Code
from hub.wire.schemas import check
from hub.wire.shapes import SHAPES, Moment, is_optional
from tests.wire.parties import ROOT

SCHEMAS = ROOT / "schemas" / "avro"
Tree = dict[str, Any]


def schema_of(fact_type: str) -> Tree:
    found: Tree = json.loads((SCHEMAS / f"{fact_type}.v1.avsc").read_text("utf-8"))
    return found


def avro_type_of(kind: Any) -> Any:
    """The Avro type that a field of the catalogue must have; records by their fields."""
    if is_optional(kind):
        (inner,) = (it for it in get_args(kind) if it not in (type(None), UnsetType))
        return ["null", avro_type_of(inner)]
    if kind in (date, Moment):
        return "date" if kind is date else "timestamp-millis"
    base = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if get_origin(base) is tuple:
        return [avro_type_of(get_args(base)[0])]
    if isinstance(base, type) and issubclass(base, msgspec.Struct):
        return fields_of_shape(base)
    if base is int:
        return "long" if kind == Cents else "int"
    return {bool: "boolean"}.get(base, "string")


def fields_of_shape(shape: type[msgspec.Struct]) -> Tree:
    return {it.encode_name: avro_type_of(it.type) for it in msgspec.structs.fields(shape)}


def fields_of_schema(tree: Tree, named: Tree) -> Tree:
    return {field["name"]: type_in_schema(field["type"], named) for field in tree["fields"]}


def type_in_schema(kind: Any, named: Tree) -> Any:
    if isinstance(kind, list):
        assert kind[0] == "null"
        assert len(kind) == 2
        return ["null", type_in_schema(kind[1], named)]
    if isinstance(kind, str):
        return named.get(kind, kind)
    if kind["type"] == "array":
        return [type_in_schema(kind["items"], named)]
    if kind["type"] == "record":
        named[f"nl.seintje.{kind['name']}"] = fields_of_schema(kind, named)
        return named[f"nl.seintje.{kind['name']}"]
    return kind["logicalType"]


@pytest.mark.parametrize("fact_type", CATALOGUE)
def test_schema_and_catalogue_have_the_same_fields_of_the_same_types(fact_type: str) -> None:
    assert fields_of_schema(schema_of(fact_type), {}) == fields_of_shape(SHAPES[fact_type])


@pytest.mark.parametrize("fact_type", CATALOGUE)
def test_every_code_of_a_type_has_its_list(fact_type: str) -> None:
    listed = {field["name"] for field in schema_of(fact_type)["fields"] if "codes" in field}
    own = msgspec.structs.fields(CATALOGUE[fact_type].own)
    assert listed == {field.encode_name for field in own if field.type == Code}


def test_the_schemas_of_this_release_have_no_problem() -> None:
    assert check(SCHEMAS) == []


def test_every_fact_type_has_a_kept_version() -> None:
    kept = {path.name.partition(".")[0] for path in (SCHEMAS / "kept").glob("*.avsc")}
    assert kept >= CATALOGUE.keys()


def field(tree: Tree, name: str) -> Tree:
    found: Tree = next(it for it in tree["fields"] if it["name"] == name)
    return found


def put(name: str, **changes: Any) -> Callable[[Tree], None]:
    def change(tree: Tree) -> None:
        field(tree, name).update(changes)

    return change


def drop(name: str, key: str) -> Callable[[Tree], None]:
    return lambda tree: field(tree, name).pop(key)


def add(**new: Any) -> Callable[[Tree], None]:
    usual = {"name": "note", "type": "string", "doc": "Note.", "privacy": "none"}
    return lambda tree: tree["fields"].append(usual | new)


def without(name: str) -> Callable[[Tree], None]:
    return lambda tree: tree["fields"].remove(field(tree, name))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param(drop("cause", "doc"), ["cause: say in `doc`"], id="a field without doc"),
        pytest.param(drop("cause", "privacy"), ["cause: `privacy`"], id="a field without class"),
        pytest.param(put("cause", privacy="secret"), ["cause: `privacy`"], id="no such class"),
        pytest.param(
            put("cause", codes=["resident", "wear", "third-party", "unknown"]),
            ["cause: add the code other", "cause: keep the codes other"],
            id="a code taken away",
        ),
        pytest.param(
            add(), ["/fields", "cannot read what kept/"], id="a new field that is required"
        ),
        pytest.param(without("cause"), ["kept/", "cannot read what damage-"], id="a field gone"),
        pytest.param(put("cause", type="int"), ["cannot read"], id="another type"),
        pytest.param(put("estimate", type=["long", "null"]), ["null first"], id="null last"),
        pytest.param(
            lambda tree: tree.update(name="Damage"), ["name: write DamageReported"], id="its name"
        ),
    ],
)
def test_the_check_tells(change: Callable[[Tree], Any], told: list[str], tmp_path: Path) -> None:
    problems = check(with_damage_reported(change, tmp_path))
    assert {problem.file for problem in problems} == {"damage-reported.v1.avsc"}
    text = "\n".join(map(str, problems))
    assert [it for it in told if it not in text] == []


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(add(type=["null", "string"], default=None), id="a new optional field"),
        pytest.param(
            put("cause", codes=["resident", "wear", "third-party", "pet", "unknown", "other"]),
            id="a new code",
        ),
        pytest.param(put("cause", doc="Where it comes from."), id="another text"),
    ],
)
def test_the_check_allows(change: Callable[[Tree], Any], tmp_path: Path) -> None:
    assert check(with_damage_reported(change, tmp_path)) == []


def with_damage_reported(change: Callable[[Tree], Any], tmp_path: Path) -> Path:
    root = tmp_path / "avro"
    shutil.copytree(SCHEMAS, root)
    path = root / "damage-reported.v1.avsc"
    tree = json.loads(path.read_text("utf-8"))
    change(tree)
    path.write_text(json.dumps(tree))
    return root


def test_a_version_in_between_counts_too(tmp_path: Path) -> None:
    root = with_damage_reported(add(name="note", type=["null", "string"], default=None), tmp_path)
    shutil.copy(root / "damage-reported.v1.avsc", root / "kept" / "damage-reported.v1.2.avsc")
    shutil.copy(root / "kept" / "damage-reported.v1.1.avsc", root / "damage-reported.v1.avsc")
    assert check(root) == []
    tree = json.loads((root / "damage-reported.v1.avsc").read_text("utf-8"))
    add(name="note", type=["null", "int"], default=None)(tree)
    (root / "damage-reported.v1.avsc").write_text(json.dumps(tree))
    assert "damage-reported.v1.2.avsc" in "\n".join(map(str, check(root)))


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        pytest.param("rent-paid.v1.avsc", "{", "no Avro schema", id="no JSON"),
        pytest.param("rent-paid.v1.avsc", '{"type":"record"}', "no Avro schema", id="no record"),
        pytest.param("rent-paid.v1.avsc", '"string"', "a schema here is a record", id="a string"),
        pytest.param("rent-paid.avsc", "{}", "name it like", id="no version in the name"),
    ],
)
def test_a_file_that_is_no_schema_is_told(name: str, text: str, told: str, tmp_path: Path) -> None:
    root = tmp_path / "avro"
    shutil.copytree(SCHEMAS, root)
    (root / name).write_text(text)
    assert told in "\n".join(map(str, check(root)))


def test_a_type_without_schema_is_told(tmp_path: Path) -> None:
    root = tmp_path / "avro"
    shutil.copytree(SCHEMAS, root)
    (root / "rent-paid.v1.avsc").unlink()
    told = [problem.says for problem in check(root)]
    assert told == [
        "there is no schema of this name any more; published ones stay",
        "a type of the catalogue without a schema",
    ]
