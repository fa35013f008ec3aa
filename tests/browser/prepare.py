"""Sees to it that there is a browser for the tests of pages: `make browser`.

The one that `SEINTJE_CHROMIUM` names, or a Chromium on the path; else it is installed where that is
possible without asking anybody: by root, with apt-get. Where it is not, one line says what to
install, and the tests that need a browser are skipped with the same line. Nothing else fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

VARIABLE: Final = "SEINTJE_CHROMIUM"
NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES: Final = ("chromium", "fonts-noto-core")
MISSING: Final = (
    f"no browser: install Chromium ({' '.join(PACKAGES)} on Debian), or let {VARIABLE} name one"
)

_TRIES: Final = 3
_SECONDS: Final = 900


def chromium() -> str | None:
    """The browser that tests start; None if there is none."""
    named = os.environ.get(VARIABLE)
    if named is not None:
        return shutil.which(named)
    return next((path for path in map(shutil.which, NAMES) if path is not None), None)


def installed() -> bool:
    """Whether apt-get could install one."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0 or VARIABLE in os.environ:
        return False
    say(f"no browser yet: installing {' and '.join(PACKAGES)} (some 460 MB, once)")
    install = (apt, "install", "--yes", "--no-install-recommends", *PACKAGES)
    # What is known of packages may be old, or nothing; the network may be slow to answer.
    return ran(install) or any(ran((apt, "update")) and ran(install) for _ in range(_TRIES))


def ran(command: Sequence[str]) -> bool:
    """Whether a command did what it should; what it says is of no use to anybody."""
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        ended = subprocess.run(
            command,
            env=os.environ | quiet,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return ended.returncode == 0


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    if chromium() is None and not installed():
        say(MISSING)
