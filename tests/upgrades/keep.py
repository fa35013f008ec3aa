"""Keeps what a release leaves on disk, so that every later one is started on it.

    python -m tests.upgrades.keep NAME [--code DIR]

runs the hub of this clone, or of another checkout, the way its users do (its own command line, in
processes of its own) and puts what it left into `tests/upgrades/kept/NAME/`: the data directory, an
export where that release can make one, and what it was fed and told. To be run before a release
whose formats differ from those of the last; what was kept once is never made anew.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import zstandard

KEPT: Final = Path(__file__).with_name("kept")
REPOSITORY: Final = Path(__file__).parents[2]
FIRST: Final = "2024-07-01T00:00:00Z"
LAST: Final = "2025-01-01T00:00:00Z"
PARTY: Final = "corporatie-maas"
_REGION: Final = ("--households", "10", "--months", "12", "--seed", "3", "--faults", "all")


def bare(code: Path) -> dict[str, str]:
    """An environment in which `python -m hub` is that of a checkout, and nothing is set."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("SEINTJE_")}
    return ours | {"PYTHONPATH": str(code)}


def run(environment: Mapping[str, str], folder: Path, *words: str) -> bytes:
    """What a command prints; raises where it fails."""
    command = (sys.executable, "-m", "hub", *words)
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True)
    if ended.returncode:
        raise SystemExit(f"{' '.join(words)}: {ended.returncode}\n{ended.stderr.decode()}")
    return ended.stdout


class Release:
    """The command line of a checkout, in one folder."""

    def __init__(self, code: Path, folder: Path) -> None:
        self._environment = bare(code)
        self._folder = folder

    def run(self, *words: str, clock: str = LAST) -> bytes:
        """What it prints at this instant; raises where it fails."""
        return run(self._environment | {"SEINTJE_CLOCK": f"fixed:{clock}"}, self._folder, *words)

    def can(self, *words: str) -> bool:
        """Whether it has this command."""
        command = (sys.executable, "-m", "hub", *words, "--help")
        ended = subprocess.run(
            command, cwd=self._folder, env=self._environment, capture_output=True
        )
        return ended.returncode == 0


def keep(name: str, code: Path) -> None:
    """Run the release of `code` and keep what it leaves."""
    target = KEPT / name
    target.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        release = Release(code, folder)
        facts = release.run("simulate", *_REGION).splitlines()
        facts += _erasures(facts)
        for number, (clock, half) in enumerate(((FIRST, facts[: len(facts) // 2]), (LAST, facts))):
            file = folder / f"facts-{number}.jsonl"
            file.write_bytes(b"\n".join(half) + b"\n")
            release.run("ingest", file.name, "--data", "data", clock=clock)
        release.run("parties", "key", "create", PARTY, "--data", "data", "--json")
        told = release.run("alerts", "list", "--data", "data", "--limit", "10000", "--json")
        (target / "told.jsonl.zst").write_bytes(zstandard.compress(told, 19))
        (target / "facts.jsonl.zst").write_bytes(zstandard.compress(b"\n".join(facts) + b"\n", 19))
        if release.can("state", "export"):
            release.run("state", "export", str(target / "hub.export"), "--data", "data")
        (target / "data.tar.zst").write_bytes(zstandard.compress(_packed(folder / "data"), 19))


def _erasures(facts: list[bytes]) -> list[bytes]:
    """One household is erased: what is forgotten must stay so, whoever starts on it."""
    for line in facts:
        fact: dict[str, Any] = json.loads(line)
        data = fact.get("data")
        if fact.get("type") == "nl.seintje.intake-completed.v1" and isinstance(data, dict):
            dossiers = [it for it in data.get("references", ()) if _is_gemeentes(it)]
            if dossiers and "replaces" not in data:
                erased = {"occurredAt": "2024-06-20", "gemeente": data["gemeente"]}
                erased |= {"references": dossiers, "ground": "other"}
                kind = {"id": "kept-erasure", "type": "nl.seintje.household-erased.v1"}
                return [json.dumps(fact | kind | {"data": erased}).encode()]
    raise SystemExit("nobody can be erased in this region")


def _is_gemeentes(reference: dict[str, str]) -> bool:
    return reference["scheme"] == "dossier" and reference["issuer"].startswith("gemeente")


def _packed(data: Path) -> bytes:
    """The data directory as a tar without times or owners."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for file in sorted(data.iterdir()):
            about = tarfile.TarInfo(file.name)
            about.size, about.mode = file.stat().st_size, 0o600
            with file.open("rb") as content:
                tar.addfile(about, content)
    return packed.getvalue()


def main() -> None:
    asked = argparse.ArgumentParser(description="Keep what a release leaves on disk.")
    asked.add_argument("name")
    asked.add_argument("--code", type=Path, default=REPOSITORY)
    found = asked.parse_args()
    keep(found.name, found.code.absolute())


if __name__ == "__main__":
    main()
