"""No tracked file names the place where it was written, or where packages are downloaded from.

Such an address would tie a clone to one network; an index is a matter of each one's pip settings.
"""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.house.sources import ROOT

# In parts, so that this file does not hold what it looks for.
NEEDLES: Final = tuple(
    "".join(parts).encode()
    for parts in (
        ("../", "shared"),
        ("/", "work", "/"),
        (".", "library"),
        ("pypi", ".org"),
        ("python", "hosted", ".org"),
        ("registry.", "npm"),
        ("npmjs", ".com"),
        ("registry.", "yarn"),
        ("repo1.", "maven", ".org"),
        ("repo.", "maven", ".apache.org"),
        ("proxy.", "golang", ".org"),
        ("static.", "crates", ".io"),
        ("conda.", "anaconda", ".org"),
    )
)


def tracked_files() -> Iterator[Path]:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: nothing is tracked")
    listing = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in listing.stdout.decode().split("\0"):
        file = ROOT / name
        if name and file.is_file():  # listed still, when somebody is removing it
            yield file


def test_no_file_names_a_workplace_or_a_package_registry() -> None:
    found = [
        f"{file.relative_to(ROOT)}: {needle.decode()}"
        for file in tracked_files()
        for needle in NEEDLES
        if needle in file.read_bytes().lower()
    ]
    assert not found
