"""Streams of many partitions become one, with positions that cursors of before can stand on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.cli.state_spool import Spool
from hub.keys import Keys
from hub.streams.entries import FACTS, entry_of
from hub.streams.loop import DEAD_LETTERS
from hub.streams.receipts import RECEIPTS, ReceiptStatus, receipt, receipt_id
from hub.streams.seam import Emit, Record
from hub.streams.transfer import Answered, Appended, Entry, Stretch
from tests.streams.world import PARTIES, facts_of, signed

KEYS = Keys(b"0" * 32)


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    spool = Spool(tmp_path / "export", PARTIES)
    yield spool
    spool.close()
    assert not list(tmp_path.iterdir())


def record(at: int, appended_at: int, emit: Emit | None = None) -> Record:
    emit = emit or Emit("", b"k%d" % at, b"v", {"h": b"1"})
    return Record(at, emit.key, emit.value, emit.headers, appended_at)


def of(stream: str, entries: Iterator[Entry]) -> tuple[Stretch, list[Appended]]:
    found = [it for it in entries if isinstance(it, Stretch | Appended) and it.stream == stream]
    [stretch] = [it for it in found if isinstance(it, Stretch)]
    return stretch, [it for it in found if isinstance(it, Appended)]


def test_partitions_are_put_together_by_time(spool: Spool) -> None:
    spool.put("disclosure", 0, [record(1, 10), record(5, 30)])
    spool.put("disclosure", 1, [record(3, 20), record(4, 15)])  # that clock was set back
    stretch, records = of("disclosure", spool.entries({"disclosure": 11}))
    assert [(it.key, it.appended_at) for it in records] == [
        (b"k1", 10),
        (b"k3", 20),
        (b"k4", 20),
        (b"k5", 30),
    ]
    assert records[0].headers == {"h": b"1"}
    assert (stretch.after, stretch.last, stretch.appended_at) == (7, 11, 30)
    assert [it.at for it in records] == [8, 9, 10, 11]


def test_no_record_comes_before_the_place_it_had(spool: Spool) -> None:
    places = [1, 2, 4, 5, 9]
    spool.put(DEAD_LETTERS, 0, [record(at, at) for at in places])
    _, records = of(DEAD_LETTERS, spool.entries({DEAD_LETTERS: 10}))
    assert [it.at for it in records] == [6, 7, 8, 9, 10]
    assert all(it.at >= at for it, at in zip(records, places, strict=True))


def test_a_stream_that_holds_nothing_ends_where_it_ended(spool: Spool) -> None:
    stretch, records = of("ops", spool.entries({"ops": 7}))
    assert (stretch.after, stretch.last, records) == (7, 7, [])


def test_of_facts_only_what_waits_is_told(spool: Spool) -> None:
    [fact] = facts_of([signed()])
    entry = entry_of(fact, KEYS)
    spool.put(
        FACTS, 0, [record(1, 1, entry.emit), record(2, 2, Emit(FACTS, b"", b"\x01?"))], unread=1
    )
    entries = list(spool.entries({FACTS: 2}))
    stretch, records = of(FACTS, iter(entries))
    assert (stretch.after, [it.value for it in records]) == (1, [b"\x01?"])
    [answered] = [it for it in entries if isinstance(it, Answered)]
    assert (answered.receipt_id, answered.status) == (entry.receipt_id, "accepted")
    assert answered.digest == entry.digest


def test_what_was_refused_and_then_said_better_has_the_content_of_then(spool: Spool) -> None:
    first, other = (facts_of([signed(persons=number)])[0] for number in (1, 2))
    refused = receipt(receipt_id(KEYS, first), first, ReceiptStatus.REFUSED, 0)
    accepted = receipt(receipt_id(KEYS, other), other, ReceiptStatus.ACCEPTED, 0, household="h")
    facts = [record(1, 1, entry_of(first, KEYS).emit), record(2, 3, entry_of(other, KEYS).emit)]
    spool.put(RECEIPTS, 0, [record(1, 2, refused), record(2, 4, accepted)])
    spool.put(FACTS, 0, facts, unread=9)
    entries = list(spool.entries({FACTS: 2, RECEIPTS: 2}))
    [answered] = [it for it in entries if isinstance(it, Answered)]
    assert (answered.status, answered.digest) == ("accepted", entry_of(other, KEYS).digest)
    assert [json.loads(it.value or b"")["status"] for it in of(RECEIPTS, iter(entries))[1]] == [
        "refused",
        "accepted",
    ]
