"""A parties file as a value: nodes → `Parties` (docs/agreement.md explains it to people).

Reads everything and complains about everything at once, each with its line. What the file says of
one party is judged first, then what parties say of each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from msgspec import Struct

from hub.domain.facts import CATALOGUE, SIDE_OF, Role, Scheme
from hub.domain.marked import Node, Reader, listed, suggestion
from hub.domain.parties import Feed, Parties, Party
from hub.domain.time import Instant, Span, parse_instant

TOP_KEYS: Final = ("parties", "herindelingen")
PARTY_KEYS: Final = (
    "id",
    "name",
    "role",
    "oin",
    "kvk",
    "gemeenten",
    "actsFor",
    "patterns",
    "contact",
    "liveFrom",
    "feeds",
    "maxNewNoticesPerHour",
)
FEED_KEYS: Final = ("types", "grace")
HERINDELING_KEYS: Final = ("from", "to", "since")
# Who gives out which references (facts document, Data); an address is the BAG's.
ISSUES: Final[Mapping[Scheme, frozenset[Role]]] = {
    "lease": frozenset({"corporatie"}),
    "dossier": frozenset({"gemeente", "begeleider"}),
}
PARTY_ID: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
GEMEENTE: Final = re.compile(r"[0-9]{4}")

_REQUIRED: Final = ("id", "name", "role", "gemeenten", "contact")
_BAG: Final = "bag"  # the issuer of addresses, so no party can have this id
_NUMBERS: Final = {
    "oin": (re.compile(r"[0-9A-Za-z]{20}"), "urn:nld:oin:", "20 digits or letters"),
    "kvk": (re.compile(r"[0-9]{8}"), "urn:nld:kvknr:", "8 digits"),
}
_MAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_GRACE: Final = Span(1, "d")


def read_parties(node: Node, reader: Reader) -> Parties:
    """The parties that a file holds; what is wrong is in `reader.problems`."""
    top = reader.mapping(node, "parties file", TOP_KEYS, ["parties"])
    found = [_read_party(item, reader) for item in reader.items(top.get("parties"), "parties")]
    _judge_together(found, reader)
    return Parties(
        (one.party for one in found), _herindelingen(top.get("herindelingen"), found, reader)
    )


class _Found(Struct, frozen=True):
    """A party with the places in the file where its entries stand."""

    party: Party
    node: Node
    entries: Mapping[str, Node]

    def at(self, key: str) -> Node:
        return self.entries.get(key, self.node)


def _read_party(node: Node, reader: Reader) -> _Found:
    entries = reader.mapping(node, "party", PARTY_KEYS, _REQUIRED)
    role: Role = reader.one_of(entries.get("role"), "role", tuple(SIDE_OF), "huurders")  # type: ignore[assignment]
    limit = entries.get("maxNewNoticesPerHour")
    party = Party(
        _party_id(entries.get("id"), reader),
        role,
        _urn(node, entries, reader),
        frozenset(_codes(entries.get("gemeenten"), reader)),
        reader.string(entries.get("name"), "name"),
        frozenset(reader.strings(entries.get("actsFor"), "actsFor")),
        _patterns(entries.get("patterns"), role, reader),
        _mail(entries.get("contact"), reader),
        _live_from(entries.get("liveFrom"), reader),
        tuple(_feed(item, role, reader) for item in reader.items(entries.get("feeds"), "feeds")),
        None if limit is None else _at_least_one(limit, reader),
    )
    return _Found(party, node, entries)


def _party_id(node: Node | None, reader: Reader) -> str:
    name = reader.string(node, "id")
    if node is not None and not PARTY_ID.fullmatch(name):
        reader.complain(node, "id: write small letters, digits and hyphens, like `gemeente-weert`")
    if node is not None and name == _BAG:
        reader.complain(node, f"id: `{_BAG}` is the issuer of addresses; choose another id")
    return name


def _urn(node: Node, entries: Mapping[str, Node], reader: Reader) -> str:
    given = [key for key in _NUMBERS if key in entries]
    if len(given) != 1:
        reader.complain(node, "party: write one of `oin` (government) and `kvk` (all others)")
    if not given:
        return ""
    number = entries[given[0]]
    shape, prefix, words = _NUMBERS[given[0]]
    # a number without quotes may have lost its zeros: YAML reads 010 as 8
    if not isinstance(number.value, str) or not shape.fullmatch(number.value):
        reader.complain(number, f'{given[0]}: write {words} between quotes: `{given[0]}: "…"`')
    return prefix + number.text


def _codes(node: Node | None, reader: Reader) -> Iterable[str]:
    for item in reader.items(node, "gemeenten"):
        yield _code(item, reader)


def _code(node: Node, reader: Reader) -> str:
    if not isinstance(node.value, str) or not GEMEENTE.fullmatch(node.value):
        reader.complain(node, 'a gemeente is its CBS code, 4 digits between quotes: `"0988"`')
    return node.text


def _patterns(node: Node | None, role: Role, reader: Reader) -> dict[Scheme, str]:
    if node is None:
        return {}
    own = {scheme for scheme, roles in ISSUES.items() if role in roles}
    patterns: dict[Scheme, str] = {}
    for scheme, value in reader.mapping(node, "patterns", ISSUES).items():
        if scheme not in own and scheme in ISSUES:
            reader.complain(
                node.keys[scheme], f"patterns: a {role} gives out no `{scheme}`; take it out"
            )
        patterns[scheme] = reader.parsed(value, scheme, _regex, "")  # type: ignore[index]
    return patterns


def _regex(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"a regular expression ({error})") from error
    return text


def _mail(node: Node | None, reader: Reader) -> str:
    address = reader.string(node, "contact")
    if node is not None and not _MAIL.fullmatch(address):
        reader.complain(node, "contact: write an e-mail address, like `seintjes@example.nl`")
    return address


def _live_from(node: Node | None, reader: Reader) -> Instant | None:
    return None if node is None else reader.parsed(node, "liveFrom", parse_instant, None)


def _at_least_one(node: Node, reader: Reader) -> int:
    n = reader.number(node, "maxNewNoticesPerHour", 1)
    if n < 1:
        reader.complain(node, "maxNewNoticesPerHour: 1 or more; without a limit, take it out")
    return n


def _feed(node: Node, role: Role, reader: Reader) -> Feed:
    entries = reader.mapping(node, "feed", FEED_KEYS, FEED_KEYS)
    own = [name for name, row in CATALOGUE.items() if role in row.roles]
    types = reader.items(entries.get("types"), "types")
    for name in types:
        if name.value not in CATALOGUE:
            near = suggestion(name.text, own)
            reader.complain(name, f"types: `{name.text}` is no fact type{near}")
        elif name.value not in own:
            reader.complain(name, f"types: a {role} does not publish `{name.text}`; take it out")
    return Feed(
        tuple(name.text for name in types), reader.span(entries.get("grace"), "grace", _GRACE)
    )


def _judge_together(found: list[_Found], reader: Reader) -> None:
    _judge_unique(found, "id", lambda party: party.id, reader)
    _judge_unique(found, "oin", lambda party: party.urn, reader)
    owners: dict[str, str] = {}
    for one in found:
        for code in sorted(one.party.gemeenten if one.party.role == "gemeente" else ()):
            if code in owners:
                reader.complain(
                    one.at("gemeenten"), f"gemeente {code} is already `{owners[code]}`'s; one party"
                )
            owners.setdefault(code, one.party.id)
    by_id = {one.party.id: one.party for one in found}
    for one in found:
        _judge_acts_for(one, by_id, owners, reader)


def _judge_unique(
    found: list[_Found], key: str, value_of: Callable[[Party], str], reader: Reader
) -> None:
    seen: set[str] = set()
    for one in found:
        value = value_of(one.party)
        if value and value in seen:
            place = one.entries.get(key) or one.entries.get("kvk") or one.node
            reader.complain(place, f"party: `{value}` stands here twice; each party has its own")
        seen.add(value)


def _judge_acts_for(
    one: _Found, by_id: Mapping[str, Party], owners: Mapping[str, str], reader: Reader
) -> None:
    party = one.party
    if party.role != "begeleider":
        if party.acts_for:
            reader.complain(one.at("actsFor"), "actsFor: only a begeleider has it; take it out")
        return
    if not party.acts_for:
        reader.complain(one.node, "a begeleider acts for a gemeente: add `actsFor: [gemeente-…]`")
    gemeenten = [name for name, other in by_id.items() if other.role == "gemeente"]
    for item in reader.items(one.entries.get("actsFor"), "actsFor"):
        if item.text not in gemeenten:
            near = suggestion(item.text, gemeenten)
            reader.complain(item, f"actsFor: `{item.text}` is no gemeente of this file{near}")
    for item in reader.items(one.entries.get("gemeenten"), "gemeenten"):
        owner = owners.get(item.text)
        if owner is not None and owner not in party.acts_for:
            reader.complain(item, f"gemeente {item.text} is `{owner}`'s: add it to `actsFor`")


def _herindelingen(node: Node | None, found: list[_Found], reader: Reader) -> dict[str, str]:
    """Former code → code of today, also where that took several steps."""
    steps: dict[str, str] = {}
    known = sorted({code for one in found for code in one.party.gemeenten})
    for item in reader.items(node, "herindelingen"):
        entries = reader.mapping(item, "herindeling", HERINDELING_KEYS, ("from", "to"))
        if not {"from", "to"} <= entries.keys():
            continue
        former, code = (_code(entries[key], reader) for key in ("from", "to"))
        if former in known:
            reader.complain(entries["from"], f"a party still serves {former}; write {code} there")
        if former in steps:
            reader.complain(entries["from"], f"`{former}` stands here twice; one code follows it")
        steps.setdefault(former, code)
    today = {former: _followed(former, steps) for former in steps}
    for former, code in today.items():
        if known and code not in known and node is not None:
            reader.complain(node, f"{former} leads to `{code}`, which is none of {listed(known)}")
    return today


def _followed(code: str, steps: Mapping[str, str]) -> str:
    seen = {code}
    while code in steps and steps[code] not in seen:
        code = steps[code]
        seen.add(code)
    return code
