"""What `kubectl kustomize` makes of a folder of manifests, as documents.

kubectl has kustomize inside and needs no cluster for it. `SEINTJE_KUBECTL` names one; else it is
looked for on the path. Where there is none, tests that need it are skipped with one line.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec
import yaml

VARIABLE: Final = "SEINTJE_KUBECTL"
MISSING: Final = f"no kubectl: install version 1.27 or later, or let {VARIABLE} name one"
K8S: Final = Path(__file__).resolve().parents[2] / "deploy" / "k8s"
OVERLAYS: Final = ("embedded", "kafka")

Manifest: TypeAlias = Mapping[str, Any]
Manifests: TypeAlias = Sequence[Manifest]

_SECONDS: Final = 60


def kubectl() -> str | None:
    """The kubectl of this machine; None if there is none."""
    named = os.environ.get(VARIABLE)
    return shutil.which(named) if named is not None else shutil.which("kubectl")


def rendered(folder: Path) -> str:
    """What kustomize makes of a folder, as text."""
    command = kubectl()
    assert command is not None, MISSING
    ran = subprocess.run(
        [command, "kustomize", str(folder)],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@cache
def _encoded(folder: Path) -> bytes:
    # read once: to read YAML takes a second, and JSON a millisecond
    return msgspec.json.encode(list(documents(rendered(folder))))


def built(overlay: str) -> list[dict[str, Any]]:
    """The documents of an overlay that ships; a new copy each time, to do with as one likes."""
    found: list[dict[str, Any]] = msgspec.json.decode(_encoded(K8S / "overlays" / overlay))
    return found


def documents(text: str) -> Iterator[dict[str, Any]]:
    """The documents in a text of YAML."""
    return (it for it in yaml.safe_load_all(text) if it is not None)


def named(manifests: Sequence[dict[str, Any]], kind: str, name: str) -> dict[str, Any]:
    """The one of this kind and name, itself."""
    [only] = [it for it in of_kind(manifests, kind) if it["metadata"]["name"] == name]
    return only


def of_kind(manifests: Sequence[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [it for it in manifests if it["kind"] == kind]


def settings_of(manifests: Manifests) -> dict[str, str]:
    """The settings that all pods of an overlay share."""
    [found] = [
        it
        for it in manifests
        if it["kind"] == "ConfigMap" and it["metadata"]["name"].startswith("seintje-settings")
    ]
    return dict(found["data"])


def called(manifest: Manifest) -> str:
    return f"{manifest['kind']}/{manifest['metadata']['name']}"
