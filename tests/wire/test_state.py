"""Stored bytes: what any release wrote, every later one reads; what a newer wrote is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest

from hub.agreement_files import load
from hub.domain.facts import CATALOGUE, Fact
from hub.errors import Misconfigured
from hub.shipped import shipped
from hub.simulation import Fault, simulate
from hub.streams.intake import Admission, judge
from hub.wire import cloudevents
from hub.wire.state import (
    TYPES,
    Book,
    PartyOf,
    References,
    Unreadable,
    decode_fact,
    encode_fact,
    pack,
    renumbered,
    unpack,
)

GOLDEN: Final = Path(__file__).parents[1] / "golden"
_, PARTIES = load(shipped("agreements"))
PARTY_OF: Final = PartyOf(PARTIES.find_by_source)


def one_of_each_type() -> list[Fact]:
    """The first fact of each type in a simulated region with corrections."""
    found: dict[str, Fact] = {}
    for line in simulate(120, 12, 1, frozenset({Fault.CORRECTIONS})):
        fact = judge(cloudevents.decode(line), Admission(PARTIES), None, None)  # type: ignore[arg-type]
        if isinstance(fact, Fact):
            found.setdefault(fact.type, fact)
    return [found[name] for name in sorted(found)]


def stored(name: str) -> list[dict[str, str]]:
    kept: list[dict[str, str]] = json.loads((GOLDEN / f"{name}.json").read_text())
    return kept


def test_every_type_has_a_number_and_keeps_it() -> None:
    assert set(TYPES) == set(CATALOGUE)
    assert [row["type"] for row in stored("state-types-v1")] == list(TYPES)


@pytest.mark.parametrize("row", stored("state-facts-v1"), ids=lambda row: row["type"])
def test_what_format_1_wrote_of_a_fact_is_still_read(row: dict[str, str]) -> None:
    fact = decode_fact(bytes.fromhex(row["logged"]), PARTY_OF)
    assert fact.type == row["type"]
    assert encode_fact(fact) == bytes.fromhex(row["logged"])
    book = Book(json.loads(row["texts"]))
    packed = bytes.fromhex(row["packed"])
    assert unpack(packed, book, References(fact.references), PARTY_OF) == fact
    assert pack(fact, book, References(fact.references).numbers_of(fact)) == packed


def test_every_type_is_among_the_kept_ones() -> None:
    assert {row["type"] for row in stored("state-facts-v1")} == set(CATALOGUE)


@pytest.mark.parametrize("fact", one_of_each_type(), ids=lambda fact: fact.type)
def test_a_fact_comes_back_as_it_was(fact: Fact) -> None:
    book, references = Book(), References()
    assert unpack(pack(fact, book, references.numbers_of(fact)), book, references, PARTY_OF) == fact
    assert decode_fact(encode_fact(fact), PARTY_OF) == fact


def test_what_a_newer_release_wrote_is_refused_in_words() -> None:
    newer = b"\x02" + encode_fact(one_of_each_type()[0])[1:]
    with pytest.raises(Misconfigured, match="newer release"):
        decode_fact(newer, PARTY_OF)


def write_golden() -> None:
    """Once for each format (`python -m tests.wire.test_state`); kept files are not written anew."""
    rows = []
    for fact in one_of_each_type():
        book = Book()
        packed = pack(fact, book, References(fact.references).numbers_of(fact))
        rows.append(
            {
                "type": fact.type,
                "logged": encode_fact(fact).hex(),
                "packed": packed.hex(),
                "texts": json.dumps(book.texts),
            }
        )
    (GOLDEN / "state-facts-v1.json").write_text(json.dumps(rows, indent=1) + "\n")
    types = [{"type": name} for name in TYPES]
    (GOLDEN / "state-types-v1.json").write_text(json.dumps(types, indent=1) + "\n")


if __name__ == "__main__":
    write_golden()


def test_a_packed_fact_reads_the_same_under_the_numbers_of_another_book() -> None:
    ours, theirs, references = Book(), Book(["what they had", "0988"]), References()
    for fact in one_of_each_type():
        packed = pack(fact, ours, references.numbers_of(fact))
        numbers = [theirs.number_of(text) for text in ours.texts]
        moved = renumbered(packed, numbers)
        assert unpack(moved, theirs, references, PARTY_OF) == fact
        assert moved == pack(fact, theirs, references.numbers_of(fact))
        assert renumbered(packed, range(len(ours))) == packed


@pytest.mark.parametrize(
    "value",
    [None, b"", b"\x01", b"\x01nonsense", b'{"specversion": "1.0"}', b"\xc3\x01avro", b"\xff" * 9],
)
def test_what_no_release_wrote_is_unreadable(value: bytes | None) -> None:
    with pytest.raises(Unreadable):
        decode_fact(value, PARTY_OF)


def test_a_packed_fact_of_a_newer_release_is_not_renumbered() -> None:
    with pytest.raises(Misconfigured, match="newer release"):
        renumbered(b"\x02\x90", [0])
