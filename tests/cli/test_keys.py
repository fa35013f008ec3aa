"""The key of a hub on the command line: made, looked at, and replaced, whatever comes between."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

import pytest

from hub.cli import rotating
from hub.cli.screen import Screen
from hub.domain.time import parse_instant
from hub.errors import Tampered
from hub.keys import SALT_SIZE, Keys
from hub.settings import Settings
from hub.streams.clusters import CLUSTERS
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
    sealed = opened_by(former, data)
    assert sealed > 0
    assert piped("keys", "rotate", "--data", data).code == 0
    async with running(data, parse_instant(NOW)) as client:
        answers = await client.send(quiet_household())
        assert {it["status"] for it in answers} == {"accepted"}
    assert opened_by(former, data) == 0
    assert opened_by(Keys.load(data / KEY), data) >= sealed


def opened_by(keys: Keys, data: Path) -> int:
    """How many clusters of the state this key opens."""
    with closing(sqlite3.connect(data / "seintje.db")) as connection:
        values = connection.execute(
            "SELECT key, value FROM state JOIN place ON place.id = place WHERE name = ?",
            (CLUSTERS,),
        ).fetchall()
    opened = 0
    for key, value in values:
        with suppress(Tampered):
            keys.cipher(value[1 : 1 + SALT_SIZE]).open(key, value[1 + SALT_SIZE :])
            opened += 1
    return opened


@pytest.mark.parametrize(
    ("where", "step", "time"),
    [
        (Keys, "load_or_succeed", 1),
        (rotating, "bring_in", 1),
        (rotating, "sync_directory", 1),  # the new database is in its place
        (rotating, "create", 1),
        (rotating, "sync_directory", 2),  # and so is the new key
        (shutil, "rmtree", 3),  # what is left to do is to tidy up
    ],
)
def test_stopped_anywhere_it_is_whole_when_done_again(
    data: Path, where: Any, step: str, time: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, former = told(data), Keys.load(data / KEY)
    with monkeypatch.context() as stopped:
        stopped.setattr(where, step, _stopping(getattr(where, step), time))
        with pytest.raises(KeyboardInterrupt):
            rotating.rotate(_screen(), _settings(data))
    again = seintje("keys", "rotate", "--data", data)
    assert again.code == 0, again.err
    assert told(data) == before
    assert Keys.load(Path(again.rows[0]["former"])).fingerprint == former.fingerprint
    assert Keys.load(data / KEY).names == former.names
    assert seintje("keys", "show", "--data", data).code == 0
    assert (data / f"{KEY}.{former.fingerprint}").exists()


def _stopping(does: Callable[..., Any], time: int) -> Callable[..., Any]:
    """The same, but for the time that is named."""
    left = [time]

    def stop(*given: Any, **more: Any) -> Any:
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        return does(*given, **more)

    return stop


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
