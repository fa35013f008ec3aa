"""The key of a hub on the command line: made, looked at, and replaced, whatever comes between."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path
from typing import Final

import pytest

from hub.cli import rotating
from hub.cli.screen import Screen
from hub.domain.time import parse_instant
from hub.keys import Keys
from hub.settings import Settings
from tests.cli.terminal import piped, seintje
from tests.embedded.hubs import running
from tests.streams.world import quiet_household

pytestmark = pytest.mark.slow

NOW: Final = "2024-03-01T12:00:00Z"
KEY: Final = "seintje.key"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, faulty: Path) -> Path:
    """A hub that is stopped."""
    data = tmp_path_factory.mktemp("hub") / "data"
    ran = piped("ingest", faulty, "--data", data, SEINTJE_CLOCK=f"fixed:{NOW}")
    assert ran.code == 0, ran.err
    return data


@pytest.fixture
def data(hub: Path, tmp_path: Path) -> Path:
    shutil.copytree(hub, tmp_path / "data")
    return tmp_path / "data"


def told(data: Path) -> list[object]:
    return list(seintje("alerts", "list", "--data", data, "--limit", "1000", "--json").rows)


def test_a_hub_goes_on_under_another_key(data: Path) -> None:
    before, former = told(data), Keys.load(data / KEY)
    ran = seintje("keys", "rotate", "--data", data)
    assert ran.code == 0, ran.err
    [row] = ran.rows
    after = Keys.load(data / KEY)
    assert after.fingerprint == row["fingerprint"] != former.fingerprint
    assert (after.names, told(data)) == (former.names, before)
    assert Keys.load(Path(row["former"])).fingerprint == former.fingerprint
    [shown] = seintje("keys", "show", "--data", data).rows
    assert shown["sealedBy"] == shown["fingerprint"] == after.fingerprint
    assert shown["isSuccessor"] is True
    assert sorted(it.name for it in data.iterdir()) == sorted(
        ["seintje.db", KEY, f"{KEY}.{former.fingerprint}", "seintje.lock"]
    )


async def test_nothing_that_the_old_key_sealed_is_left(data: Path) -> None:
    former = Keys.load(data / KEY)
    assert piped("keys", "rotate", "--data", data).code == 0
    async with running(data, parse_instant(NOW)) as client:
        answers = await client.send(quiet_household())
        assert {it["status"] for it in answers} == {"accepted"}
    connection = sqlite3.connect(data / "seintje.db")
    values = connection.execute("SELECT key, value FROM state WHERE length(value) > 40").fetchall()
    connection.close()
    opened = 0
    for key, value in values:
        try:
            former.cipher(value[1:17]).open(key, value[17:])
            opened += 1
        except Exception:
            continue
    assert (opened, len(values) > 0) == (0, True)


@pytest.mark.parametrize("step", ["load_or_succeed", "bring_in", "replace", "rmtree", "create"])
def test_stopped_anywhere_it_is_whole_when_done_again(
    data: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, former = told(data), Keys.load(data / KEY)
    where = {"load_or_succeed": Keys, "replace": os, "rmtree": shutil}.get(step, rotating)
    with monkeypatch.context() as stopped:
        stopped.setattr(where, step, _stop)
        with pytest.raises(KeyboardInterrupt):
            rotating.rotate(_screen(), _settings(data))
    again = seintje("keys", "rotate", "--data", data)
    assert again.code == 0, again.err
    assert told(data) == before
    assert Keys.load(data / KEY).names == former.names
    assert seintje("keys", "show", "--data", data).code == 0
    assert (data / f"{KEY}.{former.fingerprint}").exists()


def _stop(*_args: object, **_more: object) -> None:
    raise KeyboardInterrupt


def _screen() -> Screen:
    return Screen("en")


def _settings(data: Path) -> Settings:
    return Settings(data=data)


def test_a_key_that_is_in_no_file_is_not_replaced_here(data: Path) -> None:
    text = (data / KEY).read_text()
    (data / KEY).unlink()
    ran = seintje("keys", "rotate", "--data", data, SEINTJE_KEY=text)
    assert (ran.code, "not in a file" in ran.err) == (2, True)
    assert seintje("keys", "show", "--data", data, SEINTJE_KEY=text).code == 0


def test_a_hub_on_kafka_is_told_how(tmp_path: Path) -> None:
    ran = seintje("keys", "rotate", SEINTJE_KAFKA_BROKERS="127.0.0.1:1")
    assert (ran.code, "--rekey" in ran.err) == (2, True)


def test_another_key_than_the_one_that_sealed_is_shown_as_that(data: Path, tmp_path: Path) -> None:
    assert seintje("keys", "create", tmp_path / "other.key").code == 0
    ran = seintje("keys", "show", "--data", data, SEINTJE_KEY_FILE=str(tmp_path / "other.key"))
    assert ran.code == 1
    assert ran.rows[0]["sealedBy"] != ran.rows[0]["fingerprint"]


def test_a_successor_is_made_by_hand(tmp_path: Path) -> None:
    seintje("keys", "create", tmp_path / "a.key")
    ran = seintje("keys", "create", tmp_path / "b.key", "--after", tmp_path / "a.key")
    assert ran.code == 0
    assert Keys.load(tmp_path / "a.key").names == Keys.load(tmp_path / "b.key").names


def test_no_key_is_shown(data: Path) -> None:
    secret = (data / KEY).read_text().split()[2]
    for words in (("keys", "show"), ("keys", "rotate"), ("doctor",)):
        ran = seintje(*words, "--data", data)
        assert secret not in ran.out.decode() + ran.err
