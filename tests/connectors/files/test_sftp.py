"""An SFTP server: who it is, who we are to it, and what is done when it is away or slow."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from connectors.corporatie.files_sftp import SftpDrop
from connectors.secret import Secret
from hub.errors import Misconfigured, Unavailable
from tests.connectors.files.stage import sftp_settings
from tests.systems import sftp
from tests.systems.sftp import PASSWORD, SftpSystem


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[SftpSystem]:
    root = tmp_path / "root"
    root.mkdir()
    async with sftp.serving(root) as system:
        yield system


@asynccontextmanager
async def drop_on(system: SftpSystem, folder: Path, **changes: Any) -> AsyncIterator[SftpDrop]:
    drop = SftpDrop(sftp_settings(system, folder, **changes))
    try:
        yield drop
    finally:
        await drop.close()


@pytest.mark.parametrize(
    "who",
    [
        pytest.param(lambda it: {}, id="a key"),
        pytest.param(
            lambda it: {"key_file": None, "password_file": Secret(PASSWORD)}, id="a password"
        ),
    ],
)
async def test_the_server_lets_in_who_proves_to_be_the_user(
    system: SftpSystem, tmp_path: Path, who: Callable[[SftpSystem], dict[str, Any]]
) -> None:
    async with drop_on(system, tmp_path, **who(system)) as drop:
        assert await drop.listed("/") == []


async def test_a_wrong_password_is_a_setting_to_mend(system: SftpSystem, tmp_path: Path) -> None:
    wrong = {"key_file": None, "password_file": Secret("geraden")}
    async with drop_on(system, tmp_path, **wrong) as drop:
        with pytest.raises(Misconfigured, match="does not let `corporatie` in") as told:
            await drop.listed("/")
        assert "geraden" not in str(told.value)


@pytest.mark.parametrize("known", ["", "# nobody\n", "[127.0.0.1]:1 ssh-ed25519 AAAA\n"])
async def test_a_host_key_that_is_not_known_is_never_taken_over(
    system: SftpSystem, tmp_path: Path, known: str
) -> None:
    settings = sftp_settings(system, tmp_path)
    settings.known_hosts.write_text(known)
    drop = SftpDrop(settings)
    for _ in range(2):
        with pytest.raises(Misconfigured, match="host key is not in"):
            await drop.listed("/")
    assert settings.known_hosts.read_text() == known
    await drop.close()


async def test_a_host_key_that_changed_is_refused(system: SftpSystem, tmp_path: Path) -> None:
    async with drop_on(system, tmp_path) as drop:
        await drop.listed("/")
        await system.go()
        system.take_another_host_key()
        await system.come()
        with pytest.raises(Misconfigured, match="host key is not in"):
            await drop.listed("/")


async def test_a_server_that_hung_up_in_the_meantime_is_called_again(
    system: SftpSystem, tmp_path: Path
) -> None:
    async with drop_on(system, tmp_path) as drop:
        await drop.listed("/")
        await system.go()
        await system.come()
        assert await drop.listed("/") == []
        assert system.connections == 2


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({"key_file": None}, "keyFile", id="nobody"),
        pytest.param({"key_file": Secret("nonsense")}, "no private key", id="no key"),
        pytest.param({"known_hosts": Path("/nowhere/known")}, "no such file", id="no known hosts"),
    ],
)
async def test_settings_that_cannot_work_stop_at_once(
    system: SftpSystem, tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(Misconfigured, match=told):
        SftpDrop(sftp_settings(system, tmp_path, **changes))


async def test_a_key_with_a_passphrase_stops_at_once(system: SftpSystem, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="passphrase"):
        SftpDrop(sftp_settings(system, tmp_path, key_file=Secret(system.private_key("zin"))))


async def test_a_server_that_was_away_is_reached_again(system: SftpSystem, tmp_path: Path) -> None:
    async with drop_on(system, tmp_path) as drop:
        await drop.listed("/")
        await system.go()
        for _ in range(2):
            with pytest.raises(Unavailable):
                await drop.listed("/")
        await system.come()
        assert await drop.listed("/") == []
        assert system.connections == 2


async def test_one_connection_serves_many_calls(system: SftpSystem, tmp_path: Path) -> None:
    async with drop_on(system, tmp_path) as drop:
        for _ in range(5):
            await drop.write("/", "a.csv", b"1")
            await drop.listed("/")
        assert system.connections == 1


async def test_a_slow_server_is_not_waited_for_without_end(
    system: SftpSystem, tmp_path: Path
) -> None:
    (system.folder / "a.csv").write_bytes(b"1")
    async with drop_on(system, tmp_path, patience_seconds=0.2) as drop:
        system.slow()
        with pytest.raises(Unavailable, match="too slow"):
            await drop.read("/", "a.csv", 0, 1)
        system.fast.set()
        assert (await drop.read("/", "a.csv", 0, 1)).raw == b"1"


async def test_a_connection_that_breaks_in_the_middle_of_a_file_is_made_again(
    system: SftpSystem, tmp_path: Path
) -> None:
    (system.folder / "a.csv").write_bytes(b"x" * 1_000_000)
    async with drop_on(system, tmp_path) as drop:
        system.breaks_after = 0
        with pytest.raises(Unavailable):
            await drop.read("/", "a.csv", 0, 1_000_000)
        assert len((await drop.read("/", "a.csv", 0, 1_000_000)).raw) == 1_000_000


async def test_a_folder_without_rights_is_a_setting_to_mend(
    system: SftpSystem, tmp_path: Path
) -> None:
    system.forbids = True
    async with drop_on(system, tmp_path) as drop:
        with pytest.raises(Misconfigured, match="rights"):
            await drop.write("/", "a.csv", b"1")
