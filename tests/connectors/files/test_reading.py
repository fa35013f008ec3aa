"""Dropped files, read: which, when, once, page by page, and what becomes of them."""

from __future__ import annotations

import pytest

from connectors.corporatie.files_forms import CsvKind
from connectors.corporatie.files_reading import FileSource
from connectors.corporatie.files_whole import Ending
from connectors.seam import Entry, Record
from hub.domain.time import HOUR_MS
from hub.errors import Unavailable
from tests.connectors.files.stage import (
    HEADER,
    WRITTEN,
    Stage,
    bad,
    export,
    leases,
    mapping,
    row,
    said,
)

MINUTE = 60_000


async def test_a_file_is_read_and_moved_away(stage: Stage) -> None:
    stage.put("betalingen.csv", export(1, 2))
    found = await stage.read_all(stage.source())
    assert said(found)[0] == {
        "gemeente": "0988",
        "occurredAt": "2026-03-02",
        "period": "2026-03",
        "amount": 61250,
        "references": [{"scheme": "lease", "issuer": "corporatie-maas", "value": "H-1"}],
    }
    assert leases(found) == ["H-1", "H-2"]
    assert found[0].where == "betalingen.csv of 2026-03-02 14:05:10, line 2"
    assert stage.listing("in") == []
    (done,) = stage.listing("done")
    assert done.startswith("betalingen.")
    assert (stage.root / "done" / done).read_text() == export(1, 2)


async def test_a_file_that_is_left_is_read_once(stage: Stage) -> None:
    stage.put("betalingen.csv", export(1))
    places = stage.places(moves=False)
    assert leases(await stage.read_all(stage.source(places=places))) == ["H-1"]
    assert await stage.read_all(stage.source(places=places)) == []
    assert stage.listing("in") == ["betalingen.csv"]


@pytest.mark.parametrize("name", ["betalingen.csv", "betalingen-kopie.csv"])
async def test_the_same_content_again_is_not_read_again(stage: Stage, name: str) -> None:
    stage.put("betalingen.csv", export(1))
    await stage.read_all(stage.source())
    stage.put(name, export(1), at=WRITTEN + MINUTE)
    assert said(await stage.read_all(stage.source())) == []
    stage.put("betalingen2.csv", export(1, amount="540,00"), at=WRITTEN + 2 * MINUTE)
    assert said(await stage.read_all(stage.source()))[0]["amount"] == 54000
    # An old file that comes once more must not undo what a newer one said.
    stage.put(name, export(1))
    assert said(await stage.read_all(stage.source())) == []
    assert stage.listing("in") == []


async def test_what_is_written_anew_as_it_was_before_is_news_again(stage: Stage) -> None:
    for minute, amount in enumerate(("612,50", "540,00", "612,50")):
        stage.put("betalingen.csv", export(1, amount=amount), at=WRITTEN + minute * MINUTE)
        (fact,) = said(await stage.read_all(stage.source()))
        assert fact["amount"] == (54000 if minute == 1 else 61250)


async def test_from_the_start_the_last_word_counts_too(stage: Stage) -> None:
    source = stage.source(places=stage.places(moves=False))
    for minute, amount in enumerate(("612,50", "540,00", "612,50")):
        name = f"betalingen-{minute}.csv"
        stage.put(name, export(1, amount=amount), at=WRITTEN + minute * MINUTE)
        await stage.read_all(source)
    stage.cursor, stage.now = None, stage.now + MINUTE
    again = [it["amount"] for it in said(await stage.read_all(source))]
    assert again == [61250, 54000, 61250]


async def test_a_day_on_which_nothing_happened_is_delivered_too(stage: Stage) -> None:
    source = stage.source(completes="rent-paid")
    for day in (0, 1, 2):
        stage.put(f"betalingen-{day}.csv", HEADER, at=WRITTEN + day * 24 * HOUR_MS)
        (told,) = said(await stage.read_all(source))
        assert told["upTo"] == f"2026-03-0{1 + day}T23:00:00.000Z"


async def test_from_the_start_everything_is_read_again(stage: Stage) -> None:
    stage.put("betalingen.csv", export(1))
    places = stage.places(moves=False)
    await stage.read_all(stage.source(places=places))
    stage.cursor, stage.now = None, stage.now + MINUTE
    assert leases(await stage.read_all(stage.source(places=places))) == ["H-1"]


async def test_a_file_that_changes_after_it_was_read_is_read_again(stage: Stage) -> None:
    source = stage.source(places=stage.places(moves=False))
    stage.put("betalingen.csv", export(1))
    await stage.read_all(source)
    stage.put("betalingen.csv", export(1, 2), at=WRITTEN + MINUTE)
    assert leases(await stage.read_all(source)) == ["H-1", "H-2"]
    # Another time and the same content is no other file.
    stage.put("betalingen.csv", export(1, 2), at=WRITTEN + 2 * MINUTE)
    assert said(await stage.read_all(source)) == []


async def test_files_come_in_the_order_in_which_they_were_written(stage: Stage) -> None:
    stage.put("betalingen-a.csv", export(2), at=WRITTEN + MINUTE)
    stage.put("betalingen-b.csv", export(1), at=WRITTEN)
    assert leases(await stage.read_all(stage.source())) == ["H-1", "H-2"]


async def test_files_come_by_name_where_that_is_told(stage: Stage) -> None:
    stage.put("betalingen-a.csv", export(2), at=WRITTEN + MINUTE)
    stage.put("betalingen-b.csv", export(1), at=WRITTEN)
    assert leases(await stage.read_all(stage.source(order="name"))) == ["H-2", "H-1"]


async def test_a_file_of_another_pattern_is_left(stage: Stage) -> None:
    stage.put("contracten.csv", export(1))
    assert await stage.read_all(stage.source()) == []
    assert stage.listing("in") == ["contracten.csv"]


QUIET = Ending(quiet_seconds=30)


async def test_a_file_is_taken_when_it_was_quiet_for_a_while(stage: Stage) -> None:
    stage.put("betalingen.csv", export(1))
    assert await stage.read_all(stage.source(ending=QUIET)) == []
    stage.now += 29_000
    assert await stage.read_all(stage.source(ending=QUIET)) == []
    stage.now += 1_000
    assert leases(await stage.read_all(stage.source(ending=QUIET))) == ["H-1"]


async def test_that_a_file_waits_is_said_once(stage: Stage) -> None:
    said: list[object] = []

    def say(event: str, **told: object) -> None:
        said.append(told)

    stage.put("betalingen.csv", export(1))
    for _ in range(3):
        await stage.read_all(stage.source(ending=QUIET, say=say))
        stage.now += 10_000
    assert said == [{"where": "betalingen", "records": 1}]


async def test_a_file_that_keeps_growing_is_not_taken(stage: Stage) -> None:
    source = stage.source(ending=QUIET)
    for number in range(1, 6):
        stage.put("betalingen.csv", export(*range(number)), at=WRITTEN + number * MINUTE)
        assert await stage.read_all(source) == []
        stage.now += 20_000
    stage.now += 20_000
    assert len(leases(await stage.read_all(source))) == 5


@pytest.mark.parametrize(
    ("cut", "whole"),
    [
        pytest.param(export(1) + "B2;02-03-2026;H-2;03-2026;61", False, id="in a row"),
        pytest.param(export(1)[:-1], False, id="before the end of the last line"),
        pytest.param(export(1), True, id="not"),
        pytest.param(export(1) + "\n\n", True, id="not, with blank lines"),
        pytest.param("", False, id="at its beginning"),
    ],
)
async def test_a_file_that_may_be_cut_off_is_not_taken(stage: Stage, cut: str, whole: bool) -> None:
    stage.put("betalingen.csv", cut)
    assert bool(await stage.read_all(stage.source())) is whole
    assert bool(stage.listing("in")) is not whole


async def test_a_file_may_end_anywhere_where_that_is_told(stage: Stage) -> None:
    stage.put("betalingen.csv", export(1, 2)[:-1])
    ending = Ending(quiet_seconds=0, anywhere=True)
    assert leases(await stage.read_all(stage.source(ending=ending))) == ["H-1", "H-2"]


async def test_the_last_line_says_that_a_file_is_whole(stage: Stage) -> None:
    source = stage.source(kind=CsvKind(mapping(), "EINDE"), ending=Ending(line="EINDE"))
    stage.put("betalingen.csv", export(1))
    assert await stage.read_all(source) == []
    stage.put("betalingen.csv", export(1, 2) + "EINDE;2\n", at=WRITTEN + MINUTE)
    found = await stage.read_all(source)
    assert leases(found) == ["H-1", "H-2"]
    assert bad(found) == []


@pytest.mark.parametrize("mark", ["betalingen.csv.ok", "betalingen.ok"])
async def test_a_file_beside_it_says_that_a_file_is_whole(stage: Stage, mark: str) -> None:
    source = stage.source(ending=Ending(file=".ok"), is_mine=lambda it: it.endswith(".csv"))
    stage.put("betalingen.csv", export(1)[:-1])
    assert await stage.read_all(source) == []
    stage.put(mark, "")
    assert leases(await stage.read_all(source)) == ["H-1"]
    assert stage.listing("in") == []


async def test_a_mark_of_the_file_before_says_nothing_of_the_next(stage: Stage) -> None:
    source = stage.source(ending=Ending(file=".ok"), is_mine=lambda it: it.endswith(".csv"))
    stage.put("betalingen.ok", "")
    stage.put("betalingen.csv", export(1), at=WRITTEN + MINUTE)
    assert await stage.read_all(source) == []
    stage.put("betalingen.ok", "", at=WRITTEN + 2 * MINUTE)
    assert leases(await stage.read_all(source)) == ["H-1"]


async def test_a_file_whose_end_does_not_come_is_told_once(stage: Stage) -> None:
    source = stage.source(ending=Ending(file=".ok"))
    stage.put("betalingen.csv", export(1))
    assert await stage.read_all(source) == []
    stage.now += 24 * HOUR_MS
    (letter,) = bad(await stage.read_all(source))
    assert (letter.where, letter.raw) == ("betalingen.csv", b"")
    assert ".ok" in letter.why
    stage.now += 24 * HOUR_MS
    assert await stage.read_all(source) == []


async def test_a_file_that_was_read_clears_what_was_wrong_with_it(stage: Stage) -> None:
    stage.put("betalingen.csv", export(1))
    found = await stage.read_all(stage.source())
    assert [it for it in found if it.where == "betalingen.csv"] == [
        Record("file betalingen.csv", (), "betalingen.csv")
    ]


LARGE = tuple(range(1, 4001))


def large(*more: int) -> str:
    """Some megabytes."""
    return HEADER + "".join(row(it, group="x" * 1000) for it in (*LARGE, *more))


async def test_a_large_file_is_read_a_page_at_a_time(stage: Stage) -> None:
    stage.put("betalingen.csv", large())
    source = stage.source()
    sizes: list[int] = []
    found: list[Entry] = []
    while not (page := await stage.step(source)).is_last:
        sizes.append(len(page.entries))
        found += page.entries
    assert leases(found) == [f"H-{it}" for it in LARGE]
    assert max(sizes) < 2000
    assert len([size for size in sizes if size > 1]) >= 3


async def test_reading_goes_on_in_the_middle_after_a_crash_at_any_page(stage: Stage) -> None:
    stage.put("betalingen.csv", large())
    found: list[Entry] = []
    while True:
        await stage.source().read(stage.cursor, stage.now)  # the crash: what it read was not kept
        page = await stage.step(stage.source())
        found += page.entries
        if page.is_last:
            break
    assert leases(found) == [f"H-{it}" for it in LARGE]
    assert stage.listing("in") == []
    assert len(stage.listing("done")) == 1


async def test_a_file_that_changes_while_it_is_read_is_read_anew(stage: Stage) -> None:
    stage.put("betalingen.csv", large())
    source = stage.source()
    first = await stage.step(source)
    assert leases(first.entries)[0] == "H-1"
    stage.put("betalingen.csv", large(4001), at=WRITTEN + MINUTE)
    assert leases(await stage.read_all(source))[-4001:] == [f"H-{it}" for it in (*LARGE, 4001)]


async def test_a_file_that_is_taken_away_while_it_is_read_is_told(stage: Stage) -> None:
    stage.put("betalingen.csv", large())
    source = stage.source()
    await stage.step(source)
    (stage.root / "in" / "betalingen.csv").unlink()
    (letter,) = bad(await stage.read_all(source))
    assert letter.where == "betalingen.csv"
    assert "taken away" in letter.why


async def test_a_file_that_came_by_the_name_of_one_that_was_read_is_not_moved_unread(
    stage: Stage,
) -> None:
    stage.put("betalingen.csv", export(1))
    source = stage.source()
    await stage.step(source)
    stage.put("betalingen.csv", export(2), at=WRITTEN + MINUTE)
    assert leases(await stage.read_all(source)) == ["H-2"]


async def test_a_bad_row_is_told_with_its_line_and_the_others_are_read(stage: Stage) -> None:
    stage.put("betalingen.csv", HEADER + row(1) + row(2, amount="veel") + row(3))
    found = await stage.read_all(stage.source())
    assert leases(found) == ["H-1", "H-3"]
    (letter,) = bad(found)
    assert letter.where == "betalingen.csv of 2026-03-02 14:05:10, line 3"
    assert letter.why.startswith("column Bedrag: expected an amount")
    assert letter.raw == row(2, amount="veel").encode()
    assert "veel" not in letter.why


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param("Boeking;Bedrag\n1;2\n", "no columns `Boekdatum`", id="columns missing"),
        pytest.param(export(1).encode("utf-16"), "encoding: utf-16", id="another encoding"),
        pytest.param(b"PK\x03\x04\n", "save it as CSV", id="a workbook"),
        pytest.param("\n", "it is empty", id="nothing in it"),
    ],
)
async def test_a_file_that_cannot_be_read_is_put_aside_and_told(
    stage: Stage, content: str | bytes, why: str
) -> None:
    stage.put("betalingen.csv", content)
    stage.put("betalingen2.csv", export(1), at=WRITTEN + MINUTE)
    ending = Ending(quiet_seconds=0, anywhere=True)
    source = stage.source(ending=ending)
    if content == "\n":
        source = stage.source(ending=Ending(file=".ok"), is_mine=lambda it: it.endswith(".csv"))
        stage.put("betalingen.ok", "")
        stage.put("betalingen2.ok", "", at=WRITTEN + MINUTE)
    found = await stage.read_all(source)
    (letter,) = bad(found)
    assert letter.where == "betalingen.csv"
    assert why in letter.why
    assert leases(found) == ["H-1"]
    assert [it for it in stage.listing("rejected") if it.endswith(".csv")]


async def test_a_file_that_could_not_be_read_is_read_with_another_mapping(stage: Stage) -> None:
    stage.put("betalingen.csv", export(1))
    places = stage.places(moves=False)
    wrong = mapping(columns={**mapping().columns, "Rekening": "period"})
    for _ in range(2):
        found = await stage.read_all(stage.source(mapping=wrong, places=places, reading="1"))
    assert found == []
    right = stage.source(places=places, reading="2")
    assert leases(await stage.read_all(right)) == ["H-1"]


async def test_rows_of_other_tenants_are_left_where_they_are(stage: Stage) -> None:
    rows = row(1) + row(2, group="REG") + row(3, group="REG", amount="veel")
    stage.put("betalingen.csv", HEADER + rows + "B4;eerste;x;x;x;REG;te;veel\n")
    found = await stage.read_all(stage.source(mapping=mapping(only={"Groep": ["VGH"]})))
    assert leases(found) == ["H-1"]
    # Of whom a row of another length is cannot be said, so nothing of it is kept.
    (letter,) = bad(found)
    assert letter.raw == b""
    kept = str(stage.cursor) + str(stage.shelf.kept)
    assert not [it for it in ("REG", "H-1", "H-2", "H-3", "veel") if it in kept]


async def test_how_far_a_type_was_delivered_is_said_after_a_whole_file(stage: Stage) -> None:
    stage.put("betalingen.csv", export(1))
    found = await stage.read_all(stage.source(completes="rent-paid"))
    assert said(found)[-1] == {
        "occurredAt": "2026-03-01T23:00:00.000Z",
        "upTo": "2026-03-01T23:00:00.000Z",
        "types": ["rent-paid"],
    }
    stage.put("betalingen2.csv", export(1) + row(2, amount="veel"), at=WRITTEN + 48 * HOUR_MS)
    again = await stage.read_all(stage.source(completes="rent-paid"))
    assert not [it for it in said(again) if "upTo" in it]


async def read_until_the_end(stage: Stage, source: FileSource, found: list[Entry]) -> None:
    while not (page := await stage.step(source)).is_last:
        found += page.entries


@pytest.mark.parametrize("stage", ["sftp"], indirect=True)
async def test_a_server_that_is_lost_in_the_middle_costs_nothing(stage: Stage) -> None:
    assert stage.system is not None
    stage.put("betalingen.csv", large())
    source = stage.source()
    found: list[Entry] = []
    for lost in (1, 2):
        found += (await stage.step(source)).entries
        stage.system.breaks_after = 0
        with pytest.raises(Unavailable):
            await read_until_the_end(stage, source, found)
        if lost == 2:
            await stage.system.go()
            with pytest.raises(Unavailable):
                await stage.step(source)
            await stage.system.come()
    found += await stage.read_all(source)
    assert leases(found) == [f"H-{it}" for it in LARGE]


async def test_a_row_that_is_mended_clears_every_place_where_it_was_bad(stage: Stage) -> None:
    source = stage.source()
    places = []
    for minute in (0, 1):
        text = HEADER + row(1) + row(2, amount="veel") + "\n" * minute
        stage.put("betalingen.csv", text, at=WRITTEN + minute * MINUTE)
        places += [it.where for it in bad(await stage.read_all(source))]
    assert len(places) == 2
    # Another row on that line mends nothing.
    stage.put("betalingen.csv", export(5, 6), at=WRITTEN + 2 * MINUTE)
    assert not {it.where for it in await stage.read_all(source)} & {*places}
    stage.put("betalingen3.csv", export(7, 8, 2), at=WRITTEN + 3 * MINUTE)
    cleared = [it for it in await stage.read_all(source) if it.where in places]
    assert [it.drafts for it in cleared if isinstance(it, Record)] == [(), ()]
    assert not [it for it in stage.shelf.kept if "spoilt" in it]


async def test_no_delivery_is_complete_while_a_row_of_an_earlier_file_is_bad(stage: Stage) -> None:
    source = stage.source(completes="rent-paid")
    stage.put("betalingen.csv", HEADER + row(1, amount="veel"))
    await stage.read_all(source)
    stage.put("betalingen.csv", export(2), at=WRITTEN + 24 * HOUR_MS)
    assert not [it for it in said(await stage.read_all(source)) if "upTo" in it]
    stage.put("betalingen.csv", export(1), at=WRITTEN + 48 * HOUR_MS)
    assert [it for it in said(await stage.read_all(source)) if "upTo" in it]


async def test_a_file_that_nobody_reads_is_told_after_a_day(stage: Stage) -> None:
    source = stage.source(is_strange=lambda it: it == "betaling.csv")
    stage.put("betaling.csv", export(1))
    assert await stage.read_all(source) == []
    stage.now += 24 * HOUR_MS
    (letter,) = bad(await stage.read_all(source))
    assert letter.where == "betaling.csv"
    assert "pattern" in letter.why
    (stage.root / "in" / "betaling.csv").rename(stage.root / "in" / "betalingen.csv")
    found = await stage.read_all(source)
    assert leases(found) == ["H-1"]


async def test_what_was_told_of_a_file_that_went_away_is_in_order(stage: Stage) -> None:
    source = stage.source(ending=Ending(file=".ok"))
    stage.put("betalingen.csv", export(1))
    await stage.read_all(source)
    stage.now += 24 * HOUR_MS
    await stage.read_all(source)
    (stage.root / "in" / "betalingen.csv").unlink()
    assert await stage.read_all(source) == [Record("file betalingen.csv", (), "betalingen.csv")]


async def test_nothing_is_remembered_of_a_file_that_was_left_and_went_away(stage: Stage) -> None:
    source = stage.source(places=stage.places(moves=False))
    stage.put("betalingen.csv", export(1))
    await stage.read_all(source)
    assert stage.shelf.names("files/betalingen/seen/")
    (stage.root / "in" / "betalingen.csv").unlink()
    await stage.read_all(source)
    assert not stage.shelf.names("files/betalingen/seen/")


async def test_no_place_tells_after_whom_somebody_named_a_file(folder: Stage) -> None:
    folder.put("betalingen 123456782.csv", HEADER + "B1\n" + row(2))
    folder.put("betalingen van 111222333.csv", "no table at all\n")
    found = await folder.read_all(folder.source())
    assert leases(found) == ["H-2"]
    assert {it.where for it in bad(found)} == {
        "betalingen *********.csv of 2026-03-02 14:05:10, line 2",
        "betalingen van *********.csv",
    }
    assert not [it for it in found if "123456782" in it.where or "111222333" in it.where]
