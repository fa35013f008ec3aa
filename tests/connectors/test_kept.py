"""What a connector keeps: a page with its cursor or not at all, dead letters while they matter."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

import pytest

from connectors.kept import Kept
from connectors.outbox import Waiting
from connectors.said import Voice
from connectors.seam import Draft, Entry, Page, Record, Unmapped
from hub.domain.time import parse_instant
from hub.errors import Misconfigured

NOW: Final = parse_instant("2024-03-01T12:00:00Z")
VOICE: Final = Voice("urn:nld:kvknr:90000001:systeem:primair", "reports")


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    kept = Kept(tmp_path / "state")
    yield kept
    kept.close()


def report(number: int, cause: str = "wear") -> Record:
    data = {"gemeente": "0988", "cause": cause}
    return Record(f"R{number}", (Draft("damage-reported", data),), f"/reports/R{number}")


def page(*entries: Entry, cursor: str = "1") -> Page:
    return Page(entries, cursor, is_last=True)


def took(kept: Kept, *events: Waiting) -> None:
    """The hub has these."""
    kept.outbox.arrived([(it, "receipt") for it in events], NOW, NOW)


def unread(where: str = "/reports/R1", raw: bytes = b"{}") -> Unmapped:
    return Unmapped(where, "no cause; fill it in", raw)


def test_a_page_goes_in_with_its_cursor(kept: Kept) -> None:
    assert kept.cursor("reports") is None
    assert kept.take(VOICE, page(report(1), report(2), cursor="7"), NOW) == 2
    assert kept.cursor("reports") == "7"
    assert [it.where for it in kept.outbox.waiting(10)] == ["/reports/R1", "/reports/R2"]


def test_a_page_that_cannot_be_kept_whole_is_not_kept_at_all(kept: Kept) -> None:
    broken = Record("R2", (Draft("damage-reported", {"at": object()}),), "/reports/R2")
    with pytest.raises(TypeError):
        kept.take(VOICE, page(report(1), broken), NOW)
    assert kept.outbox.waiting(10) == []
    assert kept.cursor("reports") is None


def test_what_was_said_is_still_known_by_the_next_process(tmp_path: Path) -> None:
    first = Kept(tmp_path)
    first.take(VOICE, page(report(1)), NOW)
    took(first, *first.outbox.waiting(10))
    first.close()
    second = Kept(tmp_path)
    assert second.take(VOICE, page(report(1)), NOW) == 0
    second.close()


def test_two_processes_cannot_share_a_folder(kept: Kept, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="another process"):
        Kept(tmp_path / "state")


def test_what_is_kept_is_for_its_owner_only(kept: Kept, tmp_path: Path) -> None:
    modes = [stat.S_IMODE(it.stat().st_mode) for it in (tmp_path / "state").iterdir()]
    assert modes
    assert all(mode & 0o077 == 0 for mode in modes)


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "kept.db").write_bytes(b"something else, and long enough to be read as a file")
    with pytest.raises(Misconfigured):
        Kept(tmp_path)


def test_a_copy_can_be_looked_at_meanwhile(kept: Kept, tmp_path: Path) -> None:
    kept.take(VOICE, page(report(1), unread()), NOW)
    there = sorted(tmp_path.rglob("*"))
    copied = Kept(tmp_path / "state", is_copy=True)
    assert len(copied.outbox.waiting(10)) == len(copied.dead_letters()) == 1
    copied.take(VOICE, page(report(2)), NOW)
    assert sorted(tmp_path.rglob("*")) == there, "nothing of it is on disk"
    copied.close()
    assert len(kept.outbox.waiting(10)) == 1


def test_of_nothing_the_copy_is_empty(tmp_path: Path) -> None:
    copied = Kept(tmp_path / "none", is_copy=True)
    assert copied.dead_letters() == []
    copied.close()
    assert not (tmp_path / "none").exists()


def test_of_something_else_there_is_no_copy(tmp_path: Path) -> None:
    (tmp_path / "kept.db").write_bytes(b"something else, and long enough to be read as a file")
    with pytest.raises(Misconfigured):
        Kept(tmp_path, is_copy=True)


def test_the_same_dead_letter_is_kept_once_and_goes_when_it_can_be_read(kept: Kept) -> None:
    kept.take(VOICE, page(unread()), NOW)
    kept.take(VOICE, page(unread()), NOW)
    [letter] = kept.dead_letters()
    assert (letter.where, letter.raw, letter.at) == ("/reports/R1", b"{}", NOW)
    kept.take(VOICE, page(report(1)), NOW)
    assert kept.dead_letters() == []


def test_somebody_may_dismiss_a_dead_letter_while_the_connector_works(
    kept: Kept, tmp_path: Path
) -> None:
    kept.take(VOICE, page(unread(), unread("/reports/R2")), NOW)
    beside = Kept(tmp_path / "state", alone=False)
    assert beside.dismiss("/reports/R1") == 1
    assert beside.dismiss("/reports/R1") == 0
    beside.close()
    assert [it.where for it in kept.dead_letters()] == ["/reports/R2"]


def test_the_digits_of_a_bsn_are_kept_nowhere(kept: Kept) -> None:
    kept.take(VOICE, page(unread(raw=b'{"remark": "bsn 111222333"}')), NOW)
    [letter] = kept.dead_letters()
    assert letter.raw == b'{"remark": "bsn *********"}'


def test_what_the_hub_refused_waits_for_somebody_and_is_not_said_again(kept: Kept) -> None:
    kept.take(VOICE, page(report(1)), NOW)
    [waiting] = kept.outbox.waiting(10)
    kept.outbox.refused(waiting, "the hub refuses it; look", NOW)
    assert kept.take(VOICE, page(report(1)), NOW) == 0
    assert len(kept.dead_letters()) == 1
    assert kept.take(VOICE, page(report(1, "resident")), NOW) == 1
    assert kept.dead_letters() == []


def test_from_the_start_what_was_refused_is_said_once_more(kept: Kept) -> None:
    kept.take(VOICE, page(report(1), report(2)), NOW)
    first, second = kept.outbox.waiting(10)
    kept.outbox.refused(first, "the hub refuses it; look", NOW)
    took(kept, second)
    kept.begin_again()
    assert kept.cursor("reports") is None
    assert kept.take(VOICE, page(report(1), report(2)), NOW) == 1


def test_a_refusal_of_what_was_corrected_since_changes_nothing(kept: Kept) -> None:
    kept.take(VOICE, page(report(1)), NOW)
    kept.take(VOICE, page(report(1, "resident")), NOW)
    first, second = kept.outbox.waiting(10)
    kept.outbox.refused(first, "the hub refuses it; look", NOW)
    took(kept, second)
    assert kept.take(VOICE, page(report(1, "resident")), NOW) == 0


def test_an_inbox_keeps_each_name_once_and_lets_go_of_what_was_read(kept: Kept) -> None:
    inbox = kept.inbox
    assert inbox.put("n1", b"1")
    assert not inbox.put("n1", b"1")
    assert inbox.put("n2", b"2")
    [(first, *_), (last, *_)] = inbox.after(None, 10)
    assert inbox.after(first, 10) == [(last, "n2", b"2")]
    assert inbox.waiting() == 1
    assert not inbox.put("n1", b"1")  # still known


def remarked(remark: str) -> Record:
    data = {"gemeente": "0988", "remark": remark, "references": [{"value": "111222333"}]}
    return Record("R1", (Draft("damage-reported", data),), "/reports/R1")


def test_a_fact_with_a_bsn_in_it_is_not_even_kept_to_be_sent(kept: Kept, tmp_path: Path) -> None:
    for _ in range(2):  # the same once more says nothing
        assert kept.take(VOICE, page(remarked("bsn 123456782 of the tenant")), NOW) == 0
    [letter] = kept.dead_letters()
    assert "`data.remark`" in letter.why
    assert kept.outbox.waiting(10) == []
    assert not [
        it for it in tmp_path.rglob("*") if it.is_file() and b"123456782" in it.read_bytes()
    ]
    kept.begin_again()
    assert kept.take(VOICE, page(remarked("mended")), NOW) == 1
    [sent] = kept.outbox.waiting(10)
    assert "replaces" not in sent.event["data"], "nothing was said before"
    assert kept.dead_letters() == []


def test_a_correction_with_a_bsn_in_it_leaves_what_was_said(kept: Kept) -> None:
    kept.take(VOICE, page(remarked("one")), NOW)
    assert kept.take(VOICE, page(remarked("bsn 123456782")), NOW) == 0
    assert kept.take(VOICE, page(remarked("two")), NOW) == 1
    first, second = kept.outbox.waiting(10)
    assert second.event["data"]["replaces"]["id"] == first.event["id"]


def test_a_file_that_is_damaged_while_it_is_open_says_what_to_do(
    kept: Kept, tmp_path: Path
) -> None:
    kept.take(VOICE, page(*(report(number) for number in range(200))), NOW)
    file = tmp_path / "state" / "kept.db"
    size = file.stat().st_size
    file.write_bytes(file.read_bytes()[:4096] + b"\xff" * (size - 4096))
    # what a connection has read it keeps until another writes
    with sqlite3.connect(file) as other, suppress(sqlite3.DatabaseError):
        other.execute("PRAGMA user_version = 1")
    with pytest.raises(Misconfigured, match="damaged"):
        kept.outbox.waiting(500)


def test_a_mistake_of_the_program_is_not_taken_for_a_disk_that_is_full(kept: Kept) -> None:
    nowhere = Page((), None, is_last=True)  # type: ignore[arg-type]  # a source that is wrong
    with pytest.raises(sqlite3.IntegrityError):
        kept.take(VOICE, nowhere, NOW)


def test_what_waits_for_the_hub_is_found_without_looking_at_what_waits_for_a_receipt(
    kept: Kept, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "state" / "kept.db")) as beside:
        plan = beside.execute(
            "EXPLAIN QUERY PLAN SELECT count(*) FROM outbox WHERE receipt ISNULL"
        ).fetchall()
    assert "outbox_waiting" in str(plan)


def test_a_thing_that_looks_different_each_time_fills_no_disk(kept: Kept) -> None:
    for number in range(150):
        kept.take(VOICE, page(unread(raw=b"%d" % number)), NOW)
    letters = kept.dead_letters()
    assert len(letters) == 100
    assert letters[-1].raw == b"149"
