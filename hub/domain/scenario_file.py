"""Scenario files: facts in short, and the alerts that the agreement must find in them.

`2024-01-22 rent-missed by corporatie-peel: {period: 2024-01}` is a fact: a day (or a day and a
time, on the clock of Europe/Amsterdam), a type, and only where it matters a household (`of b`), a
publisher and fields. `rent-arrears from 2024-02-22 until 2024-03-05` is an alert. Reads; what the
rest of a fact is, and what is found, is `hub.agreement_scenarios`'s.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from msgspec import Struct

from hub.domain.acts import Resolution
from hub.domain.facts import CATALOGUE
from hub.domain.marked import Node, Reader, suggestion
from hub.domain.time import AMSTERDAM, Instant, local, parse_instant, start_of_day

TOP_KEYS: Final = ("about", "gemeente", "given", "scenarios")
SCENARIO_KEYS: Final = ("name", "why", "without", "facts", "at", "expect")
FIRST_HOUSEHOLD: Final = "a"

_WHEN: Final = r"\d{4}-\d\d-\d\d(?: \d\d:\d\d(?::\d\d)?)?"
_FACT: Final = re.compile(
    rf"(?P<at>{_WHEN}) (?P<type>[a-z-]+)(?: of (?P<of>[a-z0-9]+))?(?: by (?P<by>[a-z0-9-]+))?"
)
_ALERT: Final = re.compile(
    rf"(?P<rule>[a-z0-9-]+)(?: of (?P<of>[a-z0-9]+))? from (?P<at>{_WHEN})"
    rf"(?: until (?P<until>{_WHEN}))?(?: \((?P<why>[a-z-]+)\))?"
    r"(?: held for (?P<held>[a-z0-9, -]+))?"
)
_NO_TIME: Final[Instant] = 0


class ShortFact(Struct, frozen=True):
    """A fact as a scenario tells it; `by` is a party id or a role, empty for the usual one."""

    line: int
    at: Instant
    type: str
    household: str
    by: str
    fields: Mapping[str, object]


class Alert(Struct, frozen=True):
    """An alert that is expected or found. `why` is None where a scenario does not ask."""

    raised_at: Instant
    rule: str
    household: str
    resolved_at: Instant | None = None
    why: str | None = None
    held: tuple[str, ...] = ()

    def __str__(self) -> str:
        said = [self.rule]
        said += [f"of {self.household}"] if self.household != FIRST_HOUSEHOLD else []
        said.append(f"from {shown(self.raised_at)}")
        said += [f"until {shown(self.resolved_at)}"] if self.resolved_at is not None else []
        said += [f"({self.why})"] if self.why is not None else []
        said += [f"held for {', '.join(self.held)}"] if self.held else []
        return " ".join(said)


class Scenario(Struct, frozen=True):
    """One scenario: all its facts, the instant at which to look, and every alert to be seen."""

    name: str
    line: int
    facts: tuple[ShortFact, ...]
    at: Instant
    expect: tuple[Alert, ...]


class ScenarioFile(Struct, frozen=True):
    """Scenarios about one thing; `gemeente` is empty where the first of the agreement will do."""

    gemeente: str
    scenarios: tuple[Scenario, ...]


def read_scenarios(node: Node, reader: Reader) -> ScenarioFile:
    """The scenarios of a file; what is wrong is in `reader.problems`."""
    top = reader.mapping(node, "scenario file", TOP_KEYS, ["scenarios"])
    given = [_fact(item, reader) for item in reader.items(top.get("given"), "given")]
    return ScenarioFile(
        reader.string(top.get("gemeente"), "gemeente"),
        tuple(
            _scenario(item, [fact for fact in given if fact is not None], reader)
            for item in reader.items(top.get("scenarios"), "scenarios")
        ),
    )


def shown(at: Instant) -> str:
    """A day, or a day and a time, as scenarios are written."""
    wall = local(at)
    return f"{wall:%Y-%m-%d}" if wall.time() == wall.min.time() else f"{wall:%Y-%m-%d %H:%M:%S}"


def _scenario(node: Node, given: list[ShortFact], reader: Reader) -> Scenario:
    entries = reader.mapping(node, "scenario", SCENARIO_KEYS, ("name", "at", "expect"))
    without = reader.items(entries.get("without"), "without")
    for item in without:
        if item.text not in {fact.type for fact in given}:
            near = suggestion(item.text, {fact.type for fact in given})
            reader.complain(item, f"without: nothing given is `{item.text}`{near}")
    left_out = {item.text for item in without}
    own = [_fact(item, reader) for item in reader.items(entries.get("facts"), "facts")]
    expect = [_alert(item, reader) for item in reader.items(entries.get("expect"), "expect")]
    return Scenario(
        reader.string(entries.get("name"), "name"),
        node.line,
        (
            *(fact for fact in given if fact.type not in left_out),
            *(fact for fact in own if fact is not None),
        ),
        _at(entries.get("at"), reader),
        tuple(alert for alert in expect if alert is not None),
    )


def _fact(node: Node, reader: Reader) -> ShortFact | None:
    head, fields = node, None
    if isinstance(node.value, Mapping) and len(node.value) == 1:
        [(key, fields)] = node.value.items()
        head = node.keys[key]
    found = _FACT.fullmatch(head.text)
    if found is None:
        reader.complain(
            node, "a fact is a day and a type, like `2024-01-22 rent-missed: {period: 2024-01}`"
        )
        return None
    if found["type"] not in CATALOGUE:
        near = suggestion(found["type"], CATALOGUE)
        reader.complain(head, f"`{found['type']}` is no fact type{near}")
        return None
    plain = {} if fields is None else _plain(fields)
    if not isinstance(plain, dict):
        reader.complain(node, "the fields of a fact are `{field: value}`")
        return None
    at = reader.parsed(Node(found["at"], head.line, head.column), "day", _instant, _NO_TIME)
    household = found["of"] or FIRST_HOUSEHOLD
    return ShortFact(node.line, at, found["type"], household, found["by"] or "", plain)


def _alert(node: Node, reader: Reader) -> Alert | None:
    found = _ALERT.fullmatch(node.text)
    if found is None or (found["why"] and found["why"] not in {why.value for why in Resolution}):
        reader.complain(
            node, "an alert is like `signal from 2024-02-22 until 2024-03-05 (approach)`"
        )
        return None
    held = tuple(sorted(filter(None, re.split(", *", found["held"] or ""))))
    at, until = (
        None
        if found[name] is None
        else reader.parsed(Node(found[name], node.line, node.column), "day", _instant, _NO_TIME)
        for name in ("at", "until")
    )
    household = found["of"] or FIRST_HOUSEHOLD
    return Alert(at or _NO_TIME, found["rule"], household, until, found["why"], held)


def _at(node: Node | None, reader: Reader) -> Instant:
    if node is None:
        return _NO_TIME
    return reader.parsed(node, "at", _instant, _NO_TIME)


def _instant(text: str) -> Instant:
    """A day, or a day and a time on the clock of Europe/Amsterdam."""
    try:
        if len(text) == len("2024-01-22"):
            return start_of_day(date.fromisoformat(text))
        wall = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError("a day like 2024-01-22, or 2024-01-22 10:30") from error
    return parse_instant(wall.replace(tzinfo=AMSTERDAM).isoformat())


def _plain(node: Node) -> object:
    if isinstance(node.value, tuple):
        return [_plain(item) for item in node.value]
    if isinstance(node.value, Mapping):
        return {key: _plain(value) for key, value in node.value.items()}
    return node.value.isoformat() if isinstance(node.value, date) else node.value
