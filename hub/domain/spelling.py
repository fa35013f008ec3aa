"""How a rule is spelled in a file: nodes → conditions (docs/agreement.md has it for people).

Each reader turns one shape into one word of the language and says, at its line and column, what to
write instead when it can't.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final

from msgspec.structs import replace

from hub.domain.anchors import AnchorName, Moment
from hub.domain.conditions import (
    All,
    Any,
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
    Settled,
    Without,
)
from hub.domain.facts import CATALOGUE, fields_of
from hub.domain.marked import Node, Reader, listed, suggestion
from hub.domain.patterns import Pattern, Where
from hub.domain.time import Span, parse_span

_ANCHORS: Final = {"S": "S", "signed": "signed", "due": "due"}
_DAY: Final = Span(1, "d")
_NOTHING: Final = All(())
_PATTERN_KEYS: Final = frozenset({"fact", "where", "side", "before", "concerning"})


class Speller:
    """Reads rules against the states that the file defines."""

    def __init__(self, reader: Reader, states: Collection[str], codes: CodeLists) -> None:
        self.reader = reader
        self.states = states
        self.codes = codes

    def condition(self, node: Node) -> Condition:
        """One condition: a leaf or `all`, `any`, `not`, with an optional `for` beside it."""
        entries = self.reader.mapping(node, "condition", (*WORDS, "for"))
        words = [word for word in entries if word in WORDS]
        if len(words) != 1:
            self.reader.complain(
                node, f"a condition is exactly one of {listed(WORDS)}, here are {len(words)}"
            )
            return _NOTHING
        found = WORDS[words[0]](self, entries[words[0]])
        if "for" in entries:
            return For(found, self.reader.span(entries["for"], "for", _DAY))
        return found

    def patterns(self, node: Node | None, what: str) -> tuple[Pattern, ...]:
        return tuple(self.pattern(item) for item in self.reader.items(node, what))

    def pattern(self, node: Node) -> Pattern:
        """A fact type, alone or with conditions."""
        if isinstance(node.value, str):
            return Pattern(self.fact_type(node))
        entries = self.reader.mapping(node, "fact", _PATTERN_KEYS, ["fact"])
        fact = self.fact_type(entries["fact"]) if "fact" in entries else "lease-signed"
        side = entries.get("side")
        before = entries.get("before")
        return Pattern(
            fact,
            self.wheres(entries.get("where"), fact),
            None
            if side is None
            else self.reader.one_of(side, "side", ("gemeente", "corporatie"), "gemeente"),  # type: ignore[arg-type]
            None if before is None else self.moment(before),
            self.reader.truth(entries.get("concerning"), "concerning"),
        )

    def fact_type(self, node: Node) -> str:
        if node.value in CATALOGUE:
            return node.text
        near = suggestion(node.text, CATALOGUE)
        self.reader.complain(node, f"`{node.text}` is no fact type{near}")
        return "lease-signed"

    def wheres(self, node: Node | None, fact: str) -> tuple[Where, ...]:
        if node is None:
            return ()
        known = fields_of(fact)
        entries = self.reader.mapping(node, f"where of {fact}", known)
        return tuple(self._where(fact, field, value) for field, value in entries.items())

    def _where(self, fact: str, field: str, node: Node) -> Where:
        allowed = self.codes.get((fact, field))
        values: list[str | int | bool] = []
        for item in self.reader.items(node, field):
            if not isinstance(item.value, str | int | bool):
                self.reader.complain(item, f"{field}: expected text, a whole number or true/false")
            elif allowed and item.value not in allowed:
                near = suggestion(item.text, allowed)
                self.reader.complain(item, f"{field}: `{item.text}` is no code of {fact}{near}")
            else:
                values.append(item.value)
        return Where(field, tuple(values))

    def moment(self, node: Node) -> Moment:
        """`S`, `signed` or `due`, alone or with `+ n d`."""
        anchor, plus, span = node.text.partition("+")
        name = anchor.strip()
        if name not in _ANCHORS:
            self.reader.complain(
                node, f"`{node.text}`: expected `S`, `signed` or `due`, or one of them `+ 14 d`"
            )
            return Moment("S")
        parsed = None
        if plus:
            parsed = self.reader.parsed(
                Node(span.strip(), node.line, node.column), "after the +", parse_span, _DAY
            )
        known: AnchorName = _ANCHORS[name]  # type: ignore[assignment]  # just looked up
        return Moment(known, parsed)

    def state(self, node: Node) -> str:
        return self.reader.one_of(node, "state", self.states, next(iter(self.states), ""))

    def _parts(self, node: Node) -> tuple[Condition, ...]:
        if not isinstance(node.value, tuple):
            self.reader.complain(node, "expected a list of conditions, each beginning with `- `")
            return ()
        return tuple(self.condition(part) for part in node.value)

    def all(self, node: Node) -> Condition:
        return All(self._parts(node))

    def any(self, node: Node) -> Condition:
        return Any(self._parts(node))

    def not_(self, node: Node) -> Condition:
        return Not(self.condition(node))

    def in_(self, node: Node) -> Condition:
        if isinstance(node.value, str):
            return In(self.state(node))
        entries = self.reader.mapping(node, "in", {"state"}, ["state"])
        return In(self.state(entries["state"]) if "state" in entries else "")

    def missing(self, node: Node) -> Condition:
        keys = {"facts", "state", "where", "from", "by"}
        entries = self.reader.mapping(node, "missing", keys, ["by"])
        if ("facts" in entries) == ("state" in entries):
            self.reader.complain(node, "missing: name either `facts` or a `state`")
        facts = self.patterns(entries.get("facts"), "facts")
        if "where" in entries:
            if "state" in entries:
                self.reader.complain(entries["where"], "where: a state has no fields; take it out")
            facts = tuple(
                replace(p, where=(*p.where, *self.wheres(entries["where"], p.fact))) for p in facts
            )
        state, since = entries.get("state"), entries.get("from")
        return Missing(
            facts,
            None if state is None else self.state(state),
            None if since is None else self.moment(since),
            self._deadline(entries["by"]) if "by" in entries else Moment("S"),
        )

    def _deadline(self, node: Node) -> Moment | Each:
        if not isinstance(node.value, Mapping):
            return self.moment(node)
        entries = self.reader.mapping(node, "by", {"each", "plus"}, ["each", "plus"])
        if "each" not in entries:
            return Moment("S")
        each, plus = entries["each"], self.reader.span(entries.get("plus"), "plus", _DAY)
        if isinstance(each.value, Mapping) and "state" in each.value:
            return Each(None, self.state(each.value["state"]), plus)
        return Each(self.pattern(each), None, plus)

    def without(self, node: Node) -> Condition:
        if isinstance(node.value, str):
            return Without(self.state(node), None, None)
        entries = self.reader.mapping(node, "without", {"state", "from", "opener"}, ["state"])
        since, opener = entries.get("from"), entries.get("opener")
        return Without(
            self.state(entries["state"]) if "state" in entries else "",
            None if since is None else self.moment(since),
            None if opener is None else self.pattern(opener),
        )

    def lapsed(self, node: Node) -> Condition:
        entries = self.reader.mapping(node, "lapsed", {"facts", "after"}, ["facts", "after"])
        facts = self.patterns(entries.get("facts"), "facts")
        return Lapsed(facts, self.reader.span(entries.get("after"), "after", _DAY))

    def seen(self, node: Node) -> Condition:
        if isinstance(node.value, str):
            return Seen(self.pattern(node), None)
        keys = _PATTERN_KEYS | {"at"}
        entries = self.reader.mapping(node, "seen", keys, ["fact"])
        pattern = Node(
            {key: value for key, value in entries.items() if key != "at"}, node.line, node.column
        )
        return Seen(self.pattern(pattern), self._at(entries))

    def _at(self, entries: Mapping[str, Node]) -> Condition | None:
        return self.condition(entries["at"]) if "at" in entries else None

    def count(self, node: Node) -> Condition:
        keys = {"facts", "atLeast", "within", "sides"}
        entries = self.reader.mapping(node, "count", keys, ["facts", "atLeast", "within"])
        if "sides" in entries:
            self.reader.one_of(entries["sides"], "sides", ("both",), "both")
        return Count(
            self.patterns(entries.get("facts"), "facts"),
            max(2, self._at_least(entries, 2)),
            self.reader.span(entries.get("within"), "within", _DAY),
            "sides" in entries,
        )

    def _at_least(self, entries: Mapping[str, Node], least: int) -> int:
        node = entries.get("atLeast")
        n = self.reader.number(node, "atLeast", least)
        if node is not None and n < least:
            self.reader.complain(node, f"atLeast: {least} or more")
        return n

    def run(self, node: Node) -> Condition:
        entries = self.reader.mapping(node, "run", {"facts", "gap"}, ["facts", "gap"])
        facts = self.patterns(entries.get("facts"), "facts")
        return Run(facts, self.reader.span(entries.get("gap"), "gap", _DAY))

    def open(self, node: Node) -> Condition:
        keys = {"opens", "closes", "key", "settled", "atLeast", "only", "at"}
        entries = self.reader.mapping(node, "open", keys, ["opens", "closes"])
        if not {"opens", "closes"} <= entries.keys():
            return _NOTHING
        opens, closes = self.pattern(entries["opens"]), self.pattern(entries["closes"])
        key = entries.get("key")
        return Open(
            opens,
            closes,
            None if key is None else self._field(key, opens.fact, closes.fact),
            self._settled(entries.get("settled"), opens.fact, closes.fact),
            self._at_least(entries, 1),
            self._only(entries.get("only")),
            self._at(entries),
        )

    def _settled(self, node: Node | None, opens: str, closes: str) -> Settled | None:
        if node is None:
            return None
        entries = self.reader.mapping(node, "settled", {"paid", "due"}, ["paid", "due"])
        if not {"paid", "due"} <= entries.keys():
            return None
        paid = self._field(entries["paid"], closes)
        return Settled(paid, self._field(entries["due"], opens))

    def _only(self, node: Node | None) -> str | None:
        return None if node is None else self.reader.string(node, "only")

    def _field(self, node: Node, *facts: str) -> str:
        for fact in facts:
            if node.text not in fields_of(fact):
                near = suggestion(node.text, fields_of(fact))
                self.reader.complain(node, f"`{node.text}` is no field of {fact}{near}")
                return next(iter(fields_of(fact)), "")
        return node.text

    def exceeds(self, node: Node) -> Condition:
        entries = self.reader.mapping(node, "exceeds", {"left", "right"}, ["left", "right"])
        return Exceeds(self._sum(entries.get("left")), self._sum(entries.get("right")))

    def _sum(self, node: Node | None) -> tuple[Latest, ...]:
        return tuple(self._latest(item) for item in self.reader.items(node, "sum"))

    def _latest(self, node: Node) -> Latest:
        entries = self.reader.mapping(node, "sum", {"latest", "field"}, ["latest", "field"])
        facts = [self.fact_type(item) for item in self.reader.items(entries.get("latest"), "fact")]
        field = entries.get("field")
        return Latest(tuple(facts), "" if field is None else self._field(field, *facts))


CodeLists = Mapping[tuple[str, str], Collection[str]]  # (fact type, field) → its codes

WORDS: Final[Mapping[str, Callable[[Speller, Node], Condition]]] = {
    "all": Speller.all,
    "any": Speller.any,
    "not": Speller.not_,
    "missing": Speller.missing,
    "in": Speller.in_,
    "without": Speller.without,
    "lapsed": Speller.lapsed,
    "seen": Speller.seen,
    "count": Speller.count,
    "run": Speller.run,
    "open": Speller.open,
    "exceeds": Speller.exceeds,
}
