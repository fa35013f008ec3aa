"""A file as a tree that remembers where everything stood, and how to read it without giving up at
the first mistake.

`Reader` collects problems with line and column instead of raising; whatever is wrong reads as a
harmless default, so that one look at a file names everything that is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from typing import TypeVar

from msgspec import Struct

from hub.domain.time import Span, parse_span

Scalar = str | int | float | bool | date | None
T = TypeVar("T")


class Node(Struct, frozen=True):
    """A value of a file with the place where it stands (line and column from 1)."""

    value: Scalar | tuple[Node, ...] | Mapping[str, Node]
    line: int
    column: int
    keys: Mapping[str, Node] = {}  # of a mapping: where each key stands

    @property
    def text(self) -> str:
        return self.value if isinstance(self.value, str) else str(self.value)


class Problem(Struct, frozen=True, order=True):
    """Something wrong in a file: where it stands and what to write instead."""

    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.message}"


class Reader:
    """Reads a tree; every mistake becomes a problem."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def complain(self, node: Node, message: str) -> None:
        self.problems.append(Problem(node.line, node.column, message))

    def mapping(
        self, node: Node, what: str, known: Collection[str], required: Iterable[str] = ()
    ) -> Mapping[str, Node]:
        """The entries of a mapping; unknown and absent keys are problems."""
        if not isinstance(node.value, Mapping):
            self.complain(node, f"{what}: expected `key: value` lines, one of {listed(known)}")
            return {}
        for key, place in node.keys.items():
            if known and key not in known:
                self.complain(place, f"{what}: unknown key `{key}`{suggestion(key, known)}")
        for key in required:
            if key not in node.value:
                self.complain(node, f"{what}: `{key}` is missing; add `{key}: …`")
        return node.value

    def items(self, node: Node | None, what: str) -> tuple[Node, ...]:
        """The items of a list; one value alone reads as a list of one."""
        if node is None:
            return ()
        if isinstance(node.value, tuple):
            return node.value
        if isinstance(node.value, Mapping) or node.value is not None:
            return (node,)
        self.complain(node, f"{what}: expected a list like `[a, b]`")
        return ()

    def string(self, node: Node | None, what: str, default: str = "") -> str:
        if node is None:
            return default
        if isinstance(node.value, str):
            return node.value
        if isinstance(node.value, bool) or not isinstance(node.value, int | float | date):
            self.complain(node, f"{what}: expected text")
            return default
        return str(node.value)

    def strings(self, node: Node | None, what: str) -> tuple[str, ...]:
        return tuple(self.string(item, what) for item in self.items(node, what))

    def number(self, node: Node | None, what: str, default: int) -> int:
        if node is None:
            return default
        if isinstance(node.value, int) and not isinstance(node.value, bool):
            return node.value
        self.complain(node, f"{what}: expected a whole number")
        return default

    def truth(self, node: Node | None, what: str) -> bool:
        if node is None:
            return False
        if isinstance(node.value, bool):
            return node.value
        self.complain(node, f"{what}: expected true or false")
        return False

    def date(self, node: Node | None, what: str, default: date) -> date:
        if node is not None and type(node.value) is date:
            return node.value
        if node is not None:
            self.complain(node, f"{what}: expected a date like 2026-01-31")
        return default

    def span(self, node: Node | None, what: str, default: Span) -> Span:
        if node is None:
            return default
        return self.parsed(node, what, parse_span, default)

    def parsed(self, node: Node, what: str, parse: Callable[[str], T], default: T) -> T:
        """What `parse` makes of the text; its ValueError says what is expected."""
        try:
            return parse(node.text)
        except ValueError as error:
            self.complain(node, f"{what}: `{node.text}`: expected {error}")
            return default

    def one_of(self, node: Node | None, what: str, allowed: Collection[str], default: str) -> str:
        if node is None:
            return default
        if node.value in allowed:
            return node.text
        near = suggestion(node.text, allowed)
        self.complain(node, f"{what}: `{node.text}` is none of {listed(allowed)}{near}")
        return default


def listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in sorted(words))


def suggestion(word: str, known: Iterable[str]) -> str:
    """` (did you mean …?)` if something known is near."""
    known = list(known)
    if not known:
        return ""
    near = get_close_matches(word, known, n=1)
    return f"; write `{near[0]}`" if near else f"; allowed: {listed(known)}"
