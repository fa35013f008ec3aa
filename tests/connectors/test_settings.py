"""The settings file: every mistake at once, each with its line, and no secret ever shown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest
from msgspec import Meta

from connectors.secret import Secret
from connectors.settings import Address, Part, read
from hub.errors import Misconfigured

GOOD = """\
hub: {address: https://hub.example.nl, keyFile: hub.key}
party: corporatie-maas
source: urn:nld:kvknr:90000001:systeem:primair
own:
  address: https://system.example.nl/api
  keyFile: system.key
  folder: in
  login: {user: seintje}
"""


class Login(Part, frozen=True, kw_only=True):
    user: str
    tries: int = 3


class Somebody(Part, frozen=True, kw_only=True):
    at: Annotated[str, Meta(pattern="^[0-9]{2}$", description="an hour, like 08")]
    until: int = 99

    def __post_init__(self) -> None:
        if self.until < int(self.at):
            raise ValueError("write an `until` that is later than `at`")


class Own(Part, frozen=True, kw_only=True):
    address: Address
    key_file: Secret
    folder: Path = Path("out")
    login: Login | None = None
    people: Annotated[tuple[Somebody, ...], Meta(max_length=3)] = ()


def settings(tmp_path: Path, text: str = GOOD) -> Path:
    (tmp_path / "hub.key").write_text("key-of-the-hub\n")
    (tmp_path / "system.key").write_text("key-of-the-system")
    file = tmp_path / "own.yaml"
    file.write_text(text)
    return file


def wrong(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(Misconfigured) as caught:
        read(settings(tmp_path, text), "own", Own)
    return [it.partition("own.yaml:")[2] for it in caught.value.do.strip().splitlines()]


def test_files_are_named_from_where_the_settings_lie(tmp_path: Path) -> None:
    found = read(settings(tmp_path), "own", Own)
    assert found.common.hub.key_file.reveal() == "key-of-the-hub"
    assert found.own.folder == tmp_path / "in"
    assert found.own.login == Login(user="seintje")
    assert found.common.listen is None


def test_a_secret_is_never_shown(tmp_path: Path) -> None:
    found = read(settings(tmp_path), "own", Own)
    assert "key-of" not in f"{found} {found!r} {found.own.key_file}"


def test_every_mistake_is_told_with_its_line(tmp_path: Path) -> None:
    text = GOOD.replace("https://hub", "ftp://hub").replace("party:", "parti:")
    text = text.replace("system.key", "none.key").replace("user:", "usr:")
    told = "\n".join(wrong(tmp_path, text))
    assert "1:16: hub.address: write an address, like https://" in told
    assert "2:1: the file: unknown key `parti`; write `party`" in told
    assert "1:1: the file: `party` is missing" in told
    assert "6:12: own.keyFile: " in told
    assert "cannot be read; write the secret into it" in told
    assert "8:11: own.login: unknown key `usr`; write `user`" in told


@pytest.mark.parametrize("address", ["http://user:geheim@host/", "host.example", "https://"])
def test_an_address_is_one_and_holds_no_password(tmp_path: Path, address: str) -> None:
    text = GOOD.replace("https://system.example.nl/api", address)
    [told] = wrong(tmp_path, text)
    assert told.startswith("5:12: own.address: write an address")
    assert "geheim" not in told


def test_in_a_list_every_mistake_has_its_own_line(tmp_path: Path) -> None:
    people = ['  - {at: "8"}', '  - {at: "09"}', '  - {at: "10", until: 9}', "  - {att: 1}"]
    told = wrong(tmp_path, GOOD + "  people:\n  " + "\n  ".join(people) + "\n")
    assert "10:12: own.people[0].at: write an hour, like 08" in told
    assert "12:7: own.people[2]: write an `until` that is later than `at`" in told
    assert any("own.people[3]: unknown key `att`" in it for it in told)
    assert not any("people[1]" in it for it in told)
    assert any("length <= 3" in it for it in told)


def test_a_number_where_a_text_is_asked_for_is_answered_in_words(tmp_path: Path) -> None:
    [told] = wrong(tmp_path, GOOD + "  people: [{at: 8}]\n")
    assert told == "9:17: own.people[0].at: write an hour, like 08"


@pytest.mark.parametrize("text", ["", "- a\n", "hub: [", "a: 1\na: 2\n"])
def test_what_is_no_settings_file_says_so(tmp_path: Path, text: str) -> None:
    assert wrong(tmp_path, text) is not None


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"none\.yaml"):
        read(tmp_path / "none.yaml", "own", Own)


@pytest.mark.parametrize("text", ["two words", "één", "two\nlines"])
def test_a_key_that_fits_in_no_header_is_refused_at_start(tmp_path: Path, text: str) -> None:
    file = settings(tmp_path)
    (tmp_path / "hub.key").write_text(text)
    with pytest.raises(Misconfigured, match="on one line, without spaces") as caught:
        read(file, "own", Own)
    assert text not in str(caught.value)


def test_a_part_that_is_missing_is_asked_for(tmp_path: Path) -> None:
    text = GOOD.partition("own:")[0]
    assert any("own: `address` is missing" in it for it in wrong(tmp_path, text))
