"""Conditions in one line of the rule language, for tables and differences.

The words are those of the file (docs/agreement.md), so that who reads a table finds the place.
Lossless as far as the meaning goes: two conditions that differ read differently.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from hub.domain.agreement import Behind, Share, Since, Until
from hub.domain.anchors import Moment
from hub.domain.conditions import (
    All,
    Condition,
    Count,
    Each,
    Exceeds,
    For,
    In,
    Lapsed,
    Latest,
    Missing,
    Not,
    Open,
    Run,
    Seen,
    Without,
)
from hub.domain.conditions import Any as AnyOf
from hub.domain.patterns import Pattern, Where
from hub.domain.states import State


def in_words(condition: Condition) -> str:
    """A condition in one line: `missing intake-completed by S + 1 d`."""
    match condition:
        case All(parts=parts):
            return _joined(" and ", (in_words(part) for part in parts))
        case AnyOf(parts=parts):
            return _joined(" or ", (in_words(part) for part in parts))
        case Not(part=part):
            return f"not {_bracketed(part, For)}"
        case For(part=part, span=span):
            return f"{_bracketed(part, Not)} for {span}"
        case In(state=state):
            return f"in {state}"
        case Missing() | Without() | Lapsed():
            return _silence(condition)
        case Seen() | Count() | Run() | Open() | Exceeds():
            return _sighting(condition)
    assert_never(condition)


def region_in_words(when: Share | Since | Behind) -> str:
    """A condition about a region in one line."""
    match when:
        case Share():
            part = pattern_in_words(Pattern(when.part, when.part_where))
            return (
                f"share of {part} in {when.whole} by {when.unit} above {when.above_percent} % "
                f"from {when.at_least} on"
            )
        case Since(fact=fact, span=span):
            return f"longer than {span} since {fact}"
        case Behind():
            measure = pattern_in_words(Pattern(when.measure, when.measure_where))
            return (
                f"{when.measure_field} of {measure} behind {when.target_field} of {when.target} "
                f"while {when.while_rule}"
            )
    assert_never(when)


def until_in_words(until: Until) -> str:
    """What cuts an alert short, empty if nothing does."""
    ends = [pattern_in_words(pattern) for pattern in until.facts]
    ends += ["approach"] if until.approach else []
    ends += [f"after {until.after}"] if until.after is not None else []
    return ", ".join(ends)


def state_in_words(state: State) -> str:
    """From when until when a state is in force."""
    begins = [pattern_in_words(pattern) for pattern in state.starts]
    begins += [_moment(state.from_moment)] if state.from_moment is not None else []
    begins += ["the first fact"] if state.from_first_fact else []
    ends = [pattern_in_words(pattern) for pattern in state.ends]
    ends += [f"{state.last_day} (last day)"] if state.last_day is not None else []
    ends += [f"after {state.lasts}"] if state.lasts is not None else []
    ends += ["end of the tenancy"] if state.with_tenancy else []
    ends += ["signed"] if state.until_signed else []
    renewable = ", renewable" if state.renewable else ""
    return f"from {', '.join(begins)} until {', '.join(ends) or 'nothing'}{renewable}"


def pattern_in_words(pattern: Pattern) -> str:
    """A fact type with its conditions: `damage-reported (cause: resident)`."""
    said = [_where(where) for where in pattern.where]
    said += [f"side: {pattern.side}"] if pattern.side is not None else []
    said += [f"before {_moment(pattern.before)}"] if pattern.before is not None else []
    said += ["concerning it"] if pattern.concerning else []
    return f"{pattern.fact} ({', '.join(said)})" if said else pattern.fact


def where_in_words(wheres: Iterable[Where]) -> str:
    """Conditions on fields: `cause: resident/unknown`."""
    return ", ".join(_where(where) for where in wheres)


def _silence(leaf: Missing | Without | Lapsed) -> str:
    match leaf:
        case Missing():
            what = leaf.state or _facts(leaf.facts)
            since = "" if leaf.since is None else f" from {_moment(leaf.since)}"
            return f"missing {what}{since} by {_deadline(leaf.by)}"
        case Without():
            since = "" if leaf.since is None else f" from {_moment(leaf.since)}"
            opener = "" if leaf.opener is None else f" after {pattern_in_words(leaf.opener)}"
            return f"without {leaf.state}{since}{opener}"
        case Lapsed():
            return f"lapsed {_facts(leaf.facts)} after {leaf.span}"
    assert_never(leaf)


def _sighting(leaf: Seen | Count | Run | Open | Exceeds) -> str:
    match leaf:
        case Seen():
            at = "" if leaf.at is None else f" at ({in_words(leaf.at)})"
            return f"seen {pattern_in_words(leaf.fact)}{at}"
        case Count():
            sides = " from both sides" if leaf.both_sides else ""
            return f"count {leaf.at_least} of {_facts(leaf.facts)}{sides} within {leaf.within}"
        case Run():
            return f"run of {_facts(leaf.facts)} with gap {leaf.gap}"
        case Open():
            return _open(leaf)
        case Exceeds():
            return f"{_sum(leaf.left)} exceeds {_sum(leaf.right)}"
    assert_never(leaf)


def _open(leaf: Open) -> str:
    said = [f"open {leaf.at_least} of {pattern_in_words(leaf.opens)}"]
    said += [f"closed by {pattern_in_words(leaf.closes)}"]
    said += [f"by {leaf.key}"] if leaf.key is not None else []
    if leaf.settled is not None:
        said.append(f"settled when {leaf.settled.paid} adds up to {leaf.settled.due}")
    said += [f"only {leaf.only}"] if leaf.only is not None else []
    said += [f"at ({in_words(leaf.at)})"] if leaf.at is not None else []
    return " ".join(said)


def _sum(terms: Iterable[Latest]) -> str:
    return " + ".join(f"{term.field} of latest {'/'.join(term.facts)}" for term in terms)


def _deadline(by: Moment | Each) -> str:
    if isinstance(by, Moment):
        return _moment(by)
    each = pattern_in_words(by.fact) if by.fact is not None else f"start of {by.state}"
    return f"{by.plus} after each {each}"


def _moment(moment: Moment) -> str:
    return moment.anchor if moment.plus is None else f"{moment.anchor} + {moment.plus}"


def _where(where: Where) -> str:
    return f"{where.field}: {'/'.join(map(_value, where.values))}"


def _value(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _bracketed(condition: Condition, kind: type) -> str:
    """In brackets if it is of this kind, so that what follows is not read as part of it."""
    said = in_words(condition)
    return f"({said})" if isinstance(condition, kind) else said


def _facts(patterns: Iterable[Pattern]) -> str:
    return _joined(" or ", map(pattern_in_words, patterns))


def _joined(word: str, parts: Iterable[str]) -> str:
    parts = list(parts)
    return f"({word.join(parts)})" if len(parts) > 1 else "".join(parts)
