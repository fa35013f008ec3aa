"""An agreement under which a party promised something."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from hub.shipped import shipped

PROMISE: Final = "    feeds: [{types: [rent-missed, rent-paid], grace: 2 d}]\n"


@pytest.fixture
def promising(tmp_path: Path) -> Path:
    """The agreement, with a corporatie that says how far its rent has been delivered."""
    folder = tmp_path / "agreements"
    folder.mkdir()
    for file in shipped("agreements").glob("*.yaml"):
        text = file.read_text("utf-8")
        before, name, after = text.partition("  - id: corporatie-maas\n")
        (folder / file.name).write_text(before + name + (PROMISE + after if name else ""), "utf-8")
    return folder
