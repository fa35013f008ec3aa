"""What was done about letters: counted, found, and forgotten with them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import permutations
from pathlib import Path

import pytest

from hub.domain.time import DAY_MS
from hub.gateway import all_settings
from hub.reading import dead_letters, letter_marks, model
from hub.reading.letter_marks import Mark, State, encode, key_of, open_by_reason, outlived
from hub.reading.model import Reading
from hub.streams.seam import Emit
from tests.cli.terminal import seintje
from tests.letters.kept import household, kept

AT = 1_764_000_000_000


@pytest.fixture
def reading() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        model.prepare(connection)
        all_settings.prepare(connection)
        yield connection


def kept_at(connection: sqlite3.Connection, position: int, reason: str) -> None:
    emit = Emit("dead-letters", b"0988", b"x", {"reason": reason.encode()})
    dead_letters.put(connection, [(emit, position, AT)])


def marked(connection: sqlite3.Connection, position: int, at: int = AT) -> None:
    value = encode(Mark(State.DISMISSED, AT, "why"))
    key = key_of(position, at).encode()
    all_settings.put(connection, [(Emit("settings", key, value), position, AT)])


def test_a_letter_is_open_until_something_was_done_whichever_is_heard_of_first() -> None:
    acts: list[Callable[[sqlite3.Connection], None]] = [
        lambda it: kept_at(it, 1, "malformed"),
        lambda it: kept_at(it, 2, "malformed"),
        lambda it: marked(it, 1),
        lambda it: marked(it, 2, AT + 1),  # of another letter, that once stood there
    ]
    for order in permutations(acts):
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
            model.prepare(connection)
            all_settings.prepare(connection)
            for act in order:
                act(connection)
            assert open_by_reason(connection) == {"malformed": 1}


def test_a_reason_of_which_none_is_open_counts_none(reading: sqlite3.Connection) -> None:
    kept_at(reading, 1, "bsn-found")
    marked(reading, 1)
    assert open_by_reason(reading) == {"bsn-found": 0}


def test_marks_leave_when_their_letters_have_left() -> None:
    keys = [key_of(1, AT), key_of(2, AT + DAY_MS)]
    assert outlived(keys, AT + 90 * DAY_MS) == {}
    assert [*outlived(keys, AT + 90 * DAY_MS + 1)] == keys[:1]


@pytest.mark.slow
def test_the_open_ones_fall_to_none_in_a_data_directory(tmp_path: Path) -> None:
    data = tmp_path / "data"
    kept(data, household(1), household(2), household(3))

    def count() -> dict[str, int]:
        found = Reading(data / "seintje.db")
        try:
            return found.ask(letter_marks.open_by_reason)
        finally:
            found.close()

    assert seintje("dead-letters", "redrive", "1", "--data", data).code == 0
    assert count() == {"processing-error": 2}
    assert seintje("dead-letters", "dismiss", "--all", "--why", "x", "--data", data).code == 0
    assert count() == {"processing-error": 0}
