"""An agreement file as a value: nodes → `Agreement` (docs/agreement.md explains it to people).

Reads everything and complains about everything at once; `lint` then judges what only makes sense
for a file that could be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from hub.domain.agreement import (
    EVERYWHERE,
    OTHER_SIDE,
    Agreement,
    Behind,
    Convenant,
    Gate,
    Part,
    RegionRule,
    Responsibility,
    Rule,
    Share,
    SharedFields,
    Since,
    Text,
    Thresholds,
    Until,
)
from hub.domain.conditions import All
from hub.domain.facts import CATALOGUE, SIDE_OF, fields_of
from hub.domain.marked import Node, Reader, suggestion
from hub.domain.patterns import Pattern
from hub.domain.spelling import CodeLists, Speller
from hub.domain.states import State
from hub.domain.time import Calendar, Span

SEVERITIES: Final = ("critical", "high", "medium", "low")
_TOP: Final = (
    "id",
    "version",
    "validFrom",
    "validUntil",
    "gemeenten",
    "region",
    "convenant",
    "calendar",
    "states",
    "respondBy",
    "rules",
    "regionRules",
    "responsibilities",
    "sharing",
    "retention",
    "thresholds",
)
_REQUIRED: Final = ("id", "version", "validFrom", "gemeenten", "convenant", "states", "rules")
_RULE: Final = (
    "id",
    "memo",
    "severity",
    "during",
    "when",
    "until",
    "tells",
    "respondBy",
    "inhibits",
    "phase",
    "task",
    "shadow",
    "text",
)
_REGION_RULE: Final = tuple(key for key in _RULE if key not in ("during", "until", "inhibits"))
_NO_DAY: Final = date(1970, 1, 1)
_YEAR: Final = Span(1, "y")


def read_agreement(node: Node, codes: CodeLists, digest: str, reader: Reader) -> Agreement:
    """The agreement that a file holds; what is wrong is in `reader.problems`."""
    return _AgreementFile(node, codes, reader).agreement(digest)


class _AgreementFile:
    def __init__(self, node: Node, codes: CodeLists, reader: Reader) -> None:
        self.reader = reader
        self.top = reader.mapping(node, "agreement", _TOP, _REQUIRED)
        self.codes = codes
        states = self.top.get("states")
        self.state_nodes = reader.mapping(states, "states", ()) if states is not None else {}
        self.speller = Speller(reader, tuple(self.state_nodes), codes)

    def agreement(self, digest: str) -> Agreement:
        reader, top = self.reader, self.top
        until = top.get("validUntil")
        return Agreement(
            reader.string(top.get("id"), "id"),
            reader.string(top.get("version"), "version"),
            reader.date(top.get("validFrom"), "validFrom", _NO_DAY),
            None if until is None else reader.date(until, "validUntil", _NO_DAY),
            frozenset(reader.strings(top.get("gemeenten"), "gemeenten")),
            reader.string(top.get("region"), "region"),
            self._convenant(),
            self._calendar(),
            {name: self._state(name, node) for name, node in self.state_nodes.items()},
            tuple(self._rule(item) for item in reader.items(top.get("rules"), "rules")),
            tuple(
                self._region_rule(item) for item in reader.items(top.get("regionRules"), "rules")
            ),
            self._respond_by(),
            self._sharing(),
            tuple(
                self._responsibility(item)
                for item in reader.items(top.get("responsibilities"), "responsibilities")
            ),
            reader.span(top.get("retention"), "retention", _YEAR),
            self._thresholds(),
            digest,
        )

    def _convenant(self) -> Convenant:
        node = self.top.get("convenant")
        if node is None:
            return Convenant("", _NO_DAY, "")
        keys = ("name", "date", "dpia")
        entries = self.reader.mapping(node, "convenant", keys, keys)
        return Convenant(
            self.reader.string(entries.get("name"), "name"),
            self.reader.date(entries.get("date"), "date", _NO_DAY),
            self.reader.string(entries.get("dpia"), "dpia"),
        )

    def _calendar(self) -> Calendar:
        node = self.top.get("calendar")
        if node is None:
            return Calendar(frozenset())
        entries = self.reader.mapping(node, "calendar", {"holidays"}, ["holidays"])
        days = self.reader.items(entries.get("holidays"), "holidays")
        return Calendar(frozenset(self.reader.date(day, "holiday", _NO_DAY) for day in days))

    def _state(self, name: str, node: Node) -> State:
        keys = ("from", "until", "renewable")
        entries = self.reader.mapping(node, f"state {name}", keys, ["from"])
        begun = self._begun(entries.get("from"))
        state = State(name, **begun, renewable=self.reader.truth(entries.get("renewable"), name))  # type: ignore[arg-type]
        return self._ended(state, entries.get("until"))

    def _begun(self, node: Node | None) -> dict[str, object]:
        if node is None:
            return {}
        if node.value in ("S", "signed", "due"):
            return {"from_moment": self.speller.moment(node)}
        if node.value == "first-fact":
            return {"from_first_fact": True}
        return {"starts": self.speller.patterns(node, "from")}

    def _ended(self, state: State, node: Node | None) -> State:
        ends: list[Pattern] = []
        last_day: str | None = None
        lasts: Span | None = None
        words: set[str] = set()
        for item in self.reader.items(node, "until"):
            if item.value in ("end", "signed"):
                words.add(item.text)
            elif isinstance(item.value, Mapping) and "after" in item.value:
                lasts = self.reader.span(item.value["after"], "after", _YEAR)
            elif isinstance(item.value, Mapping) and "lastDay" in item.value:
                last_day = self._last_day(state, item.value["lastDay"])
            else:
                ends.append(self.speller.pattern(item))
        return State(
            state.name,
            state.starts,
            state.from_moment,
            state.from_first_fact,
            tuple(ends),
            last_day,
            lasts,
            "end" in words,
            "signed" in words,
            state.renewable,
        )

    def _last_day(self, state: State, node: Node) -> str | None:
        for pattern in state.starts:
            if node.text not in fields_of(pattern.fact):
                near = suggestion(node.text, fields_of(pattern.fact))
                self.reader.complain(node, f"`{node.text}` is no field of {pattern.fact}{near}")
                return None
        return node.text

    def _rule(self, node: Node) -> Rule:
        required = ("id", "memo", "severity", "when", "tells", "text")
        entries = self.reader.mapping(node, "rule", _RULE, required)
        read = self.reader
        return Rule(
            read.string(entries.get("id"), "id"),
            read.string(entries.get("memo"), "memo"),
            read.one_of(entries.get("severity"), "severity", SEVERITIES, "low"),  # type: ignore[arg-type]
            self._during(entries.get("during")),
            self.speller.condition(entries["when"]) if "when" in entries else All(()),
            self._tells(entries.get("tells")),
            self._texts(entries.get("text")),
            self._until(entries.get("until")),
            self._span_or_none(entries.get("respondBy")),
            read.strings(entries.get("inhibits"), "inhibits"),
            read.string(entries.get("phase"), "phase"),
            read.string(entries.get("task"), "task"),
            read.truth(entries.get("shadow"), "shadow"),
        )

    def _during(self, node: Node | None) -> tuple[str, ...]:
        if node is None:
            return ("monitoring",)
        if node.value == EVERYWHERE:
            return (EVERYWHERE,)
        return tuple(self.speller.state(item) for item in self.reader.items(node, "during"))

    def _until(self, node: Node | None) -> Until:
        facts: list[Pattern] = []
        approach, after = False, None
        for item in self.reader.items(node, "until"):
            if item.value == "approach":
                approach = True
            elif isinstance(item.value, Mapping) and "after" in item.value:
                after = self.reader.span(item.value["after"], "after", _YEAR)
            else:
                facts.append(self.speller.pattern(item))
        return Until(tuple(facts), approach, after)

    def _tells(self, node: Node | None) -> dict[str, Part]:
        if node is None:
            return {}
        entries = self.reader.mapping(node, "tells", (*SIDE_OF, OTHER_SIDE))
        return {
            role: self.reader.one_of(part, "tells", ("acts", "informed"), "informed")  # type: ignore[misc]
            for role, part in entries.items()
        }

    def _texts(self, node: Node | None) -> dict[str, Text]:
        if node is None:
            return {}
        entries = self.reader.mapping(node, "text", ("nl", "en"), ["nl", "en"])
        return {language: self._text(text) for language, text in entries.items()}

    def _text(self, node: Node) -> Text:
        entries = self.reader.mapping(node, "text", ("title", "message", "action"), ["title"])
        return Text(
            self.reader.string(entries.get("title"), "title"),
            self._by_role(entries.get("message"), "message"),
            self._by_role(entries.get("action"), "action"),
        )

    def _by_role(self, node: Node | None, what: str) -> dict[str, str]:
        if node is None:
            return {}
        if not isinstance(node.value, Mapping):
            return {"all": self.reader.string(node, what)}
        entries = self.reader.mapping(node, what, (*SIDE_OF, "all"))
        return {role: self.reader.string(text, what) for role, text in entries.items()}

    def _region_rule(self, node: Node) -> RegionRule:
        required = ("id", "memo", "severity", "when", "tells", "text")
        entries = self.reader.mapping(node, "region rule", _REGION_RULE, required)
        read = self.reader
        return RegionRule(
            read.string(entries.get("id"), "id"),
            read.string(entries.get("memo"), "memo"),
            read.one_of(entries.get("severity"), "severity", SEVERITIES, "low"),  # type: ignore[arg-type]
            self._region_condition(entries.get("when")),
            self._texts(entries.get("text")),
            self._tells(entries.get("tells")),
            self._span_or_none(entries.get("respondBy")),
            read.string(entries.get("phase"), "phase"),
            read.string(entries.get("task"), "task"),
            read.truth(entries.get("shadow"), "shadow"),
        )

    def _region_condition(self, node: Node | None) -> Share | Since | Behind:
        if node is None:
            return Since("consultation-held", _YEAR)
        entries = self.reader.mapping(node, "when", ("share", "since", "behind"))
        if "share" in entries:
            return self._share(entries["share"])
        if "behind" in entries:
            return self._behind(entries["behind"])
        if "since" in entries:
            keys = ("fact", "longer")
            since = self.reader.mapping(entries["since"], "since", keys, keys)
            fact = since.get("fact")
            return Since(
                "consultation-held" if fact is None else self.speller.fact_type(fact),
                self.reader.span(since.get("longer"), "longer", _YEAR),
            )
        self.reader.complain(node, "a region rule says `share`, `since` or `behind`")
        return Since("consultation-held", _YEAR)

    def _share(self, node: Node) -> Share:
        keys = ("part", "whole", "unit", "atLeast", "abovePercent")
        entries = self.reader.mapping(node, "share", keys, keys)
        part = self._pattern(entries.get("part"), "dwelling-allocated")
        return Share(
            part.fact,
            part.where,
            self._pattern(entries.get("whole"), "dwelling-released").fact,
            self.reader.string(entries.get("unit"), "unit"),
            self.reader.number(entries.get("atLeast"), "atLeast", 1),
            self.reader.number(entries.get("abovePercent"), "abovePercent", 0),
        )

    def _behind(self, node: Node) -> Behind:
        keys = ("target", "targetField", "measure", "measureField", "while")
        entries = self.reader.mapping(node, "behind", keys, keys)
        measure = self._pattern(entries.get("measure"), "dwelling-allocated")
        return Behind(
            self._pattern(entries.get("target"), "taakstelling-set").fact,
            self.reader.string(entries.get("targetField"), "targetField"),
            measure.fact,
            measure.where,
            self.reader.string(entries.get("measureField"), "measureField"),
            self.reader.string(entries.get("while"), "while"),
        )

    def _pattern(self, node: Node | None, default: str) -> Pattern:
        return Pattern(default) if node is None else self.speller.pattern(node)

    def _span_or_none(self, node: Node | None) -> Span | None:
        return None if node is None else self.reader.span(node, "respondBy", _YEAR)

    def _respond_by(self) -> dict[str, Span | None]:
        node = self.top.get("respondBy")
        if node is None:
            return {}
        entries = self.reader.mapping(node, "respondBy", SEVERITIES)
        return {severity: self._span_or_none(span) for severity, span in entries.items()}

    def _sharing(self) -> dict[str, dict[str, SharedFields]]:
        node = self.top.get("sharing")
        if node is None:
            return {}
        entries = self.reader.mapping(node, "sharing", CATALOGUE)
        return {
            fact: {
                role: self._shared(shared, fact)
                for role, shared in self.reader.mapping(roles, f"sharing {fact}", SIDE_OF).items()
            }
            for fact, roles in entries.items()
            if fact in CATALOGUE
        }

    def _shared(self, node: Node, fact: str) -> SharedFields:
        keys = ("fields", "purpose", "basis", "gate")
        entries = self.reader.mapping(node, f"sharing {fact}", keys, ("fields", "purpose", "basis"))
        known = {"occurredAt", *fields_of(fact)}
        fields = self.reader.items(entries.get("fields"), "fields")
        for field in fields:
            self.reader.one_of(field, "fields", known, "")
        gate = entries.get("gate")
        return SharedFields(
            tuple(field.text for field in fields if field.text in known),
            self.reader.string(entries.get("purpose"), "purpose"),
            self.reader.string(entries.get("basis"), "basis"),
            None if gate is None else self._gate(gate, fact),
        )

    def _gate(self, node: Node, fact: str) -> Gate:
        entries = self.reader.mapping(node, "gate", ("newestBy", "where"), ("newestBy", "where"))
        by = entries.get("newestBy")
        field = "" if by is None else self.reader.one_of(by, "newestBy", fields_of(fact), "")
        return Gate(field, self.speller.wheres(entries.get("where"), fact))

    def _responsibility(self, node: Node) -> Responsibility:
        keys = ("phase", "task", "roles")
        entries = self.reader.mapping(node, "responsibility", keys, keys)
        roles: Mapping[str, Node] = {}
        if "roles" in entries:
            roles = self.reader.mapping(entries["roles"], "roles", SIDE_OF)
        return Responsibility(
            self.reader.string(entries.get("phase"), "phase"),
            self.reader.string(entries.get("task"), "task"),
            {
                role: self.reader.one_of(part, "roles", ("full", "shared"), "shared")  # type: ignore[misc]
                for role, part in roles.items()
            },
        )

    def _thresholds(self) -> Thresholds:
        node = self.top.get("thresholds")
        if node is None:
            return Thresholds()
        names = {
            "addressLeadDays": "address_lead_days",
            "waitLimitDays": "wait_limit_days",
            "clockToleranceMinutes": "clock_tolerance_minutes",
            "smallCount": "small_count",
        }
        entries = self.reader.mapping(node, "thresholds", names)
        given = {
            names[key]: self.reader.number(value, key, 0)
            for key, value in entries.items()
            if key in names
        }
        return Thresholds(**given)
