"""The domain and the wire have no clock, no chance and no IO; importing the house opens nothing.

import-linter holds the same for modules (pyproject.toml); here stand the calls it cannot see, and
the imports once more, also those inside a function.
"""

import ast
import sys
from collections.abc import Iterator
from typing import Final

import pytest

from tests.house.sources import Source, sources

BANNED_MODULES: Final = {"time", "random", "uuid", "os", "secrets", "socket", "sqlite3", "asyncio"}
CLOCK_CALLS: Final = {"now", "utcnow", "today"}
IO_CALLS: Final = {"open", "print", "input"}
# What no module may do while it is imported.
OPENING_CALLS: Final = {
    "open", "connect", "Client", "AsyncClient", "read_text", "read_bytes", "write_text",
    "write_bytes", "urlopen", "getenv", "now", "utcnow", "today", "uuid4", "token_bytes",
    "token_hex", "token_urlsafe",
}  # fmt: skip


def of(source: Source, found: Iterator[tuple[int, str]]) -> list[str]:
    return [f"{source.path}:{line} {what}" for line, what in found]


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or ""


def banned_imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for line, module in imports(tree):
        if module.partition(".")[0] in BANNED_MODULES:
            yield line, f"import {module}"


def foreign_imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """What the domain may not know: all but itself, msgspec and the standard library."""
    for line, module in imports(tree):
        known = module.partition(".")[0] in {"msgspec", *sys.stdlib_module_names}
        if not (known or module == "hub.domain" or module.startswith("hub.domain.")):
            yield line, f"import {module}"


def called(node: ast.AST) -> str | None:
    """The last name of what is called: `now` of `datetime.now()`."""
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else None


def impure_calls(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in CLOCK_CALLS:
            yield node.lineno, f".{node.attr}"
        elif isinstance(node, ast.Name) and node.id in IO_CALLS:
            yield node.lineno, node.id


def run_on_import(node: ast.AST) -> Iterator[ast.AST]:
    """Every node that runs when the module is imported: bodies of functions do not, defaults do."""
    yield node
    if isinstance(node, ast.Lambda):
        children: list[ast.AST] = [node.args]
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        children = [node.args, *node.decorator_list]
    else:
        children = list(ast.iter_child_nodes(node))
    for child in children:
        yield from run_on_import(child)


def opened_on_import(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in run_on_import(tree):
        name = called(node)
        if isinstance(node, ast.Call) and name in OPENING_CALLS:
            yield node.lineno, f"{name}()"
        elif isinstance(node, ast.Attribute) and node.attr == "environ":
            yield node.lineno, "environ"


def test_the_domain_and_the_wire_import_no_clock_no_chance_and_no_io() -> None:
    pure = sources("hub/domain", "hub/wire")
    assert not [line for source in pure for line in of(source, banned_imports(source.tree))]


def test_the_domain_knows_itself_msgspec_and_the_standard_library_only() -> None:
    domain = sources("hub/domain")
    assert not [line for source in domain for line in of(source, foreign_imports(source.tree))]


def test_the_domain_and_the_wire_call_no_clock_and_no_io() -> None:
    pure = sources("hub/domain", "hub/wire")
    assert not [line for source in pure for line in of(source, impure_calls(source.tree))]


def test_importing_a_module_opens_nothing_and_reads_no_clock() -> None:
    house = sources("hub", "connectors")
    assert not [line for source in house for line in of(source, opened_on_import(source.tree))]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("at = datetime.now(UTC)", id="a constant"),
        pytest.param("def f(client=httpx.Client()): ...", id="a default argument"),
        pytest.param("class A:\n  settings = open('x')", id="a class body"),
        pytest.param("if True:\n  key = os.environ['K']", id="inside an if"),
        pytest.param("f = lambda at=date.today(): at", id="a default of a lambda"),
    ],
)
def test_opening_on_import_is_seen_in(text: str) -> None:
    assert list(opened_on_import(ast.parse(text)))


def test_opening_in_a_function_is_no_opening_on_import() -> None:
    text = "def f():\n  return open('x')\ng = lambda: open('x')"
    assert not list(opened_on_import(ast.parse(text)))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("def f():\n  import time", id="an import inside a function"),
        pytest.param("from os.path import join", id="a part of a banned module"),
    ],
)
def test_a_banned_import_is_seen_in(text: str) -> None:
    assert list(banned_imports(ast.parse(text)))
