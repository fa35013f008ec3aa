"""Sees to it that there is a browser for the tests of pages: `make browser`.

The one that `SEINTJE_CHROMIUM` names, or a Chromium on the path; else it is installed where that is
possible without asking anybody (`tests.apt`). Where it is not, one line says what to install, and
the tests that need a browser are skipped with the same line. Nothing else fails.
"""

from __future__ import annotations

import os
import shutil
from typing import Final

from tests import apt

VARIABLE: Final = "SEINTJE_CHROMIUM"
NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES: Final = ("chromium", "fonts-noto-core")
MISSING: Final = (
    f"no browser: install Chromium ({' '.join(PACKAGES)} on Debian), or let {VARIABLE} name one"
)


def chromium() -> str | None:
    """The browser that tests start; None if there is none."""
    named = os.environ.get(VARIABLE)
    if named is not None:
        return shutil.which(named)
    return next((path for path in map(shutil.which, NAMES) if path is not None), None)


def installed() -> bool:
    """Whether one could be installed; for who named one, none is."""
    return VARIABLE not in os.environ and apt.installed(PACKAGES, "some 460 MB")


if __name__ == "__main__":
    if chromium() is None and not installed():
        apt.say(MISSING)
