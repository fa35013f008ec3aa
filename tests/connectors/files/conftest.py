"""A folder, and the same one behind a real SFTP server: what is promised holds for both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connectors.corporatie.files_drop import FolderDrop
from connectors.corporatie.files_sftp import SftpDrop
from tests.connectors.files.stage import FOLDERS, Stage, sftp_settings
from tests.systems import sftp


@pytest.fixture(params=["folder", "sftp"])
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    root = tmp_path / "root"
    for name in FOLDERS:
        (root / name).mkdir(parents=True)
    if request.param == "folder":
        yield Stage(root, FolderDrop(), str(root))
        return
    async with sftp.serving(root) as system:
        drop = SftpDrop(sftp_settings(system, tmp_path))
        yield Stage(root, drop, "", system)
        await drop.close()


@pytest.fixture
def folder(tmp_path: Path) -> Stage:
    """A folder only, for what does not depend on where files lie."""
    root = tmp_path / "root"
    for name in FOLDERS:
        (root / name).mkdir(parents=True)
    return Stage(root, FolderDrop(), str(root))
