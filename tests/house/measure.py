"""How long, how deep and how wide code is.

A code line holds a token that is no comment and belongs to no docstring; blank lines hold none.
The lines of a function run from `def` to its end, without decorators.
"""

import ast
import io
import tokenize
from collections.abc import Iterator
from typing import Final

Function = ast.FunctionDef | ast.AsyncFunctionDef

_SCOPES: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_BLOCKS: Final = (
    ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar,
    ast.Match,
)  # fmt: skip
_NO_CODE: Final = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
    tokenize.ENCODING, tokenize.ENDMARKER,
}  # fmt: skip


def code_lines(text: str, tree: ast.Module) -> frozenset[int]:
    """The numbers of the lines that hold code."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    code = {
        line
        for token in tokens
        if token.type not in _NO_CODE
        for line in range(token.start[0], token.end[0] + 1)
    }
    return frozenset(code - _docstring_lines(tree))


def functions(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    """Every function with its qualified name, those inside others included."""
    yield from _functions_in(tree, "")


def function_lines(function: Function, code: frozenset[int]) -> int:
    end = function.end_lineno or function.lineno
    return len(code.intersection(range(function.lineno, end + 1)))


def parameters(function: Function) -> int:
    """How many parameters a caller sees: without self and cls, `*args` counts as one."""
    names = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    named = len(names) - (bool(names) and names[0].arg in {"self", "cls"})
    return named + bool(function.args.vararg) + bool(function.args.kwarg)


def nesting(function: Function) -> int:
    """How many blocks stand around the deepest statement; an `elif` is as deep as its `if`."""
    return max((_depth(statement) for statement in function.body), default=0)


def _functions_in(node: ast.AST, prefix: str) -> Iterator[tuple[str, Function]]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, _SCOPES):
            yield from _functions_in(child, prefix)
            continue
        name = f"{prefix}{child.name}"
        if not isinstance(child, ast.ClassDef):
            yield name, child
        yield from _functions_in(child, f"{name}.")


def _docstring_lines(tree: ast.Module) -> set[int]:
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, *_SCOPES)) and ast.get_docstring(node, False) is not None:
            docstring = node.body[0]
            lines.update(range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1))
    return lines


def _depth(node: ast.AST) -> int:
    if isinstance(node, _SCOPES):
        return 0  # a function inside is measured by itself
    inner = 0
    for child in ast.iter_child_nodes(node):
        deeper = _depth(child)
        inner = max(inner, deeper - _is_elif(node, child))
    return inner + isinstance(node, _BLOCKS)


def _is_elif(node: ast.AST, child: ast.AST) -> bool:
    return (
        isinstance(node, ast.If)
        and isinstance(child, ast.If)
        and node.orelse == [child]
        and node.col_offset == child.col_offset
    )
