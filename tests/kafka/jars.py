"""The Java archives that tests run, each with the hash that requirements/jars.toml locks.

`fetching` brings them; here only coordinates and hashes are known. They are kept outside the
repository, in SEINTJE_JARS or the user's cache. A file gets its name there after its hash was
checked, and its hash is checked again before use.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

LOCK: Final = Path(__file__).resolve().parents[2] / "requirements" / "jars.toml"


class JarsMissing(Exception):
    """Archives could not be fetched, or are not what was locked. The text says what to do."""


def cache() -> Path:
    """Where the archives are kept: SEINTJE_JARS, else a folder in the user's cache."""
    if chosen := os.environ.get("SEINTJE_JARS"):
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "seintje" / "jars"


def locked(of: str) -> Mapping[str, str]:
    """Coordinates and hashes of one set of archives."""
    found: Mapping[str, str] = tomllib.loads(LOCK.read_text("utf-8"))[of]
    return found


@functools.cache
def fetched(of: str) -> Sequence[Path]:
    """The archives of one set, each as it was locked; fetched when not there yet."""
    return fetched_into(cache(), of, locked(of))


def fetched_into(folder: Path, of: str, lock: Mapping[str, str]) -> list[Path]:
    """The same for this folder and these hashes by coordinate."""
    wanted = {folder / filename(where): (where, hash_) for where, hash_ in lock.items()}
    with only_one(folder / "lock"):
        missing = [it for path, it in wanted.items() if not _is(path, it[1])]
        if missing:
            from tests.kafka.fetching import fetch  # slow to import, and seldom needed

            fetch(of, missing, folder)
    return sorted(wanted)


@contextmanager
def only_one(file: Path) -> Iterator[None]:
    """One process at a time; the others wait. The system lets go when a process dies."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def filename(coordinate: str) -> str:
    _, name, packaging, *classifier, version = coordinate.split(":")
    return f"{'-'.join([name, version, *classifier])}.{packaging}"


def _is(path: Path, hash_: str) -> bool:
    return path.is_file() and sha256(path) == hash_
