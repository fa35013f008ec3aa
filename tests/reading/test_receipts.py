"""Receipts that come by several ways: what is said last stands, in whatever order it is read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import permutations

import pytest

from hub.keys import Keys
from hub.reading import model, receipts
from hub.streams.entries import FACTS, entry_of
from hub.streams.frozen import REDRIVEN, THAWS_ONLY
from hub.streams.receipts import Receipt, ReceiptStatus, receipt, receipt_again, receipt_id
from hub.streams.seam import Emit
from hub.wire.state import PartyOf
from tests.streams.world import PARTIES, facts_of, signed

KEYS = Keys(b"0" * 32)
[FACT] = facts_of([signed()])


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    model.prepare(connection)
    yield connection
    connection.close()


def test_an_older_word_that_is_read_later_changes_nothing(connection: sqlite3.Connection) -> None:
    words = [
        receipt(receipt_id(KEYS, FACT), FACT, ReceiptStatus.WAITING, 1),
        receipt(receipt_id(KEYS, FACT), FACT, ReceiptStatus.REFUSED, 2),
        receipt(receipt_id(KEYS, FACT), FACT, ReceiptStatus.ACCEPTED, 3, household="h"),
    ]
    for order in permutations(words):
        connection.execute("DELETE FROM read_receipt")
        for emit in order:
            receipts.put(connection, [(emit, 1, 9)])
        [row] = receipts.every(connection)
        assert "accepted" in row


def test_a_receipt_that_was_moved_brings_the_digest(connection: sqlite3.Connection) -> None:
    moved = Receipt("r", "p", "s", "i", "t", "accepted", None, None, "2024-01-01T00:00:00Z")
    receipts.put(connection, [(receipt_again(moved, b"digest"), 1, 9)])
    later = Emit("receipts", b"r", receipt_again(moved, None).value)
    receipts.put(connection, [(later, 2, 10)])
    assert receipts.known(connection, ["r"])["r"].digest == b"digest"


def test_what_comes_only_to_thaw_has_not_arrived(connection: sqlite3.Connection) -> None:
    arrived = entry_of(FACT, KEYS).emit
    thaw = Emit(FACTS, arrived.key, arrived.value, {REDRIVEN: b"1", THAWS_ONLY: b"1"})
    for arrive in (receipts.put_arrived, receipts.note_arrived):
        arrive(connection, [(thaw, 1, 9)], PartyOf(PARTIES.find_by_source))
    assert list(receipts.every(connection)) == []


def test_what_nobody_can_read_keeps_no_other_fact_from_arriving(
    connection: sqlite3.Connection,
) -> None:
    arrived = entry_of(FACT, KEYS).emit
    redriven = [
        Emit(FACTS, arrived.key, b"no fact", {REDRIVEN: b"1"}),
        Emit(FACTS, arrived.key, b"no fact", arrived.headers),
        arrived,
    ]
    entries = [(emit, at, 9) for at, emit in enumerate(redriven, 1)]
    receipts.put_arrived(connection, entries, PartyOf(PARTIES.find_by_source))
    assert len(list(receipts.every(connection))) == 1
