"""Judging the texts of a rule: whoever is told reads what is going on, whoever acts what to do."""

from __future__ import annotations

from collections.abc import Iterator

from hub.domain.agreement import OTHER_SIDE, Part, RegionRule, Rule, Text
from hub.domain.facts import SIDE_OF, Role
from hub.domain.marked import Node, Problem
from hub.domain.places import place_of, problem_at


def may_be_told(rule: Rule | RegionRule) -> dict[Role, Part]:
    """The roles that the rule may tell, each with its part; `other-side` may be either side."""
    told: dict[Role, Part] = {}
    for role, side in SIDE_OF.items():
        if role in rule.tells:
            told[role] = rule.tells[role]
        elif OTHER_SIDE in rule.tells and side is not None:
            told[role] = rule.tells[OTHER_SIDE]
    return told


def lint_texts(rule: Rule | RegionRule, node: Node) -> Iterator[Problem]:
    """What is missing in the texts of a rule, or says something to nobody."""
    told = may_be_told(rule)
    for language, text in rule.text.items():
        place = place_of(node, "text", language)
        if not text.title.strip():
            yield problem_at(place, f"text {language}: `title` is empty; write a few words")
        for role, part in told.items():
            for message in _lacks(text, role, part):
                yield problem_at(place, f"text {language}: {message}")
        yield from _to_nobody(text, told, place)


def _lacks(text: Text, role: Role, part: Part) -> Iterator[str]:
    action = text.action_for(role).strip()
    if not text.message_for(role).strip():
        yield f"the {role} is told without a `message`; write what is going on"
    if part == "acts" and not action:
        yield f"the {role} acts; write in `action` what it does now"
    if part == "informed" and action:
        yield f"the {role} is only informed; give it no `action`"


def _to_nobody(text: Text, told: dict[Role, Part], place: Node) -> Iterator[Problem]:
    for what, texts in (("message", text.message), ("action", text.action)):
        for role in sorted(texts.keys() - told.keys() - {"all"}):
            key = place_of(place, what).keys.get(role, place)
            yield problem_at(key, f"{what}: this rule does not tell the {role}; take it out")
