"""The page about files: its examples are settings, and it tells every one there is."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import asyncssh
import msgspec
import pytest
from msgspec import Struct

from connectors.corporatie.files import Acts, FilesSettings, Folders, Read, Server
from connectors.corporatie.files_drop import UNFINISHED
from connectors.corporatie.files_whole import Ending
from connectors.corporatie.files_words import APPROACHES, OUTCOMES
from tests.connectors.files.stage import FOLDERS
from tests.connectors.files.test_settings import built_from, opened
from tests.house.sources import ROOT

PAGE = ROOT / "docs" / "connectors" / "files.md"
EXAMPLES = ROOT / "docs" / "connectors" / "examples"
TEXT = PAGE.read_text("utf-8")


@pytest.mark.parametrize("name", ["files.yaml", "files-sftp.yaml"])
async def test_an_example_is_a_settings_file(tmp_path: Path, name: str) -> None:
    for file in EXAMPLES.glob("files*"):
        shutil.copy(file, tmp_path)
    for folder in FOLDERS:
        (tmp_path / folder).mkdir()
    (tmp_path / "corporatie-maas.key").write_text("k")
    key = asyncssh.generate_private_key("ssh-ed25519")
    (tmp_path / "sftp.key").write_bytes(key.export_private_key())
    (tmp_path / "sftp.known").write_text(f"sftp.example.nl {key.export_public_key().decode()}")
    async with opened(built_from(tmp_path / name)) as connector:
        assert connector.sources[0].name == "achterstanden"
        assert [it.name for it in connector.sinks] == ["alerts"]


def test_the_page_shows_the_example() -> None:
    (shown,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    assert shown == (EXAMPLES / "files.yaml").read_text()


@pytest.mark.parametrize("kind", [Folders, Server, Read, Acts, Ending, FilesSettings])
def test_the_page_tells_every_setting(kind: type[Struct]) -> None:
    told = set(re.findall(r"`(?:end: \{)?([a-zA-Z]+)[`:]", TEXT))
    assert {it.encode_name for it in msgspec.structs.fields(kind)} <= told


def test_the_page_knows_every_word_that_people_may_fill_in() -> None:
    words_of = {**APPROACHES, **OUTCOMES}
    for code in {*words_of.values()} - {"unknown"}:
        words = [word for word, it in words_of.items() if it == code]
        assert any(f"`{word}`" in TEXT for word in words), code


def test_the_page_names_what_is_being_written() -> None:
    for suffix in (".part", ".tmp", ".filepart", ".temp", ".partial"):
        assert suffix in UNFINISHED
        assert f"`{suffix}`" in TEXT
