"""The journal on disk: what was appended comes back, in order, and what was tampered with does not
pass for it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hub.clocks import SystemClock
from hub.errors import Misconfigured, Unavailable
from hub.keys import Keys
from hub.streams.journal_file import FOLDER, Journal, Place, name_of, remove_unneeded, segments_of
from hub.streams.journal_reading import Ending, Reading

KEYS = Keys(b"1" * 32)
OTHER = Keys(b"2" * 32)
WORDS = [b"one", b"two" * 500, b"three", b"four"]


def journal_in(folder: Path, keys: Keys = KEYS, segment_bytes: int = 1 << 20) -> Journal:
    return Journal(folder, keys, SystemClock(), segment_bytes)


def put(journal: Journal, *entries: bytes) -> list[Place]:
    """The place after each."""
    places = []
    for entry in entries:
        journal.append(journal.sealed(entry)[0])
        places.append(journal.place)
    return places


def read(folder: Path, place: Place, keys: Keys = KEYS) -> tuple[list[bytes], Ending]:
    reading = Reading(folder / FOLDER, place, keys)
    return list(reading.entries()), reading.ending


def begun(folder: Path, segment_bytes: int = 1 << 20) -> tuple[Journal, Place]:
    journal = journal_in(folder, segment_bytes=segment_bytes)
    journal.begin()
    return journal, journal.place


def file_of(folder: Path, place: Place) -> Path:
    return folder / FOLDER / name_of(place.line, place.segment)


@pytest.mark.parametrize("segment_bytes", [1, 700, 1 << 20])
def test_what_was_appended_comes_back_from_any_place(tmp_path: Path, segment_bytes: int) -> None:
    journal, start = begun(tmp_path, segment_bytes)
    places = [start, *put(journal, *WORDS)]
    for number, place in enumerate(places):
        assert read(tmp_path, place) == (WORDS[number:], Ending.WHOLE)


def test_nothing_of_an_entry_can_be_read_without_the_key(tmp_path: Path) -> None:
    journal, start = begun(tmp_path)
    put(journal, b"lease:H-1001")
    assert b"H-1001" not in file_of(tmp_path, start).read_bytes()
    assert file_of(tmp_path, start).stat().st_mode & 0o077 == 0
    with pytest.raises(Misconfigured, match="sealed with key"):
        read(tmp_path, start, OTHER)


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_an_entry_that_was_being_written_is_passed_over_and_said(tmp_path: Path, cut: int) -> None:
    journal, start = begun(tmp_path)
    put(journal, *WORDS)
    file = file_of(tmp_path, start)
    os.truncate(file, file.stat().st_size - cut)
    assert read(tmp_path, start) == (WORDS[:-1], Ending.CUT)


def test_blocks_that_never_came_to_the_disk_are_an_entry_that_was_being_written(
    tmp_path: Path,
) -> None:
    journal, start = begun(tmp_path)
    put(journal, *WORDS)
    file = file_of(tmp_path, start)
    with file.open("ab") as end:
        end.write(bytes(300))
    assert read(tmp_path, start) == (WORDS, Ending.CUT)


def test_damage_in_the_middle_ends_it_there_and_is_called_damage(tmp_path: Path) -> None:
    journal, start = begun(tmp_path)
    [_, second, *_] = put(journal, *WORDS)
    file = file_of(tmp_path, start)
    changed = bytearray(file.read_bytes())
    changed[second.offset + 8] ^= 1
    file.write_bytes(changed)
    assert read(tmp_path, start) == (WORDS[:2], Ending.DAMAGED)
    assert read(tmp_path, start)[1] is Ending.DAMAGED


@pytest.mark.parametrize("lost", ["first", "middle", "end of one"])
def test_a_segment_that_is_gone_or_cut_off_is_no_end(tmp_path: Path, lost: str) -> None:
    journal, start = begun(tmp_path, segment_bytes=1)
    put(journal, *WORDS)
    assert len(segments_of(tmp_path / FOLDER, start.line)) == 5
    if lost == "first":
        file_of(tmp_path, start).unlink()
        assert read(tmp_path, start) == ([], Ending.MISSING)
    elif lost == "middle":
        file_of(tmp_path, Place(start.line, 3, 0)).unlink()
        assert read(tmp_path, start) == (WORDS[:1], Ending.DAMAGED)
    else:
        file = file_of(tmp_path, Place(start.line, 3, 0))
        os.truncate(file, file.stat().st_size - 3)
        assert read(tmp_path, start) == (WORDS[:1], Ending.DAMAGED)


@pytest.mark.parametrize("written", [0, 10, 20, 100])
def test_a_segment_that_was_being_begun_has_nothing_in_it(tmp_path: Path, written: int) -> None:
    journal, start = begun(tmp_path)
    put(journal, *WORDS)
    journal.rotate()
    put(journal, b"not committed")
    os.truncate(file_of(tmp_path, journal.place), written)
    assert read(tmp_path, start) == (WORDS, Ending.CUT)


def test_an_entry_does_not_open_at_another_place(tmp_path: Path) -> None:
    journal, start = begun(tmp_path)
    first, second = put(journal, b"to-day", b"to-mor")
    file = file_of(tmp_path, start)
    text = file.read_bytes()
    one, other = text[start.offset : first.offset], text[first.offset : second.offset]
    file.write_bytes(text[: start.offset] + other + one)
    assert read(tmp_path, start)[0] == []


def test_what_was_taken_back_is_gone(tmp_path: Path) -> None:
    journal, start = begun(tmp_path)
    put(journal, *WORDS[:2])
    frame = journal.sealed(b"not committed")[0]
    journal.append(frame)
    journal.take_back(frame)
    put(journal, WORDS[2])
    assert read(tmp_path, start) == (WORDS[:3], Ending.WHOLE)


def test_who_goes_on_takes_away_what_was_never_committed(tmp_path: Path) -> None:
    journal, start = begun(tmp_path, segment_bytes=1)
    committed = put(journal, *WORDS[:2])[-1]
    put(journal, b"not committed")
    journal.close()
    again = journal_in(tmp_path)
    assert again.go_on(committed)
    put(again, *WORDS[2:])
    assert read(tmp_path, start) == (WORDS, Ending.WHOLE)


@pytest.mark.parametrize("segment_bytes", [1, 1 << 20])
def test_an_older_copy_of_a_database_takes_nothing_away(tmp_path: Path, segment_bytes: int) -> None:
    """A crash leaves one entry that was not committed; more were, and parties were told of them."""
    journal, start = begun(tmp_path, segment_bytes)
    older = put(journal, *WORDS)[1]
    journal.close()
    with pytest.raises(Misconfigured, match="older copy"):
        journal_in(tmp_path).go_on(older)
    assert read(tmp_path, start) == (WORDS, Ending.WHOLE)


@pytest.mark.parametrize("wrong", ["shorter", "gone", "of another key"])
def test_a_journal_that_is_not_the_one_is_not_gone_on_with(tmp_path: Path, wrong: str) -> None:
    journal, start = begun(tmp_path)
    end = put(journal, *WORDS)[-1]
    journal.close()
    keys = KEYS
    if wrong == "shorter":
        os.truncate(file_of(tmp_path, start), end.offset - 1)
    elif wrong == "gone":
        file_of(tmp_path, start).unlink()
    else:
        keys = OTHER
    assert not journal_in(tmp_path, keys).go_on(end)


def test_two_hubs_never_write_one_journal(tmp_path: Path) -> None:
    journal, start = begun(tmp_path)
    with pytest.raises(Misconfigured, match="another hub"):
        journal_in(tmp_path).go_on(start)
    journal.close()


def test_a_place_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("a file where a directory should be")
    with pytest.raises(Unavailable, match="cannot be written"):
        journal_in(tmp_path).begin()


def test_segments_that_no_backup_needs_are_removed(tmp_path: Path) -> None:
    journal, start = begun(tmp_path, segment_bytes=1)
    put(journal, *WORDS)
    other = journal_in(tmp_path)
    other.begin()
    other.close()
    assert remove_unneeded(tmp_path / FOLDER, {start.line: 4}) == 4
    assert segments_of(tmp_path / FOLDER, start.line) == [4, 5]
    assert segments_of(tmp_path / FOLDER, other.place.line) == []


def test_a_journal_that_another_hub_writes_is_never_removed(tmp_path: Path) -> None:
    """Two hubs were given one directory: what is wrong must not cost the one its journal."""
    other, start = begun(tmp_path, segment_bytes=1)
    put(other, *WORDS)
    assert remove_unneeded(tmp_path / FOLDER, {}) == 0
    assert read(tmp_path, start) == (WORDS, Ending.WHOLE)
    other.close()
    assert remove_unneeded(tmp_path / FOLDER, {}) == 5
