"""Receipts that come by several ways: what is said last stands, in whatever order it is read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import permutations

import pytest

from hub.keys import Keys
from hub.reading import model, receipts
from hub.streams.receipts import Receipt, ReceiptStatus, receipt, receipt_again, receipt_id
from hub.streams.seam import Emit
from tests.streams.world import facts_of, signed

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
