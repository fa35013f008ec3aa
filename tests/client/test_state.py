"""The state file: closed to others, one process at a time, and never taken for what it is not."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.client import Client, Misconfigured
from hub.client.state import State
from tests.client.site import repaired

ADDRESS, KEY = "https://hub.example.nl", "sk_x"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


def test_it_is_readable_for_its_owner_only(path: Path) -> None:
    State(path, ADDRESS).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_two_clients_at_once_are_refused_and_the_next_is_not(path: Path) -> None:
    with Client(ADDRESS, KEY, path), pytest.raises(Misconfigured, match="another process uses"):
        Client(ADDRESS, KEY, path)
    with Client(ADDRESS, KEY, path) as client:
        assert client.pending == 0


def test_a_slash_at_the_end_of_the_address_makes_no_other_hub(path: Path) -> None:
    Client(ADDRESS, KEY, path).close()
    Client(f"{ADDRESS}/", KEY, path).close()


def test_without_one_nothing_can_be_published_or_followed() -> None:
    with Client(ADDRESS, KEY) as client:
        for call in (client.catch_up, client.flush, lambda: client.hand_over(repaired("a"))):
            with pytest.raises(Misconfigured, match=r"^state: name a file"):
                call()


def foreign(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()


def newer(path: Path) -> None:
    State(path, ADDRESS).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 9")
    connection.close()


def text(path: Path) -> None:
    path.write_text("these are notes, and no database at all" * 50)


def damaged(path: Path) -> None:
    State(path, ADDRESS).close()
    content = bytearray(path.read_bytes())
    content[100:] = b"\xff" * (len(content) - 100)
    path.write_bytes(content)


def of_another_hub(path: Path) -> None:
    State(path, "https://test.example.nl").close()


def folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("make", [foreign, newer, text, damaged, of_another_hub, folder])
def test_no_state_file_is(make: Callable[[Path], None], path: Path) -> None:
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(Misconfigured, match=r"^state: "):
        State(path, ADDRESS)
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be opened"):
        State(tmp_path / "none" / "state.db", ADDRESS)


def test_what_was_handed_over_is_there_for_the_next_client(path: Path) -> None:
    with Client(ADDRESS, KEY, path) as client:
        client.hand_over(repaired("a"), repaired("b"))
    with Client(ADDRESS, KEY, path) as client:
        assert client.pending == 2
