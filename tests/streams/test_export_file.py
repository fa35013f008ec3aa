"""An export is whole or not taken for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import zstandard

from hub.errors import Misconfigured
from hub.streams.export_file import FORMAT, Header, check, read, write
from hub.streams.transfer import Answered, ApiKeyEntry, Appended, Entry, Lasting, Row, Stretch

HEADER = Header(FORMAT, "0.1.0", "ef8692e6dc50fcf2", ("sha256:1",), 1, 1_764_000_000_000)
ENTRIES: list[Entry] = [
    *(Row("facts", "0988", "node", bytes([n]) * 12, b"\0cluster") for n in range(200)),
    Row("facts", None, "text", b"\0\0\0\0", "Één".encode()),
    Stretch("out/gemeente-weert", 3, 5, 7),
    Appended("out/gemeente-weert", 4, b"al-1", b"{}", {"revision": b"1"}, 6),
    Appended("out/gemeente-weert", 5, b"al-1", None, {}, 7),
    Lasting("out/gemeente-weert", 2, b"al-2", b"{}", 5),
    Answered("rc-1", "a", "urn:x", "1", "signal-raised", "waiting", None, None, b"\1", 5),
    ApiKeyEntry("00" * 32, "gemeente-weert", 1, None),
]


def nobody(_done: int) -> None:
    pass


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "hub.export"
    write(path, HEADER, ENTRIES, nobody)
    return path


def test_what_was_written_is_read(file: Path) -> None:
    header, trailer = check(file)
    assert header == HEADER
    assert trailer.counts == {
        "row": 201,
        "stretch": 1,
        "record": 2,
        "lasting": 1,
        "receipt": 1,
        "api-key": 1,
    }
    assert trailer.entries == len(ENTRIES)
    assert list(read(file)) == ENTRIES


def test_it_is_closed_to_other_users_and_nothing_lies_beside_it(file: Path) -> None:
    assert file.stat().st_mode & 0o777 == 0o600
    assert [it.name for it in file.parent.iterdir()] == [file.name]


def test_a_file_that_is_there_is_not_written_over(file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(Misconfigured, match="there already"):
        write(file, HEADER, [], nobody)
    assert file.read_bytes() == before


def test_an_export_that_fails_leaves_no_file(tmp_path: Path) -> None:
    def failing() -> Iterator[Entry]:
        yield ENTRIES[0]
        raise OSError("the disk failed")

    with pytest.raises(OSError, match="disk failed"):
        write(tmp_path / "hub.export", HEADER, failing(), nobody)
    assert not list(tmp_path.iterdir())


def test_an_export_of_nothing_is_one(tmp_path: Path) -> None:
    write(tmp_path / "hub.export", HEADER, [], nobody)
    assert check(tmp_path / "hub.export")[1].entries == 0
    assert not list(read(tmp_path / "hub.export"))


def test_how_far_it_is_is_told_now_and_then(tmp_path: Path) -> None:
    told: list[int] = []
    write(tmp_path / "hub.export", HEADER, ENTRIES * 10, told.append)
    assert told == [1000, 2000]


def test_wherever_it_is_cut_off_it_is_refused(file: Path) -> None:
    whole = file.read_bytes()
    for size in range(4, len(whole) - 4, 7):  # without its last bytes it still says all it said
        file.write_bytes(whole[:size])
        with pytest.raises(Misconfigured, match="damaged or not whole"):
            check(file)


def test_wherever_a_bit_flips_it_is_refused(file: Path) -> None:
    whole = file.read_bytes()
    for place in range(0, len(whole), 5):
        changed = bytearray(whole)
        changed[place] ^= 0x10
        file.write_bytes(bytes(changed))
        try:
            found = check(file)
        except Misconfigured:
            continue
        assert found == check_of(file, whole)  # a bit of the frame that says nothing
        assert list(read(file)) == ENTRIES


def check_of(file: Path, content: bytes) -> object:
    other = file.with_name("other")
    other.write_bytes(content)
    return check(other)


@pytest.mark.parametrize("kept", [slice(1, None), slice(0, -1), slice(None, None, -1)])
def test_whole_but_of_other_content_than_it_says_is_refused(file: Path, kept: slice) -> None:
    """Records lost, or in another order, in a file that somebody squeezed anew."""
    records = _records(zstandard.ZstdDecompressor().stream_reader(file.read_bytes()).read())
    entries = records[1:-1][kept]
    _squeezed(file, [records[0], *entries, records[-1]])
    with pytest.raises(Misconfigured, match="damaged or not whole"):
        check(file)


@pytest.mark.parametrize(
    "content", [b"", b"seintje-key 1\n", b"SQLite format 3\0" + bytes(100), b"\x28\xb5"]
)
def test_another_kind_of_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "hub.export"
    path.write_bytes(content)
    with pytest.raises(Misconfigured, match="no export of this program"):
        check(path)


@pytest.mark.parametrize("content", [b"", b"{}\n" * 100, b"\0\0\0\1\xc0", b"\xff" * 100])
def test_something_else_in_zstandard_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "hub.export"
    path.write_bytes(zstandard.compress(content))
    with pytest.raises(Misconfigured, match="damaged or not whole"):
        check(path)


def test_a_file_that_is_not_there_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="not there"):
        check(tmp_path / "hub.export")


def test_a_newer_format_asks_for_the_release_that_made_it(file: Path) -> None:
    newer = msgspec.msgpack.encode(["header", FORMAT + 1, "7.0.0", {"whatever": "comes"}])
    _squeezed(file, [newer, b"\x91\xa3new"])
    with pytest.raises(Misconfigured, match=r"release 7\.0\.0 made it"):
        check(file)


def _records(content: bytes) -> list[bytes]:
    found = []
    while content:
        size = int.from_bytes(content[:4], "big")
        found.append(content[4 : 4 + size])
        content = content[4 + size :]
    return found


def _squeezed(file: Path, records: list[bytes]) -> None:
    framed = b"".join(len(record).to_bytes(4, "big") + record for record in records)
    file.write_bytes(zstandard.compress(framed))
