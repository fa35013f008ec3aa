"""Where in the tree of a file something stands, for problems found after it was read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hub.domain.marked import Node, Problem


def place_of(node: Node, *path: str | int) -> Node:
    """The node at a path of keys and indexes, or the last one on the way that there is."""
    for step in path:
        below = _step(node, step)
        if below is None:
            return node
        node = below
    return node


def _step(node: Node, step: str | int) -> Node | None:
    if isinstance(node.value, Mapping):
        return node.value.get(str(step))
    if isinstance(node.value, tuple) and isinstance(step, int) and step < len(node.value):
        return node.value[step]
    return None


def find_word(node: Node, word: str) -> Node | None:
    """The first place below `node` where a key or a value is this word."""
    if node.value == word:
        return node
    if isinstance(node.value, Mapping):
        if word in node.keys:
            return node.keys[word]
        inner: Iterable[Node] = node.value.values()
    else:
        inner = node.value if isinstance(node.value, tuple) else ()
    found = (find_word(part, word) for part in inner)
    return next((place for place in found if place is not None), None)


def problem_at(node: Node, message: str) -> Problem:
    return Problem(node.line, node.column, message)


def items_at(node: Node, *path: str | int) -> tuple[Node, ...]:
    """The items of the list at a path; one value alone is a list of one."""
    found = place_of(node, *path)
    return found.value if isinstance(found.value, tuple) else (found,)
