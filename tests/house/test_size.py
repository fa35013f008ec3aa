"""Functions and modules stay small (aims in CONTRIBUTING.md).

What is larger stands in long_ones.toml with its size and its reason, and that list only shrinks.
"""

import ast
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.house import measure
from tests.house.sources import sources

EXEMPT: Final = re.compile(r"hub/compose/[a-z]+\.py:build")


@dataclass(frozen=True)
class Limit:
    aim: int
    never: int | None


LIMITS: Final = {
    "function_lines": Limit(aim=25, never=60),
    "module_lines": Limit(aim=250, never=400),
    "parameters": Limit(aim=5, never=None),
    "nesting": Limit(aim=3, never=None),
}
Sizes = Mapping[str, int]


@pytest.fixture(scope="module")
def measured() -> Mapping[str, Sizes]:
    """The size of everything, by kind and by `path` or `path:function`."""
    sizes: dict[str, dict[str, int]] = {kind: {} for kind in LIMITS}
    for source in sources("hub", "connectors"):
        code = measure.code_lines(source.text, source.tree)
        sizes["module_lines"][source.path] = len(code)
        for name, function in measure.functions(source.tree):
            where = f"{source.path}:{name}"
            sizes["function_lines"][where] = measure.function_lines(function, code)
            sizes["parameters"][where] = measure.parameters(function)
            sizes["nesting"][where] = measure.nesting(function)
    return {
        kind: {w: n for w, n in of.items() if not EXEMPT.fullmatch(w)} for kind, of in sizes.items()
    }


@pytest.fixture(scope="module")
def listed() -> Mapping[str, Sizes]:
    file = Path(__file__).with_name("long_ones.toml")
    entries = tomllib.loads(file.read_text("utf-8"))
    assert entries.keys() == LIMITS.keys()
    for kind, of in entries.items():
        for where, entry in of.items():
            assert entry["reason"].strip(), f"{kind} {where} has no reason"
    return {kind: {w: entry["is"] for w, entry in of.items()} for kind, of in entries.items()}


def table(sizes: Mapping[str, object]) -> str:
    return "\n".join(f'"{where}": {size}' for where, size in sizes.items())


@pytest.mark.parametrize("kind", LIMITS)
def test_what_is_larger_than_our_aim_is_listed_with_its_size(
    kind: str, measured: Mapping[str, Sizes], listed: Mapping[str, Sizes]
) -> None:
    larger = {w: n for w, n in measured[kind].items() if n > LIMITS[kind].aim}
    grown = {w: n for w, n in larger.items() if n > listed[kind].get(w, 0)}
    assert not grown, f"{kind}: split these, or list them with a reason\n{table(grown)}"


@pytest.mark.parametrize("kind", LIMITS)
def test_the_list_holds_nothing_that_has_shrunk(
    kind: str, measured: Mapping[str, Sizes], listed: Mapping[str, Sizes]
) -> None:
    stale = {
        where: f"listed {size}, is {measured[kind].get(where, 0)}"
        for where, size in listed[kind].items()
        if measured[kind].get(where, 0) < size
    }
    advice = f"write the smaller number; within {LIMITS[kind].aim} take it out"
    assert not stale, f"{kind}: {advice}\n{table(stale)}"


@pytest.mark.parametrize("kind", [kind for kind, limit in LIMITS.items() if limit.never])
def test_nothing_is_above_the_hard_limit(kind: str, measured: Mapping[str, Sizes]) -> None:
    never = LIMITS[kind].never
    assert never is not None
    over = {where: size for where, size in measured[kind].items() if size > never}
    assert not over, f"{kind}: never more than {never}\n{table(over)}"


def test_blank_lines_comments_and_docstrings_are_no_code() -> None:
    head = '"""Doc.\n\nMore."""\n\n# why\n'
    text = head + 'def a(\n    b: int,\n) -> str:\n    "Doc."\n\n    return """x\n\ny"""\n'
    tree = ast.parse(text)
    code = measure.code_lines(text, tree)
    assert len(code) == 6
    [(name, function)] = measure.functions(tree)
    assert (name, measure.function_lines(function, code)) == ("a", 6)


@pytest.mark.parametrize(
    ("body", "depth"),
    [
        pytest.param("return 1", 0, id="a flat body"),
        pytest.param("if a: pass\n elif b: pass\n elif c: pass", 1, id="elif is no deeper"),
        pytest.param("if a: pass\n else:\n  if b: pass", 2, id="an if in an else is"),
        pytest.param("if a: pass\n elif b:\n  for c in d: pass", 2, id="a loop in an elif"),
        pytest.param("try:\n  with a: pass\n finally: pass", 2, id="with in try"),
        pytest.param("def g():\n  if a: pass", 0, id="a function inside stands by itself"),
        pytest.param("match a:\n  case 1:\n   while b: pass", 2, id="a loop in a case"),
    ],
)
def test_nesting_counts_the_blocks_around_a_statement(body: str, depth: int) -> None:
    function = next(measure.functions(ast.parse(f"def f():\n {body}\n")))[1]
    assert measure.nesting(function) == depth


def test_self_is_no_parameter_and_rest_arguments_are_one() -> None:
    tree = ast.parse("class A:\n def f(self, a, /, b, *c, d, **e): pass")
    [(name, function)] = measure.functions(tree)
    assert (name, measure.parameters(function)) == ("A.f", 5)
