"""`make image-check`: what the Containerfile does, without a builder.

Each COPY and RUN is done in one folder that stands for the root of every stage, with the Python of
this machine as the base image. Then the hub is started out of what came of it, as the image would
be: without a home, where nothing but its volumes can be written.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.k8s.containerfile import FILE, Instruction, Stage, stages
from tests.k8s.starting import starts_and_stops

ROOT: Final = FILE.parent
_PLACES: Final = re.compile(r"(?<![\w/.])/(opt|build|wheels|usr/share|data)\b")


def build(root: Path) -> None:
    """Do all of it below this folder. CalledProcessError: a step that failed."""
    for stage in stages(FILE.read_text("utf-8")):
        _build(stage, root)


def _build(stage: Stage, root: Path) -> None:
    here, environ = root, dict(os.environ)
    for it in stage.instructions:
        if it.word == "WORKDIR":
            here = _placed(it.rest, root)
            here.mkdir(parents=True, exist_ok=True)
        elif it.word == "ENV" and "PATH" not in it.rest:
            environ |= dict(word.split("=", 1) for word in shlex.split(it.rest))
        elif it.word == "COPY":
            _copy(it, here, root)
        elif it.word == "RUN":
            _run(it, (here if stage.name != "bill" else root / "build"), environ, root)


def _placed(path: str, root: Path) -> Path:
    return root / path.lstrip("/")


def _copy(it: Instruction, here: Path, root: Path) -> None:
    words = shlex.split(it.rest)
    if words[0].startswith("--from="):
        source = _placed(words[1], root)  # one folder is the root of all stages
        assert source.exists(), it.rest
        if words[1] == words[2]:
            return
        sources = [source]
    else:
        sources = [ROOT / word for word in words[:-1]]
    place = _placed(words[-1], root) if words[-1].startswith("/") else here / words[-1]
    into = words[-1].endswith("/")
    (place if into else place.parent).mkdir(parents=True, exist_ok=True)
    for source in sources:
        target = place / source.name if into or len(sources) > 1 else place
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)


def _run(it: Instruction, here: Path, environ: dict[str, str], root: Path) -> None:
    line = _PLACES.sub(lambda found: f"{root}/{found[1]}", it.rest)
    line = re.sub(r"(?<![\w/])python (?=-m)", f"{_base()} ", line)
    if line.startswith("install -d") and os.geteuid() != 0:
        line = line.replace("-o 10001 -g 10001", "")
    sys.stderr.write(f"RUN {it.rest[:100]}\n")
    subprocess.run(["sh", "-ec", line], cwd=here, env=environ, check=True)


def _base() -> str:
    """The Python under the environment that runs this."""
    return str(Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)
        build(root)
        bill = root / "usr/share/sbom/seintje.cdx.json"
        assert '"name": "msgspec"' in bill.read_text("utf-8"), "the bill says nothing"
        assert not list((root / "opt/seintje/bin").glob("pip*")), "pip is in the image"
        told = starts_and_stops([str(root / "opt/seintje/bin/seintje")], root / "data")
        sys.stderr.write(f"the image would run: {told}\n")


if __name__ == "__main__":
    main()
