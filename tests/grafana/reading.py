"""Dashboards as Grafana reads them: the committed files, their panels and their queries.

Read from JSON, not from the code that made it: what the code gets wrong must show here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from msgspec import Struct

from tests.house.sources import ROOT

FOLDER: Final = ROOT / "deploy" / "grafana" / "dashboards"
RECORDING: Final = ROOT / "deploy" / "prometheus" / "recording.rules.yaml"
Tree = Mapping[str, Any]

_NAMED: Final = re.compile(
    r"(?P<before>\w+ ?\()?(?P<name>(?<![:\w])seintje_\w+)\{(?P<where>[^}]*)\}"
)
_OURS: Final = re.compile(r"(?<![:\w])seintje_\w+")
_RECORDED: Final = re.compile(r"\b\w+:\w+:\w+")
_MATCHER: Final = re.compile(r'(\w+)(?:=~|!=|=)"[^"]*"')
_BY: Final = re.compile(r"\b(?:by|on) \(([^)]*)\)")
_OVER: Final = re.compile(r"\[([^\]]+)\]")


class Asked(Struct, frozen=True):
    """One query of a panel; `refId` tells queries of one panel apart."""

    board: str
    panel: str
    kind: str
    ref: str
    expr: str
    legend: str

    def __str__(self) -> str:
        return f"{self.board} | {self.panel} | {self.ref}"


class Used(Struct, frozen=True):
    """A name in a query: the function right around it, and the labels that it is matched by."""

    function: str
    name: str
    labels: tuple[str, ...]


def boards() -> Iterator[tuple[Path, Tree]]:
    for file in sorted(FOLDER.glob("*.json")):
        yield file, json.loads(file.read_text("utf-8"))


def panels_of(board: Tree) -> list[Tree]:
    """Its panels, without headings."""
    return [it for it in board["panels"] if it["type"] != "row"]


def asked_by(board: Tree) -> Iterator[Asked]:
    for panel in panels_of(board):
        for it in panel["targets"]:
            yield Asked(
                board=board["uid"],
                panel=panel["title"],
                kind=panel["type"],
                ref=it["refId"],
                expr=it["expr"],
                legend=it["legendFormat"],
            )


def everything_asked() -> list[Asked]:
    return [it for _, board in boards() for it in asked_by(board)]


def used_in(expr: str) -> Iterator[Used]:
    """The names of ours in a query."""
    for found in _NAMED.finditer(expr):
        function = (found["before"] or "").rstrip(" (")
        yield Used(function, found["name"], tuple(_MATCHER.findall(found["where"])))


def series_behind(expr: str) -> set[str]:
    """The names of ours on which a query rests, those in recording rules too."""
    found = {*_OURS.findall(expr)}
    for name in recorded_in(expr):
        found |= series_behind(recorded()[name])
    return found


@cache
def recorded() -> Mapping[str, str]:
    """What recording rules keep: their queries by name."""
    groups = yaml.safe_load(RECORDING.read_text("utf-8"))["groups"]
    return {rule["record"]: rule["expr"] for group in groups for rule in group["rules"]}


def recorded_in(expr: str) -> set[str]:
    """The names of recording rules in a query."""
    return {*_RECORDED.findall(expr)}


def taken_together_by(expr: str) -> set[str]:
    return {it.strip() for labels in _BY.findall(expr) for it in labels.split(",")}


def over(expr: str) -> set[str]:
    """The times over which something is counted."""
    return {*_OVER.findall(expr)}


def filled(expr: str, variables: Mapping[str, str]) -> str:
    """The query as Grafana would send it."""
    for name in sorted(variables, key=len, reverse=True):
        expr = expr.replace(f"${name}", variables[name])
    assert "$" not in expr, expr
    return expr
