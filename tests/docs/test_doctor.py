"""docs/doctor.md explains every check and every severity."""

from __future__ import annotations

from typing import Final

from hub.cli.doctor import NAMES
from hub.cli.finding import Severity
from tests.house.sources import ROOT

PAGE: Final = (ROOT / "docs" / "doctor.md").read_text("utf-8")


def test_every_check_stands_in_the_page() -> None:
    firsts = [it.split("|")[1] for it in PAGE.splitlines() if it.startswith("| `")]
    named = [name.strip(" `") for it in firsts for name in it.split(",")]
    assert [it for it in named if it in NAMES] == list(NAMES)


def test_every_severity_stands_in_the_page() -> None:
    assert [it for it in Severity if f"| `{it}` |" not in PAGE] == []
