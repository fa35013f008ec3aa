"""Lines that a hub must refuse, a few of each kind (facts document, Intake, what is refused).

Each is made from a sound event, under an id of its own, save the conflicting duplicate, which is
one because it has the id of the other. A BSN is drawn from the numbers that are set apart for
tests (they begin with 99999), and passes the eleven-test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec

from hub.simulation.chance import Chance
from hub.simulation.days import MINUTE, Wall
from hub.simulation.event import Event, line_of

Tree: TypeAlias = dict[str, Any]
Spoil: TypeAlias = Callable[[Tree, Chance], Tree]
BAD_SHARE: Final = 0.015
# They have no field for what some kinds need.
UNFIT: Final = ("feed-complete", "consultation-held")
_TOO_LONG: Final = 70_000


def bad_lines(events: Sequence[Event], chance: Chance) -> list[tuple[Wall, bytes]]:
    """Bad lines made from some of these events, each a few minutes after its event arrived."""
    found: list[tuple[Wall, bytes]] = []
    for event in events:
        if chance.happens(BAD_SHARE) and event.type not in UNFIT:
            after = chance.between(1, 90) * MINUTE
            found.append((event.arrival + after, spoiled(event, chance.pick(KINDS), chance)))
    return found


def spoiled(event: Event, slug: str, chance: Chance) -> bytes:
    """A line made from `event` that is refused with this slug."""
    tree: Tree = msgspec.json.decode(line_of(event))
    if slug != "conflicting-duplicate":
        tree["id"] = event.id + "b"
    if slug == "malformed":
        return _broken(msgspec.json.encode(tree), chance)
    return msgspec.json.encode(SPOILS[slug](tree, chance))


def _broken(line: bytes, chance: Chance) -> bytes:
    return chance.pick(
        (
            line[: len(line) // 2],  # the line was cut
            line.replace(b'"data":{', b'"data":{"occurredAt":"2024-01-01",', 1),  # a key twice
            line.replace(b'"specversion":"1.0",', b"", 1),
            line.replace(b'"gemeente":"', b'"gemeente":"\xff', 1)[:-1],  # neither UTF-8 nor whole
            b"id;source;type;occurredAt",
            b"[]",
        )
    )


def _other_type(tree: Tree, chance: Chance) -> Tree:
    return {**tree, "type": chance.pick(("nl.seintje.rent-forgiven.v1", "nl.seintje.rent.v7"))}


def _misfit(tree: Tree, chance: Chance) -> Tree:
    """A field too many, one too few, one of another type, a date that is none."""
    data = tree["data"]
    fields: tuple[Tree, ...] = ({"remark": "?"}, {"occurredAt": 20240101}, {"occurredAt": "soon"})
    return {**tree, "data": {**data, **chance.pick(fields)}}


def _stranger(tree: Tree, chance: Chance) -> Tree:
    stranger = chance.pick(("urn:nld:kvknr:90000099:systeem:primair", "urn:nld:kvknr:9:systeem:a"))
    return {**tree, "source": stranger}


def _not_theirs(tree: Tree, chance: Chance) -> Tree:
    """It replaces what somebody else said."""
    theirs = {"source": "urn:nld:kvknr:90000099:systeem:primair", "id": "1"}
    return {**tree, "data": {**tree["data"], "replaces": theirs}}


def _elsewhere(tree: Tree, chance: Chance) -> Tree:
    return {**tree, "data": {**tree["data"], "gemeente": chance.pick(("1999", "9998"))}}


def _with_bsn(tree: Tree, chance: Chance) -> Tree:
    number = number_for_tests(chance)
    if chance.happens(0.3):
        return {**tree, "subject": number}
    if chance.happens(0.3):
        return {**tree, "id": f"klant-{number}"}
    return {**tree, "data": {**tree["data"], "remark": f"bsn {number}"}}


def number_for_tests(chance: Chance) -> str:
    """Nine digits that pass the eleven-test, out of those that belong to nobody."""
    while True:
        digits = [9, 9, 9, 9, 9, *(chance.between(0, 9) for _ in range(3))]
        last = sum(weight * digit for weight, digit in zip(range(9, 1, -1), digits, strict=True))
        if last % 11 < 10:
            return "".join(map(str, [*digits, last % 11]))


def _otherwise(tree: Tree, chance: Chance) -> Tree:
    """The same id, and a moment at which no office is open."""
    data = tree["data"]
    early = f"{data['occurredAt'][:10]}T05:{chance.between(10, 59)}:00+01:00"
    return {**tree, "data": {**data, "occurredAt": early}}


def _too_large(tree: Tree, chance: Chance) -> Tree:
    return {**tree, "subject": "x" * _TOO_LONG}


def _ahead(tree: Tree, chance: Chance) -> Tree:
    year = 2100 + chance.between(1, 90)
    return {**tree, "data": {**tree["data"], "occurredAt": f"{year}-03-01T10:00:00+01:00"}}


SPOILS: Final[Mapping[str, Spoil]] = {
    "unknown-type": _other_type,
    "schema-violation": _misfit,
    "not-your-source": _stranger,
    "not-your-fact": _not_theirs,
    "unknown-gemeente": _elsewhere,
    "bsn-found": _with_bsn,
    "conflicting-duplicate": _otherwise,
    "too-large": _too_large,
    "in-the-future": _ahead,
}
# Large ones are rare: they are large.
KINDS: Final = ("malformed", *SPOILS, "malformed", "schema-violation", "conflicting-duplicate")
