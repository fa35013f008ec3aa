"""Which browser tests take, and that nothing is installed for who named one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.apt import ran
from tests.browser.prepare import VARIABLE, chromium, installed


def test_the_browser_that_is_named_is_the_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = tmp_path / "a browser"
    named.write_text("#!/bin/sh\n")
    named.chmod(0o755)
    monkeypatch.setenv(VARIABLE, str(named))
    assert chromium() == str(named)


def test_a_name_of_nothing_is_no_browser_and_installs_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "nothing"))
    assert chromium() is None
    assert not installed()


def test_without_a_name_it_is_looked_for_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert chromium() is None
    found = tmp_path / "chromium-browser"
    found.write_text("#!/bin/sh\n")
    found.chmod(0o755)
    assert chromium() == str(found)


@pytest.mark.parametrize(
    ("command", "did"), [(["true"], True), (["false"], False), (["/nowhere/at/all"], False)]
)
def test_a_command_that_fails_or_is_not_there_did_nothing(command: list[str], did: bool) -> None:
    assert ran(command) is did
