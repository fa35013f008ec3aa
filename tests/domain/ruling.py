"""Rules written for a test, in the words of an agreement file, and what they find."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from hub.agreement_files import code_lists
from hub.domain.agreement import Agreement
from hub.domain.agreement_file import read_agreement
from hub.domain.facts import Fact
from hub.domain.intervals import Interval
from hub.domain.marked import Node, Problem, Reader
from hub.domain.spelling import CodeLists
from hub.domain.time import BEGINNING, NEVER
from hub.domain.timeline import Timeline
from hub.wire.yaml import parse
from tests.building import LATER, agreement, found, household, parties, spans, wall

TESTED: Final = "tested"
_FILE: Final = Path(__file__).resolve().parents[2] / "agreements" / "duurzame-start.yaml"
_USUAL: Final = """
id: tested
memo: "1: a test"
severity: medium
tells: {gemeente: acts, begeleider: acts, corporatie: informed}
text: {nl: {title: t, message: m}, en: {title: t, message: m}}
"""


def under(*rules: str, states: str = "") -> Agreement:
    """The default agreement with these rules only; what a rule does not say is as `_USUAL`."""
    read = [_with(_tree(_USUAL), _tree(text)) for text in rules]
    known = _mapping(_default())
    more = _with(known["states"], _tree(states)) if states else known["states"]
    no_rules, these = Node((), 1, 1), Node(tuple(read), 1, 1)
    top = {**known, "rules": these, "regionRules": no_rules, "states": more}
    reader = Reader()
    written = read_agreement(Node(top, 1, 1), _codes(), "", reader)
    assert not reader.problems, reader.problems
    return written


def held(rule: str, facts: Iterable[Fact], *, at: str = LATER, states: str = "") -> list[str]:
    """When the rule `tested` holds in one household, as `spans` shows it."""
    return spans(facts, TESTED, at=at, under=[under(rule, states=states)])


def openers(rule: str, facts: Iterable[Fact]) -> list[Fact]:
    """The opener of each finding of the rule `tested`."""
    return [it.opener for it in found(facts, TESTED, under=[under(rule)])]


def timeline(*facts: Fact) -> Timeline:
    """The one household of these facts, seen through the default agreement."""
    known = agreement()
    roles = {name: party.role for name, party in parties().by_id.items()}
    return Timeline(household(*facts), known.states, known.calendar, roles)


def shown(intervals: Iterable[Interval]) -> list[str]:
    """`2026-03-01..2026-04-01`, without a side that is open."""
    return [f"{_edge(it.start)}..{_edge(it.end)}" for it in intervals]


def _edge(at: int) -> str:
    return "" if at in (BEGINNING, NEVER) else wall(at)


@cache
def _codes() -> CodeLists:
    return code_lists()


@cache
def _default() -> Node:
    return _tree(_FILE.read_text("utf-8"))


def _tree(text: str) -> Node:
    tree = parse(text)
    assert not isinstance(tree, Problem), tree
    return tree


def _mapping(node: Node) -> Mapping[str, Node]:
    assert isinstance(node.value, Mapping)
    return node.value


def _with(node: Node, more: Node) -> Node:
    return Node({**_mapping(node), **_mapping(more)}, 1, 1)
