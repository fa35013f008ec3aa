"""Where the code of the house lies, read once as text and as syntax tree.

Shared by the tests in this folder; they look at the code and never run it.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Source:
    """One module: its path from the root, its text and its tree."""

    path: str
    text: str
    tree: ast.Module


def sources(*folders: str) -> Iterator[Source]:
    """The modules below these folders, by path; a folder that is not there has none."""
    for folder in folders:
        for file in sorted((ROOT / folder).rglob("*.py")):
            text = file.read_text("utf-8")
            yield Source(file.relative_to(ROOT).as_posix(), text, ast.parse(text))
