"""Installing what tests need and Python packages are not: by root, with apt-get, asking nobody.

Where that is not possible nothing fails: whoever needs it is skipped with a line that says what to
install.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

_TRIES: Final = 3
_SECONDS: Final = 900


def installed(packages: Sequence[str], size: str) -> bool:
    """Whether apt-get could install these; `size` in words, for who waits."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return False
    say(f"installing {' and '.join(packages)} ({size}, once)")
    install = (apt, "install", "--yes", "--no-install-recommends", *packages)
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
