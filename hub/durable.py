"""What makes a name in a directory outlast a power cut: a file that was synced may still be lost
under its name until the directory was synced too."""

from __future__ import annotations

import os
from pathlib import Path


def sync_directory(path: Path) -> None:
    """Return when the names in this directory are on the disk. OSError: they may not be."""
    directory = os.open(path, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
