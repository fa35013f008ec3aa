"""Where a key comes from: a file, the environment, a Vault; and what is said where it is not."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.compose.embedded import build
from hub.compose.key_source import Source, key_of, own_key_of
from hub.errors import Misconfigured, Unavailable
from hub.key_text import written
from hub.keys import Keys
from hub.settings import Hidden, Listen, Settings, load
from tests.systems import vault
from tests.systems.vault import KV1, KV2, Vault

TEXT = written(bytes(range(32)))
PRINT = Keys(bytes(range(32))).fingerprint
TOKEN = "hvs.invented"


@pytest.fixture
async def keeper() -> AsyncIterator[Vault]:
    async with vault.serving(TOKEN) as keeper:
        keeper.fields = {"key": TEXT}
        yield keeper


def at(keeper: Vault, folder: Path, path: str = KV2, token: str = TOKEN) -> Settings:
    file = folder / "token"
    file.write_text(token + "\n")
    return Settings(data=folder, key_url=keeper.address(path), key_token_file=file)


async def asked(source: Source) -> Keys:
    return await asyncio.to_thread(source.keys)


@pytest.mark.parametrize("path", [KV1, KV2])
async def test_a_vault_keeps_the_key(keeper: Vault, tmp_path: Path, path: str) -> None:
    found = await asked(key_of(at(keeper, tmp_path, path)))
    assert found.fingerprint == PRINT


async def test_a_hub_starts_with_the_key_of_a_vault(keeper: Vault, tmp_path: Path) -> None:
    settings = Settings(
        data=tmp_path / "data",
        listen=Listen("127.0.0.1", 0),
        key_url=keeper.address(),
        key_token_file=at(keeper, tmp_path).key_token_file,
    )
    hub = await asyncio.to_thread(build, settings)
    async with hub.started():
        assert hub.keys.fingerprint == PRINT
    assert not (tmp_path / "data" / "seintje.key").exists()


async def test_a_vault_that_is_sealed_is_waited_for(keeper: Vault, tmp_path: Path) -> None:
    keeper.is_sealed = True
    with pytest.raises(Unavailable, match="sealed"):
        await asked(key_of(at(keeper, tmp_path)))


async def test_a_vault_that_is_away_is_waited_for(keeper: Vault, tmp_path: Path) -> None:
    await keeper.place.go()
    with pytest.raises(Unavailable, match="SEINTJE_KEY_URL"):
        await asked(key_of(at(keeper, tmp_path)))


@pytest.mark.parametrize(
    ("fields", "token", "path", "told"),
    [
        pytest.param({"key": TEXT}, "hvs.other", KV2, "may not read it", id="token"),
        pytest.param({"key": TEXT}, "", KV2, "holds no token", id="no token"),
        pytest.param({"key": TEXT}, TOKEN, "/v1/secret/data/x", "no such secret", id="path"),
        pytest.param({"sleutel": TEXT}, TOKEN, KV2, "no field `key`", id="field"),
        pytest.param({"key": "geheim"}, TOKEN, KV2, "not a key", id="no key"),
        pytest.param({"key": TEXT[:40]}, TOKEN, KV1, "damaged", id="cut off"),
    ],
)
async def test_what_is_wrong_with_a_vault_is_said(
    keeper: Vault, tmp_path: Path, fields: dict[str, object], token: str, path: str, told: str
) -> None:
    keeper.fields = fields
    with pytest.raises(Misconfigured, match=told) as wrong:
        await asked(key_of(at(keeper, tmp_path, path, token)))
    assert "geheim" not in str(wrong.value)
    assert token == "" or token not in str(wrong.value)


def test_the_environment_holds_the_key_and_nothing_shows_it(tmp_path: Path) -> None:
    settings = load({"SEINTJE_KEY": TEXT, "SEINTJE_DATA": str(tmp_path)})
    assert own_key_of(settings).keys().fingerprint == PRINT
    assert bytes(range(32)).hex() not in repr(settings) + repr(own_key_of(settings))


def test_a_key_on_one_line_is_a_key(tmp_path: Path) -> None:
    settings = load({"SEINTJE_KEY": TEXT.replace("\n", " ")})
    assert own_key_of(settings).keys().fingerprint == PRINT


def test_something_else_in_the_environment_is_refused_and_not_repeated() -> None:
    with pytest.raises(Misconfigured, match="SEINTJE_KEY: write what stands in a key") as wrong:
        load({"SEINTJE_KEY": "geheim"})
    assert "geheim" not in str(wrong.value)


def test_a_key_comes_from_one_place(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, key=Hidden(TEXT), key_file=tmp_path / "seintje.key")
    for find in (key_of, own_key_of):
        with pytest.raises(Misconfigured, match="from one of these"):
            find(settings)


@pytest.mark.parametrize("url", ["http://vault.example/v1/x", "https://user@vault.example/v1/x"])
def test_a_key_does_not_travel_in_the_open(url: str) -> None:
    with pytest.raises(Misconfigured, match="SEINTJE_KEY_URL"):
        load({"SEINTJE_KEY_URL": url})


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_that_root_mounted_for_our_group_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "seintje.key"
    file.write_text(TEXT)
    monkeypatch.setattr(os, "geteuid", lambda: 10001)
    file.chmod(0o440)
    assert Keys.load(file).fingerprint == PRINT
    file.chmod(0o444)
    with pytest.raises(Misconfigured, match="others can reach it"):
        Keys.load(file)
