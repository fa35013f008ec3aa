"""The job for Kafka Streams: compiled, and the command that runs it.

`python -m bench.peers.java FOLDER` compiles. Java is the one from PyPI and has no compiler, so that
comes as an archive too; all archives are locked as those of the tests are (`tests.kafka.jars`).
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.kafka import jars
from tests.kafka.java import JAVA

_SOURCE: Final = Path(__file__).with_name("ThreeRules.java")
_RELEASE: Final = "21"
_OPTIONS: Final = ("-Xmx512m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")


def compiled_into(folder: Path) -> None:
    """Compile the job; CalledProcessError after the compiler said why not."""
    compiler = ":".join(map(str, jars.fetched("compiler")))
    ecj = [JAVA, "-cp", compiler, "org.eclipse.jdt.internal.compiler.batch.Main"]
    target = ["-source", _RELEASE, "-target", _RELEASE, "-cp", _libraries(), "-d", str(folder)]
    subprocess.run([*ecj, *target, str(_SOURCE)], check=True)


def command(folder: Path) -> list[str]:
    """To which the arguments of the job are added; `folder` is where it was compiled into."""
    return [JAVA, *_OPTIONS, "-cp", f"{folder}:{_libraries()}", _SOURCE.stem]


def _libraries() -> str:
    return ":".join(map(str, jars.fetched("streams")))


if __name__ == "__main__":
    compiled_into(Path(sys.argv[1]))
