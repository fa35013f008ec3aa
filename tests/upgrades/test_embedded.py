"""Today's code starts on what every earlier format left on disk, and goes on where that was."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
import tarfile
from pathlib import Path
from typing import Any, Final

import pytest
import zstandard

from hub.domain.time import DAY_MS, parse_instant
from tests.cli.terminal import piped, seintje
from tests.embedded.hubs import running
from tests.upgrades.keep import KEPT, LAST

pytestmark = pytest.mark.slow

NOW: Final = parse_instant(LAST)
RELEASES: Final = sorted(it.name for it in KEPT.iterdir() if it.is_dir())
# Before 2026-11-25 some was told that later code does not hold for true.
WORD_FOR_WORD: Final = [name for name in RELEASES if name >= "2026-11-25"]
EXPORTED: Final = [name for name in RELEASES if (KEPT / name / "hub.export").exists()]


def unpacked(name: str, to: Path) -> Path:
    """The data directory that a release left."""
    to.mkdir(mode=0o700)
    packed = zstandard.decompress((KEPT / name / "data.tar.zst").read_bytes())
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        tar.extractall(to, filter="data")
    return to


def lines_of(name: str, what: str) -> list[dict[str, Any]]:
    packed = (KEPT / name / f"{what}.jsonl.zst").read_bytes()
    found = []
    for line in zstandard.decompress(packed).splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:  # a simulated region holds lines that are no JSON
            continue
    return [it for it in found if isinstance(it, dict)]


def told_in(data: Path) -> list[dict[str, Any]]:
    ran = seintje("alerts", "list", "--data", data, "--limit", "10000", "--json")
    assert ran.code == 0, ran.err
    return ran.rows


@pytest.fixture(params=RELEASES)
def release(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("name", WORD_FOR_WORD)
async def test_nobody_is_told_anything_by_an_upgrade(name: str, tmp_path: Path) -> None:
    data = unpacked(name, tmp_path / "data")
    async with running(data, NOW) as client:
        await client.hub.settled()
    assert told_in(data) == lines_of(name, "told")


async def test_no_revision_is_used_a_second_time(release: str, tmp_path: Path) -> None:
    data = unpacked(release, tmp_path / "data")
    before = revisions_in(data)
    async with running(data, NOW + 60 * DAY_MS) as client:
        await client.hub.settled()
    after = revisions_in(data)
    # what was told half a year ago is removed by the hub that runs, in its own time
    assert {key: after[key] for key in before if key in after}.items() <= before.items()
    fresh = after.keys() - before.keys()
    assert fresh  # in sixty days something falls due
    last = {
        ("out/" + it["party"], it["alertId"]): it["revision"] for it in lines_of(release, "told")
    }
    for party, alert, number in sorted(fresh):
        assert number == last.get((party, alert), 0) + 1
        last[party, alert] = number


async def test_what_was_sent_before_is_known(release: str, tmp_path: Path) -> None:
    data = unpacked(release, tmp_path / "data")
    facts = [it for it in lines_of(release, "facts") if is_addressed(it)]
    async with running(data, NOW) as client:
        facts = [it for it in facts if client.hub.parties.find_by_source(it["source"])]
        answers = await client.send(facts)
    assert len(answers) == len(facts)
    assert [it for it in answers if it["status"] == "accepted"] == []
    assert sum(it["status"] == "duplicate" for it in answers) > len(facts) / 2


async def test_what_a_release_left_goes_on_like_what_this_one_makes(
    release: str, tmp_path: Path
) -> None:
    file = tmp_path / "facts.jsonl"
    file.write_bytes(zstandard.decompress((KEPT / release / "facts.jsonl.zst").read_bytes()))
    fresh = tmp_path / "fresh"
    ran = piped("ingest", file, "--data", fresh, SEINTJE_CLOCK=f"fixed:{LAST}")
    assert ran.code == 0, ran.err
    found = {}
    for data in (fresh, unpacked(release, tmp_path / "data")):
        async with running(data, NOW + 60 * DAY_MS) as client:
            await client.hub.settled()
        found[data.name] = {(it["party"], it["alertId"]): it["status"] for it in told_in(data)}
    assert living(found["data"]) == living(found["fresh"])


@pytest.mark.parametrize("name", EXPORTED)
async def test_what_it_exported_is_a_hub_again(name: str, tmp_path: Path) -> None:
    left = unpacked(name, tmp_path / "left")
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    shutil.copy(left / "seintje.key", data)
    ran = piped("state", "import", KEPT / name / "hub.export", "--data", data)
    assert (ran.code, ran.err) == (0, "")
    async with running(data, NOW) as client:
        await client.hub.settled()
    assert told_in(data) == lines_of(name, "told")


def is_addressed(fact: dict[str, Any]) -> bool:
    """Whether it says who sends it; a simulated region holds lines of which nobody can tell."""
    return isinstance(fact.get("source"), str)


def living(told: dict[tuple[str, str], str]) -> dict[tuple[str, str], str]:
    """What parties have to do with; how something is over may have got another word."""
    return {key: status for key, status in told.items() if status in ("open", "acknowledged")}


def revisions_in(data: Path) -> dict[tuple[str, str, int], bytes]:
    """What each party was told: the view by party, alert and revision."""
    connection = sqlite3.connect(data / "seintje.db")
    try:
        rows = connection.execute(
            "SELECT name, value FROM record JOIN stream ON stream.id = record.id >> 44"
            " WHERE name LIKE 'out/%' AND value IS NOT NULL"
        ).fetchall()
    finally:
        connection.close()
    views = [(party, value, json.loads(value)) for party, value in rows]
    return {(party, it["alertId"], it["revision"]): value for party, value, it in views}
