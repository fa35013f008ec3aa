"""A drop: files are seen, read by pieces, written whole and moved, in a folder and over SFTP."""

from __future__ import annotations

import os

import pytest

from connectors.corporatie.files_drop import Gone, Seen
from hub.errors import Misconfigured, Unavailable
from tests.connectors.files.stage import WRITTEN, Stage


async def test_files_are_listed_by_name_with_size_and_time(stage: Stage) -> None:
    stage.put("b.csv", "12345")
    stage.put("a.csv", "1")
    (stage.root / "in" / "folder").mkdir()
    assert await stage.drop.listed(stage.at("in")) == [
        Seen("a.csv", 1, WRITTEN),
        Seen("b.csv", 5, WRITTEN),
    ]


@pytest.mark.parametrize(
    "name", ["a.csv.part", "a.CSV.PART", "a.csv.filepart", "a.tmp", ".a.csv", "~$a.csv", "a.csv~"]
)
async def test_what_is_being_written_is_not_seen(stage: Stage, name: str) -> None:
    stage.put(name, "1")
    assert not await stage.drop.listed(stage.at("in"))


async def test_a_file_is_read_by_pieces(stage: Stage) -> None:
    stage.put("a.csv", b"0123456789")
    piece = await stage.drop.read(stage.at("in"), "a.csv", 4, 3)
    assert piece == (Seen("a.csv", 10, WRITTEN), b"456")
    assert (await stage.drop.read(stage.at("in"), "a.csv", 8, 100)).raw == b"89"
    assert (await stage.drop.read(stage.at("in"), "a.csv", 10, 100)).raw == b""


async def test_a_piece_larger_than_what_goes_over_at_once_is_whole(stage: Stage) -> None:
    content = bytes(range(256)) * 4096
    stage.put("a.csv", content)
    assert (await stage.drop.read(stage.at("in"), "a.csv", 0, 1 << 20)).raw == content


async def test_a_file_that_was_taken_away_is_gone(stage: Stage) -> None:
    with pytest.raises(Gone):
        await stage.drop.read(stage.at("in"), "a.csv", 0, 1)


@pytest.mark.parametrize("name", ["a.csv", "é € ‘a’.csv"])
async def test_a_file_is_written_whole_under_its_name(stage: Stage, name: str) -> None:
    await stage.drop.write(stage.at("out"), name, b"1" * 100_000)
    assert (stage.root / "out" / name).read_bytes() == b"1" * 100_000
    assert stage.listing("out") == [name]


@pytest.mark.parametrize("can_rename_over", [True, False])
async def test_writing_again_goes_over_what_is_there(stage: Stage, can_rename_over: bool) -> None:
    if stage.system is not None:
        stage.system.can_rename_over = can_rename_over
    await stage.drop.write(stage.at("out"), "a.csv", b"one")
    await stage.drop.write(stage.at("out"), "a.csv", b"two")
    assert (stage.root / "out" / "a.csv").read_bytes() == b"two"
    assert stage.listing("out") == ["a.csv"]


@pytest.mark.parametrize("can_rename_over", [True, False])
async def test_a_file_is_moved_and_moved_again_does_nothing(
    stage: Stage, can_rename_over: bool
) -> None:
    if stage.system is not None:
        stage.system.can_rename_over = can_rename_over
    stage.put("a.csv", "1")
    stage.put("a.1.csv", "old", "done")
    for _ in range(2):
        await stage.drop.move(stage.at("in"), "a.csv", stage.at("done"), "a.1.csv")
    assert (stage.root / "done" / "a.1.csv").read_bytes() == b"1"
    assert stage.listing("in") == []


async def test_a_folder_that_is_not_there_is_told(stage: Stage) -> None:
    stage.put("a.csv", "1")
    with pytest.raises(Misconfigured, match="no such folder"):
        await stage.drop.listed(stage.at("elsewhere"))
    with pytest.raises(Misconfigured, match="no such folder"):
        await stage.drop.write(stage.at("elsewhere"), "a.csv", b"1")
    with pytest.raises(Misconfigured, match="no such folder"):
        await stage.drop.move(stage.at("in"), "a.csv", stage.at("elsewhere"), "a.csv")
    assert stage.listing("in") == ["a.csv"]


async def test_a_link_is_no_file(stage: Stage) -> None:
    secret = stage.root / "secret"
    secret.write_text("geheim")
    (stage.root / "in" / "a.csv").symlink_to(secret)
    assert await stage.drop.listed(stage.at("in")) == []


@pytest.mark.parametrize("name", [b"\xff.csv", b"a\nb.csv"])
async def test_a_name_that_cannot_be_written_down_stops_nothing(stage: Stage, name: bytes) -> None:
    (stage.root / "in").joinpath(os.fsdecode(name)).write_text("1")
    stage.put("a.csv", "1")
    assert [it.name for it in await stage.drop.listed(stage.at("in"))] == ["a.csv"]


@pytest.mark.parametrize("kind", ["soft", "hard"])
async def test_nothing_is_written_through_a_link_that_somebody_put_there(
    folder: Stage, kind: str
) -> None:
    ours = folder.root / "kept.db"
    ours.write_bytes(b"ours")
    part = folder.root / "out" / "a.csv.part"
    part.symlink_to(ours) if kind == "soft" else part.hardlink_to(ours)
    await folder.drop.write(folder.at("out"), "a.csv", b"an alert")
    assert ours.read_bytes() == b"ours"
    assert (folder.root / "out" / "a.csv").read_bytes() == b"an alert"
    assert not (folder.root / "out" / "a.csv").is_symlink()


async def test_what_is_written_is_nothing_for_everybody_on_the_machine(folder: Stage) -> None:
    await folder.drop.write(folder.at("out"), "a.csv", b"an alert")
    assert (folder.root / "out" / "a.csv").stat().st_mode & 0o007 == 0


async def test_a_pipe_where_a_file_was_holds_up_nobody(folder: Stage) -> None:
    os.mkfifo(folder.root / "in" / "a.csv")
    with pytest.raises(Unavailable):
        await folder.drop.read(folder.at("in"), "a.csv", 0, 10)
