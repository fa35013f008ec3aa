"""Sees to it that there are a Prometheus and an Alertmanager for tests of rules: `make prometheus`.

Those on the path; else they are installed where that is possible without asking anybody
(`tests.apt`). Where it is not, one line says what to install, and the tests that need them are
skipped with the same line.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import Final

import pytest

from tests import apt

# Each program by the names under which it is found: Debian's Alertmanager has a longer one.
PROGRAMS: Final[Mapping[str, tuple[str, ...]]] = {
    "prometheus": ("prometheus",),
    "promtool": ("promtool",),
    "alertmanager": ("alertmanager", "prometheus-alertmanager"),
    "amtool": ("amtool",),
}
PACKAGES: Final = ("prometheus", "prometheus-alertmanager")
MISSING: Final = (
    "no Prometheus and Alertmanager with their tools on the path: "
    f"install them ({' '.join(PACKAGES)} on Debian)"
)


def find(program: str) -> str | None:
    """Where a program is; None if it is not there."""
    return next((path for path in map(shutil.which, PROGRAMS[program]) if path is not None), None)


def needed(program: str) -> str:
    """Where a program is; without it the test that asks is skipped."""
    found = find(program)
    if found is None:
        pytest.skip(MISSING)
    return found


def are_there() -> bool:
    return all(map(find, PROGRAMS))


if __name__ == "__main__":
    if not are_there() and not apt.installed(PACKAGES, "some 140 MB"):
        apt.say(MISSING)
