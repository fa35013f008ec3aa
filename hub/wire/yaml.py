"""YAML text → a tree with line numbers. Safe: only plain values, no tags that make objects."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

import yaml as pyyaml

from hub.domain.marked import Node, Problem

_MAX_DEPTH = 40
# libyaml marks the same lines in a ninth of the time; where it was not built in, Python does it
_LOADER: Final = getattr(pyyaml, "CSafeLoader", pyyaml.SafeLoader)
_PLAIN: Final = pyyaml.SafeLoader("")  # makes plain values out of scalars, and keeps nothing


class _Broken(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def parse(text: str) -> Node | Problem:
    """The tree, or the first place where the text is no YAML."""
    try:
        root = _compose(text)
        if root is None:
            return Problem(1, 1, "the file is empty")
        return _node(root, 0)
    except pyyaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return Problem(*where, f"this is no YAML: {error.problem or error.context}")
    except pyyaml.YAMLError:
        return Problem(1, 1, "this is no YAML text")
    except _Broken as broken:
        return broken.problem


def _compose(text: str) -> pyyaml.Node | None:
    try:
        return pyyaml.compose(text, Loader=_LOADER)
    except pyyaml.YAMLError:
        # libyaml says that something is wrong, Python's own loader says better where
        return pyyaml.compose(text, Loader=pyyaml.SafeLoader)


def _node(node: pyyaml.Node, depth: int) -> Node:
    line, column = node.start_mark.line + 1, node.start_mark.column + 1
    if depth > _MAX_DEPTH:
        raise _Broken(Problem(line, column, f"nested deeper than {_MAX_DEPTH} levels"))
    if isinstance(node, pyyaml.SequenceNode):
        return Node(tuple(_node(item, depth + 1) for item in node.value), line, column)
    if isinstance(node, pyyaml.MappingNode):
        return _mapping(node, depth, line, column)
    assert isinstance(node, pyyaml.ScalarNode)
    return Node(_scalar(node), line, column)


def _mapping(node: pyyaml.MappingNode, depth: int, line: int, column: int) -> Node:
    values: dict[str, Node] = {}
    keys: dict[str, Node] = {}
    for key_node, value in node.value:
        key = _node(key_node, depth + 1)
        if isinstance(key.value, Mapping | tuple):
            raise _Broken(Problem(key.line, key.column, "a key must be plain text"))
        if key.text in values:
            raise _Broken(Problem(key.line, key.column, f"`{key.text}` stands here twice"))
        keys[key.text] = key
        values[key.text] = _node(value, depth + 1)
    return Node(values, line, column, keys)


def _scalar(node: pyyaml.ScalarNode) -> str | int | float | bool | date | None:
    value = _PLAIN.construct_object(node)
    return value if isinstance(value, str | int | float | bool | date | None) else str(node.value)
