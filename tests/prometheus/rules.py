"""The rule files as they are shipped: read, and taken apart into names, labels and functions.

PromQL is not parsed here (promtool does): a few patterns find which series an expression selects
and with which labels.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import yaml
from msgspec import Struct

from tests.house.sources import ROOT

FOLDER: Final = ROOT / "deploy" / "prometheus"
RECORDING: Final = FOLDER / "recording.rules.yaml"
ALERTS: Final = FOLDER / "alerts.rules.yaml"
RUNBOOKS: Final = ROOT / "docs" / "runbooks"
BASE: Final = "https://seintje.example/docs/runbooks/"

# A series: a name that is ours or `up`, perhaps with what its labels must be.
_SERIES: Final = re.compile(
    r"\b((?:hub(?:_job|_instance)?:)?seintje_[a-z0-9_]+(?::\w+)*|up)\b(?:\{([^}]*)\})?"
)
_MATCHER: Final = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"')
_GROUPED: Final = re.compile(r"\b(?:by|on|without|ignoring|group_left)\s*\(([^)]*)\)")


class Selected(Struct, frozen=True):
    """One series of an expression and the values that its labels are compared with."""

    name: str
    matchers: tuple[tuple[str, str], ...]


def rules_of(file: Path) -> list[dict[str, Any]]:
    """Every rule in a file, in order."""
    groups = yaml.safe_load(file.read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    return [it for it in rules_of(ALERTS) if "alert" in it]


def recorded() -> list[dict[str, Any]]:
    return [it for it in rules_of(RECORDING) if "record" in it]


def selected(expression: str) -> Iterator[Selected]:
    """The series that an expression asks for."""
    for name, labels in _SERIES.findall(expression):
        yield Selected(name, tuple(_MATCHER.findall(labels)))


def grouped_by(expression: str) -> Sequence[str]:
    """The labels by which an expression groups or matches."""
    lists = _GROUPED.findall(expression)
    return [label.strip() for it in lists for label in it.split(",") if label.strip()]
