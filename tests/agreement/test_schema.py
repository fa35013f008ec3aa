"""The JSON Schemas that editors use say the same as the readers: each key, at each place."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator

from hub.agreement_files import code_lists
from hub.domain.agreement_file import read_agreement
from hub.domain.facts import CATALOGUE
from hub.domain.marked import Node, Reader
from hub.domain.parties_file import read_parties
from hub.wire.yaml import parse

HERE: Final = Path(__file__).parent
SHIPPED: Final = Path(__file__).parents[2] / "agreements"
# Objects of one key, which the reader recognises by that key alone.
BY_ONE_KEY: Final = ({"after"}, {"lastDay"}, {"state"})
Schema = dict[str, Any]


class Recorder(Reader):
    """A reader that remembers which keys it knew of which mapping."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[Node, frozenset[str], frozenset[str]]] = []

    def mapping(
        self, node: Node, what: str, known: Collection[str], required: Iterable[str] = ()
    ) -> Mapping[str, Node]:
        required = list(required)
        self.seen.append((node, frozenset(known), frozenset(required)))
        return super().mapping(node, what, known, required)


class Walk:
    """Every object of a file with the object schemas that allow it."""

    def __init__(self, schema: Schema, top: Node) -> None:
        self.schema = schema
        self.allowing: dict[int, list[Schema]] = {}
        self._go(top, schema)

    def _go(self, node: Node, schema: Schema) -> None:
        plain = plain_of(node)
        for option in self._options(schema):
            validator = Draft202012Validator(option | {"$defs": self.schema["$defs"]})
            if not validator.is_valid(plain):
                continue
            if isinstance(node.value, tuple) and "items" in option:
                for item in node.value:
                    self._go(item, option["items"])
            if isinstance(node.value, Mapping) and option.get("type") == "object":
                self.allowing.setdefault(id(node), []).append(option)
                for key, value in node.value.items():
                    self._go(value, self._below(option, key))

    def _below(self, schema: Schema, key: str) -> Schema:
        below: Schema = schema.get("properties", {}).get(key) or schema["additionalProperties"]
        return below

    def _options(self, schema: Schema) -> Iterator[Schema]:
        if "$ref" in schema:
            yield from self._options(self.schema["$defs"][schema["$ref"].split("/")[-1]])
        elif "anyOf" in schema:
            for option in schema["anyOf"]:
                yield from self._options(option)
        else:
            yield schema


def plain_of(node: Node) -> object:
    """A tree as JSON would have it."""
    if isinstance(node.value, tuple):
        return [plain_of(item) for item in node.value]
    if isinstance(node.value, Mapping):
        return {key: plain_of(value) for key, value in node.value.items()}
    return node.value.isoformat() if isinstance(node.value, date | datetime) else node.value


def tree(path: Path) -> Node:
    node = parse(path.read_text("utf-8"))
    assert isinstance(node, Node)
    return node


def schema_of(name: str) -> Schema:
    schema: Schema = json.loads((SHIPPED / f"{name}.schema.json").read_text("utf-8"))
    return schema


def read(name: str, node: Node) -> Recorder:
    reader = Recorder()
    if name == "parties":
        read_parties(node, reader)
    else:
        read_agreement(node, code_lists(), "", reader)
    assert reader.problems == []
    return reader


def keys_of(schema: Schema) -> frozenset[str] | None:
    """The keys that an object schema allows; None if it is free."""
    if "properties" in schema:
        return frozenset(schema["properties"])
    names = schema.get("propertyNames", {}).get("enum")
    return None if names is None else frozenset(names)


FILES = [
    pytest.param("agreement", HERE / "every_word.yaml", id="every word of an agreement"),
    pytest.param("agreement", SHIPPED / "duurzame-start.yaml", id="the default agreement"),
    pytest.param("parties", HERE / "every_party.yaml", id="every word of a parties file"),
    pytest.param("parties", SHIPPED / "parties.yaml", id="the default parties"),
]


@pytest.mark.parametrize(("name", "file"), FILES)
def test_the_file_is_valid_and_readable(name: str, file: Path) -> None:
    schema, node = schema_of(name), tree(file)
    Draft202012Validator.check_schema(schema)
    found = [error.json_path for error in Draft202012Validator(schema).iter_errors(plain_of(node))]
    assert found == []
    read(name, node)


@pytest.mark.parametrize(("name", "file"), [FILES[0], FILES[2]])
def test_reader_and_schema_know_the_same_keys_at_every_place(name: str, file: Path) -> None:
    node = tree(file)
    walk = Walk(schema_of(name), node)
    different = []
    for at, known, required in read(name, node).seen:
        options = walk.allowing.get(id(at), ())
        keys = [keys_of(option) for option in options]
        told = [(keys_of(option), frozenset(option.get("required", ()))) for option in options]
        if any(found is not None for found in keys) and (known, required) not in told:
            different.append((at.line, at.column, sorted(known), told))
    assert different == []


@pytest.mark.parametrize(("name", "file"), [FILES[0], FILES[2]])
def test_every_object_and_key_of_the_schema_is_in_the_file_that_uses_them_all(
    name: str, file: Path
) -> None:
    node, schema = tree(file), schema_of(name)
    walk = Walk(schema, node)
    nodes = {id(at): at for at in every_mapping(node)}
    used: dict[frozenset[str], set[str]] = {}
    for place, options in walk.allowing.items():
        for option in options:
            if keys := keys_of(option):
                used.setdefault(keys, set()).update(nodes[place].keys)
    for keys in filter(None, map(keys_of, every_object(schema))):
        assert keys <= used.get(keys, set()) or keys == frozenset(CATALOGUE), sorted(keys)


@pytest.mark.parametrize(("name", "file"), [FILES[0], FILES[2]])
def test_every_object_of_the_file_was_read(name: str, file: Path) -> None:
    node = tree(file)
    seen = {id(at) for at, _, _ in read(name, node).seen}
    unread = [at for at in every_mapping(node) if id(at) not in seen]
    assert [at.line for at in unread if set(at.keys) not in BY_ONE_KEY] == []


def every_mapping(node: Node) -> Iterator[Node]:
    below: Iterable[Node] = ()
    if isinstance(node.value, Mapping):
        yield node
        below = node.value.values()
    elif isinstance(node.value, tuple):
        below = node.value
    for part in below:
        yield from every_mapping(part)


def every_object(schema: object) -> Iterator[Schema]:
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for part in schema.values():
            yield from every_object(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from every_object(part)


def test_the_schema_lists_the_fact_types_of_the_catalogue() -> None:
    defs = schema_of("agreement")["$defs"]
    kinds = {name: row.kind for name, row in CATALOGUE.items()}
    assert defs["factType"]["enum"] == [n for n, kind in kinds.items() if kind == "household"]
    assert defs["regionFactType"]["enum"] == [n for n, kind in kinds.items() if kind == "region"]


@pytest.mark.parametrize("name", ["agreement", "parties"])
def test_every_schema_file_is_named_in_the_yaml_that_follows_it(name: str) -> None:
    file = SHIPPED / ("parties.yaml" if name == "parties" else "duurzame-start.yaml")
    first = file.read_text("utf-8").splitlines()[0]
    assert first == f"# yaml-language-server: $schema={name}.schema.json"
