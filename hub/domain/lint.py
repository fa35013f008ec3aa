"""Judging an agreement that could be read: what it says, and whether that can be meant.

Values carry no line numbers, so the tree of the file comes along. Every message says what to write
instead. Judges one file; several beside each other are `lint_together`'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from hub.domain.agreement import MONITORING, Agreement, Rule, SharedFields
from hub.domain.anchors import Moment
from hub.domain.conditions import Condition, Count, Each, For, Lapsed, Missing, Run, Without
from hub.domain.lint_conditions import every_condition, flaws_of_state
from hub.domain.lint_rules import lint_rules, placed
from hub.domain.marked import Node, Problem
from hub.domain.parties_file import GEMEENTE
from hub.domain.places import items_at, place_of, problem_at
from hub.domain.time import Span

# Lengths to compare spans of different units by, in eightieths of a day: a working day is 7/5 of a
# day, a month and a year are their means. What is equal as written is equal here.
_LENGTH: Final = {"d": 80, "wd": 112, "mo": 2435, "y": 29220}


def lint(agreement: Agreement, top: Node, today: date | None = None) -> list[Problem]:
    """All that is wrong with one file, in order of its lines.

    With `today` the calendar must reach the last day of the agreement, or without one the end of
    next year; without `today` only a last day counts.
    """
    problems = {
        *_paper(agreement, top),
        *_calendar(agreement, top, today),
        *_retention(agreement, top),
        *_states(agreement, top),
        *lint_rules(agreement, top),
        *_responsibilities(agreement, top),
        *_sharing(agreement, top),
    }
    return sorted(problems)


def _paper(agreement: Agreement, top: Node) -> Iterator[Problem]:
    convenant = agreement.convenant
    for key, value in (("name", convenant.name), ("dpia", convenant.dpia)):
        if not value.strip():
            place = place_of(top, "convenant", key)
            yield problem_at(place, f"convenant: nothing is routed without its {key}; write it")
    if agreement.valid_until is not None and agreement.valid_until < agreement.valid_from:
        place = place_of(top, "validUntil")
        yield problem_at(place, "validUntil: the last day comes before the first; write a later")
    if not agreement.gemeenten:
        place = place_of(top, "gemeenten")
        yield problem_at(place, 'gemeenten: name at least one, like `["0988"]`')
    for item in items_at(top, "gemeenten"):
        if not isinstance(item.value, str) or not GEMEENTE.fullmatch(item.text):
            message = 'a gemeente is its CBS code, 4 digits between quotes: `"0988"`'
            yield problem_at(item, f"gemeenten: {message}")
    if agreement.region_rules and not agreement.region:
        place = place_of(top, "regionRules")
        yield problem_at(place, "regionRules: say of which region; add `region: …` at the top")


def _calendar(agreement: Agreement, top: Node, today: date | None) -> Iterator[Problem]:
    last = agreement.valid_until
    if last is None and today is not None:
        last = date(max(today.year, agreement.valid_from.year) + 1, 12, 31)
    if last is None:
        return
    covered = {day.year for day in agreement.calendar.holidays}
    absent = [y for y in range(agreement.valid_from.year, last.year + 1) if y not in covered]
    if absent:
        yield problem_at(
            place_of(top, "calendar", "holidays"),
            f"calendar: no holidays of {', '.join(map(str, absent))}; add them, or run "
            f"`seintje agreement check --fill-holidays {absent[0]}`",
        )


def _retention(agreement: Agreement, top: Node) -> Iterator[Problem]:
    retention = agreement.retention
    if not any(MONITORING in rule.during for rule in agreement.rules):  # else it was said already
        yield from _monitoring_lacks(agreement, top)
    for rule in agreement.rules:
        longest = max(_spans_of(rule), key=_length, default=retention)
        if _length(longest) > _length(retention):
            yield problem_at(
                place_of(top, "retention"),
                f"retention: {retention} is shorter than the {longest} of rule `{rule.id}`; "
                f"write `retention: {longest}` or longer",
            )


def _monitoring_lacks(agreement: Agreement, top: Node) -> Iterator[Problem]:
    if MONITORING not in agreement.states:
        yield problem_at(
            place_of(top, "states"),
            f"states: retention counts from the end of `{MONITORING}`; "
            f"add `{MONITORING}: {{from: S, until: [{{after: 1 y}}, end]}}`",
        )


def _spans_of(rule: Rule) -> Iterator[Span]:
    """How far back the rule looks, and how long it stays."""
    if rule.until.after is not None:
        yield rule.until.after
    for condition in every_condition(rule.when):
        yield from _spans_in(condition)


def _spans_in(condition: Condition) -> Iterator[Span]:
    match condition:
        case For(span=span) | Lapsed(span=span) | Count(within=span) | Run(gap=span):
            yield span
        case Missing(by=Each(plus=span)):
            yield span
        case Without(since=Moment(plus=Span() as span)):
            yield span
        case Missing(by=by) if not isinstance(by, Each) and by.plus is not None:
            yield by.plus


def _length(span: Span) -> int:
    return span.n * _LENGTH[span.unit]


def _states(agreement: Agreement, top: Node) -> Iterator[Problem]:
    for name, state in agreement.states.items():
        yield from placed(flaws_of_state(state), place_of(top, "states", name))
        if name == MONITORING and not (state.with_tenancy or state.lasts):
            yield problem_at(
                place_of(top, "states", name),
                "until: a household is forgotten after its monitoring, so that must not go on for "
                "ever; add `end` or `{after: 1 y}`",
            )


def _responsibilities(agreement: Agreement, top: Node) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for n, line in enumerate(agreement.responsibilities):
        node = place_of(top, "responsibilities", n)
        if (line.phase, line.task) in seen:
            yield problem_at(node, f"`{line.task}` in `{line.phase}` stands here twice; keep one")
        seen.add((line.phase, line.task))
        if not line.roles:
            yield problem_at(node, "roles: name at least one, like `{gemeente: full}`")
        if "full" in line.roles.values() and len(line.roles) > 1:
            place = place_of(node, "roles")
            yield problem_at(place, "roles: `full` is one role alone; write `shared` for each")


def _sharing(agreement: Agreement, top: Node) -> Iterator[Problem]:
    for fact, roles in agreement.sharing.items():
        for role, shared in roles.items():
            node = place_of(top, "sharing", fact, role)
            yield from (problem_at(node, message) for message in _lacks(shared))


def _lacks(shared: SharedFields) -> Iterator[str]:
    if not shared.fields:
        yield "fields: name at least one, or take this role out"
    for key, value in (("purpose", shared.purpose), ("basis", shared.basis)):
        if not value.strip():
            yield f"{key}: nothing is shared without it; write it down"
