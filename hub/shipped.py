"""Where the files are that come with Seintje: the default agreement, the schemas.

In a wheel they lie under `hub/_shipped`; in a clone beside `hub/`. Knows places, reads nothing.
"""

from __future__ import annotations

from pathlib import Path

from hub.errors import Misconfigured

_HUB = Path(__file__).resolve().parent


def find_shipped(name: str) -> Path | None:
    """The shipped file or folder of this name (`agreements`, `schemas/avro`), None if there is
    none."""
    for root in (_HUB / "_shipped", _HUB.parent):
        if (root / name).exists():
            return root / name
    return None


def shipped(name: str) -> Path:
    """The shipped file or folder of this name; `Misconfigured` if the installation lacks it."""
    found = find_shipped(name)
    if found is None:
        raise Misconfigured(name, "this came with Seintje and is gone; install it again")
    return found
