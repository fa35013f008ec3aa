"""No rule stands in Python: rules are the agreement's, those nobody thought of yet included."""

import ast
import re
from collections.abc import Iterator
from typing import Final

import yaml

from tests.house.sources import ROOT, sources

AGREEMENT: Final = ROOT / "agreements" / "duurzame-start.yaml"


def rule_ids(node: object) -> Iterator[str]:
    """Ids of what cites the memo, wherever it stands in the file: those are the rules."""
    if isinstance(node, dict):
        if "memo" in node and isinstance(node.get("id"), str):
            yield node["id"]
        for value in node.values():
            yield from rule_ids(value)
    elif isinstance(node, list):
        for value in node:
            yield from rule_ids(value)


def literals(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """String literals with their line; docstrings are prose."""
    prose = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.lineno, node.value


def test_no_rule_id_of_the_agreement_stands_in_python() -> None:
    # Ids without a hyphen (signal, nuisance) are ordinary words of the domain too.
    agreement = yaml.safe_load(AGREEMENT.read_text("utf-8")) if AGREEMENT.exists() else {}
    ids = sorted(rule for rule in rule_ids(agreement) if "-" in rule)
    if not ids:
        assert not AGREEMENT.exists(), (
            "the agreement has no rules, or this test no longer sees them"
        )
        return
    word = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, ids))})(?![\w-])")
    assert not [
        f"{source.path}:{line} {match.group()}"
        for source in sources("hub")
        for line, text in literals(source.tree)
        for match in word.finditer(text)
    ]
