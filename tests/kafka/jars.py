"""The Java archives that tests run, each with the hash that requirements/jars.toml locks.

jgo fetches them from the repositories of its own configuration (Maven Central where that names
none); here only coordinates and hashes are known, never an address. They are kept outside the
repository, in SEINTJE_JARS or the user's cache. A file gets its name there after its hash was
checked, and its hash is checked again before use. `python -m tests.kafka.jars` fetches all.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import os
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import requests
from jgo.config import GlobalSettings
from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import Artifact, MavenContext

LOCK: Final = Path(__file__).resolve().parents[2] / "requirements" / "jars.toml"
# What is asked for; what comes along with it stands in the lock.
ROOTS: Final[Mapping[str, Sequence[str]]] = {
    "kafka": ["org.apache.kafka:kafka_2.13:jar:4.1.0", "org.slf4j:slf4j-simple:jar:1.7.36"],
}

_TRIES: Final = 3
_AT_ONCE: Final = 8


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
    wanted = {folder / _filename(where): (where, hash_) for where, hash_ in lock.items()}
    with only_one(folder / "lock"):
        missing = [it for path, it in wanted.items() if not _is(path, it[1])]
        if missing:
            _fetch(of, missing, folder)
    return sorted(wanted)


@contextmanager
def only_one(file: Path) -> Iterator[None]:
    """One process at a time; the others wait. The system lets go when a process dies."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def context(repo_cache: Path) -> MavenContext:
    """Where jgo looks: its own configuration, in which a user may name a mirror."""
    repositories = {"central": MAVEN_CENTRAL_URL, **GlobalSettings.load().repositories}
    return MavenContext(repo_cache=repo_cache, remote_repos=repositories, timeout=60)


def artifact(maven: MavenContext, coordinate: str) -> Artifact:
    """`group:name:packaging[:classifier]:version`, as the lock writes it."""
    group, name, packaging, *classifier, version = coordinate.split(":")
    component = maven.project(group, name).at_version(version)
    return component.artifact("".join(classifier), packaging)


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _filename(coordinate: str) -> str:
    _, name, packaging, *classifier, version = coordinate.split(":")
    return f"{'-'.join([name, version, *classifier])}.{packaging}"


def _is(path: Path, hash_: str) -> bool:
    return path.is_file() and sha256(path) == hash_


def _fetch(of: str, missing: Sequence[tuple[str, str]], folder: Path) -> None:
    with (
        tempfile.TemporaryDirectory(dir=folder) as arriving,
        ThreadPoolExecutor(_AT_ONCE) as pool,
    ):
        maven = context(Path(arriving))
        coming = [pool.submit(_fetch_one, maven, *it, folder) for it in missing]
        size = 0
        for number, it in enumerate(as_completed(coming), start=1):
            size += it.result()
            told = f"{of}: {number} of {len(missing)} archives, {size / 1e6:.0f} MB"
            _tell(told, last=number == len(missing))


def _fetch_one(maven: MavenContext, coordinate: str, hash_: str, folder: Path) -> int:
    """Bytes fetched."""
    arrived = _arrived(artifact(maven, coordinate))
    if (found := sha256(arrived)) != hash_:
        raise JarsMissing(f"{coordinate} is not what {LOCK.name} locks: {found}, not {hash_}")
    os.replace(arrived, folder / _filename(coordinate))
    return (folder / _filename(coordinate)).stat().st_size


def _arrived(wanted: Artifact) -> Path:
    for left in reversed(range(_TRIES)):
        try:
            return wanted.resolve()
        except (requests.RequestException, OSError, RuntimeError) as error:
            # A broken download lies there as if it were whole.
            if wanted.cached_path is not None:
                wanted.cached_path.unlink(missing_ok=True)
            if not left:
                told = "name a mirror in jgo's configuration, or a folder that has it: SEINTJE_JARS"
                raise JarsMissing(f"{wanted} cannot be fetched ({error}); {told}") from error
    raise AssertionError


def _tell(told: str, *, last: bool) -> None:
    """A line that grows on a terminal; elsewhere its end only."""
    if sys.stderr.isatty():
        print(f"\r{told}", end="\n" if last else "", file=sys.stderr, flush=True)
    elif last:
        print(told, file=sys.stderr)


if __name__ == "__main__":
    for each in ROOTS:
        fetched(each)
