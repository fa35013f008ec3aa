"""`seintje subscriptions` beside a hub that runs: what operators order is what parties see."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest

from hub.delivery.outcome import Reason
from hub.delivery.subscription import Attempt, Lane, Life, Parked, Streak
from hub.domain.time import format_instant
from tests.cli.terminal import Ran, on_terminal, seintje
from tests.gateway.desk import MAAS, PEEL, WEERT
from tests.gateway.receiving import NOT_NOW, ORIGIN, Office, an_office, consent

pytestmark = pytest.mark.slow

NOBODYS: Final = "sb-" + "a" * 26
ENVIRON: Final = {
    "SEINTJE_ALLOWED_NETWORKS": "127.0.0.0/8",
    "SEINTJE_PUBLIC_URL": f"https://{ORIGIN}",
}


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with an_office(tmp_path / "data") as opened:
        yield opened


async def run(office: Office, *words: str | Path) -> Ran:
    """The command on the data directory of the office, while that goes on."""
    where = ("--data", office.hub.settings.data)
    return await asyncio.to_thread(seintje, "subscriptions", *words, *where, **ENVIRON)


async def row(office: Office, *words: str | Path) -> dict[str, Any]:
    ran = await run(office, *words)
    assert ran.code == 0, ran.err
    [found] = ran.rows
    return found


async def test_lists_and_shows_what_parties_have(office: Office) -> None:
    mine = await office.subscribed(MAAS)
    office.clock.at += 1
    theirs = await office.subscribed(WEERT)
    listed = (await run(office, "list")).rows
    assert [(it["id"], it["party"]) for it in listed] == [(mine["id"], MAAS), (theirs["id"], WEERT)]
    assert (await row(office, "list", "--party", WEERT))["id"] == theirs["id"]
    shown = await row(office, "show", mine["id"])
    seen = await office.read(mine["id"])
    same = ("id", "status", "why", "endpoint", "filter", "contact", "rate", "createdAt", "parked")
    assert {name: shown[name] for name in same} == {name: seen[name] for name in same}
    where = ("--data", office.hub.settings.data)
    for words in (("list",), ("show", mine["id"])):
        code, drawn = await asyncio.to_thread(on_terminal, "subscriptions", *words, *where)
        assert (code, mine["id"] in drawn) == (0, True)


async def test_what_is_ordered_is_true_for_the_party_at_once(office: Office) -> None:
    id_ = (await office.subscribed())["id"]
    assert (await row(office, "pause", id_))["status"] == "paused"
    assert (await office.read(id_))["status"] == "paused"
    again = await run(office, "pause", id_)
    assert (again.code, "al gepauzeerd" in again.err) == (1, True)
    assert (await row(office, "resume", id_))["status"] == "active"
    assert (await row(office, "test", id_))["testsWaiting"] == 1
    await row(office, "recover", id_, "--since", "2024-02-20")
    assert (await run(office, "recover", id_, "--since", "yesterday")).code == 2
    assert (await office.read(id_))["status"] == "active"
    assert (await row(office, "remove", id_)) == {"id": id_, "removed": True}
    assert (await office.get(f"/v1/subscriptions/{id_}", MAAS)).status_code == 404
    assert (await run(office, "list")).rows == []


async def test_what_is_not_there_is_no(office: Office) -> None:
    for words in (
        ("show", NOBODYS),
        ("attempts", NOBODYS),
        ("pause", NOBODYS),
        ("verify", NOBODYS),
        ("remove", NOBODYS),
    ):
        ran = await run(office, *words)
        assert (ran.code, ran.out) == (1, b"")
        assert NOBODYS in ran.err


async def test_attempts_show_what_was_put_aside(office: Office) -> None:
    id_, at = (await office.subscribed())["id"], office.clock.now()
    await office.deliver(
        id_,
        life=Life.FAILING,
        streak=Streak(at, 2),
        not_before=at + 1,
        attempts=(
            Attempt(at, "al-1_1", Lane.LIVE, Reason.REJECTED, 404),
            Attempt(at + 1, "al-2_1", Lane.LIVE, Reason.TIMED_OUT, None),
        ),
        parked=(
            Parked(at - 1, "al-0_1", 1, Reason.REDIRECTED, 301),
            Parked(at, "al-1_1", 2, Reason.REJECTED, 404),
        ),
    )
    found = (await run(office, "attempts", id_)).rows
    told = [(it["webhookId"], it["reason"], it["status"], it["parked"]) for it in found]
    assert told == [
        ("al-2_1", "timed-out", None, False),
        ("al-1_1", "rejected", 404, True),
        ("al-0_1", "redirected", 301, True),
    ]
    shown = await row(office, "show", id_)
    assert (shown["failingSince"], shown["failures"]) == (format_instant(at), 2)


def written(folder: Path, said: object) -> Path:
    file = folder / "subscription.json"
    file.write_text(json.dumps(said))
    return file


async def test_an_operator_subscribes_for_a_party(office: Office, tmp_path: Path) -> None:
    async with office.receiver() as found:
        endpoint = f"https://127.0.0.1:{found.port}/in?code=geheim"
        file = written(tmp_path, {"endpoint": endpoint, "filter": {"severities": ["high"]}})
        made = await row(office, "add", PEEL, file)
    assert (made["status"], made["rate"], made["party"]) == ("active", 120, PEEL)
    assert made["secret"].startswith("whsec_")
    assert "geheim" not in made["endpoint"]
    seen = await office.read(made["id"], PEEL)
    assert (seen["status"], seen["filter"]["severities"]) == ("active", ["high"])
    assert "secret" not in await row(office, "show", made["id"])


async def test_without_consent_it_is_there_and_can_be_asked_again(
    office: Office, tmp_path: Path
) -> None:
    async with office.receiver(NOT_NOW) as found:
        file = written(
            tmp_path,
            {"endpoint": f"https://127.0.0.1:{found.port}/in", "signature": "v1a"},
        )
        made = await run(office, "add", PEEL, file)
    assert made.code == 1
    assert made.err.startswith("origin-missing: ")
    [shown] = made.rows
    assert shown["publicKey"].startswith("whpk_")
    async with office.receiver(consent("7"), found.port):
        verified = await row(office, "verify", shown["id"])
    assert (verified["status"], verified["rate"]) == ("active", 7)


async def test_what_is_wrong_with_a_file_is_told_and_nothing_is_made(
    office: Office, tmp_path: Path
) -> None:
    said = {"endpoint": "https://10.0.0.1/", "contact": "ssst", "since": "2024-01-01"}
    ran = await run(office, "add", PEEL, written(tmp_path, said))
    assert ran.code == 2
    for name in ("endpoint: ", "contact: ", "since: "):
        assert name in ran.err
    assert "ssst" not in ran.err
    for content in (b"[]", b"{", b'{"endpoint":1,"endpoint":1}'):
        file = tmp_path / "other.json"
        file.write_bytes(content)
        assert (await run(office, "add", PEEL, file)).code == 2
    assert (await run(office, "add", PEEL, tmp_path / "none.json")).code == 2
    assert (await run(office, "add", "corporatie-pel", file)).code == 2
    assert (await run(office, "list")).rows == []
