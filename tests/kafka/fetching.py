"""Fetching Java archives with jgo, from the repositories of its own configuration.

No address is known here: jgo looks in Maven Central unless its configuration names another
`central`. By itself, because importing jgo takes longer than all the rest of `jars`.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

import requests
from jgo.config import GlobalSettings
from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import Artifact, MavenContext, PythonResolver

from tests.kafka.jars import LOCK, JarsMissing, filename, sha256

_TRIES: Final = 3
_AT_ONCE: Final = 8
_STEP: Final = 1_000_000

# What jgo calls for each file: its name and size.
ProgressCallback = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]


def fetch(of: str, missing: Sequence[tuple[str, str]], folder: Path) -> None:
    """Fetch these (coordinate, hash) into the folder; JarsMissing when one cannot be had."""
    progress = _Progress(f"{of}: fetching {len(missing)} archive(s) to {folder}")
    with (
        tempfile.TemporaryDirectory(dir=folder) as arriving,
        ThreadPoolExecutor(_AT_ONCE) as pool,
    ):
        maven = context(Path(arriving), progress)
        for coming in [pool.submit(_fetch_one, maven, *it, folder) for it in missing]:
            coming.result()
    progress.end()


def context(repo_cache: Path, progress: ProgressCallback | None = None) -> MavenContext:
    """Where jgo looks: its own configuration, in which a user may name a mirror."""
    resolver = PythonResolver(progress_callback=progress)
    repositories = {"central": MAVEN_CENTRAL_URL, **GlobalSettings.load().repositories}
    return MavenContext(resolver, repo_cache, remote_repos=repositories, timeout=60)


def artifact(maven: MavenContext, coordinate: str) -> Artifact:
    """`group:name:packaging[:classifier]:version`, as the lock writes it."""
    group, name, packaging, *classifier, version = coordinate.split(":")
    component = maven.project(group, name).at_version(version)
    return component.artifact("".join(classifier), packaging)


def _fetch_one(maven: MavenContext, coordinate: str, hash_: str, folder: Path) -> None:
    arrived = _arrived(artifact(maven, coordinate))
    if (found := sha256(arrived)) != hash_:
        raise JarsMissing(f"{coordinate} is not what {LOCK.name} locks: {found}, not {hash_}")
    os.replace(arrived, folder / filename(coordinate))


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
    raise AssertionError("the last try raises")


class _Progress:
    """Megabytes so far, behind what is being done; on a terminal as they come."""

    def __init__(self, told: str) -> None:
        self._told = told
        self._bytes = 0
        self._alone = threading.Lock()
        print(told, end="", file=sys.stderr, flush=True)

    @contextmanager
    def __call__(self, _file: str, _size: int) -> Iterator[Callable[[int], None]]:
        """What jgo asks for: a function that it tells what has come."""
        yield self._add

    def _add(self, count: int) -> None:
        with self._alone:
            before, self._bytes = self._bytes, self._bytes + count
        if sys.stderr.isatty() and before // _STEP != self._bytes // _STEP:
            print(f"\r{self._told}: {self._bytes // _STEP} MB", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        again = "\r" + self._told if sys.stderr.isatty() else ""
        print(f"{again}: {self._bytes / _STEP:.0f} MB", file=sys.stderr, flush=True)
